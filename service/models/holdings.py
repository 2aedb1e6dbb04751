"""Which objects the archive holds: digest → object inside one compartment, with a reference count."""

from mongoengine import DateTimeField, Document, IntField, StringField


class HeldObject(Document):
    """The content with one digest in one compartment; `id` is "compartment:sha256" (design §2)."""

    meta = {"collection": "held_objects", "auto_create_index": False, "strict": False, "indexes": ["key"]}

    id = StringField(primary_key=True)
    compartment = StringField(required=True)
    sha256 = StringField(required=True)
    key = StringField(required=True)
    size = IntField(required=True)
    refs = IntField(required=True)


class Orphan(Document):
    """An object without a row, seen by a check; the next check a day later collects it (two phases)."""

    meta = {"collection": "orphans", "auto_create_index": False, "strict": False}

    key = StringField(primary_key=True)
    seen_at = DateTimeField(required=True)
