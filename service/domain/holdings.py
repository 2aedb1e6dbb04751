"""What the archive holds, as values: the shapes that use cases take and give."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

Day = date
"""A date's other name, for classes that have a field called so with a default."""

Life = Literal[
    "draft",
    "submitted",
    "reviewed",
    "accepted",
    "archived",
    "disposal_pending",
    "destroyed",
    "returned",
    "weeded",
    "superseded",
]
FileState = Literal["pending", "running", "done", "failed", "quarantined"]
Fate = Literal["archived", "duplicates", "set_aside", "quarantined", "failed"]


@dataclass(frozen=True, slots=True)
class CategoryView:
    """A category of the scheme with the schema of its fields (JSON Schema with `x-…` hints)."""

    code: str
    parent: str
    name: str
    name_en: str
    path: tuple[str, ...]
    """Codes from the root down to this one."""
    version: int
    schema: Mapping[str, Any]
    secrecy: str
    core_secret: bool
    retention: str
    living: bool
    filing_scope: str
    numbering: str = ""
    """Template of reference codes, "" = that of the category above or the default."""
    plain: str = ""
    """The compartment whose reference codes carry no letter, "" = the category's own."""
    archival_class: str = ""
    """The company's 门类 that it belongs to, "" for none (R-CAT-2)."""


