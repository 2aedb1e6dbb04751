"""Conditions: the value of `字段:值` to the node that it means."""

import math
import re
from collections.abc import Callable
from datetime import date
from typing import Literal

from search.question.dates import date_range
from search.question.fields import QueryField, value_code
from search.question.tree import DateIn, FieldIs, Node, Not, NumberIn, Or
from search.words.facts import number
from search.words.folding import fold

Fault = Literal["bad_date", "bad_number", "unknown_value"]

MAX_VALUES = 20
_COMMA = re.compile(r"[,，、;；]")
_COMPARED = re.compile(r"(>=|<=|>|<|=|≥|≤)(.+)")
_RANGE = re.compile(r"(.*?)(?:\.\.+|…+|~|—+|至|到|(?<=.)-(?=.))(.*)")
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([kmgt]?)i?b?")
_SCALES = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


def condition(known: QueryField, value: str, today: date) -> Node | Fault:
    """What `known:value` means, dates being seen from `today`; else what is wrong with the value."""
    if known.kind == "date":
        found = date_range(value, today)
        field: Literal["date", "created"] = "created" if known.code == "created" else "date"
        return DateIn(*found, field) if found else "bad_date"
    if known.kind in ("number", "bytes"):
        limits = number_range(value, number if known.kind == "number" else size)
        return NumberIn(known.code, *limits) if limits else "bad_number"
    if known.kind == "words":
        return FieldIs(known.code, value.strip())
    return _one_of(known, value)


def _one_of(known: QueryField, value: str) -> Node | Fault:
    values = [part.strip() for part in _COMMA.split(value) if part.strip()][:MAX_VALUES] or [value]
    codes = list(dict.fromkeys(value_code(known, part) for part in values))
    if known.closed and not set(codes) <= set(known.values.values()):
        return "unknown_value"
    field = "has" if known.code == "lacks" else known.code
    parts: list[Node] = [FieldIs(field, code) for code in codes]
    if known.code == "lacks":
        parts = [Not(part) for part in parts]
    return parts[0] if len(parts) == 1 else Or(tuple(parts))


def number_range(text: str, read: Callable[[str], float | None]) -> tuple[float | None, float | None] | None:
    """>5万, ≤100, 5万..10万, 5万-10万, 5万: the lowest and highest that fit, None open; None if it is no range."""
    folded = "".join(fold(text).text.split())
    if match := _COMPARED.fullmatch(folded):
        limit = read(match[2])
        return None if limit is None else _limits(match[1], limit)
    exact = read(folded)
    if exact is not None:
        return exact, exact
    match = _RANGE.fullmatch(folded)
    if not match or not (match[1] or match[2]):
        return None
    low, high = (read(end) if end else None for end in match.groups())
    unread = (match[1] and low is None) or (match[2] and high is None)
    return None if unread or (low is not None and high is not None and low > high) else (low, high)


def _limits(sign: str, limit: float) -> tuple[float | None, float | None]:
    if sign in (">", ">=", "≥"):
        return (math.nextafter(limit, math.inf) if sign == ">" else limit), None
    if sign in ("<", "<=", "≤"):
        return None, (math.nextafter(limit, -math.inf) if sign == "<" else limit)
    return limit, limit


def size(text: str) -> float | None:
    """10MB, 500k, 2g: bytes; None if it is no size."""
    match = _SIZE.fullmatch(text)
    return float(match[1]) * _SCALES[match[2]] if match else None
