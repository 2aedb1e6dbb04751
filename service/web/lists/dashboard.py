"""The start page: what is to be done, what came in, how processing stands, what one had in hand lately."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.domain.permissions import Act, Actor, may, search_scope
from service.errors import Conflict, Unavailable
from service.problems import said
from service.usecases.contents.processing import TROUBLED, Count
from service.usecases.desk.overview import Figures, Week
from service.web import form, frame, shown
from service.web.admin import rooms as admin
from service.web.language import translated as _
from service.wiring import Fonds

LARGEST = 5
"""Categories with a colour of their own; the others are one."""

LISTED = 6


@dataclass(frozen=True, slots=True)
class Task:
    """A line of 待办: what, how urgent, where to."""

    icon: str
    text: str
    path: str
    state: str
    red: bool = False


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/ and the stars of records."""

    @web.get("/", endpoint="start")
    def start() -> Answer:
        known = identity.asking()
        if known is None:
            return frame.go_to_sign_in()
        if known.actor.must_enrol and not known.actor.must_change_password:
            return frame.leave_to("/me/second-factor")
        if known.actor.must_change_password:
            return frame.leave_to("/password")
        actor = known.actor
        if not (search_scope(actor) or may(actor, Act.OPERATE)):
            mine = frame.places(actor)
            return redirect(mine[0].path if mine else "/me", 303)
        return frame.page("dashboard.html", **_shown(fonds, actor))

    @web.post("/records/<record_id>/star")
    @frame.signed_in
    def star(record_id: str) -> Answer:
        actor, on = identity.actor(), request.form.get("on") == "yes"
        in_place = request.form.get("in") == "list" and request.headers.get(frame.HX)
        try:
            if on:
                fonds.favourites.add(actor, record_id)
            else:
                fonds.favourites.remove(actor, record_id)
        except Conflict as fault:
            if in_place:
                raise
            frame.say(said(fault.detail, fault.params))
        else:
            if in_place:
                titles = {one.id: one.title for one in fonds.records.some(actor, [record_id])}
                return frame.part(
                    "star_part.html", record_id=record_id, on=on, title=titles.get(record_id, "")
                )
            frame.say(_("已收藏") if on else _("已取消收藏"))
        return frame.leave_within(frame.own_path(request.form.get("next", f"/records/{record_id}")))

    admin.back_to(web, "/records/<record_id>/star", "back_star", "/records/{record_id}")


def _shown(fonds: Fonds, actor: Actor) -> dict[str, Any]:
    figures, lost = Figures(0, {}, (), ()), False
    try:
        figures = fonds.overview.figures(actor)
    except Unavailable:
        lost = True
    looks_after = may(actor, Act.OPERATE) or may(actor, Act.TEND)
    counts = fonds.processing.counts(actor) if looks_after else []
    recent, starred = fonds.recents.ids(actor)[:LISTED], fonds.favourites.ids(actor)
    wanted = dict.fromkeys([*figures.newest, *recent, *starred[:LISTED]])
    records = {one.id: one for one in fonds.records.some(actor, list(wanted))} if wanted else {}
    return {
        "today": fonds.clock(),
        "tasks": [*kept_safe(fonds, actor), *approvals(fonds, actor), *tasks(figures, counts)],
        "backup": fonds.safekeeping.backups.state(actor).get("good") if may(actor, Act.OPERATE) else None,
        "counts": counts,
        "plot": plot(fonds, figures.weeks),
        "newest": [records[one] for one in figures.newest if one in records],
        "recent": [records[one] for one in recent if one in records],
        "starred": [records[one] for one in starred[:LISTED] if one in records],
        "sees": bool(search_scope(actor)),
        "lost": lost,
        "disk": fonds.upkeep.room(actor) if may(actor, Act.OPERATE) else None,
    }


def kept_safe(fonds: Fonds, actor: Actor) -> list[Task]:
    """What an administrator must see to before anything else: content that is damaged, backups that fail."""
    if not may(actor, Act.OPERATE):
        return []
    found: list[Task] = []
    if wrong := fonds.safekeeping.patrol.state()["open"]:
        text = _("巡检发现 %(n)s 处原文损坏、缺失或未登记", n=wrong)
        found.append(Task("alert-triangle", text, "/admin/safekeeping", "failed", red=True))
    if fonds.safekeeping.backups.late(actor):
        found.append(Task("alert-triangle", _("备份已过期未成"), "/admin/safekeeping", "failed", red=True))
    return found


def approvals(fonds: Fonds, actor: Actor) -> list[Task]:
    """New versions of categories, and conversions to them, that others drafted and he may approve (R-AUD-3)."""
    if not may(actor, Act.APPROVE_SCHEME):
        return []
    authors = [one.by_id for one in fonds.scheming.awaiting(actor) if one.stage == "submitted"]
    authors += [one.by_id for one in fonds.conversions.awaiting(actor)]
    waiting = sum(author != actor.id for author in authors)
    text = _("%(n)s 个方案待审批", n=waiting)
    return [Task("checklist", text, "/admin/approvals", "submitted")] if waiting else []


def tasks(figures: Figures, counts: Sequence[Count]) -> list[Task]:
    """What waits for this person, the most urgent first."""
    found: list[Task] = []
    failed = sum(one.count for one in counts if one.state in TROUBLED)
    if failed:
        text = _("%(n)s 个文件没有处理成", n=failed)
        found.append(Task("alert-triangle", text, "/admin/queue", "failed", red=True))
    if returned := figures.states.get("returned", 0):
        found.append(
            Task("history", _("退回 %(n)s 件，改后再交", n=returned), "/search?state=returned", "returned")
        )
    if waiting := figures.states.get("submitted", 0):
        found.append(Task("eye", _("%(n)s 件待复核", n=waiting), "/search?state=submitted", "submitted"))
    if figures.undescribed:
        found.append(Task("inbox", _("收集箱还有 %(n)s 件待著录", n=figures.undescribed), "/inbox", "draft"))
    return found


def plot(fonds: Fonds, weeks: Sequence[Week]) -> Mapping[str, Any] | None:
    """What came in by category and week, for the drawing and for the table; None where nothing came in."""
    totals: dict[str, int] = {}
    for week in weeks:
        for category, count in week.counts.items():
            totals[category] = totals.get(category, 0) + count
    if not totals:
        return None
    names = {one.code: form.category_name(one) for one in fonds.categories.all()} | {"": _("未分类")}
    largest = sorted(totals, key=lambda one: (-totals[one], one))[:LARGEST]
    rows = [(names.get(one, one), [week.counts.get(one, 0) for week in weeks]) for one in largest]
    if rest := [one for one in totals if one not in largest]:
        rows.append((_("其他"), [sum(week.counts.get(one, 0) for one in rest) for week in weeks]))
    labels = [_("%(n)s 周", n=week.start.isocalendar().week) for week in weeks[:-1]] + [_("本周")]
    series = [{"name": name, "data": data} for name, data in rows]
    return {
        "labels": labels,
        "starts": [shown.day(week.start) for week in weeks],
        "rows": rows,
        "totals": [week.total for week in weeks],
        "json": json.dumps({"labels": labels, "series": series}, ensure_ascii=False),
    }
