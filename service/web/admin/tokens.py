"""Tokens on pages: one's own are made here, everybody's are looked over by who manages users."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.domain.permissions import Scope
from service.errors import Conflict, Forbidden, InvalidInput, NotFound
from service.problems import said
from service.web import form, frame
from service.web.admin import deputies as admin_deputies
from service.web.admin import rooms as admin
from service.web.admin.users import role_name
from service.web.language import translated as _
from service.wiring import Fonds

LIMIT = 50


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/me with one's own sessions and tokens, /admin/tokens with everybody's."""
    _own_routes(web, fonds)
    _token_routes(web, fonds)
    _all_routes(web, fonds)
    admin.back_to(web, "/me/tokens", "back_me", "/me")
    again = {"scopes": ["read"], "days": ["90"]}
    admin_deputies.routes(web, fonds, "/me", lambda _user, fault: _page(fonds, again, fault))
    admin_deputies.acting(web, fonds)


def _own_routes(web: Blueprint, fonds: Fonds) -> None:
    @web.get("/me")
    @frame.signed_in
    def me() -> Response:
        return _page(fonds, {"scopes": ["read"], "days": ["90"]})

    @web.post("/me/sessions/<session_id>/end")
    @frame.signed_in
    def end_own_session(session_id: str) -> Answer:
        try:
            fonds.sessions.end(identity.actor(), session_id)
            frame.say(_("会话已结束"))
        except NotFound:
            frame.say(_("这个会话已不在"))
        return frame.leave_within("/me")

    @web.post("/me/sessions/end-others")
    @frame.signed_in
    def end_other_sessions() -> Answer:
        ended = fonds.sessions.end_others(identity.actor(), token=identity.session_token())
        frame.say(_("已结束 %(n)s 个会话", n=ended))
        return frame.leave_within("/me")


def _token_routes(web: Blueprint, fonds: Fonds) -> None:
    @web.post("/me/tokens")
    @frame.signed_in
    def add_token() -> Response:
        typed = request.form
        days, scopes = typed.get("days", ""), admin.checked(typed.getlist("scopes"))
        try:
            count = int(days) if days.isdecimal() and len(days) < 6 else 0
            text, _view = fonds.tokens.add(
                identity.actor(), name=typed.get("name", ""), days=count, scopes=scopes
            )
        except (InvalidInput, Conflict) as fault:
            return _page(fonds, typed.to_dict(flat=False), fault)
        return _page(fonds, {"scopes": ["read"], "days": ["90"]}, token=text)

    @web.post("/me/tokens/<token_id>/revoke")
    @frame.signed_in
    def revoke_token(token_id: str) -> Answer:
        try:
            fonds.tokens.revoke(identity.actor(), token_id)
        except NotFound:
            frame.say(_("这个令牌已不在"))
        else:
            frame.say(_("令牌已撤销，不再有效"))
        return frame.leave_within("/me")


def _all_routes(web: Blueprint, fonds: Fonds) -> None:
    @web.get("/admin/tokens")
    @frame.signed_in
    def tokens() -> Response:
        found = fonds.tokens.page(identity.actor(), after=request.args.get("after", "")[:64], limit=LIMIT)
        return admin.page("admin_tokens.html", found=found, scope_name=scope_name, now=fonds.clock())

    @web.post("/admin/tokens/<token_id>/revoke")
    @frame.signed_in
    def revoke_any_token(token_id: str) -> Answer:
        try:
            fonds.tokens.revoke_any(identity.actor(), token_id)
        except NotFound:
            frame.say(_("这个令牌已不在"))
        else:
            frame.say(_("令牌已撤销，不再有效"))
        return frame.leave_within("/admin/tokens")


def _page(
    fonds: Fonds,
    values: Mapping[str, Sequence[str]],
    fault: InvalidInput | Conflict | None = None,
    *,
    token: str = "",
) -> Response:
    actor = identity.actor()
    if actor.scopes is not None:
        raise Forbidden
    errors = {one.path: form.sentence(one) for one in getattr(fault, "faults", ())}
    response = frame.page(
        "me.html",
        fault.status if fault else 200,
        fields=_fields(values, errors),
        refused=said(fault.detail, fault.params) if isinstance(fault, Conflict) else "",
        token=token,
        tokens=fonds.tokens.own(actor),
        sessions=fonds.sessions.own(actor, token=identity.session_token()),
        roles=[role_name(role) for role in sorted(actor.roles)],
        deputies=admin_deputies.panel(fonds, actor.id, fault) if not actor.acting_for else None,
        scope_name=scope_name,
        now=fonds.clock(),
    )
    response.headers["HX-Push-Url"] = "/me"
    return response


def _fields(values: Mapping[str, Sequence[str]], errors: Mapping[str, str]) -> list[form.Field]:
    def value(name: str) -> str:
        return next(iter(values.get(name, ())), "")

    return [
        form.Field(
            "name",
            _("用途"),
            value=value("name"),
            required=True,
            limit=100,
            error=errors.get("name", ""),
            hint=_("写明哪个程序用它，例如“夜间导入”"),
        ),
        form.Field(
            "days", _("有效期"), "number", value=value("days"), unit=_("天"), error=errors.get("days", "")
        ),
        form.Field(
            "scopes",
            _("范围"),
            "several",
            values=tuple(admin.checked(values.get("scopes", ()))),
            choices=[(scope.value, scope_name(scope.value)) for scope in Scope],
            wide=True,
            hint=_("都不选即与本人权限相同"),
            error=errors.get("scopes", ""),
        ),
    ]


def scope_name(scope: str) -> str:
    """A scope of tokens in words."""
    words = {"read": _("查阅"), "write": _("著录与上传"), "admin": _("管理")}
    return words.get(scope, scope)
