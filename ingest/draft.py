"""What a format fills in while it reads a file, what it reads from, and how it says that it cannot."""

import io
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol, runtime_checkable

from ingest.port import Family
from search.port import Passage, Place

MAX_TEXT = 20_000_000
"""Bytes of UTF-8 text kept of one file."""
MAX_PASSAGES = 20_000
MAX_FACT = 1000
MAX_FACTS = 60
MAX_WHOLE = 1 << 30
"""Largest file that is ever read into memory as one piece; the jail's own limit may be lower."""
MAX_UNPACKED = 1 << 30
"""Bytes that all that a file contains may unpack to."""

MEBI = 1 << 20
WRONG_PASSWORD = "wrong_password"  # noqa: S105 - the name of a fault
"""`Outcome.detail` of an encrypted file that another password opens."""
UNKNOWN_CIPHER = "unknown_cipher"
"""The same of one that no password opens here."""


class Unreadable(Exception):
    """A file that gives nothing, or nothing more: `code` is one of `Outcome.warning`."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


def locked(source: "Source") -> Unreadable:
    """Why a file that wants a password gives nothing: none was said, or another one."""
    return Unreadable("encrypted", WRONG_PASSWORD if source.password else "a password is needed to open it")


class Full(Exception):
    """The draft takes no more text; what it has is kept."""


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What the bytes say a file is: media type and the family that people filter by."""

    media_type: str
    family: Family


@dataclass(slots=True)
class Nest:
    """Where the reading of files inside files stands: how deep, how many so far, bytes that may still be unpacked."""

    depth: int = 0
    count: int = 0
    room: int = MAX_UNPACKED
    adopting: bool = False
    """Whether inner files become files of their own: their text is not part of the outer one's then."""
    offered: int = 0
    """Inner files that can become files of their own, so far."""
    after: int = 0
    take: Callable[[int, int, str, bytes], None] | None = None
    """Given those behind the first `after`: which it is from 1, the part's number, its name, its bytes."""

    def offer(self, number: int, name: str, data: Callable[[], bytes]) -> None:
        """Tell of an inner file; its bytes are fetched only for who takes them."""
        self.offered += 1
        if self.take and self.offered > self.after:
            self.take(self.offered, number, name, data())


class Source:
    """A file as the formats see it: seekable, read-only, with a name that is a hint and never a path."""

    def __init__(self, file: BinaryIO, name: str, *, careful: bool = False, password: str = "") -> None:
        self._file = file
        self.name = name
        self.password = password
        """What somebody said opens it, "" for nothing; it is known for this reading only."""
        self.careful = careful
        """Whether this file has killed a jail before: do the costly checks first."""
        self.size = file.seek(0, os.SEEK_END)
        self._whole: bytes | None = None
        self.package: object = None
        """What `ingest.files.archive` has made of it."""
        self.harmless = False
        """Whether its directory was found to be so."""
        self.nest = Nest()
        self.forced = False
        """Whether pages are to be recognised in spite of a layer of text, which somebody found to be wrong."""

    @property
    def extension(self) -> str:
        """What stands behind the last dot of the name, lower case, without the dot."""
        return self.name.rpartition(".")[2].lower() if "." in self.name else ""

    def open(self) -> BinaryIO:
        """The file from its beginning."""
        if self._whole is not None:
            return io.BytesIO(self._whole)
        self._file.seek(0)
        return self._file

    def head(self, size: int) -> bytes:
        """The first `size` bytes."""
        return self.open().read(size)

    def whole(self) -> bytes:
        """All bytes, read once."""
        if self.size > MAX_WHOLE:
            raise Unreadable("parser_limit", f"{self.size} bytes are too many for this format")
        if self._whole is None:
            self._whole = self.open().read()
        return self._whole


@dataclass(frozen=True, slots=True)
class Made:
    """Something made from a file for people to look at."""

    media_type: str
    data: bytes = field(repr=False)


@dataclass(slots=True)
class Draft:
    """What is known of a file so far. Text beyond the limits raises `Full`, which a format lets through."""

    passages: list[Passage] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    pages: int = 0
    preview: bytes = b""
    preview_type: str = ""
    renditions: dict[str, Made] = field(default_factory=dict)
    """Further pictures by name: smaller previews, strip, wave (`ingest.pictures.renditions`)."""
    warning: str = ""
    detail: str = ""
    room: int = MAX_TEXT
    deadline: float = float("inf")
    """`clock()` after which no more text is taken, so that a slow file keeps what was read."""
    unread: list[int] = field(default_factory=list)
    """Numbers of pages that are pictures: their text is recognised in a cell of its own (`ingest.recognition`)."""
    clock: Callable[[], float] = time.process_time
    mute: bool = False
    """Take no text: somebody is after what the file carries."""

    def add(self, place: Place, text: str) -> None:
        """Add a passage; blank ones are left out."""
        text = "" if self.mute else clean(text)
        if not text.strip():
            return
        if len(self.passages) >= MAX_PASSAGES or self.room <= 0 or self.clock() > self.deadline:
            raise Full
        encoded = len(text.encode())
        if encoded > self.room:
            text = text.encode()[: self.room].decode("utf-8", "ignore")
        self.room -= encoded
        self.passages.append(Passage(place, text))

    def know(self, name: str, value: object) -> None:
        """Note a fact that the file states of itself; empty ones are left out, the first one counts."""
        text = clean(str(value)).strip() if value is not None else ""
        if text and len(self.facts) < MAX_FACTS:
            self.facts.setdefault(name, text[:MAX_FACT])

    def warn(self, code: str, detail: str = "") -> None:
        """Say why something is missing; the first reason stays."""
        if not self.warning:
            self.warning, self.detail = code, detail[:MAX_FACT]

    @property
    def characters(self) -> int:
        """Length of all text."""
        return sum(len(passage.text) for passage in self.passages)


class Format(Protocol):
    """Reads one family of files. To add a format, add a module to `ingest.formats` that names it in `FORMATS`."""

    memory: int
    """Bytes of address space that reading may take."""
    seconds: int
    """Seconds of CPU that reading may take."""

    def score(self, kind: Sniffed) -> int:
        """How well this format suits: 0 not at all; of those above 0 the highest is tried first."""
        ...

    def read(self, source: Source, draft: Draft) -> None:
        """Fill in text, places, facts and pages. Raises `Unreadable`; any other fault counts as damaged."""
        ...

    def picture(self, source: Source, draft: Draft) -> None:
        """Fill in the preview if there can be one; faults cost only the preview."""
        ...


@runtime_checkable
class Carries(Protocol):
    """A format whose documents hold files beside their text."""

    def carried(self, source: Source, draft: Draft) -> None:
        """Offer them to `source.nest`, or add their text; faults cost only what was not yet offered."""
        ...


def clean(text: str) -> str:
    """`text` without what no text object can hold: NUL and halves of surrogate pairs."""
    if "\0" in text:
        text = text.replace("\0", "")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
