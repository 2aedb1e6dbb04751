"""Users, their departments, sessions, tokens, and what they keep at hand."""

from mongoengine import BooleanField, DateTimeField, DictField, Document, IntField, ListField, StringField


class User(Document):
    """A person with a sign-in name. Passwords are argon2id hashes.

    `reach` says where a role counts for him: departments, or ["*"] for all; what it does not name counts where the
    role says. `circles` are need-to-know circles beside that of his own holdings.
    """

    meta = {
        "collection": "users",
        "auto_create_index": False,
        "strict": False,
        "indexes": [
            {"fields": ["name"], "unique": True},
            {"fields": ["outside"], "unique": True, "sparse": True},
        ],
    }

    id = StringField(primary_key=True)
    name = StringField(required=True)
    display_name = StringField(default="")
    password_hash = StringField(default="")
    must_change_password = BooleanField(default=False)
    roles = ListField(StringField())
    reach = DictField()
    departments = ListField(StringField())
    clearance = StringField(default="L2")
    circles = ListField(StringField())
    disabled = BooleanField(default=False)
    created_at = DateTimeField(required=True)
    last_sign_in = DateTimeField()
    totp_secret = StringField()
    totp_step = IntField()
    """The step of the last code that counted: neither it nor an earlier one counts again."""
    totp_since = DateTimeField()
    recovery_hashes = ListField(StringField())
    outside = StringField()
    """Who he is for the directory that vouches for him, for good: the same name may become somebody else's there."""
    outside_roles = ListField(StringField())
    outside_departments = ListField(StringField())
    """What he holds because the directory says so, and loses when it says so no more."""


class Department(Document):
    """A department by its name, under which its records are kept; a closed one takes no new people."""

    meta = {"collection": "departments", "auto_create_index": False, "strict": False}

    name = StringField(primary_key=True)
    order = IntField(default=0)
    closed = BooleanField(default=False)
    created_at = DateTimeField(required=True)


class RoleSheet(Document):
    """A role as it was edited, or one of the house's own; a starting role that nobody edited has none.

    `known` are the acts that could be chosen then: what a later program adds to a starting role is not taken away.
    """

    meta = {"collection": "roles", "auto_create_index": False, "strict": False}

    code = StringField(primary_key=True)
    name = StringField(required=True)
    name_en = StringField(default="")
    acts = ListField(StringField())
    known = ListField(StringField())
    everywhere = BooleanField(default=False)
    order = IntField(default=100)


class Circle(Document):
    """A need-to-know circle 知悉范围 (G10); who belongs to it stands with the users."""

    meta = {"collection": "circles", "auto_create_index": False, "strict": False}

    id = StringField(primary_key=True)
    name = StringField(required=True)
    closed = BooleanField(default=False)
    created_at = DateTimeField(required=True)


class Deputy(Document):
    """Who stands in for whom, from one moment to another (R-BOR-7)."""

    meta = {
        "collection": "deputies",
        "auto_create_index": False,
        "strict": False,
        "indexes": ["principal", "deputy"],
    }

    id = StringField(primary_key=True)
    principal = StringField(required=True)
    deputy = StringField(required=True)
    starts = DateTimeField(required=True)
    ends = DateTimeField(required=True)
    reason = StringField(default="")
    by = StringField(default="")
    created_at = DateTimeField(required=True)


class Shelf(Document):
    """What a user keeps at hand: record → since when it is a favourite."""

    meta = {"collection": "shelves", "auto_create_index": False, "strict": False}

    id = StringField(primary_key=True)
    favourites = DictField()


class Session(Document):
    """A signed-in browser; the id is the digest of its cookie, which is stored nowhere."""

    meta = {
        "collection": "sessions",
        "auto_create_index": False,
        "strict": False,
        "indexes": ["user_id", {"fields": ["expires_at"], "expireAfterSeconds": 0}],
    }

    id = StringField(primary_key=True)
    user_id = StringField(required=True)
    csrf = StringField(required=True)
    acting_for = StringField(default="")
    address = StringField(default="")
    agent = StringField(default="")
    created_at = DateTimeField(required=True)
    proved_at = DateTimeField()
    """When its user last showed who he is, since he signed in."""
    expires_at = DateTimeField(required=True)


class SignInStep(Document):
    """A sign-in that is under way: what has been shown already. The id is the digest of a text that the browser has."""

    meta = {
        "collection": "sign_in_steps",
        "auto_create_index": False,
        "strict": False,
        "indexes": [{"fields": ["expires_at"], "expireAfterSeconds": 0}],
    }

    id = StringField(primary_key=True)
    kind = StringField(required=True)
    user_id = StringField(default="")
    facts = DictField()
    expires_at = DateTimeField(required=True)


class Token(Document):
    """A bearer token of a user; the id is its digest. Without `scopes` it may what its owner may."""

    meta = {
        "collection": "tokens",
        "auto_create_index": False,
        "strict": False,
        "indexes": ["user_id", "public_id"],
    }

    id = StringField(primary_key=True)
    public_id = StringField(required=True)
    user_id = StringField(required=True)
    name = StringField(default="")
    scopes = ListField(StringField())
    created_at = DateTimeField(required=True)
    expires_at = DateTimeField(required=True)
    last_used = DateTimeField()


class SignInAttempts(Document):
    """Failed sign-ins under a name from an address; forgotten after a while. `subject`: the name alone, as a digest."""

    meta = {
        "collection": "sign_in_attempts",
        "auto_create_index": False,
        "strict": False,
        "indexes": [
            {"fields": ["expires_at"], "expireAfterSeconds": 0},
            {"fields": ["subject"], "sparse": True},
        ],
    }

    id = StringField(primary_key=True)
    subject = StringField()
    failures = IntField(default=0)
    blocked_until = DateTimeField()
    expires_at = DateTimeField(required=True)
