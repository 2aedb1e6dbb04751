"""Cursors: where a list goes on, sealed for one asker and one question (B41)."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence

from flask import request

from service.api.inputs import BadQuery
from service.errors import Fault
from service.identity import actor, fonds

APART = {"cursor", "limit"}
"""What may differ between two pages of one list."""


def seal(cursor: str, of: str = "") -> str:
    """A cursor as the asker gets it; "" stays "" at the end of a list.

    It is not to be read: the numbers that lists go on by count what the asker may not know of too (R-SEC-7).
    `of` names a list of a page, which goes on under several addresses.
    """
    if not cursor:
        return ""
    raw = cursor.encode()
    signature = _signature(raw, of)
    return f"{_text(_veiled(raw, signature))}.{_text(signature)}"


def unseal(sealed: str, of: str = "") -> str:
    """The cursor behind what `seal` gave to this asker for this question; refused otherwise."""
    if not sealed:
        return ""
    payload, _, signature = sealed.partition(".")
    try:
        given = _bytes(signature)
        raw = _veiled(_bytes(payload), given)
        if hmac.compare_digest(given, _signature(raw, of)):
            return raw.decode()
    except (binascii.Error, ValueError):
        pass
    raise BadQuery([Fault("cursor", "bad_cursor", "翻页标记无效；从第一页重新开始")])


def place(sealed: str) -> int | None:
    """The number behind the cursor of a list that is paged by one; None at its start."""
    cursor = unseal(sealed)
    return int(cursor) if cursor else None


def page_place(sealed: str, of: str) -> int | None:
    """The number behind the cursor of a page's list, None at its start: so goes on what nobody can read any more."""
    try:
        cursor = unseal(sealed, of)
    except BadQuery:
        return None
    return int(cursor) if cursor else None


def _signature(raw: bytes, of: str) -> bytes:
    asked = [of.encode(), actor().id.encode()] if of else _question()
    return hmac.new(_key(b"fonds cursor\0"), b"\0".join([raw, *asked]), hashlib.sha256).digest()[:16]


def _veiled(text: bytes, signature: bytes) -> bytes:
    """The text made unreadable, or readable again; the signature differs with every text, so no veil serves twice."""
    veil = hashlib.shake_256(_key(b"fonds cursor veil\0") + signature).digest(len(text))
    return bytes(one ^ other for one, other in zip(text, veil, strict=True))


def _key(use: bytes) -> bytes:
    return hashlib.sha256(use + fonds().secret.encode()).digest()


def _question() -> Sequence[bytes]:
    asked: Mapping[str, list[str]] = request.args.to_dict(flat=False)
    pairs = [
        f"{key}={value}" for key, values in sorted(asked.items()) if key not in APART for value in values
    ]
    return [text.encode("utf-8", "replace") for text in (request.path, actor().id, *pairs)]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
