"""Signing in at the provider of the house: there and back (OIDC)."""

import hmac

from flask import Blueprint, request
from werkzeug.wrappers import Response as Answer

from service import identity
from service.errors import NotFound, NotSignedIn, SecondFactorNeeded, TooManyAttempts, Unavailable
from service.usecases.people.vouching import OutsideSignIn
from service.web import frame
from service.web.account import sign_in
from service.web.account.second_factor import ask_code
from service.wiring import Fonds

BACK = "/sign-in/outside/back"
LASTS = 600
"""Seconds that the browser remembers that it was sent."""


def routes(web: Blueprint, fonds: Fonds) -> None:
    """/sign-in/outside, /sign-in/outside/back."""

    @web.get("/sign-in/outside")
    def go_outside() -> Answer:
        wanted = frame.own_path(request.args.get("next", "/"))
        try:
            again = request.args.get("again") == "1"
            begun = _way(fonds).begin(identity.own_origin() + BACK, next_path=wanted, again=again)
        except Unavailable as fault:
            return sign_in.page(wanted, fault)
        response = frame.leave_to(begun.url)
        response.set_cookie(
            _cookie(), begun.state, LASTS, httponly=True, samesite="Lax", secure=identity.secure(), path="/"
        )
        return response

    @web.get(BACK)
    def come_back() -> Answer:
        way, state = _way(fonds), request.args.get("state", "")[:200]
        here = identity.client_address(), identity.client_agent()
        try:
            _require_same_browser(state)
            if (known := identity.asking()) is not None and known.by_session:
                wanted = way.prove(state, request.args.get("code", "")[:4000], known.token, address=here[0])
                return _without_cookie(frame.leave_to(wanted))
            signed, wanted = way.finish(
                state, request.args.get("code", "")[:4000], address=here[0], agent=here[1]
            )
        except SecondFactorNeeded as needed:
            return _without_cookie(ask_code(needed.ticket, "/"))
        except (NotSignedIn, TooManyAttempts, Unavailable) as fault:
            return _without_cookie(sign_in.page("/", fault))
        response = _without_cookie(frame.leave_to(wanted))
        identity.remember(response, signed)  # type: ignore[arg-type]  # werkzeug's response has set_cookie too
        return response


def _way(fonds: Fonds) -> OutsideSignIn:
    if fonds.knowing.outside is None:
        raise NotFound("没有这个地址")
    return fonds.knowing.outside


def _require_same_browser(state: str) -> None:
    """Whoever was sent is the one who comes back: nobody is signed in by a link that a stranger prepared."""
    sent = request.cookies.get(_cookie(), "")
    if not sent or not hmac.compare_digest(sent.encode(), state.encode()):
        raise NotSignedIn("登录已超时，请重新登录")


def _cookie() -> str:
    return "__Host-fonds_outside" if identity.secure() else "fonds_outside"


def _without_cookie(response: Answer) -> Answer:
    response.delete_cookie(_cookie(), httponly=True, samesite="Lax", secure=identity.secure(), path="/")
    return response
