"""The life of records: each step from draft to archive is one command, permitted, guarded, audited, one write."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from pymongo.client_session import ClientSession

from service.domain.four_check import failing
from service.domain.holdings import Page, RecordView
from service.domain.lifecycle import (
    TABLE,
    Case,
    Count,
    Passed,
    check_count,
    check_reason,
    lacking,
    permitted,
    place_in,
    require_permitted,
    require_ready,
    turn_of,
)
from service.domain.permissions import Act, Actor, knows, may, rights_of
from service.errors import Conflict, Fault, NotFound, ServiceError, StaleRevision
from service.models import File, Record
from service.models.connection import in_transaction
from service.models.reading import Windows, by_key, counter, falling, keyed
from service.usecases.archival.four_check import FourCheck
from service.usecases.archival.verifying import open_doubts
from service.usecases.describing.records import SEQ, Records
from service.usecases.describing.saving import Save, save_within
from service.usecases.describing.showing import GUARDED, guarded, guarded_row, known_record
from service.usecases.ground import Ground


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a record stands in its life, for one person: steps he may take now, what is missing, what was done."""

    life: str
    steps: tuple[str, ...]
    lacking: tuple[Fault, ...] = ()
    """What stands in the way of the next step; told only while the record is being made or accepted."""
    passed: Mapping[str, Passed] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record of many: `fault` "" and `life` where it went well."""

    id: str
    title: str = ""
    life: str = ""
    ref_code: str = ""
    fault: str = ""
    params: Mapping[str, object] = field(default_factory=dict)


class LifeCycle:
    """Steps of a record's life. Each raises `NotFound`, `Forbidden`, `Conflict`, `StaleRevision`, `InvalidInput`."""

    def __init__(self, records: Records, ground: Ground, checks: FourCheck) -> None:
        self._checks = checks
        self._records, self._categories, self._audit = records, ground.categories, ground.audit
        self._clock, self._on_indexable = ground.clock, ground.nudge

    def standing(self, actor: Actor, record_id: str) -> Standing:
        """Where a record stands, for this person; looking at it is part of the read that was audited."""
        row = known_record(actor, record_id)
        case = self.case(row)
        steps = tuple(step for life, step in TABLE if life == row.life and permitted(actor, step, case))
        asked = tuple(case.lacking) if {"submit", "accept", "archive"} & set(steps) else ()
        return Standing(row.life, steps, asked, case.passed)

    def submit(self, actor: Actor, record_id: str, rev: int) -> RecordView:
        """Hand a complete draft in for second review."""
        return self._take(actor, record_id, rev, "submit")

    def withdraw(self, actor: Actor, record_id: str, rev: int) -> RecordView:
        """Take a submitted or returned record back into the drafts, by who submitted it."""
        return self._take(actor, record_id, rev, "withdraw")

    def review(self, actor: Actor, record_id: str, rev: int) -> RecordView:
        """Pass the second review (R-VAL-9), by somebody who neither described nor submitted the record."""
        return self._take(actor, record_id, rev, "review")

    def send_back(self, actor: Actor, record_id: str, rev: int, reason: str) -> RecordView:
        """Return a record to its author with the reason, from review or acceptance."""
        return self._take(actor, record_id, rev, "return", {"reason": check_reason(reason)})

    def accept(self, actor: Actor, record_id: str, rev: int, count: Count) -> RecordView:
        """Accept a reviewed record with what was counted (R-ARC-5)."""
        counted = check_count(count)
        facts = {"copies": counted.copies, "sheets": counted.sheets, "form": counted.form.strip()}
        return self._take(actor, record_id, rev, "accept", facts)

    def weed(self, actor: Actor, record_id: str, rev: int, reason: str) -> RecordView:
        """Weed a record out before archiving, with the reason (R-DSP-7); it can be restored."""
        return self._take(actor, record_id, rev, "weed", {"reason": check_reason(reason)})

    def restore(self, actor: Actor, record_id: str, rev: int) -> RecordView:
        """Make a draft again of a record that was weeded out."""
        return self._take(actor, record_id, rev, "restore")

    def each(self, ids: Sequence[str], take: Callable[[str], RecordView]) -> list[Outcome]:
        """Do one step with each of some records; one that is refused says why and holds up no other."""
        return [self._outcome(one, take) for one in ids]

    def tasks(self, actor: Actor, queue: str, *, below: int | None = None, limit: int = 50) -> Page:
        """What waits for this person in one list, newest first: draft, returned, submitted, reviewed or accepted."""
        found = self._waiting(actor, queue, counter(SEQ) + 1 if below is None else below, limit)
        page = found[:limit]
        shown = self._records.some(actor, [row["_id"] for row in page])
        return Page(items=shown, next_cursor=str(page[-1]["seq"]) if len(found) > limit else "")

    def waiting(self, actor: Actor, queues: Sequence[str], *, most: int = 50) -> dict[str, int]:
        """How much waits for this person in some lists; one more than `most` tells that there is more."""
        top = counter(SEQ) + 1
        return {queue: len(self._waiting(actor, queue, top, most)) for queue in queues}

    def lacking(self, record: RecordView) -> int:
        """How many things a record that was read still needs before it can be submitted."""
        category = self._categories.of(record)
        return len(lacking(record, category.schema if category else None, files=len(record.files)))

    def reasons(self, actor: Actor, record_ids: Sequence[str]) -> dict[str, str]:
        """Why records were returned, of those that the actor may know of."""
        rows = keyed(Record, record_ids, only=("passed", *GUARDED), deleted_at=None)
        passed = {row["_id"]: row.get("passed") or {} for row in rows if knows(actor, guarded_row(row))}
        return {one: steps["return"]["reason"] for one, steps in passed.items() if "return" in steps}

    def case(self, row: Any, files: Sequence[Any] | None = None) -> Case:
        """A record's row as the guards see it."""
        held = files_of(row.id) if files is None else files
        category = self._categories.of(row)
        return Case(
            life=row.life,
            guarded=guarded(row),
            owner=row.owner,
            passed=passed_of(row.passed),
            lacking=[
                *lacking(row, category.schema if category else None, files=len(held)),
                *open_doubts(row, category, self._clock()),
            ],
        )

    def _waiting(self, actor: Actor, queue: str, below: int, limit: int) -> list[dict[str, Any]]:
        """Short rows of a list of tasks from below a number, newest first, one more than `limit` if there are more."""
        if queue not in queues(actor):
            return []
        name = f"{queue}:{actor.id}" if queue in ("draft", "returned") else queue
        windows = Windows(growth=GROWTH, key=lambda seq: place_in(name, seq))
        rows = falling(Record, number="turn", below=below, only=SHORT, windows=windows, deleted_at=None)
        return list(islice((row for row in rows if _is_task(actor, queue, row)), limit + 1))

    def _take(
        self, actor: Actor, record_id: str, rev: int, step: str, facts: Mapping[str, Any] | None = None
    ) -> RecordView:
        row = known_record(actor, record_id)
        case = self.case(row)
        require_permitted(actor, step, case)
        if row.rev != rev:
            raise StaleRevision(row.rev)
        if step in CHECKED:
            report = self._checks.examine(actor, row, files_of(row.id), CHECKED[step])
            # What is found at submission is told; only acceptance is refused for it (S-4A…D).
            case = replace(case, failing=failing(report.results)) if step == "accept" else case
        save = self.prepared(actor, row, step, facts, case=case)
        if not in_transaction(lambda session: self._write(session, save)):
            now = by_key(Record, id=row.id)
            raise StaleRevision(now.rev) if now and now.rev != rev else Conflict("改动太快，稍后再试")
        self._on_indexable()
        return self._records.some(actor, [row.id])[0]

    def _write(self, session: ClientSession, save: Save) -> bool:
        return save_within(session, save, self._clock())

    def prepared(
        self, actor: Actor, row: Any, step: str, facts: Mapping[str, Any] | None, *, case: Case
    ) -> Save:
        """The write of a permitted step; the row has the new values then."""
        life = require_permitted(actor, step, case)
        require_ready(step, case)
        before = row.life
        said = {
            "by": actor.id,
            "name": actor.display_name or actor.name,
            "at": self._clock(),
            **(facts or {}),
        }
        passed = {name: value for name, value in row.passed.items() if name not in _UNDONE.get(step, ())}
        values = {
            "life": life,
            "turn": turn_of(life, row.owner, row.seq),
            "passed": passed | {step: said},
            "inbox": False,
        }
        told = {"life": [before, life]} | ({"reason": ["", said["reason"]]} if "reason" in said else {})
        entries = [
            self._audit.entry(actor, step, "record", row.id, life=[before, life], rev=row.rev + 1),
            self._audit.revision(row.id, row.rev + 1, actor, told),
        ]
        for name, value in values.items():
            setattr(row, name, value)
        return Save.of(row, row.rev, values, entries)

    def _outcome(self, record_id: str, take: Callable[[str], RecordView]) -> Outcome:
        try:
            done = take(record_id)
        except ServiceError as fault:
            return refused(record_id, fault)
        return Outcome(record_id, done.title, done.life, done.ref_code)


