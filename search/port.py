"""The port of search: what is indexed, what can be asked, and what every engine answers.

Errors
    SearchError
    ├── SearchUnavailable   the engine does not answer; nothing is lost, the index follows later
    ├── IndexRejected       the engine refuses documents for good; the message names them
    └── InvalidCursor       a cursor that no engine made, or for another question
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from search.question.query import Node


class SearchError(Exception):
    """Any fault of an engine; adapters let no exception of an SDK out."""


class SearchUnavailable(SearchError):
    """The engine cannot be reached or is not ready; the same call may go through later."""


class IndexRejected(SearchError):
    """The engine took no or only some documents, and will not take the others; `ids` names those."""

    def __init__(self, message: str, ids: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.ids = tuple(ids)


class InvalidCursor(SearchError):
    """The cursor of a request cannot be read or does not fit it."""


IndexState = Literal["current", "new", "outdated"]
"""`new`: nothing was ever indexed in full, the index answers from what was put; `outdated`: an older analyser or
schema made it, it neither answers nor takes documents until `rebuild` has made another."""

PlaceKind = Literal["page", "slide", "sheet", "line", "part", "second", "whole"]
"""Where a passage stands in its file: `line` counts lines of plain text from 1, `part` is a part of a mail,
`second` counts from the beginning of a film, `whole` is a file without places."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file: the 1-based `number` of its kind, and a `label` where people use a name (a sheet's)."""

    kind: PlaceKind
    number: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of text that has one place, as it stands in the file, unchanged."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class FileText:
    """The text of one file of a record, in reading order. `name` is the original file name."""

    id: str
    name: str
    type: str
    """The family people filter by: pdf, word, slides, sheet, text, mail, image, video, audio, archive, other."""
    passages: Sequence[Passage] = ()
    sealed: bool = False
    """Whether a red seal 红章 was seen on one of its pages."""


NUMBERS = ("amount", "pages", "bytes")
"""Numbers of a record: the amount in yuan, the pages and the bytes of all its files."""


@dataclass(frozen=True, slots=True)
class IndexDocument:
    """A record as the index sees it. Texts are original; analysis is the engine's business (`search.words.analysis`)."""

    id: str
    version: int
    """The record's `index_seq`: a document with a lower one than the index holds is silently left out."""
    compartment: str
    """One index each (design §3): secrecy level, then "C" for core-secret categories: L0, L0C, L1 … L3C."""
    title: str
    seq: int
    """The record's dense number: the newest-first order of lists."""
    category: str = ""
    """Category code, "" in the inbox."""
    category_path: Sequence[str] = ()
    """The code and those of all its ancestors, so that a filter on the parent finds the children."""
    department: str = ""
    date: datetime.date | None = None
    state: str = "draft"
    ref_code: str = ""
    doc_no: str = ""
    responsible: str = ""
    customer: str = ""
    """The customer or other party that the record is about, "" if it has none."""
    dossiers: Sequence[str] = ()
    """Ids of the dossiers 案卷 that hold the record."""
    numbers: Mapping[str, float] = field(default_factory=dict)
    """What ranges are asked of, by the names of `NUMBERS`; others are left out."""
    created: datetime.date | None = None
    """The day on which the record was entered."""
    keywords: Sequence[str] = ()
    """Its tags 标签."""
    names: Sequence[str] = ()
    """Persons and organisations named in the description: they count like a title."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """The searchable category fields as people read them: label → text."""
    files: Sequence[FileText] = ()
    access: Sequence[str] = ()
    """Access terms (departments, circles): never persons (design §3)."""
    own: Sequence[str] = ()
    """Names that the organisation gave or deals with (parties, products, campaigns): words of its own are in them."""
    same: str = ""
    """Records that say the same here are copies ("c:…") or versions ("v:…") of one another; "" = of none."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What the asker may know: ANDed to every query, count, facet and suggestion inside the engine (R-SEC-7).

    A document is in scope if its compartment is a key here and, where the value is not None, at least one of
    its access terms is in the value. None = the whole compartment.
    """

    compartments: Mapping[str, frozenset[str] | None]


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions that do not rank. Several values of one kind are alternatives; kinds are ANDed."""

    category: Sequence[str] = ()
    """Categories, with what is below them."""
    own_category: Sequence[str] = ()
    """Categories, without what is below them."""
    department: Sequence[str] = ()
    file_type: Sequence[str] = ()
    state: Sequence[str] = ()
    customer: Sequence[str] = ()
    tag: Sequence[str] = ()
    dossier: Sequence[str] = ()
    year: Sequence[int] = ()
    date_from: datetime.date | None = None
    date_to: datetime.date | None = None
    """Inclusive. A document without a date never passes a date condition."""
    hidden: Sequence[str] = ()
    """States that are left out."""


FacetName = Literal[
    "category", "year", "month", "department", "file_type", "customer", "tag", "state", "dossier"
]
"""`month` is written 2026-03."""

