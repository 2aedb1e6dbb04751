"""Explaining: of what the score of one hit is made, clause by clause, asked of the engine that gave it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from search.answering.answer import first_with_hits, prepared
from search.answering.clauses import All, Best, Between, Clause, Flat, Match, OneOf, Starts
from search.answering.paging import SORTINGS
from search.answering.ranking import TIE, plan, recency
from search.answering.source import Question, Source
from search.port import Explanation, ScorePart, SearchRequest
from search.question.writing import written

MOST_PARTS = 120
"""Clauses asked of the engine for one hit, each alone: more belong to a question that nobody typed."""


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A clause that gives a score by itself, and the fields and terms it is of."""

    clause: Clause
    field: str
    terms: tuple[str, ...]


def explain(source: Source, request: SearchRequest, record: str) -> Explanation | None:
    """See `SearchReader.explain`."""
    asked = replace(request, facets=(), places=0, limit=1, cursor="", order="relevance")
    if asked.query is not None:
        asked = replace(asked, query=prepared(source, asked, asked.query))
    _, reading = first_with_hits(source, asked, None)
    clause = All((plan(reading.tree, reading.step),), better=recency(request.today))
    score = _score(source, asked, clause, record)
    if score is None:
        return None
    parts = []
    for leaf in [*_leaves(clause)][:MOST_PARTS]:
        part = _score(source, asked, leaf.clause, record)
        if part:
            parts.append(ScorePart(leaf.field, leaf.terms, part))
    parts.sort(key=lambda part: (-part.score, part.field, part.terms))
    searched = written(reading.tree) if reading.tree is not None else ""
    return Explanation(score, reading.step, searched, tuple(parts), TIE)


def _score(source: Source, request: SearchRequest, clause: Clause, record: str) -> float | None:
    """What the clause alone gives the record; None if it does not answer it, or is out of scope."""
    alone = All((clause,), filters=(OneOf("id", (record,)),))
    found = source.page(Question(request, alone, SORTINGS["relevance"], 1, None)).found
    return found[0].score if found else None


def _leaves(clause: Clause) -> Iterator[_Leaf]:
    if isinstance(clause, Flat):
        inner = [*_leaves(clause.part)] or [*_filtered(clause.part)]
        fields = dict.fromkeys(leaf.field for leaf in inner)
        terms = dict.fromkeys(term for leaf in inner for term in leaf.terms)
        yield _Leaf(clause, "+".join(fields), tuple(terms))
    elif isinstance(clause, Match):
        yield _Leaf(clause, clause.field, clause.terms)
    elif isinstance(clause, Starts):
        yield _Leaf(clause, clause.field, (clause.text,))
    elif isinstance(clause, Best):
        for part in clause.parts:
            yield from _leaves(part)
    elif isinstance(clause, All):
        for part in (*clause.must, *clause.better):
            yield from _leaves(part)


def _filtered(clause: Clause) -> Iterator[_Leaf]:
    """What a clause only asks for, of which a fixed score is made."""
    if isinstance(clause, All):
        for part in clause.filters:
            yield from _leaves(part)
    elif isinstance(clause, OneOf):
        yield _Leaf(clause, clause.field, clause.values)
    elif isinstance(clause, Between):
        yield _Leaf(clause, clause.field, ())
