"""The way into the archive, for what concerns HTTP alone."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from service.domain.four_check import Result
from service.domain.holdings import Page, RecordView
from service.domain.lifecycle import Passed
from service.domain.permissions import Actor
from service.domain.wording import core_hints, fault
from service.errors import StaleRevision
from service.usecases.archival.check_rounds import CheckFindingView
from service.usecases.archival.four_check import Report
from service.usecases.archival.lifecycle import Outcome, Standing
from service.usecases.archival.screening import Screening
from service.usecases.archival.verifying import Verifying
from service.usecases.archival.weeding import Weeding
from service.usecases.describing.merging import Merging
from service.usecases.entry.entering import Entering
from service.usecases.entry.templates import EntryTemplates
from tests.service.api.promised import Promised


class LifeFake:
    """Every step leads to a record that has taken it."""

    def __init__(self, a_record: Callable[..., RecordView]) -> None:
        self._a_record = a_record
        self.taken: list[tuple[Any, ...]] = []

    def standing(self, actor: Actor, record_id: str) -> Standing:
        record = self._a_record()
        passed = {"submit": Passed(actor.id, actor.name, record.created_at)}
        return Standing(
            "reviewed", ("accept", "return"), (fault("date", "required", core_hints("date")),), passed
        )

    def submit(self, actor: Actor, record_id: str, rev: int, *said: Any) -> RecordView:
        if rev != 3:
            raise StaleRevision(3)
        self.taken.append((record_id, *said))
        return replace(self._a_record(), life="submitted", rev=4)

    def correct(self, actor: Actor, record_id: str, reason: str) -> RecordView:
        return replace(self._a_record(), supersedes=record_id)

    withdraw = review = send_back = accept = weed = restore = archive = submit

    def each(self, ids: Sequence[str], take: Callable[[str], RecordView]) -> list[Outcome]:
        return [Outcome(one, life=take(one).life) for one in ids]

    def tasks(self, actor: Actor, queue: str, *, below: int | None = None, limit: int = 50) -> Page:
        return Page([self._a_record()])

    def archive_many(self, actor: Actor, record_ids: Sequence[str]) -> list[Outcome]:
        return [Outcome(one, life="archived", ref_code="Q001-HT·2026-D30-XSB-0001") for one in record_ids]


class ChecksFake:
    def __init__(self, at: datetime) -> None:
        self._report = Report(
            "c1", "r1", "periodic", at, "李档案", False, [Result("C2", "usability", "block", False)]
        )

    def run(self, actor: Actor, record_id: str, stage: str) -> Report:
        return self._report

    def reports(self, actor: Actor, record_id: str) -> list[Report]:
        return [self._report]


class ArchivalFake:
    def __init__(self, a_record: Callable[..., RecordView]) -> None:
        self.life = self.archiving = self.correcting = LifeFake(a_record)
        self.checks = ChecksFake(a_record().created_at)
        found = CheckFindingView(a_record(), ["A1"], a_record().created_at)
        self.findings = SimpleNamespace(list=lambda actor, **_: Page([found]))
        self.weeding, self.screening = Promised(Weeding), Promised(Screening)
        self.verifying, self.merging = Promised(Verifying), Promised(Merging)
        self.entry = SimpleNamespace(entering=Promised(Entering), templates=Promised(EntryTemplates))
