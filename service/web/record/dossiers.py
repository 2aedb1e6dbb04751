"""Dossiers 案卷 as pages: the list, one with its records in order and what it lacks, its form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from service.api import cursors
from service.domain.dossiers import CATEGORIES, KINDS, Completion, DossierSaid, DossierView, Expected
from service.domain.permissions import SECRECY, Act, Actor, may
from service.errors import Conflict, Fault, Forbidden, InvalidInput, StaleRevision, Unavailable
from service.problems import language, said
from service.web import dates, form, frame, shown
from service.web.language import translated as _
from service.web.record import creating
from service.web.selecting import Selecting, offered
from service.wiring import Fonds

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    Typed = MultiDict[str, str]

PAGE = 30
LIST = "dossiers"
"""What the cursors of this list are sealed for."""
TEXTS = ("title", "code", "category", "party", "department", "responsible", "note", "secrecy")


@dataclass(frozen=True, slots=True)
class Sheet:
    """The form of a dossier: what stands in it, and what is wrong with it."""

    values: Mapping[str, str]
    kind: str
    faults: Sequence[Fault] = ()
    rev: int = 0
    waived: Sequence[str] = ()
    errors: Mapping[str, str] = field(default_factory=dict)


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/dossiers and below."""

    @web.get("/dossiers")
    @frame.signed_in
    def dossiers() -> Response:
        actor = frame.at_home("archives")
        kind = request.args.get("kind", "")
        kind = kind if kind in KINDS else ""
        state = "closed" if request.args.get("state") == "closed" else ""
        below = cursors.page_place(request.args.get("below", ""), LIST)
        page = fonds.dossiers.page(actor, kind=kind, state=state, below=below, limit=PAGE)
        counts = _counts(fonds, actor, page.items)
        return frame.page(
            "dossiers.html",
            page=page,
            further=cursors.seal(page.next_cursor, LIST),
            complete=fonds.dossiers.completeness(actor, page.items, counts),
            lacking=lacking,
            kind=kind,
            state=state,
            kinds=kind_words(),
            counts=counts,
            may_create=may(actor, Act.CREATE),
            address=lambda **changed: _address({"kind": kind, "state": state} | changed),
            names={one.code: form.category_name(one) for one in fonds.categories.all()},
        )

    _one_routes(web, fonds)
    _record_routes(web, fonds)
    _form_routes(web, fonds)


def _one_routes(web: Blueprint, fonds: Fonds) -> None:
    @web.get("/dossiers/<dossier_id>")
    @frame.signed_in
    def dossier(dossier_id: str) -> Response:
        actor = frame.at_home("archives")
        found = fonds.dossiers.get(actor, dossier_id)
        start = form.whole(request.args.get("start", ""))
        page = fonds.filing.page(actor, dossier_id, start=start, limit=PAGE)
        own = f"/dossiers/{dossier_id}"
        return frame.page(
            "dossier.html",
            dossier=found,
            page=page,
            start=start,
            kinds=kind_words(),
            standings=fonds.dossiers.standings(actor, found),
            lacking=lacking,
            expected_name=expected_name,
            editable="change" in found.may,
            orderly="change" in found.may and found.state == "open",
            new_address=lambda wanted=None: _new_address(dossier_id, wanted),
            selecting=_selecting(actor, found, own, page.total or 0),
            names={one.code: form.category_name(one) for one in fonds.categories.all()},
        )


