"""Weeding lists: what is proposed to be weeded out before archiving, and what the department's manager decided."""

from mongoengine import DateTimeField, DictField, Document, ListField, StringField


class WeedingList(Document):
    """A list of one department: `state` is open, approved, refused or withdrawn; `lines` hold record_id and reason."""

    meta = {
        "collection": "weeding_lists",
        "auto_create_index": False,
        "strict": False,
        "indexes": ["state", "by"],
    }

    id = StringField(primary_key=True)
    department = StringField(required=True)
    by = StringField(required=True)
    by_name = StringField(default="")
    at = DateTimeField(required=True)
    state = StringField(default="open")
    lines = ListField(DictField())
    decided_by = StringField(default="")
    decided_at = DateTimeField()
    note = StringField(default="")