def _is_task(actor: Actor, queue: str, row: Mapping[str, Any]) -> bool:
    guard = guarded_row(row)
    if not knows(actor, guard):
        return False
    if queue in ("draft", "returned"):
        return queue == "returned" or bool(row.get("category") and not row.get("inbox"))
    case = Case(guard.life, guard, row.get("owner", ""), passed_of(row.get("passed") or {}))
    return any(permitted(actor, step, case) for step in _NEXT[queue])


CHECKED = {"submit": "submission", "accept": "acceptance"}
"""Step → the stage at which it is checked."""

_UNDONE = {
    "return": ("submit", "review", "accept"),
    "withdraw": ("submit", "review", "return"),
    "submit": ("review", "accept"),
    "restore": ("submit", "review", "accept", "return"),
}
"""Step → those taken before that it makes void."""

_NEXT = {"submitted": ("review",), "reviewed": ("accept",), "accepted": ("archive",)}
QUEUES = ("returned", "draft", "submitted", "reviewed", "accepted")
"""The lists of tasks, in the order in which people look at them."""

SHORT = ("seq", "category", "inbox", "owner", "passed", *GUARDED)
"""What of a record decides whether it is somebody's task."""

GROWTH = 8
"""Lists of tasks are thin: 100,000 numbers are four windows."""

