"""Verifying 核实: what is doubtful in a draft, and the answers that let it be submitted (R-VAL-8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from service.domain import verifying as rules
from service.domain.dates import day_of
from service.domain.holdings import CategoryView, RecordView
from service.domain.permissions import EDITABLE, Act, Actor
from service.domain.verifying import Doubt, check_answer, doubts, unanswered
from service.errors import Conflict, Fault, InvalidInput, StaleRevision
from service.models.connection import in_transaction
from service.scheme import cities
from service.usecases.describing.records import Records
from service.usecases.describing.saving import Save, save_within
from service.usecases.describing.showing import known_record, require_editable
from service.usecases.ground import Ground

REGIONS = cities()


@dataclass(frozen=True, slots=True)
class DoubtView:
    """Something to be verified; `answer` is "" while nobody has answered for the values that stand there."""

    key: str
    path: str
    what: str
    what_en: str
    answer: str = ""
    by: str = ""
    at: datetime | None = None


class Verifying:
    """Doubts about drafts. An answer stays on the record with who gave it and when, and counts while its values stay."""

    def __init__(self, records: Records, ground: Ground) -> None:
        self._records, self._categories, self._audit = records, ground.categories, ground.audit
        self._clock, self._nudge = ground.clock, ground.nudge

    def of(self, actor: Actor, record_id: str) -> Sequence[DoubtView]:
        """What is doubtful in a record, and every answer that was ever given about what still is. Raises `NotFound`."""
        row = known_record(actor, record_id)
        found = doubts_of(row, self._categories.of(row), self._clock())
        open_ones = {one.key for one in unanswered(found, row.answers)}
        return [_view(one, {} if one.key in open_ones else row.answers[one.key]) for one in found]

    def answer(self, actor: Actor, record_id: str, rev: int, texts: Mapping[str, str]) -> RecordView:
        """Answer doubts by key, all or none, for who may change the record.

        Raises `NotFound`, `Forbidden`, `Conflict`, `StaleRevision`, `InvalidInput`.
        """
        row = known_record(actor, record_id, Act.CHANGE)
        require_editable(row)
        if row.rev != rev:
            raise StaleRevision(row.rev)
        found = {one.key: one for one in doubts_of(row, self._categories.of(row), self._clock())}
        faults = [
            Fault(f"answers.{key[:40]}", one.code, one.message, one.params)
            for key, text in texts.items()
            for one in check_answer(text)
        ]
        faults += [
            Fault(f"answers.{key[:40]}", "unknown_doubt", "没有这一项待核实的，重新载入后再答")
            for key in texts
            if key not in found
        ]
        if not texts:
            faults.append(Fault("answers", "required", "写明核实的情况"))
        if faults:
            raise InvalidInput(faults)
        self._write(self._save(actor, row, {found[key]: text.strip() for key, text in texts.items()}))
        self._nudge()
        return self._records.some(actor, [row.id])[0]

    def _save(self, actor: Actor, row: Any, given: Mapping[Doubt, str]) -> Save:
        said = {
            one.key: {
                "digest": one.digest,
                "text": text,
                "by": actor.display_name or actor.name,
                "by_id": actor.id,
                "at": self._clock(),
            }
            for one, text in given.items()
        }
        told = {"answers": ["", "；".join(f"{one.what}：{text}" for one, text in given.items())]}
        entries = [
            self._audit.entry(actor, "answer_doubt", "record", row.id, rev=row.rev + 1, doubts=sorted(said)),
            self._audit.revision(row.id, row.rev + 1, actor, told),
        ]
        return Save.of(row, row.rev, {"answers": dict(row.answers) | said}, entries)

    def _write(self, save: Save) -> None:
        if not in_transaction(lambda session: save_within(session, save, self._clock())):
            raise Conflict("改动太快，稍后再试")


def doubts_of(row: Any, category: CategoryView | None, now: datetime) -> list[Doubt]:
    """What is doubtful in a record's row."""
    day = row.date.date() if isinstance(row.date, datetime) else row.date
    return said_doubts(row.fields, day, category, now)


def said_doubts(
    fields: Mapping[str, Any], day: date | None, category: CategoryView | None, now: datetime
) -> list[Doubt]:
    """The same of what somebody says of a record that is not there yet."""
    if category is None:
        return []
    said = rules.Said(fields, day, day_of(now))
    return doubts(said, category.schema, REGIONS)


def open_doubts(row: Any, category: CategoryView | None, now: datetime) -> list[Fault]:
    """What nobody has answered yet of a draft, as what stands in the way of submitting it."""
    if row.life not in EDITABLE:
        return []
    return [one.fault for one in unanswered(doubts_of(row, category, now), row.answers)]


def _view(doubt: Doubt, given: Mapping[str, Any]) -> DoubtView:
    return DoubtView(
        doubt.key,
        doubt.path,
        doubt.what,
        doubt.what_en,
        answer=str(given.get("text", "")),
        by=str(given.get("by", "")),
        at=given.get("at"),
    )
