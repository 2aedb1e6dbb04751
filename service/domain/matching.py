"""Duplicates 查重: who is the same by name and contact (R-VAL-11), whatever he is called."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from service.domain.describing import is_blank
from service.domain.verifying import HONORIFIC

MOST_KEYS = 40
"""Keys of one record: names times contacts."""

_LEFT_OUT = re.compile(r"[\W_]+")


def keys_of(category: str, fields: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """Digests of every pair of a name and a contact; two records that share one are likely the same.

    The schema says by `x-identity` which fields are a "name" and which a "contact".
    """
    names: list[str] = []
    contacts: list[str] = []
    for field, hints in schema.get("properties", {}).items():
        kind, value = hints.get("x-identity"), fields.get(field)
        if not kind or not isinstance(value, str) or is_blank(value):
            continue
        if kind == "name" and (name := folded_name(value)):
            names.append(name)
        elif kind == "contact" and (contact := folded_contact(value)):
            contacts.append(contact)
    pairs = sorted({f"{category}|{name}|{contact}" for name in names for contact in contacts})
    return [hashlib.sha256(pair.encode("utf-8", "replace")).hexdigest()[:32] for pair in pairs[:MOST_KEYS]]


def folded_name(name: str) -> str:
    """A name as it is compared: folded, without signs, without the title at its end."""
    plain = _LEFT_OUT.sub("", unicodedata.normalize("NFKC", name).casefold())
    bare = HONORIFIC.sub("", plain) if len(plain) <= 5 else plain
    return bare or plain


def folded_contact(contact: str) -> str:
    """A number as its digits without the country's code, an address of mail folded."""
    plain = unicodedata.normalize("NFKC", contact).casefold().strip()
    if "@" in plain:
        return plain
    digits = "".join(sign for sign in plain if sign.isdecimal())
    return digits.removeprefix("86") if plain.startswith("+86") else digits
