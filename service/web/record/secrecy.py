"""Secrecy and access on pages: one record's level, who sees it and why, its grants; what waits for a decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.domain.explaining import Reason
from service.domain.permissions import SECRECY, rights_of
from service.errors import Conflict, Forbidden, InvalidInput, ServiceError
from service.problems import said
from service.usecases.knowing.access import AccessView, GrantSaid
from service.usecases.knowing.secrecy import PROPOSERS, SecrecySaid
from service.web import dates, form, frame, shown
from service.web.admin import rooms as admin
from service.web.language import translated as _
from service.wiring import Fonds

GRANT, LEVEL, CIRCLES = "grant", "level", "circles"
"""The forms of the page of one record."""


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/records/…/access and /secrecy."""
    _access_routes(web, fonds)
    _level_routes(web, fonds)
    for part in ("grants", "circles", "secrecy"):
        admin.back_to(
            web, f"/records/<record_id>/{part}", f"back_record_{part}", "/records/{record_id}/access"
        )


def _access_routes(web: Blueprint, fonds: Fonds) -> None:
    @web.get("/records/<record_id>/access")
    @frame.signed_in
    def access(record_id: str) -> Response:
        return _page(fonds, record_id)

    @web.post("/records/<record_id>/grants")
    @frame.signed_in
    def give_grant(record_id: str) -> Answer:
        typed = request.form
        wanted = GrantSaid(typed.get("user", "")[:100], _day("last_day"), typed.get("reason", ""))
        try:
            made = fonds.knowing.access.give(identity.actor(), record_id, wanted)
        except (InvalidInput, Conflict) as fault:
            return _page(fonds, record_id, fault, GRANT)
        frame.say(_("已授权：%(name)s", name=shown.harmless(made.user)))
        return _back(record_id)

    @web.post("/records/<record_id>/grants/<grant_id>/withdraw")
    @frame.signed_in
    def withdraw_grant(record_id: str, grant_id: str) -> Answer:
        fonds.knowing.access.withdraw(identity.actor(), grant_id)
        frame.say(_("授权已收回，下一次请求起生效"))
        return _back(record_id)

    @web.post("/records/<record_id>/circles")
    @frame.signed_in
    def set_circles(record_id: str) -> Answer:
        chosen = admin.checked(request.form.getlist("circles"))
        try:
            fonds.knowing.access.set_circles(identity.actor(), record_id, chosen)
        except (InvalidInput, Conflict) as fault:
            return _page(fonds, record_id, fault, CIRCLES)
        frame.say(_("知悉范围已保存"))
        return _back(record_id)


def _level_routes(web: Blueprint, fonds: Fonds) -> None:
    @web.get("/secrecy")
    @frame.signed_in
    def secrecy() -> Response:
        return _overview(fonds)

    @web.post("/records/<record_id>/secrecy")
    @frame.signed_in
    def propose(record_id: str) -> Answer:
        typed = request.form
        wanted = SecrecySaid(typed.get("level", ""), _day("until"), typed.get("reason", ""))
        try:
            fonds.knowing.secrecy.propose(identity.actor(), record_id, wanted)
        except (InvalidInput, Conflict) as fault:
            if typed.get("from") == "register":
                return _overview(fonds, fault)
            return _page(fonds, record_id, fault, LEVEL)
        frame.say(_("已提请审批"))
        return frame.leave_within("/secrecy")

    @web.post("/secrecy/<act_id>/decision")
    @frame.signed_in
    def decide(act_id: str) -> Answer:
        approve, note = request.form.get("approve") == "yes", request.form.get("note", "")
        try:
            done = fonds.knowing.secrecy.decide(identity.actor(), act_id, approve=approve, note=note)
        except (InvalidInput, Conflict, Forbidden) as fault:
            return _overview(fonds, fault)
        level = shown.secrecy_name(done.after)
        frame.say(_("已批准，密级为%(level)s", level=level) if approve else _("已退回"))
        return frame.leave_within("/secrecy")

    @web.post("/secrecy/<act_id>/withdraw")
    @frame.signed_in
    def withdraw(act_id: str) -> Answer:
        fonds.knowing.secrecy.withdraw(identity.actor(), act_id)
        frame.say(_("已撤回"))
        return frame.leave_within("/secrecy")

    for act in ("decision", "withdraw"):
        admin.back_to(web, f"/secrecy/<act_id>/{act}", f"back_secrecy_{act}", "/secrecy")


def _day(name: str) -> Any:
    return dates.day(request.form.get(name, ""))


