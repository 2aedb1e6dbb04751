"""A record of the sample with its file, and the times that the sample is about."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

COMPANY = "青禾饮品有限公司"
DEALER = "江城永丰商贸有限公司"
MARK = "示例"
"""The keyword that every record of the sample carries."""


@dataclass(frozen=True, slots=True)
class Holding:
    """A record of the sample with its one file. The title is what it is known by."""

    title: str
    category: str
    day: date
    file: str
    make: Callable[[], bytes]
    fields: Mapping[str, Any]
    department: str = "市场部"
    responsible: str = COMPANY
    doc_no: str = ""
    keywords: tuple[str, ...] = ()
    further: Mapping[str, Any] = field(default_factory=dict)
    """More of the description, by the names of the API."""

    def description(self) -> dict[str, Any]:
        """As POST /records takes it."""
        return {
            "title": self.title,
            "category": self.category,
            "date": self.day.isoformat(),
            "department": self.department,
            "responsible": self.responsible,
            "doc_no": self.doc_no,
            "keywords": [MARK, *self.keywords],
            "fields": dict(self.fields),
            **self.further,
        }


@dataclass(frozen=True, slots=True)
class Binding:
    """A dossier of the sample, and the titles of the records that are filed in it, in order."""

    kind: str
    title: str
    records: tuple[str, ...]
    department: str
    party: str = ""
    responsible: str = ""

    def description(self) -> dict[str, Any]:
        """As POST /dossiers takes it."""
        return {
            "kind": self.kind,
            "title": self.title,
            "party": self.party,
            "department": self.department,
            "responsible": self.responsible,
        }


@dataclass(frozen=True, slots=True)
class Quarters:
    """First days of the quarter of `today` and of the three before it."""

    today: date
    now: date
    last: date
    before: date
    earlier: date

    @classmethod
    def of(cls, today: date) -> "Quarters":
        """The quarters around a day."""
        return cls(today, *(quarter_start(today, ago) for ago in range(4)))


def quarter_start(today: date, ago: int) -> date:
    """The first day of the quarter that lies `ago` quarters before today's."""
    months = today.year * 12 + (today.month - 1) // 3 * 3 - 3 * ago
    return date(months // 12, months % 12 + 1, 1)
