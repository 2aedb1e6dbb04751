"""Every error that the application tells anybody; `service.problems` alone renders them (RFC 9457).

ServiceError
├── InvalidInput          422  one or more faults, each with its place in the input
│   └── EmptyFile         422
├── MalformedRequest      400
├── NotSignedIn           401
│   ├── WrongCredentials  401
│   ├── SecondFactorNeeded 401
│   └── WrongCode         401
├── Forbidden             403
│   ├── CrossSiteRequest  403
│   └── ProofNeeded       403
├── NotFound              404  absent, or not to be known of: the two look alike (B44)
├── Conflict              409
│   └── PartsMissing      409
├── StaleRevision         412
├── TooLarge              413
│   └── QuotaExceeded     413
├── UnsupportedMedia      415
├── RangeUnsatisfiable    416
├── RevisionRequired      428
├── TooManyAttempts       429
├── TooManyUploads        429
├── ContentDamaged        500  what is stored is no longer what was taken in: never served
├── Unavailable           503  a part does not answer; names it
└── NoRoom                507

Titles and details are Chinese texts and the keys of their translations; `params` fill their placeholders.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with the input: `path` as in the input ("fields.amount"), `code` stable for programs."""

    path: str
    code: str
    message: str
    params: Mapping[str, object] = field(default_factory=dict)


class ServiceError(Exception):
    """Base of all errors with a meaning for the caller. `code` is stable; `title` says the kind in Chinese."""

    code: ClassVar[str] = "service_error"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "出错了"

    def __init__(self, detail: str = "", **params: object) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.params = params


class InvalidInput(ServiceError):
    """The input breaks a rule; all faults are told at once."""

    code, status, title = "invalid_input", 422, "内容有误，没有保存"

    def __init__(self, faults: Sequence[Fault], detail: str = "", **params: object) -> None:
        super().__init__(detail or "；".join(fault.message for fault in faults), **params)
        self.faults = tuple(faults)


class EmptyFile(InvalidInput):
    """A file of 0 bytes is no document (B20)."""

    code, title = "empty_file", "文件为空（0 字节），未收"

    def __init__(self) -> None:
        super().__init__([Fault("file", "empty_file", "文件为空（0 字节），未收。检查原文件后重新上传")])


class MalformedRequest(ServiceError):
    """The request cannot be read at all."""

    code, status, title = "malformed_request", 400, "请求无法读取"


class NotSignedIn(ServiceError):
    """Nobody is signed in, or the session has ended."""

    code, status, title = "not_signed_in", 401, "登录已过期或尚未登录"


class WrongCredentials(NotSignedIn):
    """Name or password is wrong; which of them is not said."""

    code, title = "wrong_credentials", "用户名或密码不对"


class SecondFactorNeeded(NotSignedIn):
    """Name and password are right, and a code of the second factor is wanted; `ticket` lets it be shown without them."""

    code, title = "second_factor_needed", "还需要第二因素的验证码"

    def __init__(self, ticket: str) -> None:
        super().__init__("输入手机上的六位验证码或恢复码")
        self.ticket = ticket


class WrongCode(NotSignedIn):
    """The code of the second factor is wrong, was used already, or came too late."""

    code, title = "wrong_code", "验证码不对或已用过"


class Forbidden(ServiceError):
    """The actor knows of the thing but may not do this with it."""

    code, status, title = "forbidden", 403, "没有此项权限"


class CrossSiteRequest(Forbidden):
    """A change was asked for from another site or without the session's token (B48)."""

    code, title = "cross_site_request", "请求来源不明，未执行"


class ProofNeeded(Forbidden):
    """An act of weight, and too long ago the actor has shown who he is; `way` is how he can: password, code, outside."""

    code, title = "proof_needed", "重大操作，请再次确认身份"

    def __init__(self, way: str = "password") -> None:
        super().__init__("输入密码或验证码后继续；填写的内容都还在")
        self.way = way


class NotFound(ServiceError):
    """There is no such thing for this actor."""

    code, status, title = "not_found", 404, "没有这件档案，或没有查看的权限"


class Conflict(ServiceError):
    """The state of things does not allow it."""

    code, status, title = "conflict", 409, "与现在的状态冲突"


class PartsMissing(Conflict):
    """An upload is to be completed whose parts have not all come; `missing` are the first hundred numbers."""

    code, title = "parts_missing", "还有分段没有传完"

    def __init__(self, missing: Sequence[int] = ()) -> None:
        super().__init__("还缺 %(count)s 段，传完后再完成", count=len(missing))
        self.missing = tuple(missing[:100])


class StaleRevision(ServiceError):
    """Somebody changed the record since it was read; `current` is its revision now."""

    code, status, title = "stale_revision", 412, "这件档案刚被别人改过"

    def __init__(self, current: int) -> None:
        super().__init__("重新载入后再改；现在是第 %(current)s 版", current=current)
        self.current = current


class TooLarge(ServiceError):
    """The body or file is larger than allowed."""

    code, status, title = "too_large", 413, "超过大小限制"


class QuotaExceeded(TooLarge):
    """More than this person, or everybody together, may bring in."""

    code, title = "quota_exceeded", "超出存储配额，未收"


class UnsupportedMedia(ServiceError):
    """The body is of a type that this address does not take."""

    code, status, title = "unsupported_media", 415, "内容类型不对"


class RangeUnsatisfiable(ServiceError):
    """The range lies outside the file."""

    code, status, title = "range_unsatisfiable", 416, "范围超出文件"


class RevisionRequired(ServiceError):
    """A change must say which revision it was made on (If-Match)."""

    code, status, title = "revision_required", 428, "缺少 If-Match，无法确认改的是哪一版"


class TooManyAttempts(ServiceError):
    """Too many tries; `retry_after` in seconds."""

    code, status, title = "too_many_attempts", 429, "尝试次数过多"

    def __init__(self, retry_after: int) -> None:
        super().__init__("%(seconds)s 秒后再试", seconds=retry_after)
        self.retry_after = retry_after


class TooManyUploads(ServiceError):
    """So many uploads of this person are unfinished that no further one is opened."""

    code, status, title = "too_many_uploads", 429, "未完成的上传过多"


class ContentDamaged(ServiceError):
    """The stored bytes no longer match their digest."""

    code, status, title = "content_damaged", 500, "原文与入库时不一致，已停止提供"


class Unavailable(ServiceError):
    """A part of the deployment does not answer; `part` is database, objects, search, queue, scanner or keys."""

    code, status, title = "unavailable", 503, "暂时不可用"

    def __init__(self, part: str, detail: str = "") -> None:
        super().__init__(detail, part=part)
        self.part = part


class NoRoom(ServiceError):
    """The store is full; what is stored stays readable."""

    code, status, title = "no_room", 507, "存储空间不足，未收"