def _back(record_id: str) -> Answer:
    return frame.leave_within(f"/records/{record_id}/access")


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong in which form of the page."""

    part: str
    errors: Mapping[str, str]
    refused: str


def _wrong(fault: ServiceError | None, part: str) -> Wrong:
    faults = fault.faults if isinstance(fault, InvalidInput) else ()
    errors: dict[str, str] = {}
    for one in faults:
        errors.setdefault(one.path, form.sentence(one))
    refused = said(fault.detail, fault.params) if fault is not None and not errors else ""
    return Wrong(part, errors, refused)


def _page(fonds: Fonds, record_id: str, fault: ServiceError | None = None, part: str = "") -> Response:
    actor = identity.actor()
    asked = request.args.get("who", "").strip()[:100]
    view = fonds.knowing.access.of(actor, record_id, asked=asked)
    wrong = _wrong(fault, part)
    acts = fonds.knowing.secrecy.of(actor, record_id)
    may_propose = any(act in rights_of(actor) for act in PROPOSERS) and bool(view.title)
    response = frame.page(
        "access.html",
        fault.status if fault else 200,
        access=view,
        asked=asked,
        acts=acts,
        may_propose=may_propose and not any(one.state == "proposed" for one in acts),
        level_fields=_level_fields(view.secrecy, wrong),
        grant_fields=_grant_fields(wrong),
        circle_choices=_circles(fonds, view),
        refused=wrong.refused or (wrong.errors.get("circles", "") if part == CIRCLES else ""),
        why=why,
        state_word=state_word,
    )
    if fault:
        response.headers["HX-Push-Url"] = f"/records/{record_id}/access"
    return response


def _overview(fonds: Fonds, fault: ServiceError | None = None) -> Response:
    actor, acts = identity.actor(), fonds.knowing.secrecy
    if not acts.may_any(actor):
        raise Forbidden
    wrong = _wrong(fault, LEVEL)
    refused = wrong.refused or "；".join(wrong.errors.values())
    response = frame.page(
        "secrecy.html",
        fault.status if fault else 200,
        waiting=acts.waiting(actor),
        due=acts.due(actor),
        hidden=acts.top_secret(actor),
        level_fields=_level_fields("L3", wrong),
        refused=refused,
    )
    if fault:
        response.headers["HX-Push-Url"] = "/secrecy"
    return response


def _typed(wrong: Wrong, part: str, name: str, usual: str = "") -> str:
    return request.form.get(name, "") if wrong.part == part and request.method == "POST" else usual


def _level_fields(now: str, wrong: Wrong) -> list[form.Field]:
    errors = wrong.errors if wrong.part == LEVEL else {}
    levels = [(level, shown.secrecy_name(level)) for level in SECRECY]
    return [
        form.Field(
            "level",
            _("拟定密级"),
            "choice",
            value=_typed(wrong, LEVEL, "level", now),
            choices=levels,
            wide=True,
            error=errors.get("level", ""),
        ),
        form.Field(
            "until",
            _("保密期限至"),
            "date",
            value=_typed(wrong, LEVEL, "until"),
            error=errors.get("until", ""),
            hint=_("非密级留空；秘密最长 10 年，机密 20 年，绝密 30 年"),
        ),
        form.Field(
            "reason",
            _("事由"),
            value=_typed(wrong, LEVEL, "reason"),
            required=True,
            wide=True,
            limit=500,
            error=errors.get("reason", ""),
        ),
    ]


def _grant_fields(wrong: Wrong) -> list[form.Field]:
    errors = wrong.errors if wrong.part == GRANT else {}
    labels = {"user": _("用户名"), "last_day": _("有效至"), "reason": _("事由")}
    return [
        form.Field(
            name,
            label,
            "date" if name == "last_day" else "text",
            value=_typed(wrong, GRANT, name),
            required=True,
            limit=200,
            wide=name == "reason",
            error=errors.get(name, ""),
        )
        for name, label in labels.items()
    ]


def _circles(fonds: Fonds, view: AccessView) -> Sequence[tuple[str, str, bool]]:
    """Every circle: id, name, and whether the record is open to it."""
    return [(one, name, one in view.circles) for one, name in fonds.knowing.actors.circles().items()]


def why(reason: Reason) -> str:
    """A reason in words."""
    if reason.code == "circle":
        name = identity.fonds().knowing.actors.circles().get(reason.value, "")
        return _("知悉范围：%(name)s", name=shown.harmless(name)) if name else _("他人经手范围")
    words = {
        "everywhere": _("角色在所有部门有效"),
        "department": _("角色在%(name)s有效", name=shown.harmless(reason.value)),
        "own": _("本人经手"),
        "grant": _("单独授权"),
        "no_reading": _("没有查看档案的角色"),
        "top_secret": _("绝密不向任何人开放"),
        "clearance": _("可知密级只到%(level)s", level=shown.secrecy_name(reason.value)),
        "outside": _("不在部门、知悉范围和授权之内"),
    }
    return words.get(reason.code, reason.code)


def state_word(state: str) -> str:
    """The state of a secrecy act or a grant in words."""
    words = {
        "proposed": _("待审批"),
        "approved": _("已批准"),
        "refused": _("已退回"),
        "withdrawn": _("已撤回"),
        "in_force": _("有效"),
        "ended": _("已到期"),
    }
    return words.get(state, state)
