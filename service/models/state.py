"""State of the deployment itself: counters, leases, the version of the schema."""

from mongoengine import DateTimeField, DictField, Document, IntField, StringField


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
