"""Blocks: a digest of every MiB of a plain object, so that a part of it can be proved before its bytes leave (S-ER-5)."""

import hashlib
from collections.abc import Iterator
from typing import Protocol

from storage.port import ChecksumMismatch, RangeUnsatisfiable
from storage.reading import span

BLOCK = 1 << 20
"""Bytes of a block; the last one of an object may be shorter. What is read for a range is proved in such steps."""
SHORT = 16
"""Bytes kept of a block's SHA-256: nobody finds other bytes for 128 given bits, and a film of 1 GiB takes 16 KiB."""
PIECE = 4096
"""Blocks whose digests are kept together: a range of a large object asks for few of them."""


class Digests:
    """SHA-256 of what passes, and of each block of it. What ends within one block costs what the whole does."""

    def __init__(self, *, blocks: bool = True) -> None:
        """`blocks`: whether they are wanted at all."""
        self._whole, self._block = hashlib.sha256(), hashlib.sha256()
        self._wanted, self._left, self._first, self._made = blocks, BLOCK, True, bytearray()

    def update(self, part: "bytes | bytearray | memoryview") -> None:
        """Take in the next bytes."""
        if not self._wanted:
            self._whole.update(part)
            return
        rest = memoryview(part)
        while rest:
            piece, rest = rest[: self._left], rest[self._left :]
            self._whole.update(piece)
            if not self._first:
                self._block.update(piece)
            self._left -= len(piece)
            if not self._left:
                self._end_block()

    @property
    def sha256(self) -> str:
        """Of all that has passed, in hex."""
        return self._whole.hexdigest()

    @property
    def blocks(self) -> bytes:
        """The digests of the blocks one behind the other; b"" for an object of one block, which its whole proves."""
        if self._first or (not self._made[SHORT:] and self._left == BLOCK):
            return b""
        last = b"" if self._left == BLOCK else self._block.digest()[:SHORT]
        return bytes(self._made) + last

    def _end_block(self) -> None:
        # up to here the whole is the first block
        ended = self._whole if self._first else self._block
        self._made += ended.digest()[:SHORT]
        self._block, self._left, self._first = hashlib.sha256(), BLOCK, False


class BlockRows(Protocol):
    """Where digests of blocks are kept: with the truth, so that they are backed up with it."""

    def find(self, key: str, piece: int) -> tuple[int, bytes] | None:
        """Size of the object, and the digests of the blocks from `piece * PIECE` on, at most `PIECE`; None = unknown."""
        ...

    def add(self, key: str, size: int, digests: bytes) -> None:
        """Keep the digests of an object's blocks; may be repeated, for its bytes never change."""
        ...

    def remove(self, key: str) -> None:
        """Forget them; those that are not there are no error."""
        ...


class NoBlockRows:
    """Keeps nothing: for a store whose objects are always read whole, such as a second copy."""

    def find(self, _key: str, _piece: int) -> None:
        """See `BlockRows`."""

    def add(self, _key: str, _size: int, _digests: bytes) -> None:
        """See `BlockRows`."""

    def remove(self, _key: str) -> None:
        """See `BlockRows`."""


class Opens(Protocol):
    """What reads an object as it lies."""

    def open(self, key: str, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """See `ObjectStore.open`."""
        ...


class Blocks:
    """Proves what is read of a store's plain objects, block by block."""

    def __init__(self, store: Opens, rows: BlockRows) -> None:
        self._store, self._rows = store, rows

    def note(self, key: str, size: int, digests: bytes) -> None:
        """Keep the digests of an object that was just read or written and proved right as a whole."""
        if digests:
            self._rows.add(key, size, digests)

    def known(self, key: str) -> bool:
        """Whether parts of this object can be proved."""
        return self._rows.find(key, 0) is not None

    def forget(self, key: str) -> None:
        """The object goes."""
        self._rows.remove(key)

    def open(self, key: str, start: int, end: int) -> Iterator[bytes] | None:
        """As `ObjectStore.open`, no byte before its block proved right; None if no digests of this object are kept.

        Reads whole blocks, so at most one more at either end. The iterator raises `ChecksumMismatch`, also where the
        object has become shorter. `ObjectMissing` and `RangeUnsatisfiable` are raised here.
        """
        found = self._rows.find(key, 0)
        if found is None:
            return None
        size, digests = found
        first, behind = span(size, start, end)
        if first == behind:
            return iter(())
        begins = first // BLOCK * BLOCK
        try:
            chunks = self._store.open(key, start=begins, end=min(size, -(-behind // BLOCK) * BLOCK))
        except RangeUnsatisfiable:  # it has become shorter than where this begins
            chunks = iter(())
        return self._proved(key, chunks, (size, digests), (first, behind))

    def _proved(
        self, key: str, chunks: Iterator[bytes], known: tuple[int, bytes], wanted: tuple[int, int]
    ) -> Iterator[bytes]:
        (size, digests), (first, behind) = known, wanted
        piece, blocks = 0, _gathered(chunks)
        for number in range(first // BLOCK, -(-behind // BLOCK)):
            if number // PIECE != piece:
                piece = number // PIECE
                found = self._rows.find(key, piece)
                digests = found[1] if found else b""
            at = number % PIECE * SHORT
            block = next(blocks, b"")
            whole = len(block) == min(BLOCK, size - number * BLOCK)
            if not whole or hashlib.sha256(block).digest()[:SHORT] != digests[at : at + SHORT]:
                raise ChecksumMismatch(f"block {number} of {key} is not as it was taken in")
            start, end = max(0, first - number * BLOCK), min(len(block), behind - number * BLOCK)
            yield block if (start, end) == (0, len(block)) else block[start:end]


def _gathered(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Chunks of any size as blocks; only the last one may be shorter."""
    held = b""
    for chunk in chunks:
        held = held + chunk if held else chunk
        while len(held) >= BLOCK:
            yield held[:BLOCK]
            held = held[BLOCK:]
    if held:
        yield held
