"""Problems: the only place that renders errors for people and programs (RFC 9457)."""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response, current_app, g, has_request_context, request
from pydantic import BaseModel, Field
from werkzeug.exceptions import HTTPException

from search.port import SearchUnavailable
from service import errors, logs
from service.english.problems import ENGLISH
from storage import port as storage

log = logging.getLogger("fonds.problems")

MEDIA_TYPE = "application/problem+json"
API = "/api/"
"""Below this path, and wherever JSON is asked for, answers are for programs."""

RETRY_AFTER = 5
"""Seconds after which a part that did not answer may be asked again."""
RETRY_AFTER_FULL = 60


class MethodNotAllowed(errors.ServiceError):
    """The address is right, the method is not."""

    code, status, title = "method_not_allowed", 405, "此地址不支持这种请求方法"


class Internal(errors.ServiceError):
    """Something that nobody foresaw; the trace id leads to it in the log."""

    code, status, title = "internal", 500, "服务内部出错"


class Refused(errors.ServiceError):
    """Any other refusal of the HTTP layer; its status is that of the exception behind it."""

    code, title = "refused", "请求未被接受"


BY_STATUS: Mapping[int, type[errors.ServiceError]] = {
    400: errors.MalformedRequest,
    401: errors.NotSignedIn,
    403: errors.Forbidden,
    404: errors.NotFound,
    405: MethodNotAllowed,
    409: errors.Conflict,
    413: errors.TooLarge,
    415: errors.UnsupportedMedia,
    416: errors.RangeUnsatisfiable,
    428: errors.RevisionRequired,
}

DATABASE_DOWN = {
    "pymongo.errors.BulkWriteError",  # a key stayed taken for longer than a rival takes: sent again, it gets another
    "pymongo.errors.ConnectionFailure",
    "pymongo.errors.ExecutionTimeout",
    "pymongo.errors.WTimeoutError",
    "pymongo.errors.WaitQueueTimeoutError",
    "mongoengine.connection.ConnectionFailure",
}
"""Known by name: only the models import the driver."""

UNAVAILABLE = {
    "database": "数据库没有应答，稍后再试",
    "objects": "原文存储没有应答，稍后再试",
    "search": "检索暂时不可用，档案仍可浏览和著录，稍后再试",
    "queue": "处理队列没有应答，稍后再试",
    "directory": "单位的统一身份服务没有应答；可用本馆的用户名和密码登录，或稍后再试",
    "keys": "原文已加密，缺少打开它的主密钥；请系统管理员检查 FONDS_MASTER_KEY",
}
ASK_THE_ADMINISTRATOR = "请把编号 %(trace_id)s 告诉系统管理员"


class FaultBody(BaseModel):
    """One thing wrong with the input."""

    path: str = Field(description="Where, as in the input: fields.amount, entries.3.path")
    code: str = Field(description="Stable, for programs")
    message: str = Field(description="For people, in the language asked for")