Order = Literal["relevance", "newest", "oldest", "date_desc", "date_asc", "title"]


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """One question. `query` None asks for everything in scope."""

    scope: Scope
    query: Node | None = None
    filters: Filters = Filters()
    order: Order = "relevance"
    limit: int = 20
    """At most 200."""
    cursor: str = ""
    """What the page before gave as `next_cursor`; opaque, made and read by the engine, signed by the caller."""
    facets: Sequence[FacetName] = ("category", "year")
    facet_limit: int = 0
    """The most values of a facet: the most frequent ones, of `year` and `month` the latest; 0 = all."""
    today: datetime.date | None = None
    """The day that 去年 in a question is seen from; without it questions in plain words are not read as such."""
    relax: bool = True
    """Whether the question may be relaxed when nothing is found."""
    synonyms: Sequence[Sequence[str]] | None = None
    """Groups of words that mean the same, folded; None = those that come with `search.words.synonyms`."""
    fold: bool = False
    """Whether copies and versions of one record are one hit, the first of them in the order."""
    places: int = 3
    """How many places to name per hit; 0 asks for none (a plain list)."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """Original text around a hit; `marks` are (start, end) offsets into `text`, ascending, not overlapping."""

    text: str
    marks: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True, slots=True)
class HitPlace:
    """Where in the record the words stand. `file_id` "" means the description itself (title or fields)."""

    file_id: str
    file_name: str
    place: Place
    snippet: Snippet


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that answers the question; `places` best first, empty when none were asked for or none is known."""

    id: str
    score: float
    title: Snippet
    places: Sequence[HitPlace] = ()
    folded: int = 0
    """How many other records that answer are folded into this hit."""
    folded_as: Literal["", "copy", "version"] = ""
    """What they are of it."""


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value and the number of records in scope that answer the question and have it."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The answer. `total` is exact and counts what is folded too.

    Every facet comes most frequent first, `year` and `month` ascending.

    `widened` names the step by which the question was relaxed because nothing was found ("" = not).
    `did_you_mean` is a reading of the question that finds something ("" = none); hits of the step "repaired"
    answer that reading.
    """

    total: int
    hits: Sequence[Hit]
    facets: Mapping[str, Sequence[FacetValue]]
    next_cursor: str = ""
    widened: str = ""
    did_you_mean: str = ""
    searched: str = ""
    """How the question was read by the step `widened`, as a query; "" if nothing was relaxed."""
    moved: bool = False
    """The state that was paged through is gone: this page goes on behind the last hit in the index as it is now."""


@dataclass(frozen=True, slots=True)
class ScorePart:
    """What one clause gave a hit: the `field` of the index, the terms met in it, and its score taken alone."""

    field: str
    terms: Sequence[str]
    score: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Of what the score of a hit is made, the weightiest part first.

    Of parts that compete (the same word in title, names and body) the best one counts whole and the others by
    `tie`, so that the sum of all parts is more than `score`.
    """

    score: float
    widened: str
    """The step by which the question was relaxed, see `SearchResult`."""
    searched: str
    """How the question was read, as a query."""
    parts: Sequence[ScorePart]
    tie: float


SuggestionKind = Literal["title", "party", "code", "tag"]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something in scope that begins like what was typed. `id` is the record of a title or code, else ""."""

    kind: SuggestionKind
    text: str
    id: str = ""


class SearchReader(Protocol):
    """What is asked of an index. Nothing out of scope shows, counts, scores or is suggested (R-SEC-7)."""

    def search(self, request: SearchRequest) -> SearchResult:
        """Answer a question; see `SearchRequest`. Raises `InvalidCursor`, `SearchUnavailable`."""
        ...

    def suggest(self, scope: Scope, text: str, limit: int = 8) -> Sequence[Suggestion]:
        """Titles, parties, codes and tags of which a word begins like `text`, best first.

        Chinese may be typed as it is, in full pinyin or by initials: 会议, huiyijiyao and hyjy find 会议纪要.
        """
        ...

    def similar(self, scope: Scope, record: str, limit: int = 10) -> Sequence[Hit]:
        """Records whose words are those of the record with that id, most alike first; none if that is not in scope."""
        ...

    def behind(self, limit: int = 200) -> Sequence[str]:
        """Ids of records that say a word of the organisation and were analysed before it was one: put them again.

        Each call looks further; nothing when all words known to this process were looked for.
        """
        ...

    def explain(self, request: SearchRequest, record: str) -> Explanation | None:
        """Why that record stands where it stands among the hits; None if it is none, or not in scope."""
        ...


class SearchEngine(SearchReader, Protocol):
    """One archive's index. Writing may be repeated and reordered: the version decides (external versioning)."""

    @property
    def state(self) -> IndexState:
        """Whether the index needs `rebuild` before it can be trusted: anything but "current" does."""
        ...

    def put(self, documents: Sequence[IndexDocument]) -> None:
        """Add or replace documents, in their compartments; visible to `search` when this returns or within 1 s.

        A document that moved from another compartment must be removed there by the caller with `remove`
        (towards a stricter level first). Raises `IndexRejected` naming what was not taken; the rest is taken.
        """
        ...

    def remove(self, compartment: str, versions: Mapping[str, int]) -> None:
        """Take documents (id → version of the removal) out of one compartment; unknown ids are no error."""
        ...

    def versions(self, compartment: str, *, after: str = "", limit: int = 1000) -> Sequence[tuple[str, int]]:
        """(id, version) of what one compartment holds, ascending by id from behind `after`: for `fonds check`."""
        ...

    def rebuild(self, documents: Iterable[IndexDocument]) -> int:
        """Index all `documents` into fresh indexes beside the live ones, then switch at once; returns how many.

        Until the switch the old index answers. Documents put meanwhile by `put` are in both.
        """
        ...

    def ready(self) -> None:
        """Return if the engine can answer now, else raise `SearchUnavailable` saying why."""
        ...

    def close(self) -> None:
        """Commit what was put and let go of files and connections."""
        ...
