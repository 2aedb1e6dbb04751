"""Administration: the pages of those who run the archive, and the way between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Blueprint, Response
from werkzeug.wrappers import Response as Answer

from service import identity
from service.domain.permissions import Act, Actor, may
from service.errors import Forbidden
from service.web import frame
from service.web.language import translated as _
from service.wiring import Fonds


@dataclass(frozen=True, slots=True)
class Tab:
    """A page of the administration."""

    name: str
    path: str
    word: str


def tabs(actor: Actor) -> list[Tab]:
    """The pages that this user may open, in their order."""
    found: list[Tab] = []
    if may(actor, Act.MANAGE_USERS):
        found += [
            Tab("users", "/admin/users", _("用户")),
            Tab("roles", "/admin/roles", _("角色")),
            Tab("departments", "/admin/departments", _("部门设置")),
            Tab("circles", "/admin/circles", _("知悉范围")),
            Tab("tokens", "/admin/tokens", _("令牌")),
        ]
    if may(actor, Act.MANAGE_SCHEME):
        found.append(Tab("categories", "/admin/categories", _("分类方案")))
        found.append(Tab("queue", "/admin/queue", _("处理队列")))
    if may(actor, Act.TEND):
        found.append(Tab("missed", "/admin/missed", _("检索未果")))
        found.append(Tab("synonyms", "/admin/synonyms", _("同义词")))
    if may(actor, Act.APPROVE_SCHEME) or may(actor, Act.MANAGE_SCHEME):
        found.append(Tab("approvals", "/admin/approvals", _("方案审批")))
        found.append(Tab("conversions", "/admin/conversions", _("换版")))
    if may(actor, Act.MIGRATE):
        found.append(Tab("migrate", "/admin/migrate", _("迁移")))
    if may(actor, Act.OPERATE):
        found.append(Tab("safekeeping", "/admin/safekeeping", _("备份与巡检")))
        found.append(Tab("status", "/status", _("运行状态")))
    if may(actor, Act.WATCH):
        found.append(Tab("audit", "/admin/audit", _("审计")))
    return found


def page(template: str, status: int = 200, *, here: str = "", **values: Any) -> Response:
    """A page of the administration; `here` is its address where the request's own cannot be loaded again."""
    response = frame.page(template, status, tabs=tabs(identity.actor()), **values)
    if here:
        response.headers["HX-Push-Url"] = here
    return response


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/admin leads to the first page that one may open."""
    del fonds  # the pages themselves ask it

    @web.get("/admin")
    @frame.signed_in
    def admin() -> Answer:
        mine = tabs(identity.actor())
        if not mine:
            raise Forbidden
        return frame.leave_within(mine[0].path)


def back_to(web: Blueprint, rule: str, endpoint: str, address: str) -> None:
    """Where a reload leads after a form: GET of `rule` goes to `address`, filled from the path."""
    web.add_url_rule(rule, endpoint, partial(_back, address), methods=["GET"])


def _back(address: str, **places: str) -> Answer:
    return frame.leave_within(address.format(**places))


def checked(names: Sequence[str]) -> list[str]:
    """Values of check boxes, without the empty one that says that they were asked."""
    return [name for name in names if name]
