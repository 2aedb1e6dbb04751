"""Import runs and what became of every entry."""

from mongoengine import BinaryField, BooleanField, DateTimeField, DictField, Document, IntField, StringField


class ImportRun(Document):
    """One run; `fates` and `bytes` are running sums of its lines, counted anew when it is closed.

    Runs of a migration have more: `dry` ones only plan; `mapping` is the mapping file as it was when the run began,
    `archives` whether it opens archives inside; `later` says that earlier runs may have taken some of it; `expected_…`
    what a first look counted, `unchanged` what earlier runs had taken already; `control` "", pause or stop, and
    `alive_at` the last word of whoever carries it out. `near_due` stands while near copies among what it brought have
    yet to be looked for, `near_at` is the line up to which they were.
    """

    meta = {
        "collection": "import_runs",
        "auto_create_index": False,
        "strict": False,
        "indexes": [{"fields": ["seq"], "unique": True}, {"fields": ["near_due"], "sparse": True}],
    }

    id = StringField(primary_key=True)
    seq = IntField(required=True)
    by = StringField(required=True)
    source = StringField(default="")
    category = StringField(default="")
    state = StringField(default="open")
    started_at = DateTimeField(required=True)
    ended_at = DateTimeField()
    found = IntField(default=0)
    fates = DictField()
    bytes = IntField(default=0)
    migration_id = StringField(default="")
    dry = BooleanField(default=False)
    mapping = StringField(default="")
    later = BooleanField(default=False)
    expected_files = IntField(default=0)
    expected_bytes = IntField(default=0)
    unchanged = IntField(default=0)
    control = StringField(default="")
    archives = BooleanField(default=False)
    alive_at = DateTimeField()
    near_due = IntField()
    near_at = IntField(default=0)


class ImportLine(Document):
    """One entry of a run; `fate` is "" while ingest has not ended for its file.

    A line of a migration is known by its path, size and stamp (see `import_lines`), so that a later
    run finds what has not changed; `same` is what all versions of that file have in common, of those that were taken.
    `said` is what a dry run would say of the file. `at` is run and number in one field, because SecantusDB goes by the
    first field of an index alone and would read a whole run for each window of its lines; `waits` is the same, while
    there is no fate.
    """

    meta = {
        "collection": "import_lines",
        "auto_create_index": False,
        "strict": False,
        "indexes": [
            {"fields": ["at"], "unique": True, "sparse": True},
            {"fields": ["waits"], "sparse": True},
            {"fields": ["same"], "sparse": True},
        ],
    }

    id = StringField(primary_key=True)
    run_id = StringField(required=True)
    n = IntField(required=True)
    at = StringField()
    waits = StringField()
    path = StringField(default="")
    raw_path = BinaryField()
    fate = StringField(default="")
    reason = StringField(default="")
    size = IntField(default=0)
    record_id = StringField(default="")
    file_id = StringField(default="")
    said = DictField()
    same = StringField()


def place_of(run_id: str, n: int) -> str:
    """`ImportLine.at` of the line of this number."""
    return f"{run_id}:{n:010}"
