"""Fixity: SHA-256 while bytes stream by, so that what is served is what was taken in (S-ER-5)."""

import hashlib
from collections.abc import Iterable, Iterator

from storage.port import ChecksumMismatch


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
        raise ChecksumMismatch(f"expected {size} bytes with SHA-256 {sha256}, got {seen} with {digest.hexdigest()}")
    if held:
        yield held
