"""Quotas: how many bytes people have brought in, counted with every file, and where that ends."""

import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from pymongo import UpdateOne
from pymongo.client_session import ClientSession

from service.errors import QuotaExceeded
from service.models import Usage
from service.models.reading import keyed

SPREAD = 16
"""Rows over which each sum is spread: of two transactions that write one row the later begins anew, and what a person
brings in is entered by the server while workers enter what lies inside it."""


def use(session: ClientSession, files: Sequence[Any], *, sign: int = 1) -> None:
    """Count files in, or with `sign` -1 out, in the transaction that enters or clears their rows."""
    place = secrets.randbelow(SPREAD)
    sums: dict[str, list[int]] = {}
    for file in files:
        for name in _rows_of(place, file.sender):
            total = sums.setdefault(name, [0, 0])
            total[0], total[1] = total[0] + sign * file.size, total[1] + sign
    if sums:
        raised = [
            UpdateOne({"_id": name}, {"$inc": {"bytes": size, "files": count}}, upsert=True)
            for name, (size, count) in sums.items()
        ]
        Usage._get_collection().bulk_write(raised, session=session)


def _rows_of(place: int, person: str) -> Sequence[str]:
    return (f"all:{place}", f"user:{person}:{place}") if person else (f"all:{place}",)


class Quotas:
    """What may still come. 0 is no limit."""

    def __init__(self, *, everybody: int, person: int) -> None:
        self._everybody, self._person = everybody, person

    @property
    def set(self) -> bool:
        """Whether there is any limit at all."""
        return bool(self._everybody or self._person)

    def require(self, person: str, coming: int) -> None:
        """Return if `coming` bytes of this person fit beside what is there, else `QuotaExceeded`."""
        if not self.set:
            return
        total = _sum(f"all:{n}" for n in range(SPREAD))
        own = _sum([f"user:{person}", *(f"user:{person}:{n}" for n in range(SPREAD))])
        if self._everybody and total + coming > self._everybody:
            raise QuotaExceeded(
                "全馆配额共 %(limit)s 字节，已用 %(used)s 字节，放不下这 %(coming)s 字节；请系统管理员清理或提高配额",
                limit=self._everybody,
                used=total,
                coming=coming,
            )
        if self._person and own + coming > self._person:
            raise QuotaExceeded(
                "个人配额共 %(limit)s 字节，已用 %(used)s 字节，放不下这 %(coming)s 字节；请系统管理员提高配额",
                limit=self._person,
                used=own,
                coming=coming,
            )


def _sum(names: Iterable[str]) -> int:
    """The bytes in these rows; one without a place is from before a person's sum was spread."""
    return sum(row.bytes for row in keyed(Usage, list(names)))
