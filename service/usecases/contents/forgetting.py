"""Forgetting: after the grace period a deleted record says nothing any more, neither its row nor what was kept of it
elsewhere (R-PRV-3). That there was one, under which number and category, stays."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from service.models import CheckFinding, CheckRun, ConversionLine, EntryLine, Record, Revision
from service.models.transactions import delete_rows
from service.usecases.contents.clearing import GRACE

LOT = 100

BLANK: dict[str, Any] = {
    "title": "",
    "responsible": "",
    "doc_no": "",
    "original_place": "",
    "note": "",
    "keywords": [],
    "fields": {},
    "answers": {},
    "matches": [],
    "passed": {},
    "screened": {},
    "circles": [],
    "grants": [],
}
"""What people said of a record, and what follows from it, as it is left."""

GOES = ("clears_at", "source", "entry_key", "turn", "waits", "waits_for", "lead")


class Forgetting:
    """What stands elsewhere goes first, the row last: whatever breaks off is done again."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def forget(self) -> int:
        """Blank some records that were deleted before the grace period began; how many. May be repeated."""
        ripe = list(Record.objects(clears_at__lt=self._clock() - GRACE).only("id").limit(LOT))
        for row in ripe:
            for document in (Revision, EntryLine, CheckRun, ConversionLine):
                delete_rows(document.objects(record_id=row.id))
            delete_rows(CheckFinding.objects(id=row.id))
            change = {"$set": BLANK, "$unset": dict.fromkeys(GOES, 1)}
            Record._get_collection().update_one({"_id": row.id, "deleted_at": {"$ne": None}}, change)
        return len(ripe)
