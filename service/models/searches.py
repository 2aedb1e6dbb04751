"""Saved searches 收藏的检索, and what a person searched for last."""

from mongoengine import BooleanField, DateTimeField, DictField, Document, IntField, ListField, StringField


class SavedSearch(Document):
    """A question that somebody keeps under a name, and how it stood when he last looked.

    `slot` is set while the owner wants to be told of new matches: the round of evaluation goes by it.
    """

    meta = {
        "collection": "saved_searches",
        "auto_create_index": False,
        "strict": False,
        "indexes": ["owner", {"fields": ["slot"], "sparse": True}],
    }

    id = StringField(primary_key=True)
    owner = StringField(required=True)
    name = StringField(required=True)
    question = DictField()
    watched = BooleanField(default=True)
    slot = IntField()
    seen_total = IntField(default=0)
    seen_seq = IntField(default=0)
    seen_at = DateTimeField(required=True)
    fresh = IntField(default=0)
    told = IntField(default=0)
    counted_at = DateTimeField(required=True)
    created_at = DateTimeField(required=True)


class MissedQuestion(Document):
    """A question of a month, as 2026-11, that found nothing, and how many people asked it: nobody is named.

    `places` are the compartments in which every one of them may search.
    """

    meta = {
        "collection": "missed_questions",
        "auto_create_index": False,
        "strict": False,
        "indexes": ["month"],
    }

    id = StringField(primary_key=True)
    month = StringField(required=True)
    text = StringField(required=True)
    count = IntField(default=0)
    last = StringField(required=True)
    places = ListField(StringField())


class Synonyms(Document):
    """The archive's own list of words that mean the same; while there is none, that of the program is in force."""

    meta = {"collection": "synonyms", "auto_create_index": False, "strict": False}

    id = StringField(primary_key=True)
    groups = ListField(ListField(StringField()))
    rev = IntField(default=0)
    by = StringField(default="")
    at = DateTimeField()


class SearchHabit(Document):
    """How a person searches; `id` is the user's. `recent` holds the last questions, the newest first."""

    meta = {"collection": "search_habits", "auto_create_index": False, "strict": False}

    id = StringField(primary_key=True)
    recent = ListField(StringField())
    view = StringField(default="list")
