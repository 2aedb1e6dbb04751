"""The audit trail: who did what to which object, when, with what result (R-AUD-1)."""

from mongoengine import DateTimeField, DictField, Document, StringField


class AuditEvent(Document):
    """One act. The id is made with the act, so that entering it twice has no effect."""

    meta = {
        "collection": "audit_events",
        "auto_create_index": False,
        "strict": False,
        "indexes": ["object_id", "at"],
    }

    id = StringField(primary_key=True)
    at = DateTimeField(required=True)
    actor_id = StringField(default="")
    actor = StringField(default="")
    for_id = StringField(default="")
    act = StringField(required=True)
    object_kind = StringField(default="")
    object_id = StringField(default="")
    result = StringField(default="done")
    facts = DictField()
