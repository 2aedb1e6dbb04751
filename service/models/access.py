"""What opens and closes single records: grants with an end, and acts on their secrecy (R-SEC-1, R-SEC-4)."""

from mongoengine import DateField, DateTimeField, Document, StringField


class Grant(Document):
    """A record opened to one user until a moment. The record names its `id`, and so does the index: never him."""

    meta = {
        "collection": "grants",
        "auto_create_index": False,
        "strict": False,
        "indexes": ["user_id", "record_id"],
    }

    id = StringField(primary_key=True)
    record_id = StringField(required=True)
    user_id = StringField(required=True)
    reason = StringField(default="")
    by = StringField(default="")
    starts = DateTimeField(required=True)
    ends = DateTimeField(required=True)
    withdrawn_at = DateTimeField()
    withdrawn_by = StringField(default="")


class SecrecyAct(Document):
    """A change of a record's level, as proposed and as decided (R-SEC-1); it is never taken away.

    `state`: proposed, approved, refused, withdrawn. `open` is the record's id while it is proposed, so that a record
    has one open proposal at most.
    """

    meta = {
        "collection": "secrecy_acts",
        "auto_create_index": False,
        "strict": False,
        "indexes": ["record_id", "state", "after", {"fields": ["open"], "unique": True, "sparse": True}],
    }

    id = StringField(primary_key=True)
    record_id = StringField(required=True)
    open = StringField()
    before = StringField(required=True)
    after = StringField(required=True)
    until = DateField()
    reason = StringField(default="")
    state = StringField(default="proposed")
    by_id = StringField(required=True)
    for_id = StringField(default="")
    by = StringField(default="")
    at = DateTimeField(required=True)
    decided_by = StringField(default="")
    decided_at = DateTimeField()
    note = StringField(default="")
