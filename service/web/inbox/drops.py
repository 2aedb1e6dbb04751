"""The inbox's list in drops: what came together stands together, under the day and number of what waits of it."""

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from service.domain.dates import day_of
from service.domain.holdings import RecordView
from service.usecases.describing.waiting import Waiting
from service.web import shown
from service.web.language import translated as _


@dataclass(frozen=True, slots=True)
class Drop:
    """Records of the list that came together; `key` is "" for those that came alone on one day."""

    key: str
    title: str
    records: Sequence[RecordView]


def drops(records: Sequence[RecordView], waiting: Sequence[Waiting], today: datetime.date) -> list[Drop]:
    """The records in their order, cut where another drop or another day begins."""
    of = {one.id: one.drop for one in waiting}
    sizes = Counter(one.drop for one in waiting if one.drop)
    found: list[tuple[str, datetime.date, list[RecordView]]] = []
    for record in records:
        drop = of.get(record.id, "")
        key = drop if sizes[drop] > 1 else ""
        day = day_of(record.created_at)
        if not found or found[-1][:2] != (key, day):
            found.append((key, day, []))
        found[-1][2].append(record)
    return [Drop(key, _title(day, today, sizes[key] if key else 0), these) for key, day, these in found]


def _title(day: datetime.date, today: datetime.date, count: int) -> str:
    ago = (today - day).days
    said = {0: _("今天"), 1: _("昨天")}.get(ago) or shown.day(day)
    return _("%(day)s上传的 %(n)s 件", day=said, n=count) if count else said
