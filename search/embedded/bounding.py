"""Bounding: what of a broad question can be among its best hits, told from how frequent its terms are.

A question of everyday words is answered by most records, and scoring each of them takes longer than all else. What a
term can give at most is known without looking: the more records have it, the less. So the best hits are looked for
among the records that meet one of the rare clauses (the word in a title, the words side by side); when the last hit of
the page scores more than any other record can, no other record is on that page, and the answer is exact.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any

from search.answering.clauses import All, Best, Clause, Flat, Match, OneOf
from search.answering.ranking import TIE

BROAD = 5000
"""Answers from which on it pays to look whether few of them can be best."""
SHARE = 6
"""Rare clauses are looked through as long as all their terms together are in no more than one of so many records."""
MOST_GIVEN = 2.2
"""What a term gives at most beside its rarity and weight: 1 + k1 of BM25."""
ROUNDING = 1.001


@dataclass(frozen=True, slots=True)
class Prospects:
    """`clause` asks for the answers that may score anything; all others score `rest` at most."""

    clause: Clause
    rest: float


class Frequencies:
    """How many records of one index have a term, those counted that are deleted and not yet dropped, as scores do."""

    def __init__(self, searcher: Any, compartment: str) -> None:
        self._searcher = searcher
        self._records = searcher.doc_freq("compartment", compartment)
        self._known: dict[tuple[str, str], int] = {}

    def of(self, field: str, term: str) -> int:
        """Records with a term."""
        key = field, term
        if key not in self._known:
            self._known[key] = self._searcher.doc_freq(field, term)
        return self._known[key]

    @property
    def records(self) -> int:
        """All records."""
        return int(self._records)

    def rarity(self, field: str, term: str) -> float:
        """The term's inverse frequency, as scores have it."""
        having = self.of(field, term)
        return math.log(1 + max(0.0, self._records - having + 0.5) / (having + 0.5))


def reach(clause: Clause, known: Frequencies) -> int:
    """How many records meet a clause, at most."""
    if isinstance(clause, Match):
        return min(known.of(clause.field, term) for term in clause.terms)
    if isinstance(clause, OneOf):
        return min(known.records, sum(known.of(clause.field, value) for value in clause.values))
    if isinstance(clause, Best):
        return min(known.records, sum(reach(part, known) for part in clause.parts))
    if isinstance(clause, Flat):
        return reach(clause.part, known)
    if isinstance(clause, All):
        asked = (*clause.must, *clause.filters)
        return min((reach(part, known) for part in asked), default=known.records)
    return known.records


def broad(clause: Clause, access: Sequence[Clause], known: Frequencies) -> Prospects | None:
    """The prospects of a question that many records may answer within these conditions; None for any other."""
    return prospects(clause, known) if reach(All((clause,), filters=tuple(access)), known) >= BROAD else None


def prospects(clause: Clause, known: Frequencies) -> Prospects | None:
    """The answers that can be best; None if all of them are frequent."""
    room = known.records // SHARE
    sizes = {leaf: reach(leaf, known) for leaf in _leaves(clause)}
    rare: list[Clause] = []
    for leaf, size in sorted(sizes.items(), key=itemgetter(1)):
        room -= size
        if room < 0:
            break
        rare.append(leaf)
    looked_for = Best(tuple(leaf for leaf in rare if sizes[leaf]))
    if not looked_for.parts:
        return None
    rest = _at_most(clause, known, frozenset(rare))
    among = All((_among(clause, frozenset(rare), looked_for),), filters=(looked_for,))
    return Prospects(among, 0.0 if rest is None else rest * ROUNDING)


def _among(clause: Clause, rare: frozenset[Clause], looked_for: Clause) -> Clause:
    """The clause with each frequent phrase looked for in these records alone: as one of several parts, an engine
    would look for it in whole stretches of records at once."""
    if clause in rare:
        return clause
    if isinstance(clause, Match):
        return All((clause,), filters=(looked_for,)) if len(clause.terms) > 1 else clause
    if isinstance(clause, Flat):
        return replace(clause, part=_among(clause.part, rare, looked_for))
    if isinstance(clause, Best):
        return Best(tuple(_among(part, rare, looked_for) for part in clause.parts))
    if isinstance(clause, All):
        must, better = (
            tuple(_among(part, rare, looked_for) for part in parts) for parts in (clause.must, clause.better)
        )
        return replace(clause, must=must, better=better)
    return clause


def _leaves(clause: Clause) -> Iterator[Clause]:
    """What gives a score by itself."""
    if isinstance(clause, Match | Flat):
        yield clause
    elif isinstance(clause, Best):
        for part in clause.parts:
            yield from _leaves(part)
    elif isinstance(clause, All):
        for part in (*clause.must, *clause.better):
            yield from _leaves(part)


def _at_most(clause: Clause, known: Frequencies, unmet: frozenset[Clause]) -> float | None:
    """The most that a record can score that meets none of `unmet`; None if it does not answer."""
    if clause in unmet:
        return None
    if isinstance(clause, Match):
        return clause.boost * MOST_GIVEN * sum(known.rarity(clause.field, term) for term in clause.terms)
    if isinstance(clause, Flat):
        return clause.score
    if isinstance(clause, Best):
        met = [most for part in clause.parts if (most := _at_most(part, known, unmet)) is not None]
        return max(met) + TIE * (sum(met) - max(met)) if met else None
    if isinstance(clause, All):
        return _together(clause, known, unmet)
    return 0.0


def _together(clause: All, known: Frequencies, unmet: frozenset[Clause]) -> float | None:
    must = [_at_most(part, known, unmet) for part in clause.must]
    better = [most for part in clause.better if (most := _at_most(part, known, unmet)) is not None]
    if None in must or not (must or better or clause.filters):
        return None
    return sum(most for most in must if most is not None) + sum(better)
