"""Migrations: a place that files come from, what its folders mean, and how it is gone about."""

from mongoengine import BooleanField, DateTimeField, Document, IntField, ListField, StringField


class Migration(Document):
    """One origin as one person migrates it; `id` is made of both, so the same origin is known again.

    `mapping` is the text of the mapping file, `rate` bytes a second (0 = as fast as it goes), `every` minutes between
    two runs (0 = only when asked), `wanted` what the server itself is to begin: "", run or dry; `run_id` is the last run;
    `fault` says why the last one could not be begun, `fault_english` the same if it is no sentence that pages translate.
    """

    meta = {
        "collection": "migrations",
        "auto_create_index": False,
        "strict": False,
        "indexes": [{"fields": ["seq"], "unique": True}],
    }

    id = StringField(primary_key=True)
    seq = IntField(required=True)
    by = StringField(required=True)
    origin = StringField(required=True)
    mapping = StringField(default="")
    rate = IntField(default=0)
    parallel = IntField(default=4)
    every = IntField(default=0)
    next_at = DateTimeField()
    hosted = BooleanField(default=False)
    wanted = StringField(default="")
    run_id = StringField(default="")
    fault = StringField(default="")
    fault_english = StringField(default="")
    rev = IntField(default=1)
    created_at = DateTimeField(required=True)


class NearGroup(Document):
    """Near copies that a run of a migration brought: `n` is the number of the first one's line, `at_line` run and number
    in one field; `files` at most fifty, of which those that were there before may be some; `shares` says how alike each
    is to another, in hundredths, 0 of pictures. `decision` and `kept` say what somebody has decided
    (`usecases.moving_in.near_groups`)."""

    meta = {
        "collection": "near_groups",
        "auto_create_index": False,
        "strict": False,
        "indexes": [{"fields": ["at_line"], "unique": True}, "files"],
    }

    id = StringField(primary_key=True)
    run_id = StringField(required=True)
    n = IntField(required=True)
    at_line = StringField(required=True)
    files = ListField(StringField())
    shares = ListField(IntField())
    decision = StringField(default="")
    kept = StringField(default="")
    by = StringField(default="")
    at = DateTimeField()
