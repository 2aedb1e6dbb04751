"""Quotas: how many bytes people have brought in, counted with every file, and where that ends."""

import secrets
from collections.abc import Sequence
from typing import Any

from pymongo import UpdateOne
from pymongo.client_session import ClientSession

from service.errors import QuotaExceeded
from service.models import Usage

SPREAD = 16
"""Rows over which the sum of all is spread, so that servers that write at once do not wait for each other."""
_PLACE = f"all:{secrets.randbelow(SPREAD)}"


def use(session: ClientSession, files: Sequence[Any], *, sign: int = 1) -> None:
    """Count files in, or with `sign` -1 out, in the transaction that enters or clears their rows."""
    sums: dict[str, list[int]] = {}
    for file in files:
        for name in (_PLACE, f"user:{file.sender}") if file.sender else (_PLACE,):
            total = sums.setdefault(name, [0, 0])
            total[0], total[1] = total[0] + sign * file.size, total[1] + sign
    if sums:
        raised = [
            UpdateOne({"_id": name}, {"$inc": {"bytes": size, "files": count}}, upsert=True)
            for name, (size, count) in sums.items()
        ]
        Usage._get_collection().bulk_write(raised, session=session)


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
        names = [f"all:{n}" for n in range(SPREAD)] + [f"user:{person}"]
        used = {row.id: row.bytes for row in Usage.objects(id__in=names)}
        own = used.pop(f"user:{person}", 0)
        total = sum(used.values())
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
