"""Dates as people type them into a query: 2024, 2024-03, 2024Q2, 上季度, 近30天, 2024-03..2024-05."""

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

Range = tuple[date | None, date | None]
"""Inclusive; None is open."""
Days = tuple[date, date]
MAX_EXPRESSION = 60
_CHINESE = {char: number for number, char in enumerate("一二三四五六七八九", 1)}

_DAY = re.compile(r"([12][0-9]{3})(?:[-/.年]([0-9]{1,2})(?:[-/.月]([0-9]{1,2}))?)?[年月日号]?(?:份|度)?")
_COMPACT = re.compile(r"([12][0-9]{3})([0-9]{2})([0-9]{2})")
_YEAR = r"(?:(?P<year>[12][0-9]{3})年?(?:度|的)?-?|(?P<said>今年|本年度?|去年|上年度?|前年|明年)(?:度|的)?)?"
_NUMBER = r"[0-9]{1,2}|[一二三四五六七八九十元]{1,3}"
_QUARTER = re.compile(_YEAR + r"(?:q([1-4])|第?([一二三四1-4])季度?)")
_HALF = re.compile(_YEAR + r"(上|下)半年度?")
_MONTH = re.compile(_YEAR + rf"({_NUMBER})月份?(?:({_NUMBER})[日号]?)?")
_LAST = re.compile(
    r"(?:最?近|过去|last|past)(?P<n>[0-9]{1,4}|[一二两三四五六七八九十]{1,3}|半)个?(?P<unit>天|日|周|星期|月|季度|年|days?|weeks?|months?|years?)"
)
_UNITS = {"日": "天", "day": "天", "星期": "周", "week": "周", "month": "月", "季度": "季", "year": "年"}
_BETWEEN = re.compile(r"\.\.+|…+|~|—+|至|到")
_SINCE = re.compile(r"(?:>=|≥)(?P<a>.+)|(?P<b>.+?)(?:以来|起|以后|之后|后)")
_UNTIL = re.compile(r"(?:<=|≤)(?P<a>.+)|(?P<b>.+?)(?:为止|止)")
_AFTER = re.compile(r">(.+)")
_BEFORE = re.compile(r"<(.+)|(.+?)(?:以前|之前|前)")
_ENGLISH = re.compile(r"(this|last)(week|month|quarter|year)")


def date_range(text: str, today: date) -> Range | None:
    """The days that an expression means, seen from `today`; None if it means none."""
    folded = "".join(text.lower().split())[:MAX_EXPRESSION]
    single = _single(folded, today)
    if single is not None:
        return single
    return _compared(folded, today) or _between(folded, today)


def _between(folded: str, today: date) -> Range | None:
    ends = _BETWEEN.split(folded, maxsplit=1)
    if len(ends) == 1 or not (ends[0] or ends[1]):
        return None
    first = _single(ends[0], today) if ends[0] else (None, None)
    last = _last_of(ends[1], first, today) if ends[1] else (None, None)
    if first is None or last is None or (first[0] and last[1] and first[0] > last[1]):
        return None
    return first[0], last[1]


def _last_of(text: str, first: Range | None, today: date) -> Range | None:
    """The end of a range: 2024年3月到5月 ends in the year it begins in."""
    said = _MONTH.fullmatch(text)
    if first and first[0] and said and not (said["year"] or said["said"]):
        return _single(f"{first[0].year}年{text}", today)
    return _single(text, today)


def _compared(folded: str, today: date) -> Range | None:
    day = timedelta(days=1)
    try:
        for pattern, side in ((_SINCE, 0), (_UNTIL, 1), (_AFTER, 2), (_BEFORE, 3)):
            match = pattern.fullmatch(folded)
            found = _single(next(filter(None, match.groups())), today) if match else None
            if found is not None:
                first, last = found
                return [(first, None), (None, last), (last + day, None), (None, first - day)][side]
    except OverflowError:
        return None
    return None


def _single(text: str, today: date) -> Days | None:
    try:
        if text in _NAMED:
            return _NAMED[text](today)
        if match := _ENGLISH.fullmatch(text):
            return _NAMED[_ENGLISH_NAMES[match[2]][match[1] == "last"]](today)
        if match := _COMPACT.fullmatch(text) or _DAY.fullmatch(text):
            return _day_of(match)
        if match := _LAST.fullmatch(text):
            return _days_back(today, match["n"], match["unit"]), today
        return next((_of_year(m, of, today) for kind, of in _PARTS if (m := kind.fullmatch(text))), None)
    except (ValueError, OverflowError):
        return None


def _of_year(match: re.Match[str], of_year: Callable[[re.Match[str], int], Days], today: date) -> Days:
    """What is said of a year; without one it is the last that has begun."""
    if match["year"]:
        return of_year(match, int(match["year"]))
    if match["said"]:
        return of_year(match, _NAMED[match["said"][:2]](today)[0].year)
    found = of_year(match, today.year)
    return found if found[0] <= today else of_year(match, today.year - 1)


def _half_of(match: re.Match[str], year: int) -> Days:
    return (
        (date(year, 1, 1), date(year, 6, 30)) if match[3] == "上" else (date(year, 7, 1), date(year, 12, 31))
    )