def _record_routes(web: Blueprint, fonds: Fonds) -> None:
    @web.post("/dossiers/<dossier_id>/order")
    @frame.signed_in
    def order_dossier(dossier_id: str) -> Answer:
        actor = frame.at_home("archives")
        try:
            fonds.filing.move(
                actor, dossier_id, request.form.get("record", ""), request.form.get("before", "")
            )
        except Conflict as fault:
            frame.say(said(fault.detail, fault.params))
        start = form.whole(request.form.get("start", ""))
        back = f"/dossiers/{dossier_id}" + (f"?start={start}" if start else "")
        return frame.leave_within(back)

    @web.post("/records/<record_id>/dossier")
    @frame.signed_in
    def file_record(record_id: str) -> Answer:
        """File a record by the number or title of a dossier."""
        actor = frame.at_home("archives")
        name = request.form.get("dossier", "")
        found = [one for one in fonds.dossiers.named(actor, name) if "change" in one.may]
        if len(found) != 1:
            text = _("没有案卷“%(name)s”", name=shown.harmless(name)[:60])
            many = _("有几个案卷叫“%(name)s”，改用案卷号", name=shown.harmless(name)[:60])
            frame.say(many if found else text)
        else:
            _try_to_file(fonds, actor, found[0], record_id)
        return frame.leave_within(f"/records/{record_id}")


def _try_to_file(fonds: Fonds, actor: Actor, dossier: DossierView, record_id: str) -> None:
    try:
        fonds.filing.put(actor, dossier.id, [record_id])
    except (Conflict, Forbidden) as fault:
        frame.say(said(fault.detail or fault.title, fault.params))
        return
    frame.say(_("已放入案卷：%(title)s", title=shown.harmless(dossier.title)))


def _form_routes(web: Blueprint, fonds: Fonds) -> None:
    @web.get("/dossiers/new")
    @frame.signed_in
    def new_dossier() -> Response:
        actor = frame.at_home("archives")
        if not may(actor, Act.CREATE):
            raise Forbidden
        kind = request.args.get("kind", "")
        kind = kind if kind in KINDS else "customer"
        party = request.args.get("party", "")[:200]
        values = {"title": party, "party": party, "category": CATEGORIES[kind]}
        return _form_page(fonds, Sheet(values, kind), None)

    @web.post("/dossiers/new")
    @frame.signed_in
    def open_dossier() -> Answer:
        kind = request.form.get("kind", "")
        try:
            made = fonds.dossiers.create(frame.at_home("archives"), kind, _said(request.form))
        except InvalidInput as fault:
            return _form_page(fonds, _typed(kind, 0, fault.faults), None, 422)
        frame.say(_("已立卷：%(title)s", title=shown.harmless(made.title)))
        return frame.leave_within(f"/dossiers/{made.id}")

    _edit_routes(web, fonds)


def _edit_routes(web: Blueprint, fonds: Fonds) -> None:
    @web.get("/dossiers/<dossier_id>/edit")
    @frame.signed_in
    def edit_dossier(dossier_id: str) -> Response:
        found = fonds.dossiers.get(frame.at_home("archives"), dossier_id)
        if "change" not in found.may:
            raise Forbidden
        values = {name: str(getattr(found, name)) for name in TEXTS}
        values |= {"start": shown.day(found.start), "end": shown.day(found.end)}
        waived = [one.key for one in found.expected if one.waived]
        return _form_page(fonds, Sheet(values, found.kind, rev=found.rev, waived=waived), found)

    @web.post("/dossiers/<dossier_id>/edit")
    @frame.signed_in
    def save_dossier(dossier_id: str) -> Answer:
        actor = frame.at_home("archives")
        rev = form.whole(request.form.get("rev", ""))
        found = fonds.dossiers.get(actor, dossier_id)
        try:
            fonds.dossiers.change(actor, dossier_id, rev, _said(request.form))
        except InvalidInput as fault:
            return _form_page(fonds, _typed(found.kind, rev, fault.faults), found, 422)
        except StaleRevision as fault:
            stale = Fault("", "stale", "有人刚改过这个案卷；核对后再保存，会覆盖他的改动")
            return _form_page(fonds, _typed(found.kind, fault.current, [stale]), found, 409)
        frame.say(_("已保存"))
        return frame.leave_within(f"/dossiers/{dossier_id}")

    @web.post("/dossiers/<dossier_id>/state")
    @frame.signed_in
    def turn_dossier(dossier_id: str) -> Answer:
        actor, state = frame.at_home("archives"), request.form.get("state", "")
        rev = form.whole(request.form.get("rev", ""))
        try:
            if state == "deleted":
                fonds.dossiers.delete(actor, dossier_id, rev)
                frame.say(_("已删除空案卷"))
                return frame.leave_within("/dossiers")
            fonds.dossiers.turn(actor, dossier_id, rev, "closed" if state == "closed" else "open")
        except (Conflict, StaleRevision) as fault:
            frame.say(said(fault.detail, fault.params))
        return frame.leave_within(f"/dossiers/{dossier_id}")


