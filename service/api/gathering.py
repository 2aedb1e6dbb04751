"""Gathering: leads that wait for their first screening, and who has not handed in what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from flask import Response
from pydantic import Field

from service.api import cursors
from service.api.inputs import IdPath, Input, PageQuery, Query, ShortLine, Text
from service.api.records import described, revision
from service.api.resource import Listed, Resource, Shown, answer, nothing
from service.domain.dates import day_of
from service.domain.duties import FIRST_YEAR, LAST_YEAR, DutyLine, current_period, period_of
from service.domain.holdings import RecordView
from service.domain.screening import REASONS, Verdict
from service.identity import actor, fonds
from service.problems import language
from service.usecases.archival.screening import Lead

gathering = Resource("gathering", __name__, "收集 / gathering")


class VerdictBody(Input):
    """Keep a lead, or drop it for a reason; `other` needs a note."""

    keep: bool
    reason: Literal["", "wrong_contact", "other_industry", "duplicate", "no_need", "other"] = Field(
        "", description="Why it is dropped: " + ", ".join(REASONS)
    )
    note: Text = ""


@dataclass(frozen=True, slots=True)
class LeadShown:
    """A lead that waits, with what is doubtful in it, in the asker's language."""

    record: RecordView
    due: datetime
    late: bool
    doubts: Sequence[str]


class DutiesQuery(Query):
    """A period: a year with its quarter, 0 for the whole year; without both, the one that is due."""

    year: int | None = Field(None, ge=FIRST_YEAR, le=LAST_YEAR)
    quarter: int | None = Field(None, ge=0, le=4)


class DutyBody(Input):
    """A department that hands in a category, and the person who sees to it."""

    department: ShortLine
    category: ShortLine
    person: ShortLine = ""


class DutyQuery(Query):
    """A duty."""

    department: str
    category: str


@dataclass(frozen=True, slots=True)
class DutiesShown:
    """How duties stand in a period, whose papers are handed in by `closes`."""

    year: int
    quarter: int
    first: date
    last: date
    opens: date
    closes: date
    items: Sequence[DutyLine]


@gathering.get("/leads", responses={"200": Listed[LeadShown]})
def list_leads(query: PageQuery) -> Response:
    """Leads that the asker may screen, newest first; each within a day (R-VAL-10)."""
    page = fonds().archival.screening.waiting(actor(), below=cursors.place(query.cursor), limit=query.limit)
    items = [_lead(one) for one in page.items]
    return answer({"items": items, "next_cursor": cursors.seal(page.next_cursor), "total": None})


@gathering.post("/records/<id>/screening", responses={"200": Shown[RecordView]})
def screen_lead(path: IdPath, body: VerdictBody) -> Response:
    """Keep a lead, or drop it: it is weeded with the reason, and can be restored. If-Match names its revision."""
    verdict = Verdict(body.keep, body.reason, body.note)
    return described(fonds().archival.screening.decide(actor(), path.id, revision(), verdict))


@gathering.get("/duties", responses={"200": Shown[DutiesShown]})
def list_duties(query: DutiesQuery) -> Response:
    """Who hands in what, and what there is of the period, as far as the asker may know (R-CAP-6)."""
    today = day_of(fonds().clock())
    period = current_period(today)
    if query.year is not None:
        period = period_of(query.year, query.quarter or 0)
    items = fonds().gathering.duties.standing(actor(), period)
    window = period.window
    return answer(
        DutiesShown(
            period.year, period.quarter, period.first, period.last, window.opens, window.closes, items
        )
    )


@gathering.put("/duties", responses={"204": None})
def assign_duty(body: DutyBody) -> Response:
    """Say that a department hands in a category; again changes the person."""
    fonds().gathering.duties.assign(actor(), body.department, body.category, body.person)
    return nothing()


@gathering.delete("/duties", responses={"204": None})
def drop_duty(query: DutyQuery) -> Response:
    """Take a duty away."""
    fonds().gathering.duties.drop(actor(), f"{query.department}:{query.category}")
    return nothing()


def _lead(one: Lead) -> LeadShown:
    at = 1 if language() == "en" else 0
    return LeadShown(one.record, one.due, one.late, [words[at] for words in one.doubts])
