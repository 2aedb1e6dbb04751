"""The HTTP application: routes, hooks around every request, and the one place where errors become answers."""

import hashlib
import logging
import secrets
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from flask import Flask, Request, Response, current_app, g, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_openapi3.models.info import Info
from flask_openapi3.models.security_scheme import SecurityScheme
from flask_openapi3.openapi import OpenAPI
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from service import identity, logs, problems
from service.api import RESOURCES
from service.api.bodies import JSON_LIMIT, StrictRequest
from service.api.headers import protect
from service.api.inputs import MESSAGES, BadQuery, refuse
from service.api.metrics import Metrics, figures
from service.api.objects import objects
from service.api.probes import probes
from service.api.resource import PREFIX, answer
from service.api.weight import OF_WEIGHT
from service.errors import Fault, Forbidden, MalformedRequest
from service.web.pages import blueprint as pages

if TYPE_CHECKING:
    from service.wiring import Fonds

access = logging.getLogger("fonds.access")

API_VERSION = "1.0.0"

PUBLIC = {"session.sign_in", "openapi_document"}
"""What of the API answers somebody who is not signed in."""

BEFORE_THE_CHANGE = {"session.get_session", "session.sign_out", "session.change_password", "session.prove"}
"""What somebody may do who has signed in with a one-time password (R-SEC-6)."""

WITHOUT_QUERY = {endpoint for resource in RESOURCES for endpoint in resource.without_query} | {
    "openapi_document"
}

QUIET = {"probes.healthz", "probes.readyz", "probes.metrics"}
"""Asked every few seconds by machines; logged only when they fail."""

SECURITY_SCHEMES: dict[str, SecurityScheme | dict[str, Any]] = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": identity.COOKIE,
        "description": "From POST /session. Changes also need its `csrf` as X-CSRF-Token, and an Origin.",
    },
    "token": {"type": "http", "scheme": "bearer", "description": "From POST /tokens."},
}


class PageSessions(SecureCookieSessionInterface):
    """Flask's signed cookie, for whose keys nothing is derived while nobody brings one."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """See `SessionInterface.open_session`."""
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


class Application(OpenAPI):
    """Ours: none of its views is a coroutine, so that none is asked with every request whether it is one."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """See `Flask.ensure_sync`."""
        return func


def create_app(fonds: "Fonds", *, local: identity.LocalKey | None = None) -> OpenAPI:
    """The application that serves `fonds`; `local` lets the commands of this machine in."""
    app = Application(
        "service",
        info=Info(title="fonds 全宗", version=API_VERSION),
        security_schemes=SECURITY_SCHEMES,
        validation_error_model=problems.ProblemBody,
        validation_error_callback=refuse,
        doc_ui=False,
        static_folder=None,
    )
    app.request_class = StrictRequest
    app.session_interface = PageSessions()
    app.config.update(
        MAX_CONTENT_LENGTH=JSON_LIMIT,
        MAX_FORM_MEMORY_SIZE=JSON_LIMIT // 2,
        MAX_FORM_PARTS=200,
        PROPAGATE_EXCEPTIONS=False,
        SECRET_KEY=hashlib.sha256(b"fonds pages\0" + fonds.secret.encode()).digest(),
        SESSION_COOKIE_NAME="fonds_page",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=fonds.settings.public_url.startswith("https://"),
    )
    app.extensions.update({"fonds": fonds, "fonds.local_key": local, "fonds.metrics": Metrics(figures)})
    for resource in RESOURCES:
        app.register_api(resource)
    app.register_blueprint(objects)
    app.register_blueprint(probes)
    app.register_blueprint(pages(fonds))
    app.add_url_rule(f"{PREFIX}/openapi.json", "openapi_document", lambda: answer(app.api_doc))
    _hook(app)
    if fonds.settings.public_url:
        # One proxy stands in front, and only then is anything believed that a proxy would say (B50).
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    return app


def _hook(app: OpenAPI) -> None:
    app.before_request(_begin)
    app.before_request(_require_readable_query)
    app.before_request(identity.require_own_request)
    app.before_request(_require_asker)
    app.before_request(_require_proof)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _fault)
    app.after_request(_end)


def _begin() -> None:
    g.request_id = secrets.token_hex(8)
    g.begun = time.monotonic()


def _require_readable_query() -> None:
    # Flask would let bytes that are no UTF-8 pass as percent signs (B23).
    try:
        unquote_to_bytes(request.query_string).decode()
    except UnicodeDecodeError as fault:
        raise MalformedRequest("网址中的参数不是 UTF-8") from fault


def _require_asker() -> None:
    if request.path.startswith(problems.API) and request.endpoint and request.endpoint not in PUBLIC:
        who = identity.actor()
        if who.must_change_password and request.endpoint not in BEFORE_THE_CHANGE:
            raise Forbidden("先修改一次性密码，再继续")
        if who.must_enrol and request.endpoint not in BEFORE_THE_CHANGE:
            raise Forbidden("本角色须用第二因素，先在页面上启用")
    if request.args and request.endpoint in WITHOUT_QUERY:
        message = MESSAGES["extra_forbidden"]
        raise BadQuery([Fault(name, "extra_forbidden", message) for name in list(request.args)[:50]])


def _require_proof() -> None:
    if request.method not in identity.SAFE and request.endpoint in OF_WEIGHT:
        identity.require_proof()


def _fault(error: Exception) -> Response:
    """The answer to an error. What somebody may not do is on record, whoever refused it (R-AUD-1)."""
    response = problems.respond(error)
    if response.status_code == HTTPStatus.FORBIDDEN and (asking := g.get("asking")):
        told = {"method": request.method, "code": g.get("problem_code", "")}
        route = str(request.url_rule) if request.url_rule else "-"
        named = next(iter((request.view_args or {}).values()), "")
        identity.fonds().audit.insert(
            asking.actor, "request", "route", route, result="refused", **told, named=str(named)[:64]
        )
    return response


def _http_error(error: HTTPException) -> Response | HTTPException:
    """Redirects of the router are answers, not errors."""
    return error if (error.code or 500) < 400 else problems.respond(error)


def _end(response: Response) -> Response:
    response.headers["X-Request-Id"] = problems.trace_id()
    _note(response)
    return protect(response, identity.fonds().settings)


def _note(response: Response) -> None:
    """Count the request and write its line: behind the answer where the server waits for that, else at once."""
    seconds = time.monotonic() - g.get("begun", time.monotonic())
    route = str(request.url_rule) if request.url_rule else "-"
    metrics: Metrics = current_app.extensions["fonds.metrics"]
    counted = (request.method if request.url_rule else "-", route, response.status_code, seconds)
    quiet = request.endpoint in QUIET and response.status_code < 400
    told = {} if quiet else _told(response, route, seconds)

    def note() -> None:
        metrics.answered(*counted)
        if told:
            access.info("request", extra=logs.facts(**told))

    behind: list[Callable[[], None]] | None = request.environ.get(logs.BEHIND)
    if behind is None:
        note()
    else:
        behind.append(note)


def _told(response: Response, route: str, seconds: float) -> Mapping[str, object]:
    """The access line: no query string, no header, no body; a path only where it names nothing by itself."""
    asking = g.get("asking")
    return {
        "request_id": problems.trace_id(),
        "user": asking.actor.name if asking else "",
        "address": identity.client_address(),
        "method": request.method,
        "route": route,
        "id": (request.view_args or {}).get("id", ""),
        "status": response.status_code,
        "code": g.get("problem_code", ""),
        "ms": round(seconds * 1000, 1),
    }
