"""Keys of objects: made by us from random identifiers, never from what a user wrote (B23)."""

import re
import uuid
from datetime import datetime
from typing import Literal

from storage.port import KeyRefused

Kind = Literal["content", "text", "preview", "probe", "dump"]

KEY = re.compile(r"(content|text|preview|probe|dump|backup)/[0-9a-f]{2}/[0-9a-f]{32}")
"""The one form of a key; a store refuses every other one. `backup` and `dump` are met in backup targets only."""


ENCRYPTED = "8"
"""The version digit, as of a UUID, in the names of objects that are encrypted; plain ones have a 4."""


def new_key(kind: Kind, *, encrypted: bool = False) -> str:
    """A fresh key that was never used before: 122 random bits, spread over 256 folders."""
    name = uuid.uuid4().hex
    if encrypted:
        name = f"{name[:12]}{ENCRYPTED}{name[13:]}"
    return f"{kind}/{name[:2]}/{name}"


def is_encrypted(key: str) -> bool:
    """Whether what lies under `key` is encrypted. So it is never presigned: it streams through us."""
    kind, _, rest = key.partition("/")
    return kind in {"content", "text", "preview"} and rest[15:16] == ENCRYPTED


def proved_by_block(key: str) -> bool:
    """Whether parts of what lies under `key` are proved by digests of its blocks: contents and what is shown of them,
    in clear. What is encrypted is proved by its frames."""
    return key.partition("/")[0] in {"content", "preview"} and not is_encrypted(key)


def backup_key(taken: datetime) -> str:
    """A fresh key for a backup set: its fourteen digits of UTC time come first, so that a listing is in order."""
    name = f"{taken:%Y%m%d%H%M%S}{uuid.uuid4().hex[:18]}"
    return f"backup/{name[:2]}/{name}"


def is_key(text: str) -> bool:
    """Whether `text` has the form of a key."""
    return KEY.fullmatch(text) is not None


def checked(text: str) -> str:
    """`text` itself if it is a key, else `KeyRefused`: the first step of every store on every operation."""
    if not is_key(text):
        raise KeyRefused(f"not an object key: {text[:80]!r}")
    return text
