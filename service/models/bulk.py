"""Bulk work: what somebody wants to do with many records, and what became of each. Forgotten after a week."""

from mongoengine import BooleanField, DateTimeField, DictField, Document, IntField, StringField


class BulkRun(Document):
    """One piece of bulk work of one person; `at` is the number of the next line to be done, `spec` what to do."""

    meta = {
        "collection": "bulk_runs",
        "auto_create_index": False,
        "strict": False,
        "indexes": [{"fields": ["expires_at"], "expireAfterSeconds": 0}],
    }

    id = StringField(primary_key=True)
    by = StringField(required=True)
    act = StringField(required=True)
    state = StringField(default="chosen")
    spec = DictField()
    undoes = StringField(default="")
    undone_by = StringField(default="")
    back = StringField(default="")
    count = IntField(default=0)
    beyond = IntField(default=0)
    at = IntField(default=0)
    created_at = DateTimeField(required=True)
    ended_at = DateTimeField()
    expires_at = DateTimeField(required=True)


class BulkLine(Document):
    """One record of a run; `rev` is the revision that was looked at, `fate` "" while nothing was done with it."""

    meta = {
        "collection": "bulk_lines",
        "auto_create_index": False,
        "strict": False,
        "indexes": [
            {"fields": ["run_id", "n"], "unique": True},
            {"fields": ["expires_at"], "expireAfterSeconds": 0},
        ],
    }

    id = StringField(primary_key=True)
    run_id = StringField(required=True)
    n = IntField(required=True)
    record_id = StringField(required=True)
    rev = IntField(required=True)
    plan = StringField(default="")
    fate = StringField(default="")
    reason = StringField(default="")
    params = DictField()
    rev_after = IntField(default=0)
    filed = BooleanField(default=False)
    left = StringField(default="")
    expires_at = DateTimeField(required=True)
