"""Sketches of files, by which near copies are found."""

from mongoengine import Document, IntField, ListField, StringField


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
