"""Relations between records."""

from mongoengine import DateTimeField, Document, StringField


class Relation(Document):
    """`first` is `role` to `second` (`service.domain.relations.Tie`, whose id this has too)."""

    meta = {
        "collection": "relations",
        "auto_create_index": False,
        "strict": False,
        "indexes": ["first", "second"],
    }

    id = StringField(primary_key=True)
    role = StringField(required=True)
    first = StringField(required=True)
    second = StringField(required=True)
    by = StringField(default="")
    at = DateTimeField(required=True)
