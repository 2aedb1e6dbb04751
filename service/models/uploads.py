"""Uploads on their way, and how many bytes people have brought in."""

from mongoengine import BooleanField, DateTimeField, DictField, Document, IntField, ListField, StringField


class Upload(Document):
    """One upload; `handle` is the store's name for it.

    `due_at` is when housekeeping looks after it: an open one expires, one in proof is proved by somebody else, an
    ended one is forgotten.

    `actor` is who sends it as he is then, because it may be ended after a restart, when nobody asks.
    """

    meta = {
        "collection": "uploads",
        "auto_create_index": False,
        "strict": False,
        "indexes": [
            {"fields": ["seq"], "unique": True},
            {"fields": ["owner", "state"]},
            {"fields": ["state", "due_at"]},
            {"fields": ["request_key"], "unique": True, "sparse": True},
        ],
    }

    id = StringField(primary_key=True)
    seq = IntField(required=True)
    owner = StringField(required=True)
    actor = DictField()
    request_key = StringField()
    name = StringField(required=True)
    path = StringField(default="")
    size = IntField(required=True)
    sha256 = StringField(default="")
    modified = DateTimeField()
    drop = StringField(default="")
    category = StringField(default="")
    department = StringField(default="")
    customer = StringField(default="")
    keywords = ListField(StringField())
    join = StringField(default="")
    object_key = StringField(default="")
    handle = StringField(default="")
    state = StringField(default="open")
    reason = StringField(default="")
    duplicate = BooleanField(default=False)
    record_id = StringField(default="")
    file_id = StringField(default="")
    created_at = DateTimeField(required=True)
    due_at = DateTimeField(required=True)


class Arriving(Document):
    """Keys of contents that one request is storing, from before the first byte until their rows are written."""

    meta = {"collection": "arriving", "auto_create_index": False, "strict": False}

    id = StringField(primary_key=True)
    keys = ListField(StringField())
    at = DateTimeField(required=True)


class Usage(Document):
    """Bytes and files that were brought in and not cleared: sums of the rows "all:N" and "user:ID:N"."""

    meta = {"collection": "usage", "auto_create_index": False, "strict": False}

    id = StringField(primary_key=True)
    bytes = IntField(default=0)
    files = IntField(default=0)
