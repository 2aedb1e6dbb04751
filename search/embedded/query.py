"""Clauses as Tantivy queries, and queries under further conditions."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tantivy

from search.answering.clauses import All, Best, Between, Clause, Everything, Flat, Match, OneOf, Starts
from search.answering.ranking import TIE
from search.indexing.entries import MEASURES

FEW = 512
"""Up to so many alternatives are looked up one by one, which costs less than going through the dictionary."""

MUST, SHOULD, MUST_NOT = tantivy.Occur.Must, tantivy.Occur.Should, tantivy.Occur.MustNot


def query(schema: Any, clause: Clause) -> Any:
    """A clause as a Tantivy query over one schema."""
    return _MADE[type(clause)](schema, clause)


def under(schema: Any, made: Any, conditions: Sequence[Clause]) -> Any:
    """A query that is made already, under conditions that do not rank: what is asked of many indexes is made once."""
    if not conditions:
        return made
    return tantivy.Query.boolean_query([(MUST, made), *_conditions(schema, conditions)])


def scored(schema: Any, made: Any, conditions: Sequence[Clause]) -> Any:
    """What meets the conditions, also without the query, which only scores it."""
    return tantivy.Query.boolean_query([*_conditions(schema, conditions), (SHOULD, made)])


def _conditions(schema: Any, conditions: Sequence[Clause]) -> list[tuple[Any, Any]]:
    return [(MUST, _unranked(query(schema, part))) for part in conditions]


def _match(schema: Any, clause: Match) -> Any:
    if len(clause.terms) == 1:
        found = tantivy.Query.term_query(schema, clause.field, clause.terms[0])
    else:
        found = tantivy.Query.phrase_query(schema, clause.field, list(clause.terms), slop=clause.slop)
    return found if clause.boost == 1.0 else tantivy.Query.boost_query(found, clause.boost)


def _best(schema: Any, clause: Best) -> Any:
    if not clause.parts:
        return tantivy.Query.empty_query()
    parts = [query(schema, part) for part in clause.parts]
    return parts[0] if len(parts) == 1 else tantivy.Query.disjunction_max_query(parts, TIE)


def _flat(schema: Any, clause: Flat) -> Any:
    return tantivy.Query.const_score_query(query(schema, clause.part), clause.score)


def _one_of(schema: Any, clause: OneOf) -> Any:
    if not clause.values:
        return tantivy.Query.empty_query()
    if len(clause.values) == 1:  # a set goes through the whole dictionary
        return _unranked(tantivy.Query.term_query(schema, clause.field, clause.values[0]))
    if len(clause.values) <= FEW:
        each = [(SHOULD, tantivy.Query.term_query(schema, clause.field, value)) for value in clause.values]
        return _unranked(tantivy.Query.boolean_query(each))
    return _unranked(tantivy.Query.term_set_query(schema, clause.field, list(clause.values)))


def _starts(schema: Any, clause: Starts) -> Any:
    return _unranked(tantivy.Query.regex_query(schema, clause.field, f"{re.escape(clause.text)}.*"))


def _between(schema: Any, clause: Between) -> Any:
    kind = tantivy.FieldType.Float if clause.field in MEASURES else tantivy.FieldType.Unsigned
    return _unranked(tantivy.Query.range_query(schema, clause.field, kind, clause.low, clause.high))


def _everything(_schema: Any, _clause: Everything) -> Any:
    return _unranked(tantivy.Query.all_query())


def _all(schema: Any, clause: All) -> Any:
    parts = [(MUST, query(schema, part)) for part in clause.must]
    parts += _conditions(schema, clause.filters)
    parts += [(SHOULD, query(schema, part)) for part in clause.better]
    parts += [(MUST_NOT, query(schema, part)) for part in clause.without]
    return tantivy.Query.boolean_query(parts)


def _unranked(found: Any) -> Any:
    return tantivy.Query.const_score_query(found, 0.0)


_MADE: Mapping[type, Callable[[Any, Any], Any]] = {
    Match: _match,
    OneOf: _one_of,
    Starts: _starts,
    Between: _between,
    Best: _best,
    All: _all,
    Flat: _flat,
    Everything: _everything,
}
