"""Sketches of files, by which near copies are found, and what was learned of categories."""

from mongoengine import BinaryField, DateTimeField, Document, IntField, ListField, StringField


class NearSketch(Document):
    """The sketch of the file whose id it bears (`ingest.port.Sketch`): at most twelve `keys`, the rest a few digits.

    Files of encrypted compartments have none. It goes with its file.
    """

    meta = {"collection": "sketches", "auto_create_index": False, "strict": False, "indexes": ["keys"]}

    id = StringField(primary_key=True)
    record_id = StringField(required=True)
    keys = ListField(StringField())
    words = StringField(default="")
    numbers = StringField(default="")
    look = StringField(default="")
    characters = IntField(default=0)


class Learning(Document):
    """What was learned of categories: `id` "now". `data` is bounded by the buckets of the model (about a megabyte)."""

    meta = {"collection": "learning", "auto_create_index": False, "strict": False}

    id = StringField(primary_key=True)
    data = BinaryField()
    records = IntField(default=0)
    at = DateTimeField(required=True)
