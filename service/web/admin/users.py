"""Users: the list, the form of one, his password, his sessions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as Answer

from service import identity
from service.domain.people import EVERYWHERE, Standing
from service.domain.permissions import CLEARANCES
from service.errors import Conflict, InvalidInput, NotFound
from service.problems import language, said
from service.usecases.people.users import NewUser, UserView, WhoIs
from service.web import form, frame, shown
from service.web.admin import deputies as admin_deputies
from service.web.admin import rooms as admin
from service.web.language import translated as _
from service.wiring import Fonds

LIMIT = 50


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/admin/users and what is done with one."""
    _list_routes(web, fonds)
    _user_routes(web, fonds)
    _account_routes(web, fonds)

    def again(user_id: str, fault: InvalidInput) -> Response:
        known = fonds.people.get(identity.actor(), user_id)
        return _form(fonds, known, _values(known), fault, here=f"/admin/users/{user_id}")

    admin_deputies.routes(web, fonds, "/admin/users/<user_id>", again)
    for act in ("disable", "enable", "unlock", "password"):
        admin.back_to(web, f"/admin/users/<user_id>/{act}", f"back_{act}", "/admin/users/{user_id}")


def _list_routes(web: Blueprint, fonds: Fonds) -> None:
    @web.get("/admin/users")
    @frame.signed_in
    def users() -> Response:
        asked = WhoIs(*(request.args.get(name, "").strip()[:100] for name in ("q", "role", "state")))
        found = fonds.people.page(
            identity.actor(), asked, after=request.args.get("after", "")[:100], limit=LIMIT
        )
        given = {"q": asked.text, "role": asked.role, "state": asked.state, "after": found.next_cursor}
        further = "/admin/users?" + urlencode({key: value for key, value in given.items() if value})
        return admin.page(
            "admin_users.html",
            asked=asked,
            found=found,
            roles=role_choices(),
            role_name=role_name,
            further=further if found.next_cursor else "",
        )

    @web.get("/admin/users/new")
    @frame.signed_in
    def new_user() -> Response:
        return _form(fonds, None, {"roles": ["staff"], "clearance": ["L2"]})

    @web.post("/admin/users/new")
    @frame.signed_in
    def add_user() -> Response:
        typed = request.form
        new = NewUser(
            name=typed.get("name", ""),
            display_name=typed.get("display_name", ""),
            roles=admin.checked(typed.getlist("roles")),
            departments=admin.checked(typed.getlist("departments")),
            clearance=typed.get("clearance", "L2"),
            reach=_reach(typed),
            circles=admin.checked(typed.getlist("circles")),
        )
        try:
            user, once = fonds.people.add(identity.actor(), new)
        except InvalidInput as fault:
            return _form(fonds, None, typed.to_dict(flat=False), fault)
        return _form(fonds, user, _values(user), once=once, here=f"/admin/users/{user.id}")


def _user_routes(web: Blueprint, fonds: Fonds) -> None:
    @web.get("/admin/users/<user_id>")
    @frame.signed_in
    def user(user_id: str) -> Response:
        found = fonds.people.get(identity.actor(), user_id)
        return _form(fonds, found, _values(found))

    @web.post("/admin/users/<user_id>")
    @frame.signed_in
    def change_user(user_id: str) -> Answer:
        typed = request.form
        wanted = Standing(
            typed.get("display_name", ""),
            admin.checked(typed.getlist("roles")),
            admin.checked(typed.getlist("departments")),
            typed.get("clearance", ""),
            _reach(typed),
            admin.checked(typed.getlist("circles")),
        )
        try:
            found = fonds.people.change(identity.actor(), user_id, wanted)
        except (InvalidInput, Conflict) as fault:
            known = fonds.people.get(identity.actor(), user_id)
            return _form(fonds, known, typed.to_dict(flat=False), fault)
        frame.say(_("已保存：%(name)s，下一次请求起生效", name=found.display_name))
        return frame.leave_within(f"/admin/users/{user_id}")

    @web.post("/admin/users/<user_id>/sessions/<session_id>/end")
    @frame.signed_in
    def end_session(user_id: str, session_id: str) -> Answer:
        try:
            fonds.sessions.end_of(identity.actor(), user_id, session_id)
            frame.say(_("会话已结束"))
        except NotFound:
            frame.say(_("这个会话已不在"))
        return frame.leave_within(f"/admin/users/{user_id}")


def _account_routes(web: Blueprint, fonds: Fonds) -> None:
    @web.post("/admin/users/<user_id>/disable")
    @frame.signed_in
    def disable(user_id: str) -> Answer:
        return _done(fonds, user_id, fonds.people.disable, _("已停用：%(name)s，会话已结束，令牌不再有效"))

    @web.post("/admin/users/<user_id>/enable")
    @frame.signed_in
    def enable(user_id: str) -> Answer:
        return _done(fonds, user_id, fonds.people.enable, _("已启用：%(name)s"))

    @web.post("/admin/users/<user_id>/unlock")
    @frame.signed_in
    def unlock(user_id: str) -> Answer:
        return _done(fonds, user_id, fonds.people.unlock, _("已解锁：%(name)s，可以立即登录"))

    @web.post("/admin/users/<user_id>/password")
    @frame.signed_in
    def reset(user_id: str) -> Response:
        actor = identity.actor()
        try:
            once = fonds.people.reset_password(actor, user_id)
        except Conflict as fault:
            known = fonds.people.get(actor, user_id)
            return _form(fonds, known, _values(known), fault, here=f"/admin/users/{user_id}")
        known = fonds.people.get(actor, user_id)
        return _form(fonds, known, _values(known), once=once, here=f"/admin/users/{user_id}")


