"""Categories, records and files."""

from mongoengine import (
    BinaryField,
    BooleanField,
    DateField,
    DateTimeField,
    DictField,
    Document,
    EmbeddedDocument,
    EmbeddedDocumentField,
    IntField,
    ListField,
    StringField,
)

SLOTS = 1 << 16
"""Range of the random numbers by which what waits is read in narrow slices, on both databases (design §2)."""


SCANS = SLOTS
"""Slots of files from here on wait for their recognition."""

LATER = SLOTS
"""Index slots from here on wait for their file first: it will be done in a moment, and one indexing is enough."""


class Category(Document):
    """A category of the scheme; the fields of its records are described by `schema` (JSON Schema), as data.

    `numbering` is the template of its reference codes, "" = that of the category above or the default; `plain` the
    compartment whose codes carry no letter, which stays when the category's secrecy changes.
    """

    meta = {"collection": "categories", "auto_create_index": False, "strict": False}

    code = StringField(primary_key=True)
    parent = StringField(default="")
    order = IntField(default=0)
    name = StringField(required=True)
    name_en = StringField(default="")
    version = IntField(default=1)
    shipped_version = IntField(
        default=0
    )  # of the starting scheme it was taken from; an edit raises only `version`
    schema = DictField()
    secrecy = StringField(default="L0")
    core_secret = BooleanField(default=False)
    retention = StringField(default="D10")
    living = BooleanField(default=False)
    archival_class = StringField(default="")
    filing_scope = StringField(default="")
    numbering = StringField(default="")
    plain = StringField(default="")


class CategoryVersion(Document):
    """A category as it was or will be: `id` "code:version" for one that was published, "code:draft" for the next.

    `content` holds the values of `Category` by name. A draft is `based_on` the version it was begun from; `rev`
    counts its changes; `stage` is "" while it is drafted, "submitted" and "approved" on its way into force on
    `effective_on`, `note` what the approver said.
    """

    meta = {
        "collection": "category_versions",
        "auto_create_index": False,
        "strict": False,
        "indexes": ["code"],
    }

    id = StringField(primary_key=True)
    code = StringField(required=True)
    version = IntField(default=0)
    based_on = IntField(default=0)
    rev = IntField(default=1)
    content = DictField()
    reason = StringField(default="")
    by = StringField(default="")
    by_id = StringField(default="")
    at = DateTimeField(required=True)
    stage = StringField(default="")
    effective_on = DateField()
    approved_by = StringField(default="")
    note = StringField(default="")


class Source(EmbeddedDocument):
    """Where a record came from: its provenance."""

    meta = {"strict": False}

    path = StringField(default="")
    raw_path = BinaryField()
    modified = DateTimeField()
    import_id = StringField(default="")
    origin = StringField(default="")
    owner = StringField(default="")


class Record(Document):
    """A record 件: fixed core (S-MD-1), flexible `fields`, revisions for people and for the index.

    `rev` counts changes of the description. `index_seq` counts changes of anything indexed; while
    `indexed_seq` is behind it, `index_slot` is set and the indexer finds the record by it. `indexed_in` names
    every compartment whose index may hold it, before anything is put there: two while it moves. `inbox` holds it
    in the inbox although it has a category: it came in with one, but without what that requires. `turn` is its place in
    the list of tasks of whose turn it is (`domain.lifecycle.turn_of`), `passed` holds the steps that were taken: step →
    by, name, at. `entry_key` is by what the line of a workbook is known again from which it was entered.
    `answers` holds what somebody said to a doubt: key → digest, text, by, by_id, at; `matches` the digests by which
    duplicates meet (`domain.matching`); `merged` the records that were merged into this one;
    `weeding` is the open list that proposes to weed it, `snapshot_of` the living record that it is a snapshot of.
    `waits` is its `seq` while it is in the inbox and `waits_for` the keys of whom it is for (`permissions.audience`), so
    that an inbox is read without looking at what is not in it, or not in this person's; `clears_at`
    is when it was deleted, as long as what it said is still there; `lead` is its
    `seq` while it is a lead that nobody has screened, and `screened` what was decided: keep, reason, by, by_id, at.
    """

    meta = {
        "collection": "records",
        "auto_create_index": False,
        "strict": False,
        "indexes": [
            {"fields": ["seq"], "unique": True},
            {"fields": ["category", "seq"]},
            {"fields": ["index_slot"], "sparse": True},
            {"fields": ["outbox_slot"], "sparse": True},
            {"fields": ["turn"], "sparse": True},
            {"fields": ["waits"], "sparse": True},
            {"fields": ["waits_for", "waits"], "sparse": True},
            {"fields": ["entry_key"], "unique": True, "sparse": True},
            {"fields": ["secrecy_until"], "sparse": True},
            {"fields": ["matches"], "sparse": True},
            {"fields": ["clears_at"], "sparse": True},
            {"fields": ["lead"], "sparse": True},
        ],
    }

    id = StringField(primary_key=True)
    seq = IntField(required=True)
    title = StringField(required=True)
    category = StringField(default="")
    category_version = IntField(default=0)
    date = DateField()
    year = IntField()
    department = StringField(default="")
    responsible = StringField(default="")
    ref_code = StringField(default="")
    doc_no = StringField(default="")
    secrecy = StringField(default="L0")
    secrecy_until = DateField()
    core_secret = BooleanField(default=False)
    grade = StringField(default="")
    openness = StringField(default="")
    retention = StringField(default="")
    room = StringField(default="")
    cabinet = StringField(default="")
    shelf = StringField(default="")
    box = StringField(default="")
    copy_status = StringField(default="")
    original_place = StringField(default="")
    language = StringField(default="zh")
    keywords = ListField(StringField())
    fields = DictField()
    note = StringField(default="")
    life = StringField(default="draft")
    turn = StringField()
    passed = DictField()
    supersedes = StringField()
    superseded_by = StringField()
    correcting = StringField()
    circles = ListField(StringField())
    grants = ListField(StringField())
    dossiers = ListField(StringField())
    owner = StringField(default="")
    source = EmbeddedDocumentField(Source)
    rev = IntField(default=1)
    index_seq = IntField(default=1)
    indexed_seq = IntField(default=0)
    indexed_in = ListField(StringField())
    index_slot = IntField()
    created_at = DateTimeField(required=True)
    updated_at = DateTimeField(required=True)
    deleted_at = DateTimeField()
    clears_at = DateTimeField()
    outbox = ListField(DictField())
    outbox_slot = IntField()
    inbox = BooleanField(default=False)
    waits = IntField()
    waits_for = ListField(StringField(), default=None)
    entry_key = StringField()
    answers = DictField()
    matches = ListField(StringField())
    merged = ListField(StringField())
    weeding = StringField()
    snapshot_of = StringField()
    lead = IntField()
    screened = DictField()


