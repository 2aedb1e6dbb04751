"""Gathering on pages: leads for their first screening, and the list of who has not handed in what."""

from datetime import date
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from service.api import cursors
from service.domain.dates import day_of
from service.domain.duties import FIRST_YEAR, LAST_YEAR, STATES, Period, current_period, period_of
from service.domain.permissions import Actor
from service.domain.screening import LEADS, REASONS, SHOWN, Verdict
from service.errors import Conflict, Fault, Forbidden, InvalidInput, NotFound, StaleRevision, Unavailable
from service.problems import language, said
from service.usecases.archival.screening import Lead
from service.web import form, frame, shown
from service.web.language import translated as _
from service.web.lists.tasks import part_words
from service.web.record import stepping
from service.web.record.creating import maker
from service.web.record.peek import category_of
from service.wiring import Fonds

PAGE = 30
LIST = "leads"
"""What the cursors of this list are sealed for."""
BACK = 8
"""Periods before the current one that can be looked at."""


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/leads, /records/…/screening, /duties."""

    @web.get("/leads")
    @frame.signed_in
    def leads() -> Response:
        below = cursors.page_place(request.args.get("below", ""), LIST)
        page = fonds.archival.screening.waiting(maker(), below=below, limit=PAGE)
        properties = _properties(fonds)
        return frame.page(
            "leads.html",
            page=page,
            further=cursors.seal(page.next_cursor, LIST),
            reasons=[(code, words[language() == "en"]) for code, words in REASONS.items()],
            told=lambda lead: _told(lead, properties),
            doubts=lambda lead: [words[language() == "en"] for words in lead.doubts],
            left=lambda lead: _left(lead, fonds),
        )

    @web.post("/records/<record_id>/screening")
    @frame.signed_in
    def screen(record_id: str) -> Answer:
        typed = request.form
        rev = form.whole(typed.get("rev", ""))
        verdict = Verdict(typed.get("act") == "keep", typed.get("reason", ""), typed.get("note", "").strip())
        if verdict.keep:
            verdict = Verdict(keep=True)
        try:
            done = fonds.archival.screening.decide(maker(), record_id, rev, verdict)
        except (InvalidInput, Conflict, Forbidden, StaleRevision) as fault:
            frame.say(stepping.sentence(fault))
        else:
            title = shown.harmless(done.title)[:60]
            frame.say(
                _("已保留线索：%(title)s", title=title)
                if verdict.keep
                else _("已剔除线索：%(title)s，可以恢复", title=title)
            )
        return frame.leave_within("/leads")

    _duty_routes(web, fonds)


def _duty_routes(web: Blueprint, fonds: Fonds) -> None:
    @web.get("/duties")
    @frame.signed_in
    def duties() -> Response:
        return _duties(fonds, maker())

    @web.post("/duties")
    @frame.signed_in
    def change_duties() -> Answer:
        actor, typed = maker(), request.form
        department, category = typed.get("department", "").strip(), typed.get("category", "")
        try:
            if typed.get("act") == "drop":
                fonds.gathering.duties.drop(actor, f"{department}:{category}")
                frame.say(_("已取消这项职责"))
            else:
                fonds.gathering.duties.assign(actor, department, category, typed.get("person", ""))
                frame.say(_("已分配收集职责"))
        except InvalidInput as fault:
            return _duties(fonds, actor, fault)
        except (Conflict, NotFound) as fault:
            frame.say(said(fault.detail or fault.title, fault.params))
        return frame.leave_within("/duties")


def _duties(fonds: Fonds, actor: Actor, fault: InvalidInput | None = None) -> Response:
    today = day_of(fonds.clock())
    period = _asked(today)
    lines, away = [], False
    try:
        lines = list(fonds.gathering.duties.standing(actor, period))
    except Unavailable:
        away = True
    only = request.args.get("state", "")
    only = only if only in STATES else ""
    faults: list[Fault] = list(fault.faults) if fault else []
    return frame.page(
        "duties.html",
        fault.status if fault else 200,
        period=period,
        periods=[(one, period_word(one)) for one in _periods(today)],
        said_period=period_word(period),
        lines=[one for one in lines if only in ("", one.state)],
        counts={state: sum(one.state == state for one in lines) for state in STATES},
        only=only,
        states_said=state_words(),
        away=away,
        today=today,
        divides=fonds.gathering.duties.may_divide(actor),
        names={one.code: form.category_name(one) for one in fonds.categories.all()},
        categories=form.category_choices(fonds.categories.all())[1:],
        departments=sorted({one.department for one in lines} | set(actor.departments)),
        typed=request.form.get if fault else lambda _name, default="": default,
        errors={one.path: form.sentence(one) for one in faults},
    )


def _asked(today: date) -> Period:
    year, quarter = request.args.get("year", ""), request.args.get("quarter", "")
    if (
        year.isdecimal()
        and len(year) == 4
        and FIRST_YEAR <= int(year) <= LAST_YEAR
        and quarter in tuple("01234")
    ):
        return period_of(int(year), int(quarter))
    return current_period(today)


def _periods(today: date) -> list[Period]:
    """The latest periods that can be asked for, the current quarter first, years beside them."""
    found, year, quarter = [], today.year, (today.month + 2) // 3
    for _n in range(BACK):
        found.append(period_of(year, quarter))
        year, quarter = (year, quarter - 1) if quarter > 1 else (year - 1, 4)
    return [*found, period_of(today.year - 1, 0)]


def period_word(period: Period) -> str:
    """2026 年一季度."""
    return _("%(year)s 年%(part)s", year=period.year, part=part_words()[period.quarter])


def state_words() -> dict[str, str]:
    """State of a duty → its word."""
    return {"missing": _("未报送"), "making": _("在整理"), "delivered": _("已报送")}


def _properties(fonds: Fonds) -> dict[str, Any]:
    category = category_of(fonds, LEADS)
    return dict(category.schema.get("properties", {})) if category else {}


def _told(lead: Lead, properties: dict[str, Any]) -> list[tuple[str, str]]:
    """What one looks at in a lead: label and value."""
    return [
        (form.in_language(properties[name], "title", name), form.words_of(value, properties[name]))
        for name in SHOWN
        if name in properties and (value := lead.record.fields.get(name))
    ]


def _left(lead: Lead, fonds: Fonds) -> str:
    """How long there is still, or how long it is over."""
    hours = (lead.due - fonds.clock()).total_seconds() / 3600
    if lead.late:
        return _("超时 %(n)s 小时", n=int(-hours))
    return _("还剩 %(n)s 小时", n=int(hours)) if hours >= 1 else _("不到 1 小时")
