"""What ingest needs from the application: a ledger of jobs, and a desk that takes files in."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO, Literal, Protocol, get_args

Family = Literal[
    "pdf", "word", "slides", "sheet", "text", "mail", "image", "video", "audio", "archive", "other"
]
"""The families of files that people filter by."""

FAMILIES: tuple[Family, ...] = get_args(Family)

EXTRACTOR = 4
"""Version of all that reads files: raised whenever some kind of file gives more than before (`fonds reprocess`)."""

Stage = Literal["reading", "recognition"]
"""What is done with a file: first all that it says itself is read; then, of low priority, its pictured pages are
recognised, if there are any."""
Want = Literal["pages", "proxy", "searchable"]
"""What is made of a file once it is done: its pages as a PDF, a film or sound that browsers play, a scan with what was
recognised over its pages."""

MAX_ATTEMPTS = 3
"""Claims of one file before it is quarantined: raised before work starts, so a killer of workers counts too."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """Something made from a file for people to look at: its object and what that is."""

    key: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Sketch:
    """By what near copies of a file are found and compared (`ingest.pictures.sketching`): `keys` to find it, some digits."""

    keys: Sequence[str]
    words: str = ""
    numbers: str = ""
    look: str = ""
    characters: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What ingest found out about a file that it got through, with or without text.

    `warning` is "" or the code of why there is no (full) text or preview: encrypted, damaged, bomb, unknown_type,
    entity_limit, pixels, parser_limit, bad_archive, spanned, old_format, truncated_text, no_text. `detail` says it for
    the log.
    """

    media_type: str
    family: Family
    text_key: str = ""
    """Key of the text object (`ingest.texts` has its form), "" if there is no text."""
    characters: int = 0
    pages: int = 0
    """Pages, slides or sheets; 0 where the word makes no sense."""
    preview_key: str = ""
    """Key of the first page or picture as a JPEG or PNG, "" if there is none."""
    preview_type: str = ""
    renditions: Mapping[str, Rendition] = field(default_factory=dict)
    """Further pictures by name: small, medium (the preview, smaller), strip (a film at a glance), wave (a sound)."""
    want: Want | Literal[""] = ""
    """What is still to be made of it, later and without hurry, see `Bench`."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What the file says of itself: title, author, created (ISO 8601), width, height … as text."""
    warning: str = ""
    detail: str = ""
    unread: Sequence[int] = ()
    """Numbers of pages (or seconds of a film) that are pictures and wait for recognition."""
    sketch: Sketch | None = None
    """None for a file that says too little to be known again, or that must not be known by anything."""


_UNKNOWN = Outcome("", "other")


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed file. `owner` and `attempt` together fence every later write: a zombie's are refused."""

    file_id: str
    record_id: str
    key: str
    """Key of the original in the object store."""
    sha256: str
    size: int
    name: str
    """Original file name: a hint for sniffing, never a path."""
    owner: str
    attempt: int
    stage: Stage = "reading"
    depth: int = 0
    """How many files it lies inside: 0 for one that came by itself."""
    number: int = 0
    """Which part of the file that it lies in it is."""
    again: bool = False
    """Whether it was read before and stays in use meanwhile: it is not closed away for failing now."""
    how: Mapping[str, Any] = field(default_factory=dict)
    """What a person wants of its recognition: `force` (in spite of a layer of text), `turns` (quarters to the left)."""
    known: Outcome = _UNKNOWN
    """What an earlier stage or an earlier run found out; its objects are replaced by this one's."""


class Ledger(Protocol):
    """The state of every job, kept where the truth is. Any call may be repeated; time is the ledger's own."""

    def claim(self, file_id: str, owner: str, stage: Stage = "reading") -> Job | None:
        """Take a file that waits for `stage` for `owner`, raising its attempts and starting its lease; None if it
        is not free.

        A file whose attempts are used up is quarantined instead, and None is returned.
        """
        ...

    def renew(self, job: Job) -> bool:
        """Lengthen the lease; False if the job is no longer this owner's: stop working on it."""
        ...

    def finish(self, job: Job, outcome: Outcome) -> bool:
        """Write the outcome and wake the indexer; False (nothing written) if the job is no longer this owner's.

        With pages `unread` the file then waits for its recognition, attempts counted anew; else it is done.
        """
        ...

    def fail(self, job: Job, reason: str, detail: str = "") -> bool:
        """Give the file back after a failure that may pass, or quarantine it after the last attempt."""
        ...

    def quarantine(self, job: Job, reason: str, detail: str = "") -> bool:
        """Close the file away for good: `infected` or `killed_jail`; no second try."""
        ...

    def pending(self, limit: int, stage: Stage = "reading") -> Sequence[str]:
        """Some ids of files that wait for `stage`, at most `limit`, in no strict order."""
        ...

    def release(self) -> int:
        """Give back every file whose lease has run out; how many there were."""
        ...