@dataclass(frozen=True, slots=True)
class FileView:
    """A file of a record. Times are UTC; sizes are bytes."""

    id: str
    record_id: str
    name: str
    path: str
    role: str
    size: int
    sha256: str
    media_type: str
    family: str
    state: FileState
    attempts: int
    reason: str
    """Why it failed or is quarantined; "scanner_unavailable" while it waits for the virus scanner; "" else."""
    warning: str
    """Why there is no (full) text, "" else; codes as in `ingest.port.Outcome`."""
    detail: str
    pages: int
    characters: int
    has_text: bool
    has_preview: bool
    facts: Mapping[str, str]
    created_at: datetime
    finished_at: datetime | None
    version: int = 1
    by: str = ""
    """Display name of who brought it, "" where that was not noted."""
    why: str = ""
    renditions: tuple[str, ...] = ()
    """Names of what was made of it for looking at: small, medium, strip, wave, pages, proxy."""
    superseded_by: str = ""
    """The version that came after it, "" for the one that is shown."""
    stage: Literal["", "recognition", "again"] = ""
    """"recognition" while only its pictured pages, `to_recognise` in all, are still worked on; "again" while it is
    read anew and stays in use."""
    recognised: int = 0
    to_recognise: int = 0
    parent: str = ""
    """The file that it lies inside, "" for one that came by itself; `path` is its way in there then."""
    number: int = 0
    """Which part of that file it is."""
    members: int = 0
    """How many files lie inside it, at least."""

    @property
    def settled(self) -> bool:
        """Whether what it says itself is known: preview, facts, and text where it has some."""
        return self.state == "done" or bool(self.stage and self.state != "quarantined")


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record 件 with its description (S-MD-1) and files."""

    id: str
    title: str
    category: str
    category_version: int
    date: Day | None
    year: int | None
    department: str
    responsible: str
    ref_code: str
    doc_no: str
    secrecy: str
    retention: str
    copy_status: str
    original_place: str
    language: str
    keywords: tuple[str, ...]
    fields: Mapping[str, Any]
    note: str
    life: Life
    rev: int
    indexed: bool
    """Whether search already knows everything that is here."""
    owner: str
    """Display name of the person responsible for it in fonds."""
    created_at: datetime
    updated_at: datetime
    files: tuple[FileView, ...]
    inbox: bool
    """Whether it waits in the inbox: it has no category, or came in without what its category requires."""
    missing: tuple[str, ...]
    """Required fields of the category that are still empty: "fields.party_a"; a draft may lack them."""
    may: frozenset[str]
    """Acts that the asking actor may do: change, delete, read_content."""
    secrecy_until: Day | None = None
    """The last day of its level, if one was decided."""
    grade: str = ""
    """档案级别 1, 2, 3; "" while it has none (R-SEC-2)."""
    openness: str = ""
    """公开 open, 非公开 closed (R-SEC-3)."""
    room: str = ""
    cabinet: str = ""
    shelf: str = ""
    box: str = ""
    supersedes: str = ""
    """The record of which it is the corrected version, "" for a first one."""
    superseded_by: str = ""


@dataclass(frozen=True, slots=True)
class Description:
    """What a person may say of a record; everything else is the archive's own. None = leave as it is."""

    title: str | None = None
    category: str | None = None
    date: Day | None = None
    clear_date: bool = False
    department: str | None = None
    responsible: str | None = None
    doc_no: str | None = None
    secrecy: str | None = None
    retention: str | None = None
    grade: str | None = None
    openness: str | None = None
    room: str | None = None
    cabinet: str | None = None
    shelf: str | None = None
    box: str | None = None
    copy_status: str | None = None
    original_place: str | None = None
    language: str | None = None
    keywords: tuple[str, ...] | None = None
    fields: Mapping[str, Any] | None = None
    note: str | None = None
    inbox: bool | None = None
    """Whether it waits in the inbox although it has a category; not for people to say, pages do."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list; `next_cursor` "" at its end. `total` None where counting would cost too much."""

    items: Sequence[Any]
    next_cursor: str = ""
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes on their way out: `chunks` of the range [start, end), of `size` in all."""

    name: str
    media_type: str
    size: int
    start: int
    end: int
    sha256: str
    chunks: Iterator[bytes]
    redirect: str = ""
    """A presigned URL to go to instead of `chunks`, where browsers reach the store."""


@dataclass(frozen=True, slots=True)
class ImportView:
    """An import run. The fates add up to `found` once `waiting` is 0 and the run is closed."""

    id: str
    source: str
    category: str
    state: Literal["open", "closed"]
    started_at: datetime
    ended_at: datetime | None
    found: int
    waiting: int
    """Stored, but ingest has not ended for them yet."""
    fates: Mapping[str, int]
    bytes: int
    migration_id: str = ""
    """The migration that it belongs to, if any; what follows is told of such runs only."""
    dry: bool = False
    """It only says where each file would go; their fate is `planned`."""
    archives: bool = False
    """Archives that lie in it are opened, and their members are taken as files."""
    unchanged: int = 0
    """Entries that earlier runs had taken already, not among `found`."""
    expected_files: int = 0
    expected_bytes: int = 0
    """What a first look counted, 0 while it has not ended."""
    control: Literal["", "pause", "stop"] = ""
    alive_at: datetime | None = None
    """The last word of whoever carries it out."""
    comparing: bool = False
    """Whether near copies among what it brought have yet to be looked for."""


@dataclass(frozen=True, slots=True)
class ImportLine:
    """One entry of an import's report."""

    n: int
    path: str
    fate: str
    """"" while it waits."""
    reason: str
    size: int
    record_id: str
    file_id: str
    said: Mapping[str, str] = field(default_factory=dict)
    """What a dry run would say of it: category, department, customer, date, tags, secrecy, rules."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A hit as people see it: the record's core, its best file and the places."""

    id: str
    title: str
    title_marks: Sequence[tuple[int, int]]
    category: str
    category_name: str
    department: str
    date: Day | None
    ref_code: str
    secrecy: str
    life: str
    score: float
    file: str
    file_id: str
    family: str
    has_preview: bool
    places: Sequence["FoundPlace"]
    customer: str = ""
    folded: int = 0
    """How many other records that answer are copies or versions of it and not listed by themselves."""
    folded_as: Literal["", "copy", "version"] = ""


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """A place of a hit with its snippet; `marks` are (start, end) offsets into `snippet`."""

    file_id: str
    file: str
    kind: str
    number: int
    label: str
    snippet: str
    marks: Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class FacetLine:
    """A facet value with its label for people and its count."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Findings:
    """The answer to a question."""

    total: int
    hits: Sequence[Finding]
    facets: Mapping[str, Sequence[FacetLine]]
    next_cursor: str = ""
    widened: str = ""
    problems: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    """Faults of the query: `position`, `code`, `text`; the answer is best effort."""
    did_you_mean: str = ""
    """A reading of the question that finds something, "" if there is none or none is needed."""
    searched: str = ""
    """The question as it was read in the end, if it had to be relaxed."""
    pieces: Sequence[Any] = ()
    """What the question's text is made of: `search.query.Piece`s."""
    moved: bool = False
    """The answer that was paged through has been let go: this page goes on in the index as it is now."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of search; `text` in the query language."""

    text: str = ""
    category: tuple[str, ...] = ()
    archival_class: tuple[str, ...] = ()
    department: tuple[str, ...] = ()
    family: tuple[str, ...] = ()
    customer: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    dossier: tuple[str, ...] = ()
    past: bool = False
    """Whether superseded and weeded records are asked for too, though no state is named: a list of holdings."""
    fold: bool = False
    """Whether copies and versions of one record are one hit."""
    date_from: date | None = None
    date_to: date | None = None
    order: str = "relevance"
    limit: int = 20
    cursor: str = ""
    facets: tuple[str, ...] = ("category", "year")
