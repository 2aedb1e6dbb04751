"""Cursors: where a list goes on, signed for one asker and one question (B41)."""

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


def seal(cursor: str) -> str:
    """A cursor as the asker gets it; "" stays "" at the end of a list."""
    if not cursor:
        return ""
    raw = cursor.encode()
    return f"{_text(raw)}.{_text(_signature(raw))}"


def unseal(sealed: str) -> str:
    """The cursor behind what `seal` gave to this asker for this question; refused otherwise."""
    if not sealed:
        return ""
    payload, _, signature = sealed.partition(".")
    try:
        raw, given = _bytes(payload), _bytes(signature)
        if hmac.compare_digest(given, _signature(raw)):
            return raw.decode()
    except (binascii.Error, ValueError):
        pass
    raise BadQuery([Fault("cursor", "bad_cursor", "翻页标记无效；从第一页重新开始")])


def place(sealed: str) -> int | None:
    """The number behind the cursor of a list that is paged by one; None at its start."""
    cursor = unseal(sealed)
    return int(cursor) if cursor else None


def _signature(raw: bytes) -> bytes:
    key = hashlib.sha256(b"fonds cursor\0" + fonds().secret.encode()).digest()
    return hmac.new(key, b"\0".join([raw, *_question()]), hashlib.sha256).digest()[:16]


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
