"""What somebody typed into a description and has not saved yet."""

from mongoengine import DateTimeField, Document, IntField, StringField


class Unsaved(Document):
    """One person's unsaved input for one record (`id` is "user:record"), at the revision he saw; it goes by itself."""

    meta = {
        "collection": "unsaved",
        "auto_create_index": False,
        "strict": False,
        "indexes": [{"fields": ["expires_at"], "expireAfterSeconds": 0}],
    }

    id = StringField(primary_key=True)
    rev = IntField(required=True)
    typed = StringField(required=True)
    at = DateTimeField(required=True)
    expires_at = DateTimeField(required=True)
