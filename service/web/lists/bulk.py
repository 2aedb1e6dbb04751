"""Bulk work as pages: what is selected, the form, the preview, the progress, and what became of each."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from flask import Blueprint, Response, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as Answer

from service import identity
from service.api.delivery import begun, disposition
from service.domain.bulk import DERIVED, TYPED_FROM, BulkChange, BulkLineView, BulkView
from service.domain.describing import RETENTIONS
from service.domain.dossiers import DossierView
from service.domain.holdings import Question
from service.domain.permissions import SECRECY, Actor
from service.domain.wording import CORE_LABELS
from service.errors import Conflict, Fault, InvalidInput
from service.problems import language, said
from service.web import dates, form, frame, shown
from service.web.language import translated as _
from service.web.lists.browsing import Spot
from service.web.search.asked import Asked
from service.wiring import Fonds

if TYPE_CHECKING:
    Typed = MultiDict[str, str]

PAGE = 50


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/bulk and below."""

    @web.post("/bulk")
    @frame.signed_in
    def choose_bulk() -> Answer:
        actor, typed = identity.actor(), request.form
        back = frame.own_path(typed.get("back", "/"))
        if typed.get("act") == "unfile":
            return _take_out(fonds, actor, typed, back)
        try:
            run = fonds.bulk.choose(actor, typed.get("act", ""), back=back, **_chosen(fonds, actor, typed))
        except InvalidInput as fault:
            frame.say(said(fault.faults[0].message, fault.faults[0].params))
            return frame.leave_within(back)
        return frame.leave_within(f"/bulk/{run.id}")

    @web.get("/bulk/<run_id>")
    @frame.signed_in
    def show_bulk(run_id: str) -> Response:
        actor = identity.actor()
        return _page(fonds, actor, fonds.bulk.get(actor, run_id))

    _step_routes(web, fonds)


def _step_routes(web: Blueprint, fonds: Fonds) -> None:
    @web.post("/bulk/<run_id>/plan")
    @frame.signed_in
    def plan_bulk(run_id: str) -> Answer:
        actor = identity.actor()
        try:
            fonds.bulk.plan(actor, run_id, _change(fonds, actor, request.form))
        except (InvalidInput, Conflict) as fault:
            faults = (
                fault.faults
                if isinstance(fault, InvalidInput)
                else [Fault("", "", fault.detail, fault.params)]
            )
            return _page(fonds, actor, fonds.bulk.get(actor, run_id), faults, 422)
        return frame.leave_within(f"/bulk/{run_id}")

    @web.post("/bulk/<run_id>/apply")
    @frame.signed_in
    def apply_bulk(run_id: str) -> Answer:
        actor, typed = identity.actor(), request.form.get("typed", "").strip()
        try:
            fonds.bulk.apply(
                actor, run_id, typed=int(typed) if typed.isdecimal() and len(typed) < 9 else None
            )
        except InvalidInput as fault:
            return _page(fonds, actor, fonds.bulk.get(actor, run_id), fault.faults, 422)
        return frame.leave_within(f"/bulk/{run_id}")

    @web.post("/bulk/<run_id>/undo")
    @frame.signed_in
    def undo_bulk(run_id: str) -> Answer:
        actor = identity.actor()
        try:
            back = fonds.bulk.undo(actor, run_id)
        except Conflict as fault:
            frame.say(said(fault.detail, fault.params))
            return frame.leave_within(f"/bulk/{run_id}")
        return frame.leave_within(f"/bulk/{back.id}")

    @web.get("/bulk/<run_id>/archive.zip")
    @frame.signed_in
    def bulk_archive(run_id: str) -> Response:
        return zipped(fonds, identity.actor(), run_id)

    @web.get("/bulk/<run_id>/bag.zip")
    @frame.signed_in
    def bulk_bag(run_id: str) -> Response:
        return zipped(fonds, identity.actor(), run_id, bag=True)


def zipped(fonds: Fonds, actor: Actor, run_id: str, *, bag: bool = False) -> Response:
    """The zip of a run as an answer that is made while it is sent."""
    run = fonds.bulk.get(actor, run_id)
    make = fonds.bulk_download.bag if bag else fonds.bulk_download.archive
    response = Response(begun(make(actor, run_id)), content_type="application/zip")
    name = f"{'BagIt' if bag else '档案'} {run.created_at.astimezone(shown.ZONE):%Y-%m-%d %H%M}.zip"
    response.headers["Content-Disposition"] = disposition("attachment", name)
    return response


