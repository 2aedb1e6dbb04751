"""Numbers that were given: each reference code once and for ever, and the code of each department."""

from mongoengine import DateTimeField, Document, StringField


class GivenCode(Document):
    """A code that was given to a record or dossier; never deleted, so that none is used again (S-ID-1)."""

    meta = {"collection": "given_codes", "auto_create_index": False, "strict": False}

    id = StringField(primary_key=True)
    object_id = StringField(required=True)
    at = DateTimeField(required=True)


class DepartmentCode(Document):
    """How a department is called in codes; `id` is the code."""

    meta = {
        "collection": "department_codes",
        "auto_create_index": False,
        "strict": False,
        "indexes": [{"fields": ["name"], "unique": True}],
    }

    id = StringField(primary_key=True)
    name = StringField(required=True)
