"""Which records a person has opened lately."""

from mongoengine import Document, ListField, StringField


class Recents(Document):
    """The ids of the records that one person opened, the last one first; the id is the person's."""

    meta = {"collection": "recents", "auto_create_index": False, "strict": False}

    id = StringField(primary_key=True)
    records = ListField(StringField())
