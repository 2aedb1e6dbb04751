"""The query tree: what the parser makes of what people type, and what engines translate.

Text never becomes part of an engine's own query language (B39): engines build queries from these nodes.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Words:
    """A run of free text: all of its words must be found, in any order, near each other is better."""

    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Quoted text: the characters in this order, nothing between them but blanks and line or page ends."""

    text: str


@dataclass(frozen=True, slots=True)
class FieldIs:
    """`字段:值` on a field of `search.fields`; `value` as typed, already resolved to a code where there is one."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class DateIn:
    """The record's date lies in the range; None is open, both ends are inclusive."""

    start: date | None
    end: date | None


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


Node = Words | Phrase | FieldIs | DateIn | And | Or | Not
