"""Reports of the four-property check, and how far the round is by the clock."""

from mongoengine import BooleanField, DateTimeField, DictField, Document, IntField, ListField, StringField


class CheckRun(Document):
    """One report of one record: what each check said at a stage; `by` is a person's name, `twins` are the records with
    the same content as far as he knew of them."""

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
    twins = ListField(StringField())


class CheckRound(Document):
    """How far the round of periodic checks is, `id` "periodic": behind which `seq`."""

    meta = {"collection": "check_rounds", "auto_create_index": False, "strict": False}

    id = StringField(primary_key=True)
    began_at = DateTimeField(required=True)
    position = IntField(default=0)


class CheckFinding(Document):
    """An archived record that did not pass its last check by the clock, `id` its own: `seq` is the record's, `failed`
    the severe checks."""

    meta = {
        "collection": "check_findings",
        "auto_create_index": False,
        "strict": False,
        "indexes": ["seq"],
    }

    id = StringField(primary_key=True)
    seq = IntField(required=True)
    at = DateTimeField(required=True)
    failed = ListField(StringField())
