"""Links: URLs signed by ourselves, for stores that cannot sign (HMAC-SHA256, one method, one key, one time)."""

import hashlib
import hmac
import math
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import quote, urlencode

from storage.keys import is_key
from storage.port import PresignRefused

SHORTEST, LONGEST = timedelta(seconds=1), timedelta(days=7)
"""What S3 accepts; the same here, so that no caller works on one store only."""


def lifetime(expires: timedelta) -> timedelta:
    """`expires` itself if a presigned URL may live that long, else `ValueError`."""
    if not SHORTEST <= expires <= LONGEST:
        raise ValueError(f"a presigned URL lives between 1 second and 7 days, not {expires}")
    return expires


class SignedLinks:
    """Signs and checks `BASE/objects/KEY?expires=…[&filename=…]&signature=…`; `expires` in seconds since 1970.

    `base_url` has no slash at its end; it may be a function, for a server that learns its address at start.
    """

    def __init__(
        self, sign_key: bytes, base_url: str | Callable[[], str], clock: Callable[[], datetime]
    ) -> None:
        if len(sign_key) < 16:
            raise ValueError("the key that signs links has at least 16 bytes")
        self._key, self._clock = sign_key, clock
        self._base_url = base_url if callable(base_url) else lambda: base_url

    def sign(self, method: Literal["GET", "PUT"], key: str, expires: timedelta, filename: str) -> str:
        """The URL for `method` on `key`, which the caller has checked."""
        until = str(math.ceil((self._clock() + lifetime(expires)).timestamp()))
        name = filename.encode("utf-8", "replace").decode()
        query = {"expires": until} | ({"filename": name} if name else {})
        query["signature"] = self._signature(method, key, until, name)
        return f"{self._base_url().rstrip('/')}/objects/{key}?{urlencode(query, quote_via=quote)}"

    def verify(self, method: str, key: str, query: Mapping[str, str]) -> None:
        """Return if the request was signed by us and is still in time, else `PresignRefused`."""
        until, given = query.get("expires", ""), query.get("signature", "")
        if not is_key(key) or not (until.isascii() and until.isdecimal() and len(until) <= 12):
            raise PresignRefused("not a presigned request")
        expected = self._signature(method, key, until, query.get("filename", ""))
        if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
            raise PresignRefused("the signature does not fit")
        if self._clock().timestamp() >= int(until):
            raise PresignRefused("expired")

    def sign_part(self, key: str, upload: str, number: int, expires: timedelta) -> str:
        """The URL for sending one part of an upload."""
        until = str(math.ceil((self._clock() + lifetime(expires)).timestamp()))
        signature = self._signature(f"PART {upload} {number}", key, until, "")
        query = {"upload": upload, "part": number, "expires": until, "signature": signature}
        return f"{self._base_url().rstrip('/')}/objects/{key}?{urlencode(query, quote_via=quote)}"

    def verify_part(self, key: str, query: Mapping[str, str]) -> tuple[str, int]:
        """Upload and number of a part's request, if it was signed by us and is still in time."""
        upload, number = query.get("upload", ""), query.get("part", "")
        if not upload or not (number.isascii() and number.isdecimal() and len(number) <= 5):
            raise PresignRefused("not a presigned part")
        self.verify(f"PART {upload} {number}", key, {**query, "filename": ""})
        return upload, int(number)

    def _signature(self, method: str, key: str, until: str, filename: str) -> str:
        # The file name comes last: it alone may hold a line feed, so no two requests share one text.
        text = f"{method}\n{key}\n{until}\n{filename}"
        return hmac.new(self._key, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
