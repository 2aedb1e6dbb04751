"""Migrations on pages: choose a place, say what its folders are, see where files fall, run, and read the report."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.api.delivery import begun, disposition
from service.domain.holdings import ImportLine, ImportView
from service.domain.permissions import Actor
from service.errors import Conflict, InvalidInput
from service.problems import language, said
from service.usecases.moving_in.migrating import MigrationSaid, MigrationView
from service.usecases.tables import as_csv, as_workbook
from service.web import form, frame, shown, states
from service.web.admin import rooms as admin
from service.web.language import translated as _
from service.wiring import Fonds

LIMIT = 100
COPIES = 20
FATES = ("archived", "duplicates", "set_aside", "quarantined", "failed", "planned")
TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a run is: entries done of those expected, bytes a second, seconds that are left (None = not known)."""

    done: int
    of: int
    rate: float
    left: int | None


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/admin/migrate, one migration, its runs."""

    @web.get("/admin/migrate")
    @frame.signed_in
    def migrations() -> Response:
        return _list_page(fonds)

    @web.post("/admin/migrate")
    @frame.signed_in
    def new_migration() -> Answer:
        place, below = request.form.get("place", ""), request.form.get("below", "").strip().strip("/")
        origin = f"{place.rstrip('/')}/{below}" if below else place
        try:
            saved = fonds.hosting.save(identity.actor(), MigrationSaid(origin, hosted=True))
        except InvalidInput as fault:
            return _list_page(fonds, fault, place=place, below=below)
        return frame.leave_within(f"/admin/migrate/{saved.id}")

    @web.get("/admin/migrate/<migration_id>")
    @frame.signed_in
    def migration(migration_id: str) -> Response:
        return _page(fonds, migration_id)

    _act_routes(web, fonds)
    _report_routes(web, fonds)
    _copies_routes(web, fonds)


def _act_routes(web: Blueprint, fonds: Fonds) -> None:
    @web.post("/admin/migrate/<migration_id>/plan")
    @frame.signed_in
    def save_plan(migration_id: str) -> Answer:
        actor = identity.actor()
        view = fonds.migrations.get(actor, migration_id)
        try:
            fonds.hosting.save(actor, _said(view))
        except InvalidInput as fault:
            return _page(fonds, migration_id, fault)
        frame.say(_("已保存映射"))
        return frame.leave_within(f"/admin/migrate/{migration_id}")

    @web.post("/admin/migrate/<migration_id>/propose")
    @frame.signed_in
    def propose_plan(migration_id: str) -> Answer:
        try:
            text = fonds.migrations.propose_from(identity.actor(), migration_id)
        except Conflict as fault:
            frame.say(said(fault.detail, fault.params))
            return frame.leave_within(f"/admin/migrate/{migration_id}")
        return _page(fonds, migration_id, mapping=text)

    @web.post("/admin/migrate/<migration_id>/<any(run, dry, pause, resume, stop):act>")
    @frame.signed_in
    def act_on_migration(migration_id: str, act: str) -> Answer:
        actor = identity.actor()
        try:
            if act in ("run", "dry"):
                fonds.hosting.want(actor, migration_id, dry=act == "dry")
            elif act in ("pause", "resume", "stop"):
                fonds.migrations.control(actor, migration_id, act)  # type: ignore[arg-type]
        except Conflict as fault:
            frame.say(said(fault.detail, fault.params))
        return frame.leave_within(f"/admin/migrate/{migration_id}")

    admin.back_to(
        web,
        "/admin/migrate/<migration_id>/<any(plan, propose, run, dry, pause, resume, stop):act>",
        "back_migrate",
        "/admin/migrate/{migration_id}",
    )


def _report_routes(web: Blueprint, fonds: Fonds) -> None:
    @web.get("/admin/migrate/<migration_id>/runs/<run_id>")
    @frame.signed_in
    def migration_run(migration_id: str, run_id: str) -> Response:
        actor = identity.actor()
        view = fonds.migrations.get(actor, migration_id)
        run = fonds.imports.get(actor, run_id)
        fate = request.args.get("fate", "")
        page = fonds.imports.lines(
            actor,
            run_id,
            fate=fate if fate in FATES else None,
            above=form.whole(request.args.get("above", "")),
            limit=LIMIT,
        )
        return admin.page(
            "admin_migration_run.html",
            view=view,
            run=run,
            page=page,
            fate=fate,
            words=fate_words(),
            categories={one.code: one.name for one in fonds.categories.all()},
        )

    @web.get("/admin/migrate/<migration_id>/runs/<run_id>/report.<any(xlsx, csv, json):kind>")
    @frame.signed_in
    def migration_report(migration_id: str, run_id: str, kind: str) -> Response:
        actor = identity.actor()
        fonds.migrations.get(actor, migration_id)
        run = fonds.imports.get(actor, run_id)
        response = Response(_report(fonds, run, actor, kind), content_type=TYPES[kind])
        name = f"{_('迁移报告')} {shown.moment(run.started_at).split()[0]}.{kind}"
        response.headers["Content-Disposition"] = disposition("attachment", name)
        return response


def _copies_routes(web: Blueprint, fonds: Fonds) -> None:
    @web.get("/admin/migrate/<migration_id>/runs/<run_id>/copies")
    @frame.signed_in
    def migration_copies(migration_id: str, run_id: str) -> Response:
        return _copies_page(fonds, migration_id, run_id)

    @web.post("/admin/migrate/<migration_id>/runs/<run_id>/copies/<group_id>")
    @frame.signed_in
    def decide_copies(migration_id: str, run_id: str, group_id: str) -> Answer:
        decision, keep = request.form.get("decision", ""), request.form.get("keep", "")
        try:
            fonds.migrations.copies.decide(identity.actor(), run_id, group_id, decision, keep)
            frame.say(_("已处理这一组近似件"))
        except (Conflict, InvalidInput) as fault:
            frame.say(said(fault.detail, fault.params))
        above = form.whole(request.form.get("above", ""))
        tail = f"?above={above}" if above else ""
        return frame.leave_within(f"/admin/migrate/{migration_id}/runs/{run_id}/copies{tail}")

    admin.back_to(
        web,
        "/admin/migrate/<migration_id>/runs/<run_id>/copies/<group_id>",
        "back_copies",
        "/admin/migrate/{migration_id}/runs/{run_id}/copies",
    )


def _copies_page(fonds: Fonds, migration_id: str, run_id: str) -> Response:
    actor, above = identity.actor(), form.whole(request.args.get("above", ""))
    view, run = fonds.migrations.get(actor, migration_id), fonds.imports.get(actor, run_id)
    return admin.page(
        "admin_migration_copies.html",
        view=view,
        run=run,
        page=fonds.migrations.copies.list(actor, run_id, above=above, limit=COPIES),
        above=above,
        decisions=decision_words(),
    )


def decision_words() -> dict[str, str]:
    """What was decided over a group of near copies → its words."""
    return {
        "one": _("只留了一件，其余已删除"),
        "all": _("不是同一份，都留"),
        "copies": _("都留，记为相关档案"),
        "versions": _("都留，记为被取代的旧版"),
    }


def _heads() -> list[str]:
    return [_("路径"), _("去向"), _("原因"), _("大小"), _("类别"), _("档案"), _("文件")]


def _report(fonds: Fonds, run: ImportView, actor: Actor, kind: str) -> Iterator[bytes]:
    """Every file and its fate: in words for people, in codes for programs."""
    if kind == "json":
        return begun(_json(fonds, run, actor))
    make = as_workbook if kind == "xlsx" else as_csv
    return begun(make(chain([_heads()], _rows(fonds, run, actor))))


def _json(fonds: Fonds, run: ImportView, actor: Actor) -> Iterator[bytes]:
    before = b"[\n"
    for line in _lines(fonds, run, actor):
        yield before + json.dumps(asdict(line), ensure_ascii=False).encode()
        before = b",\n"
    yield b"\n]\n" if before == b",\n" else b"[]\n"


def _rows(fonds: Fonds, run: ImportView, actor: Actor) -> Iterator[Sequence[str]]:
    """The lines of a report, read while they are sent: words are looked up before, while there is a request."""
    words, reasons, waits = fate_words(), states.reasons(), _("等待")

    def row(line: ImportLine) -> list[str]:
        reason = reasons.get(line.reason, line.reason)
        fate, category = words.get(line.fate, waits), line.said.get("category", "")
        return [line.path, fate, reason, str(line.size), category, line.record_id, line.file_id]

    return map(row, _lines(fonds, run, actor))


def _lines(fonds: Fonds, run: ImportView, actor: Actor) -> Iterator[ImportLine]:
    above, more = 0, True
    while more:
        page = fonds.imports.lines(actor, run.id, above=above, limit=200)
        yield from page.items
        above, more = int(page.next_cursor or 0), bool(page.next_cursor)


def _list_page(
    fonds: Fonds, fault: InvalidInput | None = None, *, place: str = "", below: str = ""
) -> Response:
    actor = identity.actor()
    places = fonds.hosting.places(actor)
    errors = {one.path: form.sentence(one) for one in fault.faults} if fault else {}
    fields = [
        form.Field("place", _("位置"), "select", value=place, choices=[(one, one) for one in places]),
        form.Field(
            "below",
            _("其下的文件夹"),
            value=below,
            limit=500,
            error=errors.get("origin", ""),
            hint=_("共享写 共享名/文件夹，存储桶写 桶/前缀；也可以是 zip、tar、7z、rar 文件"),
        ),
    ]
    page = fonds.migrations.list(actor, limit=50)
    return admin.page(
        "admin_migrations.html",
        fault.status if fault else 200,
        found=[one for one in page.items if one.hosted],
        by_command=[one for one in page.items if not one.hosted],
        origins=places,
        fields=fields,
        run_sign=run_sign,
    )


def _page(
    fonds: Fonds, migration_id: str, fault: InvalidInput | None = None, *, mapping: str | None = None
) -> Response:
    actor = identity.actor()
    view = fonds.migrations.get(actor, migration_id)
    run = fonds.imports.get(actor, view.run.id) if view.run else None
    if fault is not None:
        mapping = request.form.get("mapping", "")
    return admin.page(
        "admin_migration.html",
        fault.status if fault else 200,
        here=f"/admin/migrate/{migration_id}",
        view=view,
        why=_why(view),
        run=run,
        standing=_standing(fonds, run) if run else None,
        mapping=view.mapping if mapping is None else mapping,
        pace=_pace(view, {} if mapping is None else request.form),
        proposed=mapping is not None and fault is None,
        errors=[form.sentence(one) for one in fault.faults] if fault else [],
        runs=fonds.migrations.runs(actor, view.id),
        words=fate_words(),
        run_sign=run_sign,
        lively=bool(view.wanted) or bool(run and (run.state == "open" or run.waiting)),
    )


def _pace(view: MigrationView, typed: Mapping[str, str]) -> Mapping[str, str]:
    """How fast and how often: as it was typed, where that was refused or is not saved yet, else as it stands."""
    stands = {"parallel": view.parallel, "rate": view.rate // 1_000_000, "every": view.every}
    return {name: typed.get(name, str(value)) for name, value in stands.items()}


def _why(view: MigrationView) -> str:
    """Why it could not be begun, in the page's language; "" if it could."""
    return view.fault_english if view.fault_english and language() == "en" else said(view.fault, {})


