"""Answering: what both engines do alike around their own search: widening, places, marks, facets, cursors."""

from collections.abc import Mapping
from dataclasses import replace
from typing import get_args

from search.answering.clauses import All, OneOf
from search.answering.copies import Rows, folded
from search.answering.naming import with_own
from search.answering.paging import SCORE, Cursor, page_size, read_cursor, sorting
from search.answering.passages import Marker, hit_places, title_snippet
from search.answering.ranking import filter_clauses, left_out, needles, passage_clause, plan, recency
from search.answering.relaxing import Reading, readings
from search.answering.source import Page, Question, Source
from search.port import FacetName, FacetValue, Hit, HitPlace, SearchRequest, SearchResult
from search.question.tree import Alike, And, FieldIs, Node, Not, Or
from search.question.writing import written

SPARE_PASSAGES = 2
"""Passages asked for beyond the places wanted: some show only a piece of a phrase and are left out."""

FACET_FIELDS: Mapping[str, str] = {name: name for name in get_args(FacetName)}
HISTOGRAMS = ("year", "month")
MAX_FACET_VALUES = 1000


def answer(source: Source, request: SearchRequest) -> SearchResult:
    """Answer a request from one engine; raises `InvalidCursor` and what the engine raises."""
    cursor = read_cursor(request)
    if request.query is not None:
        request = replace(request, query=prepared(source, request, request.query))
    page, reading = first_with_hits(source, request, cursor)
    rows = Rows.of(page)
    if request.fold:
        rows = folded(source, question_of(request, reading, cursor), page)
    following = ""
    if rows.more and rows.last:
        shown = (cursor.shown if cursor else 0) + rows.passed
        following = Cursor(rows.last, shown, reading.step, page.snapshot).text()
    return SearchResult(
        total=page.total,
        hits=_hits(source, request, rows, reading),
        facets={
            name: _facet(name, page.facets.get(name, {}), request.facet_limit) for name in request.facets
        },
        next_cursor=following,
        widened=reading.step,
        did_you_mean=reading.mended,
        searched=written(reading.tree) if reading.step and reading.tree else "",
        moved=page.moved,
    )


def prepared(source: Source, request: SearchRequest, tree: Node) -> Node:
    """The tree with what only the index knows: records named in it, and the organisation's own words."""
    return with_own(source, request.scope, with_gists(source, request, tree))


def with_gists(source: Source, request: SearchRequest, node: Node) -> Node:
    """The tree with `similar:ID` replaced by the words of that record, and `same:ID` by what its copies have, if it
    is in scope."""
    if isinstance(node, And | Or):
        return replace(node, parts=tuple(with_gists(source, request, part) for part in node.parts))
    if isinstance(node, Not):
        return Not(with_gists(source, request, node.part))
    if isinstance(node, FieldIs) and node.field == "similar":
        cards = source.cards(request.scope, OneOf("id", (node.value,)), 1)
        return Alike(node.value, tuple(cards[0].gist) if cards else ())
    if isinstance(node, FieldIs) and node.field == "same":
        cards = source.cards(request.scope, OneOf("id", (node.value,)), 1)
        return FieldIs("same", cards[0].same or " " if cards else " ")
    return node


def first_with_hits(source: Source, request: SearchRequest, cursor: Cursor | None) -> tuple[Page, Reading]:
    """The first reading that finds something; without any the page of the question as it stands."""
    first: tuple[Page, Reading] | None = None
    for reading in readings(source, request):
        if cursor and reading.step != cursor.step:
            continue
        page = source.page(question_of(request, reading, cursor))
        if page.total:
            return page, reading
        first = first or (page, reading)
    return first or (Page(0, (), {}, more=False), Reading("", request.query))


def question_of(request: SearchRequest, reading: Reading, cursor: Cursor | None) -> Question:
    """A reading as an engine is asked it."""
    order = sorting(request)
    clause = All(
        (plan(reading.tree, reading.step),),
        better=recency(request.today) if order.field == SCORE else (),
        without=left_out(request.filters),
        filters=filter_clauses(request.filters),
    )
    return Question(request, clause, order, page_size(request), cursor)


def _hits(source: Source, request: SearchRequest, rows: Rows, reading: Reading) -> list[Hit]:
    found = rows.found
    wanted = needles(reading.tree, reading.step)
    marker = Marker(wanted)
    places: dict[str, tuple[HitPlace, ...]] = {}
    if wanted and found and request.places > 0:
        stretches = source.passages(found, passage_clause(wanted), request.places + SPARE_PASSAGES)
        places = {hit: hit_places(of_hit, marker, request.places) for hit, of_hit in stretches.items()}
    return [
        Hit(hit.id, hit.score, title_snippet(hit.title, marker), places.get(hit.id, ()), *rows.folded(hit))
        for hit in found
    ]


def _facet(name: str, counts: Mapping[str, int], limit: int) -> list[FacetValue]:
    """Most frequent first, but times in their order, the latest ones of them."""
    if name in HISTOGRAMS:
        kept = sorted(counts.items())[-limit if limit > 0 else 0 :]
    else:
        kept = sorted(counts.items(), key=lambda c: (-c[1], c[0]))[: limit if limit > 0 else None]
    return [FacetValue(value, count) for value, count in kept]
