"""Dates as people type them into a query: 2024, 2024-03, 2024Q2, 上季度, 近30天, 2024-03..2024-05."""

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

Range = tuple[date | None, date | None]
"""Inclusive; None is open."""
Days = tuple[date, date]

_DAY = re.compile(r"([12][0-9]{3})(?:[-/.年]([0-9]{1,2})(?:[-/.月]([0-9]{1,2}))?)?[年月日号]?")
_COMPACT = re.compile(r"([12][0-9]{3})([0-9]{2})([0-9]{2})")
_QUARTER = re.compile(r"([12][0-9]{3})年?-?(?:q([1-4])|第?([一二三四1-4])季度)")
_LAST = re.compile(r"近([0-9]{1,4})(天|日|周|个月|月|年)")
_BETWEEN = re.compile(r"\.\.+|…+|~|至|到")
_CHINESE = {"一": 1, "二": 2, "三": 3, "四": 4}


def date_range(text: str, today: date) -> Range | None:
    """The days that an expression means, seen from `today`; None if it means none."""
    folded = text.strip().lower().replace(" ", "")
    ends = _BETWEEN.split(folded, maxsplit=1)
    if len(ends) == 1:
        return _single(folded, today)
    first = _single(ends[0], today) if ends[0] else (None, None)
    last = _single(ends[1], today) if ends[1] else (None, None)
    if first is None or last is None or not (ends[0] or ends[1]):
        return None
    if first[0] and last[1] and first[0] > last[1]:
        return None
    return first[0], last[1]


def _single(text: str, today: date) -> Range | None:
    try:
        if text in _NAMED:
            return _NAMED[text](today)
        for pattern, meaning in ((_QUARTER, _quarter_of), (_COMPACT, _day_of), (_DAY, _day_of)):
            if match := pattern.fullmatch(text):
                return meaning(match)
        if match := _LAST.fullmatch(text):
            return _days_back(today, int(match[1]), match[2]), today
    except (ValueError, OverflowError):
        return None
    return None


def _day_of(match: re.Match[str]) -> Days:
    year, month, day = (int(part) if part else 0 for part in match.groups())
    if month > 12:
        raise ValueError(match[0])
    if not month:
        return date(year, 1, 1), date(year, 12, 31)
    if not day:
        return _month(year, month)
    return date(year, month, day), date(year, month, day)


def _quarter_of(match: re.Match[str]) -> Days:
    number = match[2] or match[3]
    return _quarter(int(match[1]), _CHINESE.get(number) or int(number))


def _month(year: int, month: int) -> Days:
    """The month; `month` may lie outside 1–12 and then counts into other years."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def _quarter(year: int, quarter: int) -> Days:
    return _month(year, quarter * 3 - 2)[0], _month(year, quarter * 3)[1]


def _week(today: date, back: int) -> Days:
    monday = today - timedelta(days=today.weekday() + 7 * back)
    return monday, monday + timedelta(days=6)


def _year(year: int) -> Days:
    return date(year, 1, 1), date(year, 12, 31)


def _days_back(today: date, count: int, unit: str) -> date:
    """The first of the last `count` days, weeks, months or years that end today."""
    if unit in ("天", "日", "周"):
        return today - timedelta(days=count * (7 if unit == "周" else 1) - 1)
    months = count * (12 if unit == "年" else 1)
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
_NAMED |= {"today": _NAMED["今天"], "yesterday": _NAMED["昨天"]}
