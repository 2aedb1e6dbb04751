"""Bucket parts: S3's own multipart, with part URLs of the store where browsers reach it, and else of ourselves."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

from storage.links import SignedLinks, lifetime
from storage.multipart import begin, complete, listed, md5_header
from storage.parting import require_whole, step_of
from storage.port import (
    CHUNK,
    ChecksumMismatch,
    ComingPart,
    ObjectExists,
    ObjectMissing,
    Part,
    PresignedRequest,
    PresignRefused,
    StoredObject,
    StoreUnavailable,
)
from storage.wire import Ask, Wire, required

Sign = Callable[[timedelta, str, str, dict[str, str]], str]
"""Expiry, method, object name and further query parameters → URL for a browser."""


class BucketParts:
    """`PartStore` in an S3 bucket. What passes through us is held one part at a time."""

    def __init__(
        self,
        wire: Wire,
        name: Callable[[str], str],
        stat: Callable[[str], StoredObject],
        reach: Sign | SignedLinks,
    ) -> None:
        """`name`: key → name in the bucket; `reach` signs for the store itself, or for our own server."""
        self._wire, self._name, self._stat, self._reach = wire, name, stat, reach

    def begin(self, key: str, size: int) -> str:  # noqa: ARG002  a bucket says that it is full when parts come
        """See `PartStore.begin`."""
        return begin(self._wire, self._name(key))

    def sign(self, key: str, upload: str, number: int, *, expires: timedelta) -> PresignedRequest:
        """See `PartStore.sign`."""
        name = self._name(key)
        if isinstance(self._reach, SignedLinks):
            return PresignedRequest("PUT", self._reach.sign_part(key, upload, number, expires))
        query = {"partNumber": str(number), "uploadId": upload}
        return PresignedRequest("PUT", self._reach(lifetime(expires), "PUT", name, query))

    def verify(self, key: str, query: Mapping[str, str]) -> tuple[str, int]:
        """See `PartStore.verify`; where browsers reach the store, no request is for us."""
        if isinstance(self._reach, SignedLinks):
            return self._reach.verify_part(key, query)
        raise PresignRefused("this store takes parts itself")

    def send(self, key: str, upload: str, part: ComingPart) -> Part:
        """See `PartStore.send`."""
        body = bytearray()
        while chunk := part.source.read(CHUNK):
            body += chunk
        if part.size not in (None, len(body)):
            raise ChecksumMismatch(f"{part.size} bytes were announced, {len(body)} came")
        if part.md5 not in (None, hashlib.md5(body, usedforsecurity=False).digest()):
            raise ChecksumMismatch(f"part {part.number} differs from its Content-MD5")
        query = {"partNumber": str(part.number), "uploadId": upload}
        answer = self._wire.ask(Ask("PUT", self._name(key), query, md5_header(body), body))
        return Part(part.number, len(body), required(answer, "ETag"))

    def list(self, key: str, upload: str) -> Sequence[Part]:
        """See `PartStore.list`."""
        found: list[Part] = []
        behind = ""
        while True:
            query = {"uploadId": upload} | ({"part-number-marker": behind} if behind else {})
            parts, behind = listed(self._wire.ask(Ask("GET", self._name(key), query)).data)
            found += parts
            if not behind:
                return sorted(found, key=lambda part: part.number)

    def complete(self, key: str, upload: str, size: int) -> StoredObject:
        """See `PartStore.complete`; after a lost answer the store is looked into before anything is said."""
        name = self._name(key)
        try:
            parts = self.list(key, upload)
            require_whole(parts, size, step_of(key, size))
            complete(self._wire, name, upload, [part.etag for part in parts])
        except (ObjectExists, ObjectMissing):
            return self._stat(key)  # done by a request before this one, or `ObjectMissing`
        except StoreUnavailable:
            with suppress(ObjectMissing):
                return self._stat(key)
            raise
        return self._stat(key)

    def abort(self, key: str, upload: str) -> None:
        """See `PartStore.abort`."""
        with suppress(ObjectMissing):
            self._wire.ask(Ask("DELETE", self._name(key), {"uploadId": upload}))