@dataclass(frozen=True, slots=True)
class Member:
    """A file out of another one, stored: which of them it is, its part's `number` there, its `path` inside."""

    serial: int
    number: int
    path: str
    key: str
    sha256: str
    size: int


class Members(Protocol):
    """Files that were found inside others."""

    def expecting(self, keys: Sequence[str]) -> AbstractContextManager[None]:
        """While objects are stored under these keys and adopted: what a crash cuts off in between goes by itself."""
        ...

    def adopt(self, job: Job, members: Sequence[Member]) -> Sequence[str] | None:
        """Enter files that lie inside the job's, as its children; they wait for their own reading then.

        Gives the keys of objects that nobody needs: what is entered already, or held with the same content. None,
        and nothing is entered, if the job is no longer this owner's. May be repeated.
        """
        ...


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was recognised on some pages: those that are settled, and of them those with seals and those lost."""

    pages: Sequence[int]
    seals: Sequence[int] = ()
    lost: Sequence[int] = ()
    """Pages whose recognition killed its cell."""
    key: str = ""
    """Key of a text object with the boxes of its lines, "" if nothing stands on these pages."""


class Transcripts(Protocol):
    """Pages that were recognised, kept by content: whoever goes on with a scan, or meets it again, begins behind them.

    `version` names everything that the result depends on but the content. Any call may be repeated.
    """

    def known(self, job: Job, version: str) -> Sequence[Transcript]:
        """All transcripts of the job's content, in no strict order; pages may be in several."""
        ...

    def note(self, job: Job, version: str, transcript: Transcript, done: int) -> bool:
        """Keep a transcript, and that `done` pages of the job's are settled now.

        False if the job is no longer this owner's: stop working on it.
        """
        ...


@dataclass(frozen=True, slots=True)
class Offer:
    """A file that wants in, and what is known of it. `path` is where it lay, relative to what was imported."""

    name: str
    path: str = ""
    raw_path: bytes = b""
    """The path as the source's bytes, when they are not UTF-8."""
    modified: datetime | None = None
    category: str = ""
    import_id: str = ""
    size: int = 0
    """As the source said when it was listed."""
    stamp: str = ""
    """What tells this version of the file from another, beside its size."""
    owner: str = ""
    """Whose it was, as the source says."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an offer. `fate` is final for set_aside, duplicates and failed, else the file waits."""

    fate: Literal["stored", "duplicates", "set_aside", "failed"]
    record_id: str = ""
    file_id: str = ""
    reason: str = ""


class Intake(Protocol):
    """The desk where files come in."""

    def offer(self, source: BinaryIO, offer: Offer) -> Receipt:
        """Store the bytes and enter them as a file of a draft record; returns after the row is written."""
        ...


class Dispatcher(Protocol):
    """Wakes workers. A lost or doubled wake-up is harmless: the sweeper sends what still waits again."""

    def wake(self, file_ids: Sequence[str]) -> None:
        """Tell some worker that these files wait; never raises for a broker that is away."""
        ...


@dataclass(frozen=True, slots=True)
class Task:
    """Something to be made of a file that is done. `owner` and `token` together fence every later write."""

    file_id: str
    record_id: str
    want: Want
    key: str
    sha256: str
    size: int
    name: str
    media_type: str
    owner: str
    token: str
    text_key: str = ""
    """Key of its text object."""


@dataclass(frozen=True, slots=True)
class Product:
    """What was made: renditions by name, and a better preview of the file, "" for none."""

    renditions: Mapping[str, Rendition]
    preview_key: str = ""
    preview_type: str = ""


class Bench(Protocol):
    """What waits to be made of files that are done. Nothing depends on it: what cannot be made is given up."""

    def take(self, owner: str) -> Task | None:
        """Take something that waits, raising its attempts and starting its lease; None if nothing does."""
        ...

    def renew(self, task: Task) -> bool:
        """Lengthen the lease; False if the task is no longer this owner's."""
        ...

    def deliver(self, task: Task, product: Product) -> Sequence[str] | None:
        """Add the product to the file; the keys that it took the place of, or None if the task has gone."""
        ...

    def give_up(self, task: Task) -> None:
        """Nothing can be made of it: it waits no more."""
        ...
