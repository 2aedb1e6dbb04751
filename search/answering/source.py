"""The source of answers: what an engine does itself, so that all else is done alike for both."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from search.answering.clauses import All, Clause
from search.answering.paging import Cursor, Key, Sorting
from search.answering.passages import Stretch
from search.port import Scope, SearchRequest
from search.words.lexicon import Lexicon


@dataclass(frozen=True, slots=True)
class Question:
    """One search as an engine runs it: `clause` holds everything but the scope."""

    request: SearchRequest
    clause: Clause
    order: Sorting
    size: int
    after: Cursor | None

    @property
    def shown(self) -> int:
        """How many hits the pages before have shown."""
        return self.after.shown if self.after else 0


@dataclass(frozen=True, slots=True)
class Found:
    """A record that an engine found; `handle` is the engine's own."""

    id: str
    title: str
    key: Key
    score: float
    handle: object = None
    same: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of an engine's answer. Facets: name → value → count; `more` says that others come behind."""

    total: int
    found: Sequence[Found]
    facets: Mapping[str, Mapping[str, int]]
    more: bool
    snapshot: str = ""
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """What an index keeps of a record to suggest by: see `entries.card`."""

    id: str
    title: str
    codes: Sequence[str]
    gist: Sequence[str]
    same: str = ""

    @classmethod
    def read(cls, record: str, title: str, text: str) -> "Card":
        """A card as it was stored."""
        stored = json.loads(text)
        return cls(record, title, stored["codes"], stored["gist"], stored["same"])


class Source(Protocol):
    """What an engine does itself. `lexicon` holds the organisation's own words."""

    lexicon: Lexicon

    def page(self, question: Question) -> Page:
        """The records behind `question.after`, within the request's scope."""
        ...

    def passages(self, found: Sequence[Found], clause: All, limit: int) -> Mapping[str, Sequence[Stretch]]:
        """The passages of these records that match best, at most `limit` each, by record id."""
        ...

    def cards(self, scope: Scope, clause: Clause, limit: int) -> Sequence[Card]:
        """The newest records in scope that match."""
        ...

    def spellings(self, scope: Scope, start: str, limit: int) -> Mapping[str, int]:
        """The terms of the vocabulary that begin so, with the number of records in scope; the most frequent ones."""
        ...

    def counts(self, scope: Scope, clause: Clause, field: str, limit: int) -> Mapping[str, int]:
        """The most frequent values of a keyword field among the records in scope that match."""
        ...