def _month_of(match: re.Match[str], year: int) -> Days:
    month = _number(match[3])
    if not 1 <= month <= 12:
        raise ValueError(match[0])
    if not match[4]:
        return _month(year, month)
    day = date(year, month, _number(match[4]))
    return day, day


def _number(text: str) -> int:
    """3, 三, 十二, 二十一, 元 (of months)."""
    if text.isdigit():
        return int(text)
    tens, ten, ones = text.replace("元", "一").replace("两", "二").rpartition("十")
    if not {tens, ones} <= _CHINESE.keys() | {""}:
        raise ValueError(text)
    return (_CHINESE[tens] if tens else 1) * 10 * bool(ten) + (_CHINESE[ones] if ones else 0)


def _day_of(match: re.Match[str]) -> Days:
    year, month, day = (int(part) if part else 0 for part in match.groups())
    if month > 12:
        raise ValueError(match[0])
    if not month:
        return date(year, 1, 1), date(year, 12, 31)
    if not day:
        return _month(year, month)
    return date(year, month, day), date(year, month, day)


def _quarter_of(match: re.Match[str], year: int) -> Days:
    return _quarter(year, _number(match[3] or match[4]))


def _month(year: int, month: int) -> Days:
    """The month; `month` may lie outside 1–12 and then counts into other years."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def _quarter(year: int, quarter: int) -> Days:
    return _month(year, quarter * 3 - 2)[0], _month(year, quarter * 3)[1]


def quarter_of(first: date, last: date) -> int:
    """The number of the quarter that lasts from the first to the last of these days, 0 if none does."""
    quarter = (first.month + 2) // 3
    return quarter if (first, last) == _quarter(first.year, quarter) else 0


def _week(today: date, back: int) -> Days:
    monday = today - timedelta(days=today.weekday() + 7 * back)
    return monday, monday + timedelta(days=6)


def _year(year: int) -> Days:
    return date(year, 1, 1), date(year, 12, 31)


def _days_back(today: date, said: str, unit: str) -> date:
    """The first of the last so many days, weeks, months, quarters or years that end today."""
    kind = _UNITS.get(unit.rstrip("s"), unit)
    days, months = _LENGTHS["半" + kind] if said == "半" else [_number(said) * n for n in _LENGTHS[kind]]
    if days + months == 0:
        raise ValueError(said)
    if days:
        return today - timedelta(days=days - 1)
    first, last = _month(today.year, today.month - months)
    return date(first.year, first.month, min(today.day, last.day)) + timedelta(days=1)


def _this_quarter(today: date) -> int:
    return (today.month + 2) // 3


_NAMED: dict[str, Callable[[date], Days]] = {
    "今天": lambda now: (now, now),
    "昨天": lambda now: (now - timedelta(days=1), now - timedelta(days=1)),
    "前天": lambda now: (now - timedelta(days=2), now - timedelta(days=2)),
    "本周": lambda now: _week(now, 0),
    "上周": lambda now: _week(now, 1),
    "本月": lambda now: _month(now.year, now.month),
    "上月": lambda now: _month(now.year, now.month - 1),
    "本季度": lambda now: _quarter(now.year, _this_quarter(now)),
    "上季度": lambda now: _quarter(now.year, _this_quarter(now) - 1),
    "今年": lambda now: _year(now.year),
    "去年": lambda now: _year(now.year - 1),
    "前年": lambda now: _year(now.year - 2),
}
_NAMED |= {"这周": _NAMED["本周"], "这个月": _NAMED["本月"], "上个月": _NAMED["上月"], "本年": _NAMED["今年"]}
_NAMED |= {"上年": _NAMED["去年"], "明年": lambda now: _year(now.year + 1), "上星期": _NAMED["上周"]}
_NAMED |= {"本星期": _NAMED["本周"], "这季度": _NAMED["本季度"], "这个季度": _NAMED["本季度"]}
_NAMED |= {
    "上个季度": _NAMED["上季度"],
    "上一季度": _NAMED["上季度"],
    "上个星期": _NAMED["上周"],
    "上个周": _NAMED["上周"],
}
_NAMED |= {"今日": _NAMED["今天"], "昨日": _NAMED["昨天"], "今年度": _NAMED["今年"], "去年度": _NAMED["去年"]}
_NAMED |= {"today": _NAMED["今天"], "yesterday": _NAMED["昨天"]}
_ENGLISH_NAMES = {
    "week": ("本周", "上周"),
    "month": ("本月", "上月"),
    "quarter": ("本季度", "上季度"),
    "year": ("今年", "去年"),
}
_LENGTHS = {
    "天": (1, 0),
    "周": (7, 0),
    "月": (0, 1),
    "季": (0, 3),
    "年": (0, 12),
    "半月": (15, 0),
    "半年": (0, 6),
}
"""Days and months."""
_LENGTHS |= {"半天": (1, 0), "半周": (4, 0), "半季": (45, 0)}
_PARTS = ((_QUARTER, _quarter_of), (_HALF, _half_of), (_MONTH, _month_of))
