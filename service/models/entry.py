"""Entry from workbooks: what somebody filled in, line by line, and what became of each. Forgotten after a month."""

from mongoengine import DateTimeField, DictField, Document, IntField, ListField, StringField


class EntrySheet(Document):
    """A workbook that one person brought: `paths` are its columns, as `domain.entry` names them, "" for unknown ones.

    `category_version` is the one by which it was read, 0 for what was read before that was noted.
    """

    meta = {
        "collection": "entry_sheets",
        "auto_create_index": False,
        "strict": False,
        "indexes": ["by", {"fields": ["expires_at"], "expireAfterSeconds": 0}],
    }

    id = StringField(primary_key=True)
    by = StringField(required=True)
    category = StringField(required=True)
    category_version = IntField(default=0)
    name = StringField(default="")
    paths = ListField(StringField())
    unknown = ListField(StringField())
    created_at = DateTimeField(required=True)
    expires_at = DateTimeField(required=True)


class EntryLine(Document):
    """A line of a workbook; `fate` is "" while it waits, then entered, already (it was there), bad (it has faults).

    `key` is by what it is known again (`domain.entry.digest_of`), `cells` hold [kind, value] as they were read.
    """

    meta = {
        "collection": "entry_lines",
        "auto_create_index": False,
        "strict": False,
        "indexes": [
            {"fields": ["sheet_id", "n"], "unique": True},
            {"fields": ["record_id"]},
            {"fields": ["expires_at"], "expireAfterSeconds": 0},
        ],
    }

    id = StringField(primary_key=True)
    sheet_id = StringField(required=True)
    n = IntField(required=True)
    title = StringField(default="")
    cells = ListField(ListField())
    key = StringField(default="")
    faults = ListField(DictField())
    notes = ListField(DictField())
    fate = StringField(default="")
    record_id = StringField(default="")
    expires_at = DateTimeField(required=True)
