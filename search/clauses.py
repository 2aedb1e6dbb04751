"""Clauses: what every engine translates, and nothing that only one of them knows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Match:
    """`terms` one behind the other in an analysed field; more than `slop` places of disorder do not match."""

    field: str
    terms: tuple[str, ...]
    boost: float = 1.0
    slop: int = 0


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