def _chosen(fonds: Fonds, actor: Actor, typed: "Typed") -> dict[str, Any]:
    """What was selected: ids one by one, or everything that a list shows."""
    everything = typed.get("all", "")
    if not everything:
        ids = [one for one in typed.get("ids", "").split(",") if one] or typed.getlist("pick")
        return {"ids": ids}
    path, args = _place(everything)
    if path == "/browse":
        return {"question": Spot.of(args).question()}
    if path.startswith("/dossiers/"):
        dossier = fonds.dossiers.get(actor, path.removeprefix("/dossiers/"))
        return {"ids": fonds.filing.known_ids(actor, dossier.id)}
    return {"question": _searched(args)}


def _place(address: str) -> tuple[str, "Typed"]:
    parts = urlsplit(address[:8000])
    return parts.path, MultiDict(parse_qsl(parts.query, keep_blank_values=True, max_num_fields=300))


def _searched(args: "Typed") -> Question:
    return Asked.read(args).question()


def _take_out(fonds: Fonds, actor: Actor, typed: "Typed", back: str) -> Answer:
    dossier_id = typed.get("dossier", "")
    ids = _chosen(fonds, actor, typed).get("ids", [])
    taken = 0
    try:
        for low in range(0, len(ids), PAGE):
            taken += fonds.filing.take(actor, dossier_id, ids[low : low + PAGE])
    except Conflict as fault:
        frame.say(said(fault.detail, fault.params))
    frame.say(_("已移出案卷 %(n)s 件，档案仍在馆内", n=taken))
    return frame.leave_within(back)


def _change(fonds: Fonds, actor: Actor, typed: "Typed") -> BulkChange:
    def text(name: str) -> str | None:
        return typed.get(name, "").strip() or None

    day = dates.day(text("date") or "") if text("date") else None
    if text("date") and day is None:
        told = {"value": (text("date") or "")[:40]}
        raise InvalidInput([Fault("date", "bad_date", "“%(value)s”不是日期，应写成 2026-03-12", told)])
    return BulkChange(
        category=text("category"),
        department=text("department"),
        responsible=text("responsible"),
        date=day,
        retention=text("retention"),
        secrecy=text("secrecy"),
        tags_add=_words(typed.get("tags_add", "")),
        tags_remove=_words(typed.get("tags_remove", "")),
        dossier=_dossier(fonds, actor, text("dossier")),
        carry=typed.get("carry") == "yes",
    )


def _dossier(fonds: Fonds, actor: Actor, name: str | None) -> str:
    if not name:
        return ""
    found = [one for one in fonds.dossiers.named(actor, name) if "change" in one.may]
    if len(found) != 1:
        told = {"name": name[:60]}
        many = Fault("dossier", "several", "有几个案卷叫“%(name)s”，改用案卷号", told)
        raise InvalidInput([many if found else Fault("dossier", "unknown", "没有案卷“%(name)s”", told)])
    return found[0].id


def _words(text: str) -> tuple[str, ...]:
    for separator in "，,；;\n":
        text = text.replace(separator, "、")
    return tuple(dict.fromkeys(word.strip() for word in text.split("、") if word.strip()))


def _page(
    fonds: Fonds, actor: Actor, run: BulkView, faults: Sequence[Fault] = (), status: int = 200
) -> Response:
    at = form.whole(request.args.get("start", ""))
    fates = ("skipped", "stale", "failed") if run.state == "done" else ()
    page = fonds.bulk.lines(actor, run.id, start=at, limit=PAGE, fates=fates)
    dossiers = _named(fonds, actor, run, page.items)
    names = {one.code: form.category_name(one) for one in fonds.categories.all()}
    return frame.page(
        "bulk.html",
        status,
        run=run,
        page=page,
        start=at,
        values=_values(run.change, dossiers, request.form),
        errors={fault.path: said(fault.message, fault.params) for fault in faults},
        rows=[(line, list(_changes(line, names, dossiers)), _reason(line)) for line in page.items],
        told=list(_told(run.change, names, dossiers)),
        parcel=fonds.bulk_download.parcel(actor, run.id) if run.act == "download" else None,
        categories=form.category_choices(fonds.categories.all())[1:],
        levels=[(level, shown.secrecy_name(level)) for level in SECRECY],
        periods=[(code, shown.retention_name(code)) for code in RETENTIONS],
        recent=fonds.dossiers.page(actor, state="open", limit=PAGE).items
        if run.act in ("edit", "move")
        else [],
        typed_from=TYPED_FROM,
        fate_words=fate_words(),
        title=_title(run),
    )


