"""Data keys of encrypted objects, and which master keys wrap any."""

from mongoengine import BinaryField, DateTimeField, Document, StringField


class DataKeyRow(Document):
    """The wrapped data key of the object whose key is `id`. When this row goes, so does every copy of the object."""

    meta = {"collection": "data_keys", "auto_create_index": False, "strict": False, "indexes": ["master"]}

    id = StringField(primary_key=True)
    master = StringField(required=True)
    locked = BinaryField(required=True)


class MasterKeyRow(Document):
    """A master key that may wrap data keys, by its id: who restores this archive needs it."""

    meta = {"collection": "master_keys", "auto_create_index": False, "strict": False}

    id = StringField(primary_key=True)
    first_used_at = DateTimeField(required=True)
