"""Conversions 换版: records of a category on their way from one of its versions to another, and what became of each."""

from mongoengine import DateTimeField, DictField, Document, IntField, StringField


class Conversion(Document):
    """How the records of a category come from version `old` to version `new`; the id is "code.old.new".

    `mapping` is that of `service.domain.mapping`; `rev` counts its changes. `state`: "" while it is drafted, submitted,
    approved, running, done, undoing, undone. `run` counts the runs, each by `runner`; a run stands at the record number
    `position` of `highest`, and `counts` says what became of how many (fate → number).
    """

    meta = {"collection": "conversions", "auto_create_index": False, "strict": False, "indexes": ["state"]}

    id = StringField(primary_key=True)
    code = StringField(required=True)
    old = IntField(required=True)
    new = IntField(required=True)
    mapping = DictField()
    rev = IntField(default=1)
    state = StringField(default="")
    by = StringField(default="")
    by_id = StringField(default="")
    at = DateTimeField(required=True)
    reason = StringField(default="")
    note = StringField(default="")
    approved_by = StringField(default="")
    approved_at = DateTimeField()
    run = IntField(default=0)
    runner = StringField(default="")
    runner_id = StringField(default="")
    position = IntField(default=0)
    highest = IntField(default=0)
    counts = DictField()
    began_at = DateTimeField()
    ended_at = DateTimeField()


class ConversionLine(Document):
    """What a run made of one record: `fate` done, stayed, skipped, stale, undone; `at` is run and record in one field.

    `rev_after` is the record's revision that the move made, `open` how many required fields it left open.
    """

    meta = {
        "collection": "conversion_lines",
        "auto_create_index": False,
        "strict": False,
        "indexes": [{"fields": ["at"], "unique": True}, "record_id"],
    }

    id = StringField(primary_key=True)
    at = StringField(required=True)
    record_id = StringField(required=True)
    seq = IntField(required=True)
    fate = StringField(required=True)
    reason = StringField(default="")
    params = DictField()
    rev_after = IntField(default=0)
    open = IntField(default=0)
