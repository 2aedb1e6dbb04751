"""Finding again what a record already says: where its values stand in the text of its files. All work is bounded."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from service.domain.dates import read_date
from service.domain.suggesting.days import day_in
from service.domain.suggesting.folding import fold
from service.domain.suggesting.money import amounts_in
from service.domain.suggesting.source import Evidence, SourceFile, Stretch

MIN_TEXT = 3
"""Characters below which a text stands anywhere."""
MIN_NUMBER = 100
"""Numbers below this stand anywhere: copies, pages, shares."""
MAX_DAYS = 500
"""Days and amounts of one passage that are looked at."""
_BLANK = re.compile(r"\s+")


def locate(values: Mapping[str, Any], files: Sequence[SourceFile]) -> dict[str, Evidence]:
    """Field → the first place where its value is said; fields whose value is said nowhere are left out.

    `values` are as stored: texts, dates or ISO dates, numbers, lists of texts (the first one said counts).
    """
    stretches = list(_stretches(files))
    found: dict[str, Evidence] = {}
    for path, value in values.items():
        for one in value if isinstance(value, list | tuple) else (value,):
            evidence = next((said for stretch in stretches if (said := _said(one, stretch))), None)
            if evidence:
                found[path] = evidence
                break
    return found


def _stretches(files: Sequence[SourceFile]) -> Iterator[Stretch]:
    for file in files:
        for number, passage in enumerate(file.passages):
            text = passage.text
            yield Stretch(
                "text",
                file.id,
                text,
                fold(text),
                range(len(text)),
                passage.kind,
                passage.number,
                passage.label,
                number,
            )


def _said(value: Any, stretch: Stretch) -> Evidence | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _number(value, stretch) if abs(value) >= MIN_NUMBER else None
    day = value if isinstance(value, date) else read_date(value) if isinstance(value, str) else None
    if day:
        return _day(day, stretch)
    return _words(value, stretch) if isinstance(value, str) else None


def _number(value: float, stretch: Stretch) -> Evidence | None:
    for amount in amounts_in(stretch.text, MAX_DAYS):
        if amount.value == value:
            return stretch.evidence(amount.start, amount.end)
    return None


def _day(wanted: date, stretch: Stretch) -> Evidence | None:
    at = 0
    for _ in range(MAX_DAYS):
        found = day_in(stretch.text, at)
        if found is None:
            return None
        if found.day == wanted:
            return stretch.evidence(found.start, found.end)
        at = found.end
    return None


def _words(value: str, stretch: Stretch) -> Evidence | None:
    wanted = _BLANK.sub("", fold(value)).casefold()
    if len(wanted) < MIN_TEXT:
        return None
    closed = stretch.closed_up()
    # folding of case may lengthen a text: only what keeps its length keeps its places
    text = "".join(sign if len(low := sign.casefold()) != 1 else low for sign in closed.text)
    at = text.find(wanted)
    return closed.evidence(at, at + len(wanted)) if at >= 0 else None
