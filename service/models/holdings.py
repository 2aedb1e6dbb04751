"""Which objects the archive holds: digest → object inside one compartment, with a reference count."""

from mongoengine import BinaryField, BooleanField, DateTimeField, Document, IntField, ListField, StringField


class HeldObject(Document):
    """The content with one digest in one compartment; `id` is "compartment:sha256" (design §2).

    `plain_in` is the compartment as long as the object is not encrypted: there it is found, should it be.
    """

    meta = {
        "collection": "held_objects",
        "auto_create_index": False,
        "strict": False,
        "indexes": ["key", {"fields": ["plain_in"], "sparse": True}],
    }

    id = StringField(primary_key=True)
    compartment = StringField(required=True)
    sha256 = StringField(required=True)
    key = StringField(required=True)
    size = IntField(required=True)
    refs = IntField(required=True)
    plain_in = StringField()


class BlockDigests(Document):
    """Digests of blocks of a plain object (`storage.blocks`), a row for each piece of it: `id` is "key:piece"."""

    meta = {"collection": "block_digests", "auto_create_index": False, "strict": False}

    id = StringField(primary_key=True)
    size = IntField(required=True)
    digests = BinaryField(required=True)


class RecognisedPages(Document):
    """Pages of a content that were recognised once: `id` is "compartment:sha256:version:first page".

    `held` is the id of the content's `HeldObject`; when that goes, `forsaken` is set, and the object is cleared away.
    """

    meta = {
        "collection": "recognised_pages",
        "auto_create_index": False,
        "strict": False,
        "indexes": ["held", {"fields": ["forsaken"], "sparse": True}],
    }

    id = StringField(primary_key=True)
    held = StringField(required=True)
    version = StringField(required=True)
    pages = ListField(IntField())
    seals = ListField(IntField())
    lost = ListField(IntField())
    key = StringField(default="")
    forsaken = BooleanField()


class Orphan(Document):
    """An object without a row, seen by a check; the next check a day later collects it (two phases)."""

    meta = {"collection": "orphans", "auto_create_index": False, "strict": False}

    key = StringField(primary_key=True)
    seen_at = DateTimeField(required=True)


class FixityFinding(Document):
    """An object that the patrol found changed, missing or untracked; `repaired_at` when it was mended. `waits`: it
    was met by somebody who opened it, and the patrol has yet to look at it itself."""

    meta = {"collection": "fixity_findings", "auto_create_index": False, "strict": False}

    key = StringField(primary_key=True)
    kind = StringField(required=True)
    detail = StringField(default="")
    found_at = DateTimeField(required=True)
    repaired_at = DateTimeField()
    waits = BooleanField(default=False)


class PatrolState(Document):
    """How far a round over all objects is: `id` "fixity" or "replica"."""

    meta = {"collection": "patrols", "auto_create_index": False, "strict": False}

    id = StringField(primary_key=True)
    began_at = DateTimeField(required=True)
    folder = IntField(default=0)
    rounds = IntField(default=0)
    lacking = BooleanField(default=False)
