"""Users, their sessions and tokens."""

from mongoengine import BooleanField, DateTimeField, Document, IntField, ListField, StringField


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
    disabled = BooleanField(default=False)
    created_at = DateTimeField(required=True)


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
    created_at = DateTimeField(required=True)
    expires_at = DateTimeField(required=True)


class Token(Document):
    """A bearer token of a user; the id is its digest."""

    meta = {"collection": "tokens", "auto_create_index": False, "strict": False, "indexes": ["user_id"]}

    id = StringField(primary_key=True)
    public_id = StringField(required=True)
    user_id = StringField(required=True)
    name = StringField(default="")
    created_at = DateTimeField(required=True)
    expires_at = DateTimeField(required=True)


class SignInAttempts(Document):
    """Failed sign-ins under a name from an address; forgotten after a while."""

    meta = {
        "collection": "sign_in_attempts",
        "auto_create_index": False,
        "strict": False,
        "indexes": [{"fields": ["expires_at"], "expireAfterSeconds": 0}],
    }

    id = StringField(primary_key=True)
    failures = IntField(default=0)
    blocked_until = DateTimeField()
    expires_at = DateTimeField(required=True)