class File(Document):
    """A file 电子原文 of a record, and the state of its ingest: `slot` is set while it is pending.

    `stage` is "recognition" while what it says itself is known already and its pictured pages, `unread`, are still
    to be recognised; `recognised` of them are.

    `extractor` is the version that has read it; `stage` "again" one that is read anew and in use meanwhile; `how` what
    a person wants of its recognition.

    A file that lies inside another one (member of an archive, attachment of a mail) names that one in `parent`, its
    part there in `number`, its way down in `depth` and its path inside in `path`; one that has `members` is theirs.

    A file that a newer version stands for names that one in `superseded_by`: it stays readable, and is no longer
    among the record's files nor in the index. `by` and `why` tell who brought it and what it is for;
    `sender` is the id of who brought it, against whose quota it counts. `renditions` holds by name {key, media_type}
    of what was made from it for people to look at.
    """

    meta = {
        "collection": "files",
        "auto_create_index": False,
        "strict": False,
        "indexes": [
            {"fields": ["record_id"]},
            {"fields": ["slot"], "sparse": True},
            {"fields": ["state"]},
            {"fields": ["lease_until"], "sparse": True},
            {"fields": ["deleted_at"], "sparse": True},
            {"fields": ["object_key"]},
            {"fields": ["parent"], "sparse": True},
            {"fields": ["upload_key"], "unique": True, "sparse": True},
        ],
    }

    id = StringField(primary_key=True)
    record_id = StringField(required=True)
    order = IntField(default=0)
    name = StringField(required=True)
    path = StringField(default="")
    role = StringField(default="main")
    version = IntField(default=1)
    superseded_by = StringField()
    sender = StringField(default="")
    why = StringField(default="")
    upload_key = StringField()
    by = StringField(default="")
    compartment = StringField(required=True)
    size = IntField(required=True)
    sha256 = StringField(required=True)
    object_key = StringField(required=True)
    state = StringField(default="pending")
    stage = StringField(default="")
    unread = ListField(IntField())
    recognised = IntField(default=0)
    slot = IntField()
    attempts = IntField(default=0)
    lease_owner = StringField(default="")
    lease_until = DateTimeField()
    reason = StringField(default="")
    detail = StringField(default="")
    warning = StringField(default="")
    media_type = StringField(default="")
    family = StringField(default="")
    text_key = StringField(default="")
    preview_key = StringField(default="")
    preview_type = StringField(default="")
    renditions = DictField()
    parent = StringField()
    number = IntField(default=0)
    depth = IntField(default=0)
    members = IntField(default=0)
    extractor = IntField(default=0)
    how = DictField()
    characters = IntField(default=0)
    pages = IntField(default=0)
    facts = DictField()
    created_at = DateTimeField(required=True)
    finished_at = DateTimeField()
    deleted_at = DateTimeField()


class Revision(Document):
    """What a change of a description changed: one line of a record's history; `id` is "record:rev"."""

    meta = {"collection": "revisions", "auto_create_index": False, "strict": False, "indexes": ["record_id"]}

    id = StringField(primary_key=True)
    record_id = StringField(required=True)
    rev = IntField(required=True)
    at = DateTimeField(required=True)
    by = StringField(required=True)
    changes = DictField()
    salt = StringField()
    """Digests of the changes in the audit trail were made with it; it goes when they are erased."""
