"""The fields of a category: from labels, from running text, from spans of days, else from the title."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from service.domain.suggesting.days import day_in, span_in
from service.domain.suggesting.deriving import derived
from service.domain.suggesting.lines import Labelled, Lines
from service.domain.suggesting.money import amount_in
from service.domain.suggesting.readers import NEAR, Behind, reader_of
from service.domain.suggesting.reading import Asked, Reading
from service.domain.suggesting.source import Found
from service.domain.suggesting.vocabulary import SPANS

_SIGNING = re.compile(r"[^,;。0-9]{0,14}(?:签订|签署|订立)")
_BLANK = re.compile(r"^[\s_/\\.:…-]*$")
_WORDS_OF_AMOUNTS = re.compile(
    r"^[\s:]*(?:\([^()]{0,12}\))?[\s:]*(?:共计|合计|总计|约为|为|是|约|计|即|控制在|不超过|[:¥(]|人民币|RMB|\s)*"
)


def read_fields(reading: Reading, category: str, schema: Mapping[str, Any]) -> Iterator[tuple[str, Found]]:
    """(name, what was found) for the fields of a category, in the order of the form."""
    spans = _spans(reading, category)
    for name, hints in schema.get("properties", {}).items():
        asked = Asked(category, name, hints)
        found = (
            spans.get(name)
            or _labelled(reading, asked)
            or _running(reading, asked)
            or derived(reading, asked)
        )
        if found:
            yield name, found


def _labelled(reading: Reading, asked: Asked) -> Found | None:
    reader = reader_of(
        asked.name, str(asked.hints.get("x-widget", "")), several=asked.hints.get("type") == "array"
    )
    if reader is None:
        return None
    for entry in reading.lines.labelled(*asked.labels):
        if entry.bare and asked.hints.get("x-widget") == "textarea":
            continue  # the heading of a chapter, of which the first line would be a part
        if _BLANK.match(entry.stretch.text[entry.at :]):
            continue
        if (read := reader(Behind(reading, asked, entry))) and read[0] != ():
            return Found(read[0], entry.stretch, 0, read[1], "label")
    return None


def _running(reading: Reading, asked: Asked) -> Found | None:
    """Amounts and dates in running text: 合同总价 48 万元, 于 2024 年 3 月 5 日签订."""
    widget = asked.hints.get("x-widget")
    if widget == "money" and asked.hints.get("type") != "array":
        return _running_amount(reading, asked)
    if asked.key == "HT.signed_on":
        return _signed(reading)
    return None


def _running_amount(reading: Reading, asked: Asked) -> Found | None:
    for label in asked.labels:
        if len(label) < 3:
            continue
        for entry in reading.lines.occurrences(label):
            begin = entry.at + _skipped(entry.stretch.text[entry.at :])
            amount = amount_in(entry.stretch.text, entry.at, entry.own)
            if (
                amount
                and amount.start <= max(begin, entry.at) + 4
                and "的" not in entry.stretch.text[entry.at : amount.start]
            ):
                return Found(amount.value, entry.stretch, 0, amount.end, "label")
    return None


def _skipped(text: str) -> int:
    match = _WORDS_OF_AMOUNTS.match(text[:40])
    return match.end() if match else 0


def _signed(reading: Reading) -> Found | None:
    """签订于 2024 年 3 月 5 日, and 于 2024 年 3 月 5 日在江城签订."""
    for word in ("签订于", "签署于", "订立于", "于"):
        for entry in reading.lines.occurrences(word, reach=60, limit=200):
            text = entry.stretch.text
            day = day_in(text, entry.at, entry.own)
            if day is None or day.start - entry.at > 2 or day.day > reading.today:
                continue
            behind = _SIGNING.match(text, day.end)
            if len(word) > 1 or behind:
                return Found(
                    day.day.isoformat(), entry.stretch, 0, behind.end() if behind else day.end, "label"
                )
    return None


def _spans(reading: Reading, category: str) -> Mapping[str, Found]:
    """First and last day of what the category's papers give as one span."""
    if category not in SPANS:
        return {}
    first, last, labels = SPANS[category]
    for entry in _span_places(reading.lines, labels):
        span = span_in(entry.stretch.text, entry.at, min(len(entry.stretch.text), entry.own + 40))
        if span is None or span.start - entry.at > NEAR or not reading.plausible(span.first):
            continue
        if not first and span.last is None:
            continue
        found = {}
        if first:
            found[first] = Found(span.first.isoformat(), entry.stretch, 0, span.end, "label")
        if span.last and reading.plausible(span.last):
            found[last] = Found(span.last.isoformat(), entry.stretch, 0, span.end, "label")
        return found
    return {}


def _span_places(lines: Lines, labels: Sequence[str]) -> Iterator[Labelled]:
    yield from lines.labelled(*labels)
    for label in labels:
        if len(label) >= 3:
            yield from lines.occurrences(label, reach=60)
