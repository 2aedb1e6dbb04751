"""Dossiers 案卷 and which records are filed in them."""

from mongoengine import (
    BooleanField,
    DateField,
    DateTimeField,
    DictField,
    Document,
    FloatField,
    IntField,
    ListField,
    StringField,
)


class Dossier(Document):
    """A dossier; `expected` are the documents it should hold, as data of its own. `code` is unique where given."""

    meta = {
        "collection": "dossiers",
        "auto_create_index": False,
        "strict": False,
        "indexes": [
            {"fields": ["seq"], "unique": True},
            {"fields": ["code"], "unique": True, "sparse": True},
            {"fields": ["party"]},
            {"fields": ["title"]},
        ],
    }

    id = StringField(primary_key=True)
    seq = IntField(required=True)
    kind = StringField(required=True)
    title = StringField(required=True)
    code = StringField()
    category = StringField(default="")
    party = StringField(default="")
    department = StringField(default="")
    responsible = StringField(default="")
    start = DateField()
    end = DateField()
    note = StringField(default="")
    state = StringField(default="open")
    secrecy = StringField(default="L0")
    core_secret = BooleanField(default=False)
    circles = ListField(StringField())
    owner = StringField(default="")
    expected = ListField(DictField())
    rev = IntField(default=1)
    created_at = DateTimeField(required=True)
    updated_at = DateTimeField(required=True)
    deleted_at = DateTimeField()


class Filing(Document):
    """A record's place in a dossier. The id is "record:kind": a record is in one dossier of a kind, not in two."""

    meta = {
        "collection": "filings",
        "auto_create_index": False,
        "strict": False,
        "indexes": ["dossier_id", "record_id"],
    }

    id = StringField(primary_key=True)
    dossier_id = StringField(required=True)
    record_id = StringField(required=True)
    kind = StringField(required=True)
    place = FloatField(required=True)
    at = DateTimeField(required=True)
    by = StringField(required=True)
