"""Screening 初筛: the leads that nobody has looked at yet, the most urgent first, and what is decided of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from service.domain.holdings import CategoryView, Page, RecordView
from service.domain.lifecycle import turn_of
from service.domain.permissions import Act, Actor, knows, may
from service.domain.screening import Verdict, check_verdict, due, is_lead
from service.errors import Conflict, InvalidInput, StaleRevision
from service.models import Record
from service.models.connection import in_transaction
from service.models.reading import Windows, counter, falling
from service.usecases.archival.verifying import doubts_of
from service.usecases.describing.records import SEQ, Records
from service.usecases.describing.saving import Save, save_within
from service.usecases.describing.showing import GUARDED, guarded_row, known_record
from service.usecases.ground import Ground

THIN = Windows(growth=8)


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead that waits. `late`: its day is over; `doubts`: what is likely wrong with its contacts and the like."""

    record: RecordView
    due: datetime
    late: bool
    doubts: Sequence[tuple[str, str]]
    """In Chinese and in English."""


class Screening:
    """Leads are screened by whoever may change them; what is dropped is weeded with its reason and can be restored."""

    def __init__(self, records: Records, ground: Ground) -> None:
        self._records, self._categories, self._audit = records, ground.categories, ground.audit
        self._clock, self._nudge = ground.clock, ground.nudge

    def waiting(self, actor: Actor, *, below: int | None = None, limit: int = 50) -> Page:
        """Leads that the actor may screen, newest first; `items` are `Lead`s."""
        found = self._rows(actor, counter(SEQ) + 1 if below is None else below, limit)
        shown = self._records.some(actor, [row["_id"] for row in found[:limit]])
        leads = [self._lead(one, self._categories.of(one)) for one in shown]
        return Page(leads, str(found[limit - 1]["lead"]) if len(found) > limit else "")

    def count(self, actor: Actor, *, most: int = 50) -> int:
        """How many wait for him, `most` + 1 for more."""
        return len(self._rows(actor, counter(SEQ) + 1, most))

    def decide(self, actor: Actor, record_id: str, rev: int, verdict: Verdict) -> RecordView:
        """Keep a lead, or drop it with its reason.

        Raises `NotFound`, `Forbidden`, `InvalidInput`, `StaleRevision`, `Conflict` where it is no lead that waits.
        """
        row = known_record(actor, record_id, Act.CHANGE)
        if faults := check_verdict(verdict):
            raise InvalidInput(faults)
        if not is_lead(row.category, row.life, row.fields, row.screened):
            raise Conflict("这件不是待初筛的线索，或已经有人筛过")
        if row.rev != rev:
            raise StaleRevision(row.rev)
        save = self._save(actor, row, verdict)
        if not in_transaction(lambda session: save_within(session, save, self._clock())):
            raise Conflict("改动太快，稍后再试")
        self._nudge()
        return self._records.some(actor, [row.id])[0]

    def _save(self, actor: Actor, row: Any, verdict: Verdict) -> Save:
        now, name = self._clock(), actor.display_name or actor.name
        verdict_said = "保留" if verdict.keep else f"剔除：{verdict.said}"
        values: dict[str, Any] = {
            "screened": {
                "keep": verdict.keep,
                "reason": verdict.reason,
                "by": name,
                "by_id": actor.id,
                "at": now,
            }
        }
        told = {"screened": ["", verdict_said]}
        if not verdict.keep:
            weeded = {"by": actor.id, "name": name, "at": now, "reason": verdict.said}
            values |= {
                "life": "weeded",
                "turn": turn_of("weeded", row.owner, row.seq),
                "passed": dict(row.passed) | {"weed": weeded},
                "inbox": False,
            }
            told["life"] = [row.life, "weeded"]
        entries = [
            self._audit.entry(
                actor, "screen", "record", row.id, rev=row.rev + 1, kept=verdict.keep, reason=verdict.said
            ),
            self._audit.revision(row.id, row.rev + 1, actor, told),
        ]
        rev = row.rev
        for field, value in values.items():
            setattr(row, field, value)
        return Save.of(row, rev, values, entries)

    def _lead(self, record: RecordView, category: CategoryView | None) -> Lead:
        now, until = self._clock(), due(record.created_at)
        found = doubts_of(record, category, now)
        return Lead(record, until, now > until, [(one.what, one.what_en) for one in found])

    def _rows(self, actor: Actor, below: int, limit: int) -> list[dict[str, Any]]:
        """Short rows of leads that the actor may screen, one more than `limit` if there are more."""
        only = ("lead", *GUARDED)
        rows = falling(Record, number="lead", below=below, only=only, windows=THIN, deleted_at=None)
        mine = (
            row for row in rows if knows(actor, guarded_row(row)) and may(actor, Act.CHANGE, guarded_row(row))
        )
        return list(islice(mine, limit + 1))
