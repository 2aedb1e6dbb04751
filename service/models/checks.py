"""Reports of the four-property check."""

from mongoengine import BooleanField, DateTimeField, DictField, Document, ListField, StringField


class CheckRun(Document):
    """One report of one record: what each check said at a stage; `by` is a person's name."""

    meta = {
        "collection": "check_runs",
        "auto_create_index": False,
        "strict": False,
        "indexes": ["record_id"],
    }

    id = StringField(primary_key=True)
    record_id = StringField(required=True)
    stage = StringField(required=True)
    at = DateTimeField(required=True)
    by = StringField(default="")
    good = BooleanField(default=True)
    results = ListField(DictField())
