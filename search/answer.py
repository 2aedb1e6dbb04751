"""Answering: what both engines do alike around their own search: widening, places, marks, facets, cursors."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import get_args

from search.clauses import All, OneOf
from search.paging import Cursor, page_size, read_cursor, sorting
from search.passages import Marker, hit_places, title_snippet
from search.port import FacetName, FacetValue, Hit, HitPlace, SearchRequest, SearchResult
from search.ranking import filter_clauses, needles, passage_clause, plan
from search.relaxing import Reading, readings
from search.source import Found, Page, Question, Source
from search.tree import Alike, And, FieldIs, Node, Not, Or
from search.writing import written

SPARE_PASSAGES = 2
"""Passages asked for beyond the places wanted: some show only a piece of a phrase and are left out."""

FACET_FIELDS: Mapping[str, str] = {name: name for name in get_args(FacetName)}
HISTOGRAMS = ("year", "month")
MAX_FACET_VALUES = 1000


def answer(source: Source, request: SearchRequest) -> SearchResult:
    """Answer a request from one engine; raises `InvalidCursor` and what the engine raises."""
    cursor = read_cursor(request)
    if request.query is not None:
        request = replace(request, query=with_gists(source, request, request.query))
    page, reading = first_with_hits(source, request, cursor)
    shown = (cursor.shown if cursor else 0) + len(page.found)
    following = ""
    if page.more and page.found:
        following = Cursor(page.found[-1].key, shown, reading.step, page.snapshot).text()
    return SearchResult(
        total=page.total,
        hits=_hits(source, request, page.found, reading),
        facets={
            name: _facet(name, page.facets.get(name, {}), request.facet_limit) for name in request.facets
        },
        next_cursor=following,
        widened=reading.step,
        did_you_mean=reading.mended,
        searched=written(reading.tree) if reading.step and reading.tree else "",
    )


def with_gists(source: Source, request: SearchRequest, node: Node) -> Node:
    """The tree with `similar:ID` replaced by the words of that record, if it is in scope."""
    if isinstance(node, And | Or):
        return replace(node, parts=tuple(with_gists(source, request, part) for part in node.parts))
    if isinstance(node, Not):
        return Not(with_gists(source, request, node.part))
    if isinstance(node, FieldIs) and node.field == "similar":
        cards = source.cards(request.scope, OneOf("id", (node.value,)), 1)
        return Alike(node.value, tuple(cards[0].gist) if cards else ())
    return node


def first_with_hits(source: Source, request: SearchRequest, cursor: Cursor | None) -> tuple[Page, Reading]:
    """The first reading that finds something; without any the page of the question as it stands."""
    first: tuple[Page, Reading] | None = None
    order = sorting(request)
    for reading in readings(source, request):
        if cursor and reading.step != cursor.step:
            continue
        clause = All((plan(reading.tree, reading.step),), filters=filter_clauses(request.filters))
        page = source.page(Question(request, clause, order, page_size(request), cursor))
        if page.total:
            return page, reading
        first = first or (page, reading)
    return first or (Page(0, (), {}, more=False), Reading("", request.query))


def _hits(source: Source, request: SearchRequest, found: Sequence[Found], reading: Reading) -> list[Hit]:
    wanted = needles(reading.tree, reading.step)
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
