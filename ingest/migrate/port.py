"""What a migration asks of the place that files come from: a list of what is there, and the bytes of one file."""

import io
from collections.abc import Iterator
from typing import BinaryIO, Protocol, cast

from ingest.files.walk import Entry, SourceChanged


class OriginUnusable(Exception):
    """The place cannot be read at all; `chinese` and `english` say why and what to do."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(english)
        self.chinese, self.english = chinese, english


class Reading(Protocol):
    """A file of the place, being read. Raises `SourceChanged` at its end if it is not what it was when listed."""

    @property
    def size(self) -> int:
        """Bytes that it has."""
        ...

    def read(self, size: int = -1, /) -> bytes | None:
        """Bytes, b"" at the end."""
        ...

    def close(self) -> None:
        """Close it."""
        ...


class Origin(Protocol):
    """A place that files are migrated from. It is only ever read; usable from several threads at once."""

    @property
    def address(self) -> str:
        """Where it is, for people and as what it is remembered by: never with a password."""
        ...

    def entries(self) -> Iterator[Entry]:
        """Everything that is there and no folder, once, in a steady order. Raises `OriginUnusable`."""
        ...

    def open(self, entry: Entry) -> Reading:
        """The bytes of an entry of kind `file`. Raises `OSError` if they cannot be had (ENOENT: no longer there)."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class Counted(io.RawIOBase):
    """A stream that must give exactly `size` bytes, else what was read is no version of the file."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream, self._size, self._given = stream, size, 0

    @property
    def size(self) -> int:
        """Bytes that it must give."""
        return self._size

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        """Fill `buffer`; at the end see whether all came."""
        chunk = self._stream.read(len(buffer))
        self._given += len(chunk)
        if self._given > self._size or (not chunk and self._given != self._size):
            raise SourceChanged("the file is not as long as it was listed")
        cast("bytearray", buffer)[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        """Close the stream."""
        if not self.closed:
            self._stream.close()
        super().close()