class ProblemBody(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field(description="urn:fonds:problem:CODE")
    title: str
    status: int
    detail: str
    code: str = Field(description="Stable, for programs")
    trace_id: str = Field(description="Leads to the request in the log")
    faults: list[FaultBody] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as it is told: texts are in the asker's language."""

    code: str
    status: int
    title: str
    detail: str
    trace_id: str
    faults: tuple[Mapping[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    def members(self) -> dict[str, Any]:
        """The members of the problem object."""
        shown: dict[str, Any] = {
            "type": f"urn:fonds:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "trace_id": self.trace_id,
        }
        return shown | ({"faults": list(self.faults)} if self.faults else {}) | dict(self.extra)


def language() -> str:
    """ "zh" or "en": what the asker reads. Chinese unless English is asked for."""
    if not has_request_context():
        return "zh"
    chosen = request.cookies.get("fonds_language", "")
    if chosen[:2] in ("zh", "en"):
        return chosen[:2]
    best = request.accept_languages.best_match(["zh", "zh-CN", "en"], default="zh")
    return best[:2]


def said(text: str, params: Mapping[str, object] | None = None) -> str:
    """A Chinese text in the asker's language, with its placeholders filled."""
    english = language() == "en"
    chosen = ENGLISH.get(text, text) if english else text
    if not params:
        return chosen
    try:
        return chosen % ({name: _in_english(value) for name, value in params.items()} if english else params)
    except (KeyError, TypeError, ValueError):
        return chosen


def _in_english(value: object) -> object:
    """A placeholder's value: of words that stand for types there is a translation, names stay."""
    if not isinstance(value, str):
        return value
    words = value.split("或") if value not in ENGLISH else [value]
    return " or ".join(ENGLISH[word] for word in words) if all(word in ENGLISH for word in words) else value


def trace_id() -> str:
    """The id of this request, for log and problem alike."""
    return str(g.get("request_id", "")) if has_request_context() else ""


CAUSES: tuple[tuple[type[Exception], Callable[[Exception], errors.ServiceError]], ...] = (
    (storage.StoreFull, lambda _: errors.NoRoom("清理或扩充存储后再试；已入库的档案不受影响")),
    (storage.KeyMissing, lambda error: errors.Unavailable("keys", str(error))),
    (storage.StoreUnavailable, lambda error: errors.Unavailable("objects", str(error))),
    (storage.RangeUnsatisfiable, lambda _: errors.RangeUnsatisfiable()),
    (storage.PresignRefused, lambda _: errors.Forbidden("链接无效或已过期，重新打开文件以取得新的链接")),
    (SearchUnavailable, lambda error: errors.Unavailable("search", str(error))),
)
"""What the ports raise, and what of ours it amounts to."""


def understood(error: Exception) -> errors.ServiceError:
    """The error of ours that an exception from anywhere amounts to."""
    if isinstance(error, errors.ServiceError):
        return error
    if isinstance(error, HTTPException):
        return _from_http(error)
    for kind, told in CAUSES:
        if isinstance(error, kind):
            return told(error)
    if any(f"{kind.__module__}.{kind.__qualname__}" in DATABASE_DOWN for kind in type(error).__mro__):
        return errors.Unavailable("database", str(error))
    return Internal()


def _from_http(error: HTTPException) -> errors.ServiceError:
    status = error.code or 500
    kind = BY_STATUS.get(status)
    if kind is not None:
        return kind("没有这个地址") if kind is errors.NotFound else kind()
    if status >= 500:
        return Internal()
    refused = Refused()
    refused.status = status  # type: ignore[misc]
    return refused


def problem(error: Exception) -> Problem:
    """What is told of `error`, and nothing else of it: no text of an exception that is not ours."""
    told = understood(error)
    return Problem(
        code=told.code,
        status=told.status,
        title=said(told.title),
        detail=_detail(told),
        trace_id=trace_id(),
        faults=tuple(_fault(fault) for fault in _faults(told)),
        headers=_headers(told, error),
        extra=_extra(told),
    )


def _faults(error: errors.ServiceError) -> tuple[errors.Fault, ...]:
    return tuple(getattr(error, "faults", ()))


def _fault(fault: errors.Fault) -> dict[str, str]:
    return {"path": fault.path, "code": fault.code, "message": said(fault.message, fault.params)}


def _detail(error: errors.ServiceError) -> str:
    if isinstance(error, Internal):
        return said(ASK_THE_ADMINISTRATOR, {"trace_id": trace_id()})
    if isinstance(error, errors.Unavailable):
        # The detail of a part's own words names hosts and paths: it is for the log.
        return said(UNAVAILABLE.get(error.part, "稍后再试"))
    faults = _faults(error)
    if faults and error.detail == "；".join(fault.message for fault in faults):
        return said("；").join(_fault(fault)["message"] for fault in faults)
    return said(error.detail, error.params) if error.detail else ""


def _extra(error: errors.ServiceError) -> dict[str, Any]:
    if isinstance(error, errors.StaleRevision):
        return {"current": error.current}
    if isinstance(error, errors.PartsMissing):
        return {"missing": list(error.missing)}
    if isinstance(error, errors.ProofNeeded):
        return {"way": error.way}
    return {"part": error.part} if isinstance(error, errors.Unavailable) else {}


def _headers(told: errors.ServiceError, error: Exception) -> dict[str, str]:
    headers: dict[str, object] = {
        "Retry-After": _retry_after(told),
        "WWW-Authenticate": "Bearer" if isinstance(told, errors.NotSignedIn) else "",
        "X-Fonds-Proof": told.way if isinstance(told, errors.ProofNeeded) else "",
        "Allow": ", ".join(sorted(getattr(error, "valid_methods", None) or ())),
    }
    if isinstance(told, errors.RangeUnsatisfiable) and "size" in told.params:
        headers["Content-Range"] = f"bytes */{told.params['size']}"
    return {name: str(value) for name, value in headers.items() if value}


def _retry_after(told: errors.ServiceError) -> int:
    if isinstance(told, errors.TooManyAttempts):
        return told.retry_after
    if isinstance(told, (errors.NoRoom, errors.TooManyUploads)):
        return RETRY_AFTER_FULL
    return RETRY_AFTER if isinstance(told, errors.Unavailable) else 0


def respond(error: Exception) -> Response:
    """The whole answer to a request that ended in `error`; logs what nobody foresaw."""
    told = problem(error)
    _note(error, told)
    response = _rendered(told)
    response.headers.update(told.headers)
    response.headers["Vary"] = "Accept-Language, Cookie"
    return response


def _rendered(told: Problem) -> Response:
    if not for_people():
        body = json.dumps(told.members(), ensure_ascii=False)
        return Response(body, status=told.status, content_type=MEDIA_TYPE)
    page = current_app.extensions.get("fonds.problem_page")
    if page is not None:
        return Response(page(told), status=told.status, content_type="text/html; charset=utf-8")
    lines = [told.title, told.detail, *(fault["message"] for fault in told.faults), told.trace_id]
    return Response("\n".join(lines) + "\n", status=told.status, content_type="text/plain; charset=utf-8")


def for_people() -> bool:
    """Whether a browser's page is asked for, not data."""
    if request.path.startswith(API):
        return False
    return request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"


def _note(error: Exception, told: Problem) -> None:
    g.problem_code = told.code
    if told.code == Internal.code:
        log.error("unforeseen", exc_info=error, extra=logs.facts(trace_id=told.trace_id, path=request.path))
    elif told.status >= 500:
        log.warning(
            "part_failed", extra=logs.facts(code=told.code, trace_id=told.trace_id, reason=str(error))
        )
    elif told.status == 403:
        log.warning("authz_denied", extra=logs.facts(code=told.code, trace_id=told.trace_id))
