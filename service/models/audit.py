"""The audit trail: who did what to which object, when, with what result (R-AUD-1)."""

from typing import Any

from mongoengine import BinaryField, DateTimeField, DictField, Document, IntField, ListField, StringField


class WrittenAct(Document):
    """What is said of an act wherever it stands. The id is made with the act, so that entering it twice has no
    effect; `slot`: microseconds, as a clock said, by which acts that wait keep their order."""

    meta: dict[str, Any] = {"abstract": True}

    id = StringField(primary_key=True)
    at = DateTimeField(required=True)
    actor_id = StringField(default="")
    for_id = StringField(default="")
    act = StringField(required=True)
    object_kind = StringField(default="")
    object_id = StringField(default="")
    result = StringField(default="done")
    facts = DictField()
    private = DictField()
    slot = IntField()


class AuditEvent(WrittenAct):
    """One act in the trail.

    `seq`, `prev` and `hash` are given by the chain; until then `slot` (microseconds, as a clock
    said) tells that the event waits, and behind which others. `private`
    holds what is personal and may be erased; the chain covers only its digest, `sealed`.
    """

    meta = {
        "collection": "audit_events",
        "auto_create_index": False,
        "strict": False,
        "indexes": [
            "object_id",
            {"fields": ["seq"], "unique": True, "sparse": True},
            {"fields": ["slot"], "sparse": True},
        ],
    }

    seq = IntField()
    sealed = StringField(default="")
    prev = StringField()
    hash = StringField()


class EventWaiting(WrittenAct):
    """An act that was written down in the transaction of what it did, until the chain takes it over. No index but the
    key's, so that an import pays little for it. Several acts of one transaction are one row, which has them under
    `events` (`chain.in_one_row`) and nothing else but the key of the first."""

    meta = {"collection": "audit_waiting", "auto_create_index": False, "strict": False}


class ChainHead(Document):
    """The end of the chain, `id` "audit": number and hash of its last event."""

    meta = {"collection": "audit_heads", "auto_create_index": False, "strict": False}

    id = StringField(primary_key=True)
    seq = IntField(required=True)
    hash = StringField(required=True)


class ChainCheck(Document):
    """How far the chain was verified by the clock (`id` "round"), and how the last whole round ended ("last")."""

    meta = {"collection": "audit_checks", "auto_create_index": False, "strict": False}

    id = StringField(primary_key=True)
    began_at = DateTimeField()
    ended_at = DateTimeField()
    seq = IntField(default=0)
    hash = StringField(default="")
    events = IntField(default=0)
    breaks = ListField(DictField())


class ChainStamp(Document):
    """A head of the chain with a time that an authority vouches for (RFC 3161); `token` is its signed answer."""

    meta = {"collection": "audit_stamps", "auto_create_index": False, "strict": False}

    id = StringField(primary_key=True)
    seq = IntField(required=True)
    hash = StringField(required=True)
    at = DateTimeField(required=True)
    token = BinaryField(required=True)
