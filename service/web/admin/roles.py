"""Roles: the matrix of what each allows, and the form of one."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.domain.permissions import Act
from service.domain.roles import ACT_NAMES, GROUPS, RoleSaid
from service.errors import Conflict, InvalidInput, NotFound
from service.problems import language, said
from service.web import form, frame, shown
from service.web.admin import rooms as admin
from service.web.language import translated as _
from service.wiring import Fonds


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/admin/roles."""

    @web.get("/admin/roles")
    @frame.signed_in
    def roles() -> Response:
        found = fonds.knowing.roles.all(identity.actor())
        return admin.page("admin_roles.html", roles=list(found.values()), groups=groups(), in_words=in_words)

    @web.get("/admin/roles/new")
    @frame.signed_in
    def new_role() -> Response:
        fonds.knowing.roles.all(identity.actor())
        return _form("", {})

    @web.post("/admin/roles/new")
    @frame.signed_in
    def add_role() -> Answer:
        return _saved(fonds, request.form.get("code", "").strip(), new=True)

    @web.get("/admin/roles/<code>")
    @frame.signed_in
    def role(code: str) -> Response:
        found = fonds.knowing.roles.all(identity.actor()).get(code)
        if found is None:
            raise NotFound("没有这个角色")
        values = {
            "name": [found.name],
            "name_en": [found.name_en],
            "everywhere": ["yes" if found.everywhere else "no"],
            "acts": [act.value for act in found.acts],
        }
        return _form(code, values)

    _saving_routes(web, fonds)


def _saving_routes(web: Blueprint, fonds: Fonds) -> None:
    @web.post("/admin/roles/<code>")
    @frame.signed_in
    def save_role(code: str) -> Answer:
        return _saved(fonds, code, new=False)

    @web.post("/admin/roles/<code>/remove")
    @frame.signed_in
    def remove_role(code: str) -> Answer:
        starting = getattr(fonds.knowing.roles.all(identity.actor()).get(code), "starting", False)
        try:
            fonds.knowing.roles.remove(identity.actor(), code)
        except Conflict as fault:
            frame.say(said(fault.detail, fault.params))
            return frame.leave_within(f"/admin/roles/{code}")
        frame.say(_("已恢复初始权限") if starting else _("已删除角色"))
        return frame.leave_within("/admin/roles")

    admin.back_to(web, "/admin/roles/<code>/remove", "back_roles", "/admin/roles/{code}")


def in_words(names: tuple[str, str]) -> str:
    """Of a name in Chinese and English the one of the page."""
    return names[language() == "en"]


def groups() -> list[tuple[str, Sequence[tuple[Act, str]]]]:
    """The acts in their groups, in words."""
    return [
        (in_words(group), [(act, in_words(ACT_NAMES[act])) for act in acts]) for group, acts in GROUPS.items()
    ]


def _saved(fonds: Fonds, code: str, *, new: bool) -> Answer:
    typed = request.form
    wanted = RoleSaid(
        typed.get("name", ""),
        typed.get("name_en", ""),
        admin.checked(typed.getlist("acts")),
        typed.get("everywhere") == "yes",
    )
    try:
        saved = fonds.knowing.roles.save(identity.actor(), code, wanted, new=new)
    except (InvalidInput, Conflict) as fault:
        return _form("" if new else code, typed.to_dict(flat=False), fault)
    frame.say(_("已保存：%(name)s，下一次请求起生效", name=shown.harmless(saved.name)))
    return frame.leave_within("/admin/roles")


def _form(
    code: str, values: Mapping[str, Sequence[str]], fault: InvalidInput | Conflict | None = None
) -> Response:
    errors: dict[str, str] = {}
    for one in fault.faults if isinstance(fault, InvalidInput) else ():
        errors.setdefault(one.path, form.sentence(one))
    where = [("no", _("只在用户所属部门")), ("yes", _("在所有部门"))]
    fields = [
        _field("name", _("名称"), values, errors, limit=60),
        _field("name_en", _("英文名称"), values, errors, limit=60),
        form.Field(
            "everywhere",
            _("默认范围"),
            "choice",
            value=next(iter(values.get("everywhere", ["no"])), "no"),
            choices=where,
            wide=True,
            hint=_("给用户设角色时可以另行指定部门"),
        ),
    ]
    if not code:
        fields.insert(0, _field("code", _("代码"), values, errors, limit=40))
    return admin.page(
        "admin_role.html",
        fault.status if fault else 200,
        code=code,
        role=identity.fonds().knowing.actors.roles().get(code),
        fields=fields,
        held=set(values.get("acts", ())),
        groups=groups(),
        wrong=errors.get("acts", ""),
        refused=said(fault.detail, fault.params) if isinstance(fault, Conflict) else "",
        in_words=in_words,
    )


def _field(
    name: str, label: str, values: Mapping[str, Sequence[str]], errors: Mapping[str, str], *, limit: int
) -> form.Field:
    given = next(iter(values.get(name, ())), "")
    required = name != "name_en"
    return form.Field(name, label, value=given, required=required, limit=limit, error=errors.get(name, ""))
