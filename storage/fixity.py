"""Fixity: SHA-256 while bytes stream by, so that what is served is what was taken in (S-ER-5)."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from storage.blocks import Digests
from storage.port import CHUNK, ChecksumMismatch, StoredObject


def verified(chunks: Iterable[bytes], *, sha256: str, size: int) -> Iterator[bytes]:
    """Pass `chunks` on, holding the last one back until the whole proves right.

    A reader that counts bytes therefore never gets a complete wrong object: it fails closed with
    `ChecksumMismatch` before the end.
    """
    digest, seen, held = hashlib.sha256(), 0, b""
    for chunk in chunks:
        if held:
            yield held
        digest.update(chunk)
        seen += len(chunk)
        held = chunk
    if seen != size or digest.hexdigest() != sha256:
        raise ChecksumMismatch(
            f"expected {size} bytes with SHA-256 {sha256}, got {seen} with {digest.hexdigest()}"
        )
    if held:
        yield held


class Intake:
    """One source read once: counts and digests what passes, and holds it against what was promised.

    `sha256` (lower-case hex) and `size` (bytes) are promises of the caller, None = none was made. What the
    source itself raises passes through untouched. `blocks`: whether each block is digested too.
    """

    def __init__(
        self, source: BinaryIO, *, sha256: str | None, size: int | None, blocks: bool = False
    ) -> None:
        self._source, self._sha256, self._size = source, sha256, size
        self._digest = Digests(blocks=blocks)
        self.seen = 0

    @property
    def promised(self) -> int:
        """Bytes that are to come, 0 if nobody said."""
        return self._size or 0

    def read(self, limit: int = CHUNK) -> bytes:
        """The next bytes, at most `limit`; empty at the end. More than promised ends here, not at the end."""
        chunk = self._source.read(limit)
        self._digest.update(chunk)
        self._count(len(chunk))
        return chunk

    def fill(self, buffer: memoryview) -> int:
        """Read the next bytes into `buffer`, fewer than it holds only at the end; `digest` them, in their order."""
        into, filled = getattr(self._source, "readinto", None), 0
        while filled < len(buffer):
            rest = buffer[filled:]
            if into is not None:
                got = int(into(rest) or 0)
            else:
                chunk = self._source.read(len(rest))
                got = len(chunk)
                rest[:got] = chunk
            if not got:
                break
            filled += got
            self._count(got)
        return filled

    def digest(self, part: memoryview) -> None:
        """Take in what `fill` gave, piece after piece."""
        self._digest.update(part)

    def _count(self, came: int) -> None:
        self.seen += came
        if self._size is not None and self.seen > self._size:
            raise ChecksumMismatch(f"more than the promised {self._size} bytes")

    def stored(self, key: str) -> StoredObject:
        """What was read, as the object it is to be; `ChecksumMismatch` unless every promise is kept."""
        result = StoredObject(key, self.seen, self._digest.sha256, self._digest.blocks)
        if self._size is not None and self.seen != self._size:
            raise ChecksumMismatch(f"{self._size} bytes were promised, {self.seen} came")
        if self._sha256 is not None and self._sha256.lower() != result.sha256:
            raise ChecksumMismatch(f"SHA-256 {self._sha256} was promised, {result.sha256} came")
        return result
