"""What people are told: one bounded list each."""

from mongoengine import DictField, Document, IntField, ListField, StringField


class Notices(Document):
    """What one person is told, oldest first; the id is the person's. `rev` grows with every change, `unread` counts.

    An entry has `id` (of the event it tells of), `at`, `kind`, `by`, `record_id`, `name` and `read`.
    """

    meta = {"collection": "notices", "auto_create_index": False, "strict": False}

    id = StringField(primary_key=True)
    entries = ListField(DictField())
    unread = IntField(default=0)
    rev = IntField(default=0)
