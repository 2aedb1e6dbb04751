"""The round of periodic checks 定期检测: every archived record passes the four-property check again within a set number
of days (S-4A…D), and who is responsible for one that fails is told."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from service.domain.holdings import Page, RecordView
from service.domain.permissions import CLOCKWORK, Act, Actor, knows, rights_of
from service.errors import Forbidden
from service.models import CheckFinding, CheckRound, Record
from service.models.reading import by_key, counter, falling, keyed
from service.models.transactions import delete_rows
from service.usecases.archival.four_check import FourCheck, Report
from service.usecases.archival.lifecycle import files_of
from service.usecases.describing.records import SEQ, Records
from service.usecases.describing.showing import GUARDED, guarded_row
from service.usecases.desk.notices import Notice
from service.usecases.ground import Ground
from service.usecases.safekeeping.patrol import Pace

log = logging.getLogger(__name__)
LOT = 20
"""Numbers of records that are looked at in one go."""

STEP = 50
"""Records that failed are shown in pages of so many."""

Tell = Callable[[str, Notice], None]


@dataclass(frozen=True, slots=True)
class CheckFindingView:
    """A record that failed its last check by the clock: the ids of the severe checks, and when it was."""

    record: RecordView
    failed: Sequence[str]
    at: datetime


@dataclass(frozen=True, slots=True)
class RoundState:
    """The round that goes on: since when, and by when it has seen everything; None where nothing is set or begun."""

    began_at: datetime
    ends_by: datetime


class CheckRounds:
    """Goes through the archived records by their numbers. State is one row: killed anywhere, it goes on with the next
    record."""

    def __init__(self, checks: FourCheck, ground: Ground, pace: Pace, tell: Tell) -> None:
        """`pace.days` for a round, 0 = none; reading gives way by `pace.rate`. `tell` puts a notice before a person."""
        self._checks, self._audit, self._clock = checks, ground.audit, ground.clock
        self._pace, self._tell = pace, tell

    def walk(self) -> int:
        """Check the next archived records if their time has come; how many. May be interrupted and repeated."""
        top = counter(SEQ)
        position = self._due(top) if self._pace.days else None
        if position is None:
            return 0
        end, checked = min(top, position + LOT), 0
        rows = Record.objects(seq__gt=position, seq__lte=end, life="archived", deleted_at=None)
        for row in sorted(rows, key=lambda row: row.seq):
            size = self._look(row)
            checked += 1
            self._passed(row.seq)
            if self._pace.wait(size / self._pace.rate):
                return checked  # the program ends; the next start goes on behind this one
        self._passed(end)
        return checked

    def state(self, actor: Actor) -> RoundState | None:
        """The round that goes on, for those who accept records. Raises `Forbidden`."""
        _require(actor)
        row = by_key(CheckRound, id="periodic")
        if row is None or not self._pace.days:
            return None
        return RoundState(row.began_at, row.began_at + timedelta(days=self._pace.days))

    def _due(self, top: int) -> int | None:
        """Behind which number it is time to go on, a new round begun when the days of the last are over."""
        now, days = self._clock(), timedelta(days=self._pace.days)
        row: Any = by_key(CheckRound, id="periodic")
        if row is None or (row.position >= top and row.began_at + days <= now):
            row = CheckRound(id="periodic", began_at=now).save()
        if row.position >= top or now < row.began_at + days * (row.position / top):
            return None
        return int(row.position)

    def _passed(self, position: int) -> None:
        CheckRound.objects(id="periodic").update_one(set__position=position)

    def _look(self, row: Any) -> int:
        """Check one record, note and tell what is wrong; how many bytes were read."""
        files = files_of(row.id)
        report = self._checks.examine(CLOCKWORK, row, files, "periodic")
        known = by_key(CheckFinding, id=row.id)
        failed = [one.id for one in report.results if not one.good and one.severity == "block"]
        if failed:
            CheckFinding(id=row.id, seq=row.seq, at=report.at, failed=failed).save()
            if known is None or list(known.failed) != failed:
                self._note(row, report, failed)
        elif known is not None:
            delete_rows(CheckFinding.objects(id=row.id))
        return sum(file.size for file in files)

    def _note(self, row: Any, report: Report, failed: Sequence[str]) -> None:
        """Tell who is responsible for the record and who accepted it, and the trail."""
        log.error("four-property check of %s: %s", row.id, failed, extra={"event": "four_check_failed"})
        told = {"stage": "periodic", "good": False, "checks": list(failed)}
        self._audit.insert(CLOCKWORK, "four_check", "record", row.id, result="failed", **told)
        people = {row.owner, str((row.passed.get("accept") or {}).get("by", ""))} - {""}
        for person in sorted(people):
            self._tell(person, Notice(report.id, report.at, "four_check", row.id))


class CheckFindings:
    """What the round found, for those who accept records."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def list(self, actor: Actor, *, below: int | None = None, limit: int = STEP) -> Page:
        """Records that failed and that the actor may know of, the youngest first. Raises `Forbidden`."""
        _require(actor)
        top = counter(SEQ) + 1 if below is None else below
        rows = falling(CheckFinding, number="seq", below=top, only=("at", "failed"))
        found: list[dict[str, Any]] = []
        while len(found) <= limit and (lot := list(islice(rows, limit + 1))):
            known = _known(actor, [row["_id"] for row in lot])
            found += [row for row in lot if row["_id"] in known]
        page = found[:limit]
        shown = {one.id: one for one in self._records.some(actor, [row["_id"] for row in page])}
        items = [
            CheckFindingView(shown[row["_id"]], row["failed"], row["at"])
            for row in page
            if row["_id"] in shown
        ]
        return Page(items=items, next_cursor=str(page[-1]["seq"]) if len(found) > limit else "")


def _known(actor: Actor, record_ids: Sequence[str]) -> set[str]:
    """Those that are archived still and that the actor may know of."""
    rows = keyed(Record, record_ids, only=GUARDED, life="archived", deleted_at=None)
    return {row["_id"] for row in rows if knows(actor, guarded_row(row))}


def _require(actor: Actor) -> None:
    if Act.ACCEPT not in rights_of(actor):
        raise Forbidden
