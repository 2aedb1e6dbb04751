"""Identity: who asks (session cookie, bearer token, local token), and whether the request is his own (B48)."""

import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Response, current_app, g, request

from service.domain.permissions import Actor
from service.errors import CrossSiteRequest, NotSignedIn, ProofNeeded
from service.settings import Settings

if TYPE_CHECKING:
    from service.usecases.people.sign_in import SignedIn
    from service.wiring import Fonds

COOKIE = "fonds_session"
CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf_token"
SAFE = {"GET", "HEAD", "OPTIONS"}
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
OWN_SECRET = "/objects/"  # noqa: S105  a path: its signed URLs are their own proof, no cookie is read there
SIGN_IN = "/api/v1/session"
"""Where a form may be sent by somebody whose old session is still open."""


@dataclass(frozen=True, slots=True)
class LocalKey:
    """The token that stands in a 0600 file of the home, and who acts with it: somebody at this machine."""

    token: str
    actor: Actor


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks. `csrf` and `expires` belong to a session, `token` is what he showed; never logged."""

    actor: Actor
    token: str
    csrf: str = ""
    expires: datetime | None = None
    proved: datetime | None = None
    """When the owner of a session last showed who he is."""

    @property
    def by_session(self) -> bool:
        """Whether a browser sent the cookie by itself, so that the request must be proved to be meant."""
        return self.expires is not None


def fonds() -> "Fonds":
    """The archive that this application serves."""
    served: Fonds = current_app.extensions["fonds"]
    return served


def asking() -> Asking | None:
    """Who asks, None for nobody; looked up once a request, and only when somebody wants to know."""
    if "asking" not in g:
        g.asking = _recognised()
    known: Asking | None = g.asking
    return known


def actor() -> Actor:
    """Who asks, else `NotSignedIn`."""
    known = asking()
    if known is None:
        raise NotSignedIn("请先登录")
    return known.actor


def _recognised() -> Asking | None:
    if token := bearer_token():
        known = _local(token) or fonds().tokens.bearer(token)
        if known is None:
            raise NotSignedIn("令牌无效或已过期，请更换")
        return Asking(replace(known, address=client_address()), token)
    cookie = session_token()
    session = fonds().sign_in.session(cookie) if cookie else None
    if session is None:
        return None
    actor = replace(session.actor, address=client_address())
    return Asking(actor, cookie, session.csrf, session.expires, session.proved)


def session_token() -> str:
    """What the session's cookie holds, "" if there is none."""
    cookie = request.cookies.get(cookie_name(), "")
    return cookie if len(cookie) <= 200 else ""


def bearer_token() -> str:
    """What `Authorization: Bearer …` brings, "" if there is no such header."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return ""
    token = token.strip()
    if not 0 < len(token) <= 500 or not token.isascii():
        raise NotSignedIn("令牌无效或已过期，请更换")
    return token


def _local(token: str) -> Actor | None:
    key: LocalKey | None = current_app.extensions.get("fonds.local_key")
    if key is None or not hmac.compare_digest(key.token.encode(), token.encode()):
        return None
    # A reverse proxy on this machine would lend its own address to anybody.
    near = request.remote_addr in ("127.0.0.1", "::1") and "X-Forwarded-For" not in request.headers
    return key.actor if near else None


def client_address() -> str:
    """The asker's address: behind a proxy what that one saw, and only if a proxy is declared (B50)."""
    return request.remote_addr or ""


def client_agent() -> str:
    """What the asker's browser calls itself."""
    return request.headers.get("User-Agent", "")


def secure() -> bool:
    """Whether people reach us by https."""
    settings: Settings = fonds().settings
    return request.is_secure or settings.public_url.startswith("https://")


def cookie_name() -> str:
    """Under https no other host and no plain http may have set it (`__Host-`)."""
    return f"__Host-{COOKIE}" if secure() else COOKIE


def remember(response: Response, signed_in: "SignedIn") -> None:
    """Set the cookie of a new session."""
    response.set_cookie(
        cookie_name(), signed_in.token, httponly=True, samesite="Lax", secure=secure(), path="/"
    )


def forget(response: Response) -> None:
    """Take the cookie back."""
    response.delete_cookie(cookie_name(), httponly=True, samesite="Lax", secure=secure(), path="/")


def require_own_request() -> None:
    """Refuse a change that another site had the browser send: `CrossSiteRequest`.

    A request with a session must say where it comes from and bring the session's token; one without must not
    come from elsewhere, so that nobody is signed in by a stranger. A bearer token is sent by nobody unasked.
    """
    if request.method in SAFE or request.path.startswith(OWN_SECRET) or bearer_token():
        return
    known = asking()
    _require_own_origin(known is not None)
    anew = request.method == "POST" and request.path == SIGN_IN
    if known is not None and not anew and not _token_fits(known.csrf):
        raise CrossSiteRequest("缺少页面令牌或已失效，刷新页面后重试")


def require_proof() -> None:
    """Ask again who somebody is before an act of weight, when he last showed it too long ago: `ProofNeeded`.

    A bearer token was made for acting without its owner, and shows nothing of him.
    """
    known = asking()
    if known is None or known.proved is None or known.actor.must_change_password:
        return
    if fonds().clock() - known.proved > timedelta(minutes=fonds().settings.step_up_minutes):
        raise ProofNeeded(fonds().sign_in.proof_way(known.token))


def _require_own_origin(needed: bool) -> None:
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site")
    if origin is not None:
        own = origin.lower() == own_origin()
    elif site is not None:
        own = site in ("same-origin", "none")
    else:
        own = not needed
    if not own or site == "cross-site":
        raise CrossSiteRequest("请求来自其他网站")


def own_origin() -> str:
    """`scheme://host[:port]` under which people reach us."""
    settings: Settings = fonds().settings
    parts = urlsplit(settings.public_url or request.host_url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _token_fits(expected: str) -> bool:
    given = request.headers.get(CSRF_HEADER, "")
    if not given and request.mimetype in FORMS and not request.path.startswith("/api/"):
        # Only a page's small form is read here: the body of an upload to the API stays a stream.
        given = request.form.get(CSRF_FIELD, "")
    return bool(expected) and hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())