def _said(view: MigrationView) -> MigrationSaid:
    given = request.form
    return MigrationSaid(
        view.origin,
        given.get("mapping", "").replace("\r\n", "\n"),
        rate=_number(given.get("rate", "")) * 1_000_000,
        parallel=_number(given.get("parallel", "")),
        every=_number(given.get("every", "")),
        hosted=True,
    )


def _number(text: str) -> int:
    """What was typed; −1 for what is no number, which is then refused by name."""
    return int(text) if text.strip().isdecimal() and len(text) < 10 else -1 if text.strip() else 0


def _standing(fonds: Fonds, run: ImportView) -> Standing:
    seconds = max(1.0, ((run.ended_at or fonds.clock()) - run.started_at).total_seconds())
    done = run.found + run.unchanged
    left = None
    if run.state == "open" and run.expected_files and done:
        left = int(max(0, run.expected_files - done) * seconds / done)
    return Standing(done, max(run.expected_files, done), run.bytes / seconds, left)


def run_sign(view: MigrationView, run: ImportView | None) -> states.Sign:
    """The state of a migration as a shape and a word."""
    if view.wanted:
        return states.Sign("idle", "ring-dashed", _("即将开始"))
    if view.fault:
        return states.Sign("bad", "disc-cross", _("未能进行"))
    return _run_sign(run) if run else states.Sign("idle", "ring-dashed", _("未运行"))


def _run_sign(run: ImportView) -> states.Sign:
    if run.state == "open" and run.control == "pause":
        return states.Sign("warn", "return", _("已暂停"))
    if run.state == "open":
        return states.Sign("run", "arc", _("试运行中") if run.dry else _("迁移中"))
    if run.waiting:
        return states.Sign("run", "arc", _("处理中"))
    return states.Sign("ok", "ring-check", _("已试运行") if run.dry else _("完成"))


def fate_words() -> dict[str, str]:
    """Fate → its word."""
    return {
        "planned": _("将收"),
        "archived": _("已收"),
        "duplicates": _("重复"),
        "set_aside": _("搁置"),
        "quarantined": _("隔离"),
        "failed": _("失败"),
    }
