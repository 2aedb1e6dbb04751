"""Signing in and out, and the first password of one's own."""

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.errors import (
    InvalidInput,
    NotSignedIn,
    SecondFactorNeeded,
    ServiceError,
    TooManyAttempts,
    Unavailable,
    WrongCredentials,
)
from service.problems import problem
from service.web import frame
from service.web.account.second_factor import ask_code
from service.web.form import sentence
from service.wiring import Fonds


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/sign-in, /sign-out, /password."""
    _session_routes(web, fonds)
    _password_routes(web, fonds)


def _session_routes(web: Blueprint, fonds: Fonds) -> None:
    @web.get("/sign-in")
    def sign_in() -> Answer:
        if identity.asking() is not None:
            return frame.leave_to(_next())
        return page(_next())

    @web.post("/sign-in")
    def enter() -> Answer:
        name, password = request.form.get("name", "").strip(), request.form.get("password", "")
        try:
            signed_in = fonds.sign_in.sign_in(
                name, password, address=identity.client_address(), agent=identity.client_agent()
            )
        except SecondFactorNeeded as needed:
            return ask_code(needed.ticket, _next())
        except (NotSignedIn, TooManyAttempts, Unavailable) as fault:
            return page(_next(), fault, name=name)
        target = "/password" if signed_in.actor.must_change_password else _next()
        response = frame.leave_to(target)
        identity.remember(response, signed_in)  # type: ignore[arg-type]  # werkzeug's response has set_cookie too
        return response

    @web.post("/sign-out")
    def leave() -> Answer:
        if (known := identity.asking()) is not None:
            fonds.sign_in.sign_out(known.token)
        response = frame.leave_to("/sign-in")
        identity.forget(response)  # type: ignore[arg-type]
        return response


def _password_routes(web: Blueprint, fonds: Fonds) -> None:
    @web.get("/password")
    def password() -> Answer:
        return _password_page({}) if identity.asking() else frame.go_to_sign_in()

    @web.post("/password")
    def change_password() -> Answer:
        actor = identity.actor()
        if request.form.get("new") != request.form.get("again"):
            return _password_page({"again": frame.different_passwords()}, 422)
        try:
            fonds.people.change_password(actor, request.form.get("old", ""), request.form.get("new", ""))
        except WrongCredentials:
            return _password_page({"old": frame.wrong_password()}, 422)
        except InvalidInput as fault:
            return _password_page({one.path.rpartition(".")[2]: sentence(one) for one in fault.faults}, 422)
        return _signed_in_again(actor.name, request.form.get("new", ""))

    def _signed_in_again(name: str, password: str) -> Answer:
        """Changing a password may end every session, this one too: go on with a new one."""
        try:
            signed_in = fonds.sign_in.sign_in(
                name, password, address=identity.client_address(), agent=identity.client_agent()
            )
        except SecondFactorNeeded as needed:
            return ask_code(needed.ticket, "/")
        response = frame.leave_to("/")
        identity.remember(response, signed_in)  # type: ignore[arg-type]
        return response


def _password_page(errors: dict[str, str], status: int = 200) -> Response:
    return frame.page("password.html", status, errors=errors)


def _next() -> str:
    return frame.own_path(request.values.get("next", "/"))


def page(next_path: str, fault: ServiceError | None = None, *, name: str = "") -> Response:
    """The sign-in page, with what went wrong; `name` is what was typed."""
    status = fault.status if fault else 200
    way = frame.outside_way()
    return frame.page("sign_in.html", status, next=next_path, name=name, error=_sentence(fault), outside=way)


def _sentence(fault: ServiceError | None) -> str:
    if fault is None:
        return ""
    told = problem(fault)
    plain = told.detail in ("", told.title) or type(fault) is NotSignedIn
    return (told.detail or told.title) if plain else f"{told.title}，{told.detail}"
