"""Users, their departments, sessions, tokens, and what they keep at hand."""

from mongoengine import BooleanField, DateTimeField, DictField, Document, IntField, ListField, StringField


class User(Document):
    """A person with a sign-in name. Passwords are argon2id hashes."""

    meta = {
        "collection": "users",
        "auto_create_index": False,
        "strict": False,
        "indexes": [{"fields": ["name"], "unique": True}],
    }

    id = StringField(primary_key=True)
    name = StringField(required=True)
    display_name = StringField(default="")
    password_hash = StringField(default="")
    must_change_password = BooleanField(default=False)
    roles = ListField(StringField())
    departments = ListField(StringField())
    clearance = StringField(default="L2")
    disabled = BooleanField(default=False)
    created_at = DateTimeField(required=True)
    last_sign_in = DateTimeField()


class Department(Document):
    """A department by its name, under which its records are kept; a closed one takes no new people."""

    meta = {"collection": "departments", "auto_create_index": False, "strict": False}

    name = StringField(primary_key=True)
    order = IntField(default=0)
    closed = BooleanField(default=False)
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
    address = StringField(default="")
    agent = StringField(default="")
    created_at = DateTimeField(required=True)
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
