"""Tasks 任务: what waits for this person in the life of records, list by list, and steps with many at once."""

from collections.abc import Sequence
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.api import cursors
from service.domain.dates import day_of
from service.domain.holdings import RecordView
from service.domain.permissions import Act, Actor, may, rights_of
from service.domain.windows import Due, due_of, open_windows
from service.errors import Forbidden
from service.problems import said
from service.usecases.archival.lifecycle import Outcome, queues
from service.web import form, frame
from service.web.language import translated as _
from service.web.record import stepping
from service.wiring import Fonds

PAGE = 50
COUNTED = 20
"""So many of each list that is not open are counted: of eight records one may be this person's to see."""


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/tasks."""

    @web.get("/tasks")
    @frame.signed_in
    def tasks() -> Response:
        return _page(fonds, _doer())

    @web.post("/tasks")
    @frame.signed_in
    def work_on_tasks() -> Answer:
        actor = _doer()
        outcomes = _worked(fonds, actor)
        good = sum(not one.fault for one in outcomes)
        refused = [one for one in outcomes if one.fault]
        if not refused and outcomes:
            frame.say(_done_words(good))
            return frame.leave_within(_address(request.form.get("queue", "")))
        return _page(fonds, actor, done=_done_words(good) if good else "", refused=refused)


def _doer() -> Actor:
    actor = identity.actor()
    if not queues(actor):
        raise Forbidden
    return actor


def _worked(fonds: Fonds, actor: Actor) -> list[Outcome]:
    """Do what the list's button says with the records that were ticked."""
    typed, queue = request.form, request.form.get("queue", "")
    ids = list(dict.fromkeys(typed.getlist("all" if typed.get("whole") == "yes" else "pick")))[:PAGE]
    life = fonds.archival.life
    if queue == "accepted":
        return fonds.archival.archiving.archive_many(actor, ids)
    steps = {
        "draft": lambda one: life.submit(actor, one, _rev(one)),
        "returned": lambda one: life.submit(actor, one, _rev(one)),
        "submitted": lambda one: life.review(actor, one, _rev(one)),
        "reviewed": lambda one: life.accept(actor, one, _rev(one), stepping.count_of(typed, f"{one}.")),
    }
    return life.each(ids, steps[queue]) if queue in steps else []


def _rev(record_id: str) -> int:
    return form.whole(request.form.get(f"{record_id}.rev", ""))


def _page(fonds: Fonds, actor: Actor, *, done: str = "", refused: Sequence[Outcome] = ()) -> Response:
    mine = queues(actor)
    wanted = request.values.get("queue", "")
    life, below = fonds.archival.life, request.args.get("below", "")
    counts: dict[str, int] = {}
    queue = wanted if wanted in mine else _first_with_tasks(fonds, actor, mine, counts)
    start = cursors.page_place(below, f"tasks {queue}")
    page = life.tasks(actor, queue, below=start, limit=PAGE)
    if start is None:
        counts[queue] = len(page.items) + bool(page.next_cursor)
    counts |= life.waiting(actor, [name for name in mine if name not in counts], most=COUNTED)
    whole = {queue: PAGE} if start is None else {}
    shown = {name: _count(counts[name], whole.get(name, COUNTED)) for name in mine}
    made = queue in ("draft", "returned")
    reasons = life.reasons(actor, [one.id for one in page.items]) if queue == "returned" else {}
    titles = {one.id: one.title for one in page.items}
    return frame.page(
        "tasks.html",
        200,
        queue=queue,
        queues=[(name, queue_words()[name], shown[name]) for name in mine],
        page=page,
        paged=start is not None,
        further=cursors.seal(page.next_cursor, f"tasks {queue}"),
        address=_address,
        done=done,
        refused=[(titles.get(one.id, one.title), one.id, said(one.fault, one.params)) for one in refused],
        acts=act_words(),
        names={one.code: form.category_name(one) for one in fonds.categories.all()},
        sheets=lambda record: max(1, sum(file.pages for file in record.files)),
        typed=request.form.get,
        lacks=lambda record: life.lacking(record) if made else 0,
        reasons=lambda record: reasons.get(record.id, ""),
        due=lambda record: _due(fonds, record),
        windows=windows(fonds),
        weeds=Act.WEED in rights_of(actor) and not made,
        lists=fonds.archival.weeding.waiting(actor),
        archives=Act.ARCHIVE in rights_of(actor),
        accepts=Act.ACCEPT in rights_of(actor),
        makes=may(actor, Act.CREATE),
        leads=_count(fonds.archival.screening.count(actor, most=COUNTED), COUNTED),
    )


def _due(fonds: Fonds, record: RecordView) -> Due | None:
    """When a record should be filed (R-ARC-1, R-ARC-2)."""
    category = fonds.categories.of(record)
    if category is None:
        return None
    today = day_of(fonds.clock())
    return due_of(record.date, record.fields, category.schema, living=category.living, today=today)


def windows(fonds: Fonds) -> list[str]:
    """What is said of the windows that are open today (R-REM-3)."""
    today = day_of(fonds.clock())
    return [
        _(
            "%(year)s 年%(part)s归档期，到 %(day)s，还剩 %(n)s 天",
            year=one.year,
            part=part_words()[one.quarter],
            day=f"{one.closes.month}-{one.closes.day}",
            n=(one.closes - today).days,
        )
        for one in open_windows(today)
    ]


def part_words() -> dict[int, str]:
    """Quarter of a window, 0 for the whole year → word."""
    return {0: _("度"), 1: _("一季度"), 2: _("二季度"), 3: _("三季度"), 4: _("四季度")}


def _first_with_tasks(fonds: Fonds, actor: Actor, mine: Sequence[str], counts: dict[str, int]) -> str:
    """The first list that has anything in it; the empty ones before it are counted by that."""
    for name in mine:
        if fonds.archival.life.waiting(actor, [name], most=0)[name]:
            return name
        counts[name] = 0
    return mine[0]


def _count(waiting: int, most: int) -> str:
    return f"{most}+" if waiting > most else str(waiting or "")


def _address(queue: str = "", **more: str) -> str:
    asked = {"queue": queue, **more}
    return "/tasks" + ("?" + urlencode({key: value for key, value in asked.items() if value}))


def _done_words(count: int) -> str:
    return _("已办理 %(n)s 件", n=count)


def queue_words() -> dict[str, str]:
    """List of tasks → its name."""
    return {
        "returned": _("退回给我"),
        "draft": _("待提交"),
        "submitted": _("待复核"),
        "reviewed": _("待验收"),
        "accepted": _("待归档"),
    }


def act_words() -> dict[str, str]:
    """List of tasks → what its button does."""
    return {
        "returned": _("提交复核"),
        "draft": _("提交复核"),
        "submitted": _("复核通过"),
        "reviewed": _("验收"),
        "accepted": _("归档编号"),
    }
