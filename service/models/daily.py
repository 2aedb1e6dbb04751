"""What a person got done on a day."""

from mongoengine import Document, IntField, StringField


class DayCount(Document):
    """How many records a person described on the last day on which he did; the id is the person's."""

    meta = {"collection": "day_counts", "auto_create_index": False, "strict": False}

    id = StringField(primary_key=True)
    day = StringField(default="")
    handled = IntField(default=0)