def _said(typed: "Typed") -> DossierSaid:
    faults: list[Fault] = []
    start, end = (_day(typed, name, faults) for name in ("start", "end"))
    if faults:
        raise InvalidInput(faults)
    texts = {name: typed[name].strip().replace("\r\n", "\n") for name in TEXTS if name in typed}
    if not texts.get("secrecy"):
        texts.pop("secrecy", None)
    return DossierSaid(
        **texts,
        start=start,
        end=end,
        clear_start=start is None and "start" in typed,
        clear_end=end is None and "end" in typed,
        waived=tuple(typed.getlist("waived")) if "waivable" in typed else None,
    )


def _day(typed: "Typed", name: str, faults: list[Fault]) -> date | None:
    text = typed.get(name, "").strip()
    found = dates.day(text) if text else None
    if text and found is None:
        faults.append(Fault(name, "bad_date", "“%(value)s”不是日期，应写成 2026-03-12", {"value": text[:40]}))
    return found


def _typed(kind: str, rev: int, faults: Sequence[Fault]) -> Sheet:
    values = {name: request.form.get(name, "") for name in (*TEXTS, "start", "end")}
    kind = kind if kind in KINDS else "customer"
    return Sheet(values, kind, faults, rev, request.form.getlist("waived"))


def _form_page(fonds: Fonds, sheet: Sheet, dossier: DossierView | None, status: int = 200) -> Response:
    return frame.page(
        "dossier_form.html",
        status,
        sheet=sheet,
        dossier=dossier,
        kinds=kind_words(),
        errors={fault.path: said(fault.message, fault.params) for fault in sheet.faults},
        categories=form.category_choices(fonds.categories.all()),
        levels=[(level, shown.secrecy_name(level)) for level in SECRECY],
        expected_name=expected_name,
    )


def _selecting(actor: Actor, dossier: DossierView, own: str, total: int) -> Selecting:
    taking = "change" in dossier.may and dossier.state == "open"
    return offered(actor, key=own, everything=own, total=total, dossier=dossier.id if taking else "")


def _new_address(dossier_id: str, wanted: Expected | None = None) -> str:
    """Where a record is entered that lies in this dossier, perhaps as a document that it lacks."""
    title = expected_name(wanted) if wanted else ""
    return creating.address(wanted.category or None if wanted else None, dossier=dossier_id, title=title)


def _counts(fonds: Fonds, actor: Actor, items: Sequence[DossierView]) -> Mapping[str, int]:
    """Records of each dossier that the actor may know of, from the index; none while search is away."""
    try:
        return fonds.finding.filed(actor, [one.id for one in items])
    except Unavailable:
        return {}


def _address(values: Mapping[str, str]) -> str:
    given = {name: value for name, value in values.items() if value}
    return "/dossiers?" + urlencode(given) if given else "/dossiers"


def kind_words() -> dict[str, str]:
    """Kind of dossier → its word."""
    return {
        "customer": _("客户"),
        "project": _("项目"),
        "contract": _("合同"),
        "activity": _("活动"),
    }


def expected_name(expected: object) -> str:
    """An expected document in the page's language."""
    return str(getattr(expected, "label_en" if language() == "en" else "label"))


def lacking(standings: Sequence[Completion]) -> str:
    """What lacks in words: 缺 2 件：付款凭证、履行记录."""
    names = [expected_name(one.expected) for one in standings if one.lacks]
    return _("缺 %(n)s 件：%(names)s", n=len(names), names="、".join(names)) if names else ""
