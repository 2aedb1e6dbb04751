"""The tree of a query: what engines translate, without a trace of how it was typed."""

from dataclasses import dataclass
from datetime import date
from typing import Literal


@dataclass(frozen=True, slots=True)
class Words:
    """A run of free text: all of its words must be found, in any order, near each other is better.

    `own` are the organisation's own words in it that stand in what the asker may know of.
    """

    text: str
    own: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Phrase:
    """Quoted text: the characters in this order, nothing between them but blanks and line or page ends."""

    text: str


@dataclass(frozen=True, slots=True)
class FieldIs:
    """`字段:值`. `field` is a code of `search.question.fields`, or the label of a field of categories as it is shown.

    `value` is as typed, already resolved to a code where there is one.
    """

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class DateIn:
    """A date of the record lies in the range; None is open, both ends are inclusive."""

    start: date | None
    end: date | None
    field: Literal["date", "created"] = "date"


@dataclass(frozen=True, slots=True)
class NumberIn:
    """A number of the record (`search.port.NUMBERS`) lies in the range; None is open, both ends are inclusive."""

    field: str
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Near:
    """A run of Chinese of which one character may be another one or missing. Only relaxing makes it."""

    text: str


@dataclass(frozen=True, slots=True)
class Most:
    """All words of a run of free text but one, of a long one most. Only relaxing makes it."""

    text: str


@dataclass(frozen=True, slots=True)
class And:
    """Every part holds."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold; it neither ranks nor marks."""

    part: "Node"


@dataclass(frozen=True, slots=True)
class Alike:
    """A record that has some of the words `gist` of the record with the id `record`, which itself is left out."""

    record: str
    gist: tuple[str, ...]


Node = Words | Phrase | FieldIs | DateIn | NumberIn | Alike | Near | Most | And | Or | Not


def names_field(tree: Node | None, field: str) -> bool:
    """Whether a tree asks for a value of that field; to exclude one is not to ask for it."""
    if isinstance(tree, And | Or):
        return any(names_field(part, field) for part in tree.parts)
    return isinstance(tree, FieldIs) and tree.field == field
