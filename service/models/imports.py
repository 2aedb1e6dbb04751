"""Import runs and what became of every entry."""

from mongoengine import BinaryField, DateTimeField, DictField, Document, IntField, StringField


class ImportRun(Document):
    """One run; `fates` and `bytes` are running sums of its lines, counted anew when it is closed."""

    meta = {
        "collection": "import_runs",
        "auto_create_index": False,
        "strict": False,
        "indexes": [{"fields": ["seq"], "unique": True}],
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


class ImportLine(Document):
    """One entry of a run; `fate` is "" while ingest has not ended for its file."""

    meta = {
        "collection": "import_lines",
        "auto_create_index": False,
        "strict": False,
        "indexes": [{"fields": ["run_id", "n"], "unique": True}, {"fields": ["run_id", "fate", "n"]}],
    }

    id = StringField(primary_key=True)
    run_id = StringField(required=True)
    n = IntField(required=True)
    path = StringField(default="")
    raw_path = BinaryField()
    fate = StringField(default="")
    reason = StringField(default="")
    size = IntField(default=0)
    record_id = StringField(default="")
    file_id = StringField(default="")
