"""Answering: what both engines do alike around their own search: widening, places, marks, facets, cursors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, get_args

from search.paging import Cursor, Key, Sorting, page_size, read_cursor, sorting
from search.passages import Marker, Stretch, hit_places, title_snippet
from search.port import FacetName, FacetValue, Hit, HitPlace, SearchRequest, SearchResult
from search.ranking import STEPS, All, Clause, can_widen, filter_clauses, needles, passage_clause, plan

SPARE_PASSAGES = 2
"""Passages asked for beyond the places wanted: some show only a piece of a phrase and are left out."""

FACET_FIELDS: Mapping[str, str] = {name: name for name in get_args(FacetName)}
HISTOGRAMS = ("year", "month")
MAX_FACET_VALUES = 1000


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


@dataclass(frozen=True, slots=True)
class Page:
    """A page of an engine's answer. Facets: name → value → count; `more` says that others come behind."""

    total: int
    found: Sequence[Found]
    facets: Mapping[str, Mapping[str, int]]
    more: bool
    snapshot: str = ""


class Source(Protocol):
    """What an engine does itself."""

    def page(self, question: Question) -> Page:
        """The records behind `question.after`, within the request's scope."""
        ...

    def passages(self, found: Sequence[Found], clause: All, limit: int) -> Mapping[str, Sequence[Stretch]]:
        """The passages of these records that match best, at most `limit` each, by record id."""
        ...


def answer(source: Source, request: SearchRequest) -> SearchResult:
    """Answer a request from one engine; raises `InvalidCursor` and what the engine raises."""
    cursor = read_cursor(request)
    steps = (cursor.step,) if cursor else STEPS if can_widen(request.query) else STEPS[:1]
    page, step = _first_with_hits(source, request, cursor, steps)
    shown = (cursor.shown if cursor else 0) + len(page.found)
    following = (
        Cursor(page.found[-1].key, shown, step, page.snapshot).text() if page.more and page.found else ""
    )
    return SearchResult(
        total=page.total,
        hits=_hits(source, request, page.found, step),
        facets={
            name: _facet(name, page.facets.get(name, {}), request.facet_limit) for name in request.facets
        },
        next_cursor=following,
        widened=step,
    )


def _first_with_hits(
    source: Source, request: SearchRequest, cursor: Cursor | None, steps: Sequence[str]
) -> tuple[Page, str]:
    for step in steps:
        clause = All((plan(request.query, step),), filters=filter_clauses(request.filters))
        page = source.page(Question(request, clause, sorting(request), page_size(request), cursor))
        if page.total:
            return page, step
    return page, "" if cursor is None else steps[0]


def _hits(source: Source, request: SearchRequest, found: Sequence[Found], step: str) -> list[Hit]:
    wanted = needles(request.query, step)
    marker = Marker(wanted)
    places: dict[str, tuple[HitPlace, ...]] = {}
    if wanted and found and request.places > 0:
        stretches = source.passages(found, passage_clause(wanted), request.places + SPARE_PASSAGES)
        places = {hit: hit_places(of_hit, marker, request.places) for hit, of_hit in stretches.items()}
    return [Hit(hit.id, hit.score, title_snippet(hit.title, marker), places.get(hit.id, ())) for hit in found]


def _facet(name: str, counts: Mapping[str, int], limit: int) -> list[FacetValue]:
    """Most frequent first, but times in their order, the latest ones of them."""
    if name in HISTOGRAMS:
        kept = sorted(counts.items())[-limit if limit > 0 else 0 :]
    else:
        kept = sorted(counts.items(), key=lambda c: (-c[1], c[0]))[: limit if limit > 0 else None]
    return [FacetValue(value, count) for value, count in kept]
