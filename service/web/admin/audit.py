"""The auditor's page 审计: who did what, when, from where, with what result; and the way to take it away."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from service import identity
from service.api.delivery import disposition
from service.api.exports import TYPES
from service.domain.acts import ACTS, KINDS, RESULTS, act_words, facts_words, kind_word
from service.domain.dates import day_of
from service.problems import language, said
from service.usecases.safekeeping.auditing import AskedEvents, EventView
from service.usecases.tables import as_csv, as_workbook
from service.web import frame, shown
from service.web.admin import rooms as admin
from service.web.dates import first_day, last_day
from service.web.language import translated as _
from service.wiring import Fonds

LIMIT = 50
HEADS = ("序号", "时间", "谁", "代", "做了什么", "对象", "结果", "地址", "事由", "详情")
WIDTHS = (10, 20, 16, 16, 24, 40, 10, 18, 30, 60)


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/admin/audit and its export."""

    @web.get("/admin/audit")
    @frame.signed_in
    def audit() -> Response:
        asked, typed = _asked(fonds)
        below = request.args.get("after", "")
        place = int(below) if below.isdecimal() and len(below) < 16 else None
        found = fonds.auditing.page(identity.actor(), asked, below=place, limit=LIMIT)
        return admin.page(
            "admin_audit.html",
            found=[line_of(event) for event in found.items],
            typed=typed,
            unread=_unread(typed),
            address=address,
            further=address(typed, after=found.next_cursor) if found.next_cursor else "",
            state=fonds.auditing.state(identity.actor()),
            acts=choices(ACTS),
            kinds=choices(KINDS),
            results=choices(RESULTS),
        )

    @web.get("/admin/audit/export")
    @frame.signed_in
    def export_audit() -> Response:
        asked, _typed = _asked(fonds)
        kind = "csv" if request.args.get("format") == "csv" else "xlsx"
        lines = _table(fonds.auditing.every(identity.actor(), asked))
        made = as_csv(lines) if kind == "csv" else as_workbook(lines, WIDTHS)
        response = Response(made, content_type=TYPES[kind])
        day = day_of(fonds.clock())
        name = f"{said('审计')} {day.isoformat()}.{kind}"
        response.headers["Content-Disposition"] = disposition("attachment", name)
        return response


@dataclass(frozen=True, slots=True)
class Line:
    """An event as people read it."""

    event: EventView
    who: str
    what: str
    object: str
    result: str
    facts: str


def line_of(event: EventView) -> Line:
    """An event in the reader's language."""
    english = language() == "en"
    kind = kind_word(event.object_kind, english=english)
    named = event.object_name or event.object_id
    return Line(
        event,
        event.actor or event.actor_id or _("未登录者"),
        act_words(event.act, event.object_kind, english=english),
        f"{kind} {named}".strip() if named else "",
        RESULTS.get(event.result, (event.result, event.result))[english],
        facts_words(event.facts, english=english),
    )


def choices(words: Any) -> list[tuple[str, str]]:
    """Codes with their words, for a list to choose from."""
    english = language() == "en"
    return [(code, pair[english].replace("{kind}", "").strip()) for code, pair in words.items()]


def address(typed: dict[str, str], **more: str) -> str:
    """The page with these conditions."""
    path = "/admin/audit/export" if "format" in more else "/admin/audit"
    given = {name: value for name, value in {**typed, **more}.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


def _asked(fonds: Fonds) -> tuple[AskedEvents, dict[str, str]]:
    """What the form asks for, and as it was typed. A person is named by his sign-in name or id."""
    names = ("person", "act", "kind", "object", "result", "since", "until")
    typed = {name: request.args.get(name, "").strip()[:200] for name in names}
    until = _midnight(last_day(typed["until"]))
    asked = AskedEvents(
        act=typed["act"],
        kind=typed["kind"],
        object_id=typed["object"],
        result=typed["result"],
        since=_midnight(first_day(typed["since"])),
        until=until + timedelta(days=1) if until else None,
    )
    if typed["person"]:
        asked = replace(asked, person=fonds.auditing.person(identity.actor(), typed["person"]))
    return asked, typed


def _midnight(day: date | None) -> datetime | None:
    return datetime(day.year, day.month, day.day, tzinfo=shown.ZONE) if day else None


def _unread(typed: dict[str, str]) -> str:
    """What is wrong with a day that was typed, "" if nothing is: then the list is not narrowed by it."""
    wrong = [text for text in (typed["since"], typed["until"]) if text and first_day(text) is None]
    told = {"value": shown.harmless(wrong[0])[:40]} if wrong else {}
    return said("“%(value)s”不是日期，应写成 2026-03-12", told) if wrong else ""


def _table(events: Iterator[EventView]) -> Iterator[Sequence[str]]:
    yield [said(head) for head in HEADS]
    for event in events:
        line = line_of(event)
        yield [
            str(event.seq),
            event.at.astimezone(shown.ZONE).strftime("%Y-%m-%d %H:%M:%S"),
            line.who,
            event.acting_for,
            line.what,
            line.object,
            line.result,
            event.address,
            event.why,
            " · ".join(part for part in (event.query, line.facts) if part),
        ]
