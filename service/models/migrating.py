"""Migrations: a place that files come from, what its folders mean, and how it is gone about."""

from mongoengine import BooleanField, DateTimeField, Document, IntField, StringField


class Migration(Document):
    """One origin as one person migrates it; `id` is made of both, so the same origin is known again.

    `mapping` is the text of the mapping file, `rate` bytes a second (0 = as fast as it goes), `every` minutes between
    two runs (0 = only when asked), `wanted` what the server itself is to begin: "", run or dry; `run_id` is the last run.
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
    rev = IntField(default=1)
    created_at = DateTimeField(required=True)
