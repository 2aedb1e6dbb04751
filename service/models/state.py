"""State of the deployment itself: counters, leases, the version of the schema."""

from mongoengine import BooleanField, DateTimeField, DictField, Document, IntField, StringField


class Counter(Document):
    """A number that only grows."""

    meta = {"collection": "counters", "auto_create_index": False, "strict": False}

    id = StringField(primary_key=True)
    value = IntField(default=0)


class Lease(Document):
    """Who does a piece of work that only one process should do, and until when."""

    meta = {"collection": "leases", "auto_create_index": False, "strict": False}

    id = StringField(primary_key=True)
    owner = StringField(default="")
    until = DateTimeField()


class BackupState(Document):
    """How the last backup ended, `id` "last", and the last one that went well, `id` "good"."""

    meta = {"collection": "backup_state", "auto_create_index": False, "strict": False}

    id = StringField(primary_key=True)
    began_at = DateTimeField(required=True)
    ended_at = DateTimeField()
    name = StringField(default="")
    fault = StringField(default="")
    facts = DictField()


class Reprocessing(Document):
    """How far the run over all holdings is that has files read again: `id` "now"."""

    meta = {"collection": "reprocessing", "auto_create_index": False, "strict": False}

    id = StringField(primary_key=True)
    since = IntField(required=True)
    family = StringField(default="")
    position = IntField(default=0)
    highest = IntField(default=0)
    sent = IntField(default=0)
    by = StringField(default="")
    began_at = DateTimeField(required=True)
    ended_at = DateTimeField()


class SchemaVersion(Document):
    """The one row that says which migrations have run."""

    meta = {"collection": "schema_version", "auto_create_index": False, "strict": False}

    id = StringField(primary_key=True, default="schema")
    version = IntField(required=True)


class KeepingRun(Document):
    """A run of backup, drill, fixity check or mending. `active` is "now" while it is under way, and on no other row;
    `beat_at` is when `owner` last said that it lives; `resumes`: the server takes it up again after a restart."""

    meta = {
        "collection": "keeping_runs",
        "auto_create_index": False,
        "strict": False,
        "indexes": [
            {"fields": ["seq"], "unique": True},
            {"fields": ["active"], "unique": True, "sparse": True},
        ],
    }

    id = StringField(primary_key=True)
    seq = IntField(required=True)
    active = StringField()
    kind = StringField(required=True)
    state = StringField(required=True)
    resumes = BooleanField(default=True)
    owner = StringField(default="")
    actor = DictField()
    by = StringField(default="")
    asked_at = DateTimeField(required=True)
    beat_at = DateTimeField(required=True)
    ended_at = DateTimeField()
    attempts = IntField(default=0)
    step = StringField(default="")
    done = IntField(default=0)
    total = IntField(default=0)
    fault = StringField(default="")
    facts = DictField()
