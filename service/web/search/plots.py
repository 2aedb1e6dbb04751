"""The plot of dates beside a search: years, or the months of the one year that was chosen."""

import calendar
import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from service.domain.holdings import FacetLine
from service.usecases.searching.facets import one_year
from service.web.language import translated as _
from service.web.search.asked import Asked

WIDTH, HEIGHT, TOP = 200.0, 48.0, 4.0
YEARS = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar from `x` on: `tick` stands under it or is "", `first` and `last` are its days."""

    x: float
    height: float
    name: str
    tick: str
    count: int
    first: datetime.date
    last: datetime.date
    on: bool
    address: str


@dataclass(frozen=True, slots=True)
class Plot:
    """Bars of equal width `step`; the chosen range reaches from `start` to `end`, both 0 if none is chosen."""

    bars: Sequence[Bar]
    step: float
    start: float
    end: float
    year: int
    """The year whose months these are, 0 for years."""


def plot(asked: Asked, years: Sequence[FacetLine], months: Sequence[FacetLine]) -> Plot | None:
    """Months where one year is chosen, else the last years that have something; None if there is nothing to choose."""
    year = one_year(asked.start, asked.end)
    if year:
        counts = {line.value: line.count for line in months}
        spans = [(_month(year, n), counts.get(f"{year}-{n:02d}", 0), str(n)) for n in range(1, 13)]
        return _made(
            asked, spans, year, lambda first: _("%(year)s 年 %(month)s 月", year=year, month=first.month)
        )
    found = {int(line.value): line.count for line in years if line.value.isdigit() and len(line.value) == 4}
    if len(found) < 2:
        return None
    last = max(found)
    span = range(max(min(found), last - YEARS + 1), last + 1)
    spans = [((datetime.date(n, 1, 1), datetime.date(n, 12, 31)), found.get(n, 0), str(n)) for n in span]
    return _made(asked, spans, 0, lambda first: _("%(year)s 年", year=first.year))


Span = tuple[tuple[datetime.date, datetime.date], int, str]


def _made(asked: Asked, spans: Sequence[Span], year: int, name: Callable[[datetime.date], str]) -> Plot:
    step = WIDTH / len(spans)
    top = max(count for _days, count, _tick in spans) or 1
    few = len(spans) <= 5
    bars = []
    for n, ((first, last), count, tick) in enumerate(spans):
        ticked = few or n in (0, len(spans) - 1) or (bool(year) and (n + 1) % 3 == 0)
        height = count / top * (HEIGHT - TOP)
        days, on = (first, last), _touched(asked, first, last)
        bars.append(
            Bar(
                n * step,
                height,
                name(first),
                tick if ticked else "",
                count,
                *days,
                on,
                _address(asked, *days),
            )
        )
    # of a whole year every month is on: then no range is drawn
    whole = bool(year) and all(bar.on for bar in bars)
    chosen = [bar for bar in bars if bar.on and not whole]
    start, end = (chosen[0].x, chosen[-1].x + step) if chosen else (0.0, 0.0)
    return Plot(bars, step, start, end, year)


def _touched(asked: Asked, first: datetime.date, last: datetime.date) -> bool:
    dated = asked.start or asked.end
    return bool(dated) and (asked.start or first) <= last and (asked.end or last) >= first


def _address(asked: Asked, first: datetime.date, last: datetime.date) -> str:
    """Narrow to the bar; of the bar that is chosen already, widen again to what was before."""
    if (asked.start, asked.end) != (first, last):
        return asked.address(from_=first.isoformat(), to=last.isoformat())
    month = first.month == last.month
    return (
        asked.address(from_=f"{first.year}-01-01", to=f"{first.year}-12-31")
        if month
        else asked.address(from_="", to="")
    )


def _month(year: int, month: int) -> tuple[datetime.date, datetime.date]:
    return datetime.date(year, month, 1), datetime.date(year, month, calendar.monthrange(year, month)[1])
