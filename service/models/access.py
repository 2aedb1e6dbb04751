"""What opens single records: grants with an end (R-SEC-4)."""

from mongoengine import DateTimeField, Document, StringField


class Grant(Document):
    """A record opened to one user until a moment. The record names its `id`, and so does the index: never him."""

    meta = {
        "collection": "grants",
        "auto_create_index": False,
        "strict": False,
        "indexes": ["user_id", "record_id"],
    }

    id = StringField(primary_key=True)
    record_id = StringField(required=True)
    user_id = StringField(required=True)
    reason = StringField(default="")
    by = StringField(default="")
    starts = DateTimeField(required=True)
    ends = DateTimeField(required=True)
    withdrawn_at = DateTimeField()
    withdrawn_by = StringField(default="")