def _title(run: BulkView) -> str:
    words = {
        "edit": _("批量编辑 %(n)s 件", n=run.count),
        "move": _("移动 %(n)s 件", n=run.count),
        "delete": _("删除 %(n)s 件档案", n=run.count),
        "download": _("下载 %(n)s 件", n=run.count),
        "undo": _("撤销 %(n)s 件的改动", n=run.count),
        "restore": _("恢复 %(n)s 件", n=run.count),
    }
    return words[run.act]


def fate_words() -> dict[str, str]:
    """What became of a record, in words."""
    return {
        "done": _("已改"),
        "same": _("本来就是这样"),
        "skipped": _("跳过"),
        "stale": _("有人改过，未动"),
        "failed": _("未能完成"),
    }


def _named(
    fonds: Fonds, actor: Actor, run: BulkView, lines: Sequence[BulkLineView]
) -> Mapping[str, DossierView]:
    ids = {run.change.dossier} | {one for line in lines if line.dossier for one in line.dossier}
    return {one.id: one for one in fonds.dossiers.some(actor, [one for one in ids if one])}


def _reason(line: BulkLineView) -> str:
    params = dict(line.params)
    return said(line.reason, params) if line.reason else ""


def _values(change: BulkChange, dossiers: Mapping[str, DossierView], typed: "Typed") -> dict[str, str]:
    """What stands in the form: what was typed, else what is planned."""
    if typed:
        return {name: typed.get(name, "") for name in typed}
    dossier = dossiers.get(change.dossier)
    return {
        "category": change.category or "",
        "department": change.department or "",
        "responsible": change.responsible or "",
        "date": shown.day(change.date),
        "retention": change.retention or "",
        "secrecy": change.secrecy or "",
        "tags_add": "、".join(change.tags_add),
        "tags_remove": "、".join(change.tags_remove),
        "dossier": (dossier.code or dossier.title) if dossier else "",
        "carry": "yes" if change.carry else "",
    }


def _label(name: str) -> str:
    if name == "category":
        return _("类别")
    if name == "fields":
        return _("类别字段")
    if name == "keywords":
        return _("标签")
    return CORE_LABELS[name][language() == "en"] if name in CORE_LABELS else name


def _told(
    change: BulkChange, names: Mapping[str, str], dossiers: Mapping[str, DossierView]
) -> Iterator[tuple[str, str]]:
    """What is to be changed, for everybody to read: (label, new value)."""
    for name in ("category", "department", "responsible", "date", "retention", "secrecy"):
        value = getattr(change, name)
        if value is not None:
            yield _label(name), _value(name, value, names)
    if change.tags_add:
        yield _("加标签"), "、".join(change.tags_add)
    if change.tags_remove:
        yield _("去标签"), "、".join(change.tags_remove)
    if change.dossier:
        dossier = dossiers.get(change.dossier)
        yield _("案卷"), dossier.title if dossier else ""


def _changes(
    line: BulkLineView, names: Mapping[str, str], dossiers: Mapping[str, DossierView]
) -> Iterator[tuple[str, str, str]]:
    """(label, before, after) of what would change in one record."""
    for name, (before, after) in line.changes.items():
        if name not in DERIVED:
            yield _label(name), _value(name, before, names), _value(name, after, names)
    if line.dossier:
        titles = [dossiers[one].title if one in dossiers else "" for one in line.dossier]
        yield _("案卷"), titles[0], titles[1]


def _value(name: str, value: Any, names: Mapping[str, str]) -> str:
    if name == "category":
        return names.get(value, value) if value else _("未分类")
    if name == "secrecy":
        return shown.secrecy_name(value)
    if name == "retention":
        return shown.retention_name(value)
    if name == "date":
        return str(value)[:10] if value else ""
    if isinstance(value, Mapping):
        return _("%(n)s 项", n=len(value))
    return "、".join(map(str, value)) if isinstance(value, list | tuple) else str(value or "")
