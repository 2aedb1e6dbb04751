"""Sessions: sign in, say who is signed in, sign out; and the password that one signs in with."""

from dataclasses import dataclass
from datetime import datetime

from flask import Response

from service import identity
from service.api.inputs import Input, Secret, ShortLine
from service.api.resource import Resource, Shown, answer, nothing
from service.domain.permissions import Actor
from service.errors import NotSignedIn, SecondFactorNeeded
from service.usecases.people.sign_in import SignedIn

sessions = Resource("session", __name__, "登录与退出 / signing in and out")


class Credentials(Input):
    """Name and password."""

    name: ShortLine
    password: Secret
    code: ShortLine = ""


class NewPassword(Input):
    """The password now and the one to come."""

    old: Secret
    new: Secret


class Proof(Input):
    """A code of the second factor where there is one, else the password."""

    secret: Secret


@dataclass(frozen=True, slots=True)
class UserShown:
    """A person as everybody may see himself."""

    id: str
    name: str
    display_name: str
    roles: list[str]
    departments: list[str]
    must_change_password: bool


@dataclass(frozen=True, slots=True)
class SessionShown:
    """Who is signed in. `csrf` goes into the header X-CSRF-Token of every change; "" with a bearer token."""

    user: UserShown
    csrf: str
    expires: datetime | None


def shown(actor: Actor) -> UserShown:
    """An actor without what is only for decisions."""
    return UserShown(
        actor.id,
        actor.name,
        actor.display_name,
        sorted(map(str, actor.roles)),
        sorted(actor.departments),
        actor.must_change_password,
    )


@sessions.post("/session", responses={"200": Shown[SessionShown]}, security=[])
def sign_in(body: Credentials) -> Response:
    """Sign in; the answer sets the session's cookie. An earlier session of this browser ends."""
    former = identity.session_token()
    signed = _signed_in(body)
    if former:
        identity.fonds().sign_in.sign_out(former)
    response = answer(SessionShown(shown(signed.actor), signed.csrf, signed.expires))
    identity.remember(response, signed)
    return response


def _signed_in(body: Credentials) -> SignedIn:
    """By name and password, and by the code where one is needed."""
    way, here = identity.fonds().sign_in, (identity.client_address(), identity.client_agent())
    try:
        return way.sign_in(body.name, body.password, address=here[0], agent=here[1])
    except SecondFactorNeeded as needed:
        if not body.code:
            raise
        return way.show_code(needed.ticket, body.code, address=here[0], agent=here[1])


@sessions.get("/session", responses={"200": Shown[SessionShown]})
def get_session() -> Response:
    """Who is asking."""
    asking = identity.asking()
    if asking is None:
        raise NotSignedIn("请先登录")
    return answer(SessionShown(shown(asking.actor), asking.csrf, asking.expires))


@sessions.delete("/session", responses={"204": None})
def sign_out() -> Response:
    """End the session; its cookie works nowhere from now on."""
    asking = identity.asking()
    if asking is not None and asking.by_session:
        identity.fonds().sign_in.sign_out(asking.token)
    response = nothing()
    identity.forget(response)
    return response


@sessions.post("/password", responses={"204": None})
def change_password(body: NewPassword) -> Response:
    """Change one's own password. Every other session ends."""
    identity.fonds().people.change_password(
        identity.actor(), body.old, body.new, session=identity.session_token()
    )
    return nothing()


@sessions.post("/session/proof", responses={"204": None})
def prove(body: Proof) -> Response:
    """Show again who one is, after `proof_needed`. A bearer token is asked for no proof, so there it changes nothing."""
    asking = identity.asking()
    if asking is not None and asking.by_session:
        identity.fonds().sign_in.prove(asking.token, body.secret, address=identity.client_address())
    return nothing()