QUEUE_ACT = {"submitted": Act.REVIEW, "reviewed": Act.ACCEPT, "accepted": Act.ARCHIVE}


def queues(actor: Actor) -> list[str]:
    """The lists of tasks that this person can have anything in."""
    makes = may(actor, Act.CREATE)
    return [
        name
        for name in QUEUES
        if (makes if name in ("draft", "returned") else QUEUE_ACT[name] in rights_of(actor))
    ]


def passed_of(stored: Mapping[str, Any]) -> dict[str, Passed]:
    """The steps that a record has behind it, as its row has them."""
    return {step: Passed(**said) for step, said in stored.items()}


def files_of(record_id: str) -> list[Any]:
    """The rows of the files that a record shows."""
    return list(File.objects(record_id=record_id, deleted_at=None, superseded_by=None))


def refused(record_id: str, fault: ServiceError, title: str = "") -> Outcome:
    """One record of many that a step was refused for."""
    if isinstance(fault, NotFound):
        return Outcome(record_id, title, fault=fault.title)
    faults: Sequence[Fault] = getattr(fault, "faults", ())
    if faults:
        return Outcome(record_id, title, fault=faults[0].message, params=faults[0].params)
    return Outcome(record_id, title, fault=fault.detail or fault.title, params=fault.params)
