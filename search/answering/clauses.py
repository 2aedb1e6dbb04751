"""Clauses: what every engine translates, and nothing that only one of them knows."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Match:
    """`terms` one behind the other in an analysed field; more than `slop` places of disorder do not match."""

    field: str
    terms: tuple[str, ...]
    boost: float = 1.0
    slop: int = 0
    whole: "Match | None" = None
    """What says nearly the same in one term, and never anything else: a word, of which `terms` are the pairs."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """A keyword field has one of the values; never ranks."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Starts:
    """A term of the field begins with the text; never ranks."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Between:
    """A number field lies in the range, ends included; None is open; never ranks."""

    field: str
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Best:
    """At least one part matches: the best one's score and `TIE` of the others'."""

    parts: tuple["Clause", ...]


@dataclass(frozen=True, slots=True)
class All:
    """Every part of `must` and `filters` and none of `without` matches; `better` adds to the score."""

    must: tuple["Clause", ...] = ()
    better: tuple["Clause", ...] = ()
    without: tuple["Clause", ...] = ()
    filters: tuple["Clause", ...] = ()


@dataclass(frozen=True, slots=True)
class Flat:
    """The part with one score for whatever it matches."""

    part: "Clause"
    score: float


@dataclass(frozen=True, slots=True)
class Everything:
    """Every document, without a score."""


Clause = Match | OneOf | Starts | Between | Best | All | Flat | Everything


def deciding(clause: Clause) -> Clause:
    """What decides which documents answer, without what only ranks them: counting costs a third of it or less."""
    if isinstance(clause, All):
        answers = clause.must or clause.filters  # without any, one of what is better has to match
        return All(
            must=_each_deciding(clause.must),
            better=() if answers else _each_deciding(clause.better),
            without=_each_deciding(clause.without),
            filters=_each_deciding(clause.filters),
        )
    if isinstance(clause, Best):
        return Best(_each_deciding(clause.parts))
    if isinstance(clause, Match) and clause.whole is not None:
        return _whole_first(clause, clause.whole)
    return deciding(clause.part) if isinstance(clause, Flat) else clause


def _whole_first(clause: Match, whole: Match) -> Clause:
    """A phrase looked for only where its word does not stand: places of terms are costly to compare in most records."""
    terms = tuple(Match(clause.field, (term,)) for term in dict.fromkeys(clause.terms))
    elsewhere = All(filters=terms, without=(whole,))
    return Best((whole, All(filters=(replace(clause, whole=None), elsewhere))))


def _each_deciding(clauses: tuple[Clause, ...]) -> tuple[Clause, ...]:
    return tuple(map(deciding, clauses))