def _done(fonds: Fonds, user_id: str, act: Any, text: str) -> Answer:
    try:
        user = act(identity.actor(), user_id)
    except Conflict as fault:
        known = fonds.people.get(identity.actor(), user_id)
        return _form(fonds, known, _values(known), fault, here=f"/admin/users/{user_id}")
    frame.say(text % {"name": user.display_name})
    return frame.leave_within(f"/admin/users/{user_id}")


def _form(
    fonds: Fonds,
    user: UserView | None,
    values: Mapping[str, Sequence[str]],
    fault: InvalidInput | Conflict | None = None,
    *,
    once: str = "",
    here: str = "",
) -> Response:
    actor = identity.actor()
    errors: dict[str, str] = {}
    for one in fault.faults if isinstance(fault, InvalidInput) else ():
        errors.setdefault(one.path.split(".")[0], form.sentence(one))
    departments = [one.name for one in fonds.departments.all(actor) if not one.closed]
    return admin.page(
        "admin_user.html",
        fault.status if fault else 200,
        here=here,
        user=user,
        fields=_fields(values, departments, errors, new=user is None),
        refused=said(fault.detail, fault.params) if isinstance(fault, Conflict) else "",
        once=once,
        sessions=fonds.sessions.of(actor, user.id) if user else [],
        factor=fonds.second_factor.state_of(actor, user.id) if user else None,
        role_name=role_name,
        reaches=_reaches(values, departments),
        deputies=admin_deputies.panel(fonds, user.id, fault) if user else None,
    )


def _fields(
    values: Mapping[str, Sequence[str]], departments: Sequence[str], errors: Mapping[str, str], *, new: bool
) -> list[form.Field]:
    held = tuple(admin.checked(values.get("departments", ())))
    offered = [*departments, *(name for name in held if name not in departments)]
    fields = [
        _field("name", _("用户名"), values, errors, required=True),
        _field("display_name", _("姓名"), values, errors),
        _field("roles", _("角色"), values, errors, widget="several", choices=role_choices(), wide=True),
        _field(
            "departments",
            _("部门"),
            values,
            errors,
            widget="several",
            choices=[(name, shown.harmless(name)) for name in offered],
            wide=True,
            hint="" if offered else _("还没有部门，先到“部门设置”页添加"),
        ),
        _field(
            "clearance",
            _("可知密级"),
            values,
            errors,
            widget="choice",
            choices=[(level, shown.secrecy_name(level)) for level in CLEARANCES],
            wide=True,
            hint=_("能看到的最高密级；绝密不经检索开放"),
        ),
    ]
    circles = list(identity.fonds().knowing.actors.circles().items())
    if circles:
        fields.append(
            _field("circles", _("知悉范围"), values, errors, widget="several", choices=circles, wide=True)
        )
    return fields if new else fields[1:]


def _field(
    name: str, label: str, values: Mapping[str, Sequence[str]], errors: Mapping[str, str], **rest: Any
) -> form.Field:
    given = tuple(admin.checked(values.get(name, ())))
    several = rest.get("widget") == "several"
    return form.Field(
        name,
        label,
        value="" if several else next(iter(given), ""),
        values=given if several else (),
        error=errors.get(name, ""),
        **rest,
    )


def _values(user: UserView) -> dict[str, Sequence[str]]:
    return {
        "display_name": [user.display_name],
        "roles": user.roles,
        "departments": user.departments,
        "clearance": [user.clearance],
        "circles": user.circles,
    } | {
        f"reach.{role}": where if where == EVERYWHERE else ("named", *where)
        for role, where in user.reach.items()
    }


@dataclass(frozen=True, slots=True)
class RoleReach:
    """Where a role counts, as its line of the form says: "" as the role itself says, "*" everywhere, "named"."""

    role: str
    name: str
    usual: str
    where: str
    departments: Sequence[str]
    offered: Sequence[str]


def _reaches(values: Mapping[str, Sequence[str]], departments: Sequence[str]) -> list[RoleReach]:
    lines = []
    for role in identity.fonds().knowing.actors.roles().values():
        where, *named = [*values.get(f"reach.{role.code}", ()), ""]
        named = admin.checked(named)
        usual = _("所有部门") if role.everywhere else _("所属部门")
        offered = [*departments, *(one for one in named if one not in departments)]
        lines.append(RoleReach(role.code, role_name(role.code), usual, where, named, offered))
    return lines


def _reach(typed: "MultiDict[str, str]") -> dict[str, Sequence[str]]:
    """Where the chosen roles count, of those of which the form says it."""
    reach: dict[str, Sequence[str]] = {}
    for role in admin.checked(typed.getlist("roles")):
        where, *named = [*typed.getlist(f"reach.{role}"), ""]
        if where == "*":
            reach[role] = EVERYWHERE
        elif where == "named":
            reach[role] = admin.checked(named)
    return reach


def role_name(role: str) -> str:
    """A role in the page's language; one that there is no longer as it is."""
    known = identity.fonds().knowing.actors.roles().get(role)
    if known is None:
        return role
    return known.name_en if language() == "en" else known.name


def role_choices() -> list[tuple[str, str]]:
    """Every role with its name."""
    return [(role, role_name(role)) for role in identity.fonds().knowing.actors.roles()]
