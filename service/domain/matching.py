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
SHORT = 5
"""Up to so many signs a name may end with 总 or 董 as a title; in longer ones they belong to the name."""
_TITLE = re.compile(r"(总经理|董事长|经理|主任|先生|女士|小姐|老师)$")
_LATIN_TITLE = re.compile(r"^(mr|mrs|ms|miss|dr|prof)\b[.\s]*|[,\s]+(esq|phd)\.?$")
_LEGAL_FORM = re.compile(
    r"(股份)?(有限)?(责任)?公司$"
    r"|([,\s]+(co|company|corp|corporation|inc|incorporated|limited|llc|ltd|plc|gmbh|pte|pty)\b\.?)+$"
)
"""What a licence adds to the name of a firm, and people leave out: 有限责任公司, Co., Ltd."""


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
    """A name as it is compared: folded, without signs, titles of persons and legal forms of firms."""
    written = unicodedata.normalize("NFKC", name).casefold().strip()
    plain = _LEFT_OUT.sub("", written)
    if len(plain) <= SHORT:
        return HONORIFIC.sub("", plain) or plain
    bare = _LEFT_OUT.sub("", _LEGAL_FORM.sub("", _LATIN_TITLE.sub("", written)))
    bare = _TITLE.sub("", bare)
    return bare if len(bare) > 1 else plain


def folded_contact(contact: str) -> str:
    """A number as its digits without the country's code, an address of mail folded."""
    plain = unicodedata.normalize("NFKC", contact).casefold().strip()
    if "@" in plain:
        return plain
    digits = "".join(sign for sign in plain if sign.isdecimal())
    return digits.removeprefix("86") if plain.startswith("+86") else digits
