"""The second factor on pages: a code at sign-in, setting it up from a picture, recovery codes, giving it up."""

import segno
from flask import Blueprint, Response, request
from markupsafe import Markup
from werkzeug.wrappers import Response as Answer

from service import identity
from service.errors import Conflict, InvalidInput, NotSignedIn, TooManyAttempts, WrongCode
from service.problems import said
from service.web import frame
from service.web.admin import rooms as admin
from service.web.form import sentence
from service.web.language import translated as _
from service.wiring import Fonds


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/sign-in/code, /me/second-factor and what an administrator resets."""
    _code_routes(web, fonds)
    _own_routes(web, fonds)

    @web.post("/admin/users/<user_id>/second-factor")
    @frame.signed_in
    def reset_factor(user_id: str) -> Answer:
        try:
            fonds.second_factor.reset(identity.actor(), user_id)
            frame.say(_("已重置第二因素，下次登录只用密码"))
        except Conflict as fault:
            frame.say(said(fault.detail, fault.params))
        return frame.leave_within(f"/admin/users/{user_id}")

    admin.back_to(web, "/admin/users/<user_id>/second-factor", "back_factor", "/admin/users/{user_id}")


def ask_code(ticket: str, next_path: str, error: str = "", status: int = 200) -> Response:
    """The page that asks for a code, after the password."""
    return frame.page("sign_in_code.html", status, ticket=ticket, next=next_path, error=error)


def _code_routes(web: Blueprint, fonds: Fonds) -> None:
    @web.post("/sign-in/code")
    def show_code() -> Answer:
        ticket, next_path = (
            request.form.get("ticket", "")[:100],
            frame.own_path(request.form.get("next", "/")),
        )
        try:
            signed_in = fonds.sign_in.show_code(
                ticket,
                request.form.get("code", ""),
                address=identity.client_address(),
                agent=identity.client_agent(),
            )
        except (WrongCode, TooManyAttempts) as fault:
            detail = said(fault.detail, fault.params)
            error = "，".join(text for text in (said(fault.title), detail) if text and text != "，")
            return ask_code(ticket, next_path, error if detail != said(fault.title) else detail, fault.status)
        except NotSignedIn as fault:
            error = said(fault.detail, fault.params)
            way = frame.outside_way()
            return frame.page("sign_in.html", 401, next=next_path, name="", error=error, outside=way)
        response = frame.leave_to("/password" if signed_in.actor.must_change_password else next_path)
        identity.remember(response, signed_in)  # type: ignore[arg-type]
        return response

    @web.get("/sign-in/code")
    def back_code() -> Answer:
        return frame.leave_to("/sign-in")


def _own_routes(web: Blueprint, fonds: Fonds) -> None:
    @web.get("/me/second-factor")
    def second_factor() -> Answer:
        return _page(fonds) if identity.asking() else frame.go_to_sign_in()

    @web.post("/me/second-factor")
    def enrol() -> Answer:
        secret = request.form.get("secret", "")[:64]
        try:
            codes = fonds.second_factor.enrol(identity.actor(), secret, request.form.get("code", ""))
        except InvalidInput as fault:
            return _page(fonds, secret=secret, error=sentence(fault.faults[0]), status=422)
        except (Conflict, TooManyAttempts) as fault:
            return _page(fonds, secret=secret, error=said(fault.detail, fault.params), status=fault.status)
        return _page(fonds, codes=codes)

    @web.post("/me/second-factor/<what>")
    @frame.signed_in
    def change_factor(what: str) -> Answer:
        actor, code = identity.actor(), request.form.get("code", "")
        try:
            if what == "codes":
                return _page(fonds, codes=fonds.second_factor.renew_codes(actor, code))
            fonds.second_factor.remove(actor, code)
        except InvalidInput as fault:
            return _page(fonds, error=sentence(fault.faults[0]), status=422)
        except (Conflict, TooManyAttempts) as fault:
            return _page(fonds, error=said(fault.detail, fault.params), status=fault.status)
        frame.say(_("已关闭第二因素"))
        return frame.leave_to("/me")


def _page(
    fonds: Fonds, *, secret: str = "", codes: list[str] | None = None, error: str = "", status: int = 200
) -> Response:
    actor = identity.actor()
    state = fonds.second_factor.state(actor)
    made = None
    if not state.enrolled:
        usable = len(secret) == 32 and secret.isalnum()
        made = fonds.second_factor.enrolment(actor, secret) if usable else fonds.second_factor.begin(actor)
    return frame.page(
        "second_factor.html", status, state=state, made=made, picture=_picture, codes=codes, error=error
    )


def _picture(uri: str) -> Markup:
    """The address as a QR code, an SVG of our own without styles."""
    drawn = segno.make(uri, error="m").svg_inline(omitsize=True, border=2, svgclass="qr", lineclass=None)
    return Markup(drawn)  # noqa: S704
