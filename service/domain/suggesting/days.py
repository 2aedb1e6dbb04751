"""Days and spans of days as Chinese papers write them: 2024年3月5日, 二〇二四年三月五日, 2024.3.5—3.8, 民国113年."""

import re
from datetime import date, timedelta
from typing import NamedTuple

_NUMERAL = "〇零一二三四五六七八九十廿卅元正"
_DIGITS = {sign: value for value, sign in enumerate("〇一二三四五六七八九")} | {"零": 0, "O": 0, "0": 0}

_DAY = re.compile(
    r"(?:(?P<era>民国)\s?)?"
    rf"(?:(?<![0-9])(?P<y>[0-9]{{4}}|[0-9]{{2,3}}(?=\s?年))|(?P<cy>[一二][〇零O0一二三四五六七八九]{{3}}(?=\s?年)))"
    rf"\s{{0,2}}(?P<s>[年./-])\s{{0,2}}(?P<m>[0-9]{{1,2}}|[{_NUMERAL}]{{1,2}})"
    rf"\s{{0,2}}(?P<t>[月./-])\s{{0,2}}(?P<d>[0-9]{{1,2}}(?![0-9])|[{_NUMERAL}]{{1,3}})(?:\s?[日号])?"
)
_COMPACT = re.compile(
    r"(?<![0-9])(?P<y>(?:19|20)[0-9]{2})(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12][0-9]|3[01])(?![0-9])"
)
_LINK = re.compile(r"[日号]?\s?(?:\([^()]{1,6}\))?\s?(?:起|开始)?[,\s]{0,2}(?:至|到|-{1,2}|~)\s{0,2}")
_REST = re.compile(
    rf"(?:(?P<m>[0-9]{{1,2}}|[{_NUMERAL}]{{1,2}})\s?[月./]\s?)?(?P<d>[0-9]{{1,2}}(?![0-9])|[{_NUMERAL}]{{1,3}})(?P<u>[日号])?"
)
_LASTING = re.compile(
    rf"\s?起?[,\s]?(?:为期|共计?)?\s?(?P<n>[0-9]{{1,3}}|[{_NUMERAL}]{{1,3}})\s?(?P<u>天|日|周)"
)


class Day(NamedTuple):
    """A day and where it stands in the text."""

    day: date
    start: int
    end: int


class Span(NamedTuple):
    """From a day to a day, both included; `last` None where only the beginning is said."""

    first: date
    last: date | None
    start: int
    end: int


def day_in(text: str, start: int = 0, end: int | None = None) -> Day | None:
    """The first day that is written out in full in folded text."""
    at, end = start, len(text) if end is None else end
    while match := _DAY.search(text, at, end):
        if found := _read(match):
            return found
        at = match.start() + 1
    return None


def compact_day_in(text: str) -> Day | None:
    """The first day written as 20240305: for names of files, where such digits are dates."""
    for match in _COMPACT.finditer(text):
        if found := _read(match):
            return found
    return None


def span_in(text: str, start: int = 0, end: int | None = None) -> Span | None:
    """The first day and, if one is said with it, the last: 2024年5月1日至7日, 起七天."""
    first = day_in(text, start, end)
    if first is None:
        return None
    after = text[:end] if end is not None else text
    if lasting := _LASTING.match(after, first.end):
        number = _number(lasting["n"]) * (7 if lasting["u"] == "周" else 1)
        if number:
            last = _later(first.day, number - 1)
            return Span(first.day, last, first.start, lasting.end() if last else first.end)
    if link := _LINK.match(after, first.end):
        if (whole := day_in(after, link.end())) and whole.start == link.end():
            return _ordered(Span(first.day, whole.day, first.start, whole.end))
        if (rest := _REST.match(after, link.end())) and (rest["m"] or rest["u"]):
            return _ordered(
                Span(first.day, _completed(first.day, rest["m"], rest["d"]), first.start, rest.end())
            )
    return Span(first.day, None, first.start, first.end)


def _ordered(span: Span) -> Span | None:
    return span if span.last and span.first <= span.last else None


def _completed(first: date, month: str | None, day: str) -> date | None:
    try:
        return date(first.year, _number(month) if month else first.month, _number(day))
    except ValueError:
        return None


def _later(first: date, days: int) -> date | None:
    try:
        return first + timedelta(days)
    except OverflowError:
        return None


def _read(match: re.Match[str]) -> Day | None:
    parts = match.groupdict()
    if parts.get("s") != "年" and parts.get("s") != parts.get("t"):
        return None
    if parts.get("s") == "年" and parts.get("t") != "月":
        return None
    try:
        day = date(_year(parts), _number(parts["m"]), _number(parts["d"]))
    except ValueError:
        return None
    return Day(day, match.start(), match.end())


def _year(parts: dict[str, str | None]) -> int:
    """Raises `ValueError` for what cannot be a year."""
    if written := parts.get("cy"):
        return int("".join(str(_DIGITS[sign]) for sign in written))
    digits = parts["y"] or ""
    if parts.get("era"):
        return 1911 + int(digits)
    if len(digits) == 3:
        raise ValueError(digits)
    return int(digits) + (2000 if len(digits) == 2 else 0)


def _number(written: str) -> int:
    """1 to 99 in digits or Chinese, 0 for what is none."""
    if written.isdigit():
        return int(written)
    written = written.replace("廿", "二十").replace("卅", "三十").replace("元", "一").replace("正", "一")
    tens, ten, ones = written.partition("十")
    if not ten:
        return _DIGITS[written[-1]] if len(written) == 1 or written[:-1] in ("〇", "零") else 0
    if len(tens) > 1 or len(ones) > 1:
        return 0
    return 10 * (_DIGITS[tens] if tens else 1) + (_DIGITS[ones] if ones else 0)
