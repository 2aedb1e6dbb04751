"""The life of records: each step as an address of its own with If-Match, tasks, and steps with many at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from flask import Response
from pydantic import Field

from service.api import cursors
from service.api.inputs import Id, IdPath, Input, PageQuery, ShortLine, Text
from service.api.records import described, revision
from service.api.resource import Listed, Resource, Shown, answer, listed
from service.domain.holdings import RecordView
from service.domain.lifecycle import Count, Passed
from service.identity import actor, fonds
from service.problems import said
from service.usecases.archival.four_check import Report
from service.usecases.archival.lifecycle import Outcome

lifecycle = Resource("lifecycle", __name__, "档案流转 / life cycle")


class ReasonBody(Input):
    """Why."""

    reason: Text


class CountBody(Input):
    """What was counted: copies 份数, sheets 张数, format 规格."""

    copies: int
    sheets: int
    form: ShortLine = ""

    def count(self) -> Count:
        """As the use cases take it."""
        return Count(self.copies, self.sheets, self.form)


class AcceptanceBody(CountBody):
    """One of many that are accepted."""

    id: Id
    rev: int


class AcceptancesBody(Input):
    """Records with their counts."""

    items: Annotated[list[AcceptanceBody], Field(min_length=1, max_length=200)]


class ArchivingsBody(Input):
    """Accepted records, numbered in this order."""

    records: Annotated[list[Id], Field(min_length=1, max_length=1000)]


class TasksQuery(PageQuery):
    """Which list of tasks."""

    queue: Literal["draft", "returned", "submitted", "reviewed", "accepted"]


@dataclass(frozen=True, slots=True)
class FaultShown:
    """Something that stands in the way, in the asker's language."""

    path: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class LifeShown:
    """Where a record stands: steps that the asker may take, what stands in the way, what was done by whom."""

    life: str
    steps: Sequence[str]
    lacking: Sequence[FaultShown]
    passed: Mapping[str, Passed]


@dataclass(frozen=True, slots=True)
class OutcomeShown:
    """What became of one record of many; `fault` "" where it went well."""

    id: str
    life: str
    ref_code: str
    fault: str


@lifecycle.get("/records/<id>/life", responses={"200": Shown[LifeShown]})
def get_life(path: IdPath) -> Response:
    """Where a record stands and which step comes next."""
    standing = fonds().archival.life.standing(actor(), path.id)
    lacking = [FaultShown(one.path, one.code, said(one.message, one.params)) for one in standing.lacking]
    return answer(LifeShown(standing.life, standing.steps, lacking, standing.passed))


@lifecycle.post("/records/<id>/submit", responses={"200": Shown[RecordView]})
def submit_record(path: IdPath) -> Response:
    """Hand a complete draft in for second review."""
    return described(fonds().archival.life.submit(actor(), path.id, revision()))


@lifecycle.post("/records/<id>/withdraw", responses={"200": Shown[RecordView]})
def withdraw_record(path: IdPath) -> Response:
    """Take what one submitted back into the drafts."""
    return described(fonds().archival.life.withdraw(actor(), path.id, revision()))


@lifecycle.post("/records/<id>/review", responses={"200": Shown[RecordView]})
def review_record(path: IdPath) -> Response:
    """Pass the second review; never by who described or submitted it."""
    return described(fonds().archival.life.review(actor(), path.id, revision()))


@lifecycle.post("/records/<id>/return", responses={"200": Shown[RecordView]})
def return_record(path: IdPath, body: ReasonBody) -> Response:
    """Send a record back to its author with the reason."""
    return described(fonds().archival.life.send_back(actor(), path.id, revision(), body.reason))


@lifecycle.post("/records/<id>/accept", responses={"200": Shown[RecordView]})
def accept_record(path: IdPath, body: CountBody) -> Response:
    """Accept a reviewed record with what was counted."""
    return described(fonds().archival.life.accept(actor(), path.id, revision(), body.count()))


@lifecycle.post("/records/<id>/archive", responses={"200": Shown[RecordView]})
def archive_record(path: IdPath) -> Response:
    """Give an accepted record its reference code and freeze it."""
    return described(fonds().archival.archiving.archive(actor(), path.id, revision()))


@lifecycle.post("/records/<id>/weed", responses={"200": Shown[RecordView]})
def weed_record(path: IdPath, body: ReasonBody) -> Response:
    """Weed a record out before archiving."""
    return described(fonds().archival.life.weed(actor(), path.id, revision(), body.reason))


