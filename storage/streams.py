"""Streams between stores: chunks as a file to read, and their measure while they pass."""

import hashlib
import io
from collections.abc import Iterator
from typing import BinaryIO, cast


class ChunkStream(io.RawIOBase):
    """What an iterator of chunks still gives, as a binary file."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._held = memoryview(b"")

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]  # any buffer will do
        """See `io.RawIOBase`."""
        while not self._held:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._held = memoryview(chunk)
        count = min(len(buffer), len(self._held))
        buffer[:count] = self._held[:count]
        self._held = self._held[count:]
        return count


def stream_of(chunks: Iterator[bytes]) -> BinaryIO:
    """Chunks as a buffered binary file."""
    return cast("BinaryIO", io.BufferedReader(ChunkStream(chunks), 1 << 18))


class Measured(Iterator[bytes]):
    """Chunks passing by; when the last one has, `size` in bytes and `sha256` in hex are those of the whole."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._digest = chunks, hashlib.sha256()
        self.size = 0

    def __next__(self) -> bytes:
        chunk = next(self._chunks)
        self._digest.update(chunk)
        self.size += len(chunk)
        return chunk

    @property
    def sha256(self) -> str:
        """Of what has passed."""
        return self._digest.hexdigest()