@lifecycle.post("/records/<id>/restore", responses={"200": Shown[RecordView]})
def restore_record(path: IdPath) -> Response:
    """Make a draft again of what was weeded out."""
    return described(fonds().archival.life.restore(actor(), path.id, revision()))


@dataclass(frozen=True, slots=True)
class CheckShown:
    """What one check of a report says, in the asker's language."""

    id: str
    of: str
    severity: str
    good: bool
    what: str


@dataclass(frozen=True, slots=True)
class ReportShown:
    """A report of the four-property check; `good` if nothing severe was found."""

    id: str
    record_id: str
    stage: str
    at: datetime
    by: str
    good: bool
    results: Sequence[CheckShown]


class CheckBody(Input):
    """The stage at which a record is checked."""

    stage: Literal["acceptance", "transfer", "periodic"]


@lifecycle.get("/records/<id>/checks", responses={"200": Listed[ReportShown]})
def list_checks(path: IdPath) -> Response:
    """The reports of the four-property check 四性检测, newest first."""
    items = [_report(one) for one in fonds().archival.checks.reports(actor(), path.id)]
    return listed(items)


@dataclass(frozen=True, slots=True)
class FindingShown:
    """An archived record that failed its last check by the clock: the ids of the severe checks, and when."""

    record_id: str
    title: str
    ref_code: str
    failed: Sequence[str]
    at: datetime


@lifecycle.get("/check-findings", responses={"200": Listed[FindingShown]})
def list_check_findings(query: PageQuery) -> Response:
    """What the round of periodic checks 定期检测 found, for those who accept records."""
    below = cursors.place(query.cursor)
    page = fonds().archival.findings.list(actor(), below=below, limit=query.limit)
    items = [
        FindingShown(one.record.id, one.record.title, one.record.ref_code, one.failed, one.at)
        for one in page.items
    ]
    return answer({"items": items, "next_cursor": cursors.seal(page.next_cursor), "total": page.total})


@lifecycle.post("/records/<id>/checks", responses={"201": Shown[ReportShown]})
def check_record(path: IdPath, body: CheckBody) -> Response:
    """Check a record now: every byte is read again."""
    return answer(_report(fonds().archival.checks.run(actor(), path.id, body.stage)), 201)


def _report(report: Report) -> ReportShown:
    results = [
        CheckShown(one.id, one.of, one.severity, one.good, said(one.what, one.params) if one.what else "")
        for one in report.results
    ]
    return ReportShown(report.id, report.record_id, report.stage, report.at, report.by, report.good, results)


@lifecycle.post("/records/<id>/correct", responses={"201": Shown[RecordView]})
def correct_record(path: IdPath, body: ReasonBody) -> Response:
    """Begin the next version of an archived record, as a draft with the same description and files."""
    return described(fonds().archival.correcting.correct(actor(), path.id, body.reason), 201)


@lifecycle.get("/tasks", responses={"200": Listed[RecordView]})
def list_tasks(query: TasksQuery) -> Response:
    """What waits for the asker in one list, newest first."""
    below = cursors.place(query.cursor)
    page = fonds().archival.life.tasks(actor(), query.queue, below=below, limit=query.limit)
    return answer({"items": page.items, "next_cursor": cursors.seal(page.next_cursor), "total": page.total})


@lifecycle.post("/acceptances", responses={"200": Listed[OutcomeShown]})
def accept_records(body: AcceptancesBody) -> Response:
    """Accept many; one that is refused says why and holds up no other."""
    who, life = actor(), fonds().archival.life
    items = {one.id: one for one in body.items}
    done = life.each(list(items), lambda one: life.accept(who, one, items[one].rev, items[one].count()))
    return _outcomes(done)


@lifecycle.post("/archivings", responses={"200": Listed[OutcomeShown]})
def archive_records(body: ArchivingsBody) -> Response:
    """Archive many accepted records, numbered in their order, at most 50 in one transaction."""
    return _outcomes(fonds().archival.archiving.archive_many(actor(), body.records))


def _outcomes(outcomes: Sequence[Outcome]) -> Response:
    items = [OutcomeShown(one.id, one.life, one.ref_code, said(one.fault, one.params)) for one in outcomes]
    return listed(items)
