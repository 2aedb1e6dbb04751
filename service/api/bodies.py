"""Request bodies: read once, as a stream that counts, never past its limit and never silently short (B20, B21)."""

import io
import json
import logging
import re
from collections.abc import Callable
from typing import Any, NoReturn

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict

from service import logs
from service.errors import Fault, InvalidInput, MalformedRequest, TooLarge, UnsupportedMedia

log = logging.getLogger("fonds.bodies")

JSON_LIMIT = 1 << 20
DEPTH_LIMIT = 32
NODE_LIMIT = 10_000
"""Values and keys of one JSON body, all together."""
OPERATOR = "operator_in_value"
INT64 = range(-(1 << 63), 1 << 63)

OPENING_OR_CLOSING = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{\]}]')


PIECE = 1 << 18
"""Bytes asked of the server at once: cheroot clears a buffer of the size asked for, however little comes."""


class Body(io.RawIOBase):
    """The body of the request that is being answered.

    Reading past `limit` bytes raises `TooLarge`, an end before the announced length `MalformedRequest`: servers
    give an end of file in both cases, so the count is kept here.
    """

    def __init__(self, request: Request, limit: int) -> None:
        super().__init__()
        self.expected = announced(request, limit)
        """Bytes announced, None for a chunked body."""
        self._source = request.environ["wsgi.input"]
        self._limit = limit
        self._seen = 0

    def readable(self) -> bool:
        """See `io.RawIOBase`."""
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """At most `size` bytes, all of them unless the body ends before; everything if negative."""
        if size is None or size < 0:
            return self.readall()
        want = size if self.expected is None else min(size, self.expected - self._seen)
        return self._taken(want) if want > 0 else b""

    def readinto(self, buffer: Any, /) -> int:
        """See `io.RawIOBase`."""
        straight = getattr(self._source, "readinto", None)
        if straight is None or self.expected is None:
            chunk = self.read(len(buffer))
            buffer[: len(chunk)] = chunk
            return len(chunk)
        view = memoryview(buffer)[: self.expected - self._seen]
        return self._counted(self._safely(lambda: straight(view)), asked=len(view))

    def _taken(self, want: int) -> bytes:
        chunk: bytes = self._safely(lambda: self._source.read(min(want, PIECE)))
        self._counted(len(chunk), asked=want)
        return chunk

    def _safely(self, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except Exception as fault:  # servers raise what they like for a broken body
            raise MalformedRequest("请求体中断，请重新发送") from fault

    def _counted(self, got: int, *, asked: int) -> int:
        self._seen += got
        if not got and asked and self.expected is not None:
            raise MalformedRequest("请求体中断，请重新发送")
        if self._seen > self._limit:
            raise TooLarge("最多 %(limit)s 字节", limit=self._limit)
        return got


def announced(request: Request, limit: int) -> int | None:
    """The length that the request announces, None if chunked; refuses by the announcement alone."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedMedia("不接受压缩的请求体（Content-Encoding）")
    raw = request.environ.get("CONTENT_LENGTH", "")
    chunked = "chunked" in request.headers.get("Transfer-Encoding", "").lower()
    if raw and chunked:
        # Two lengths: whoever stands between us and the client may have believed the other one (B34).
        raise MalformedRequest("Content-Length 与 Transfer-Encoding 不能并用")
    if raw:
        if not (raw.isascii() and raw.isdecimal() and len(raw) <= 19):
            raise MalformedRequest("Content-Length 不是数字")
        if int(raw) > limit:
            raise TooLarge("最多 %(limit)s 字节", limit=limit)
        return int(raw)
    return None if chunked and request.environ.get("wsgi.input_terminated") else 0


class Parameters(ImmutableMultiDict[str, str]):
    """The query of a request. What is not there costs nothing: werkzeug makes an exception of each, and every model
    of a query asks for a dozen."""

    def get(self, key: str, default: Any = None, type: Any = None) -> Any:  # type: ignore[override]  # noqa: A002
        """See `MultiDict.get`."""
        return super().get(key, default, type) if key in self else default


class StrictRequest(Request):
    """A request whose JSON is read by our rules, whoever asks for it (flask-openapi3 does, for a body model)."""

    parameter_storage_class = Parameters

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:  # noqa: ARG002
        """The JSON object of the body; `MalformedRequest`, `UnsupportedMedia`, `TooLarge`, `InvalidInput` else."""
        if not self.is_json:
            raise UnsupportedMedia("请求体应为 application/json")
        return json_object(Body(self, JSON_LIMIT).readall())


def json_object(raw: bytes) -> dict[str, Any]:
    """A JSON object of plain values: no doubled keys, no NaN, no depth, no number beyond 64 bits (B25, B36)."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise MalformedRequest("请求体不是 UTF-8，第 %(at)s 字节", at=fault.start) from fault
    _require_shallow(text)
    try:
        value = json.loads(
            text, object_pairs_hook=_single_keys, parse_constant=_no_constant, parse_int=_whole
        )
    except json.JSONDecodeError as fault:
        raise MalformedRequest(
            "JSON 有误：第 %(line)s 行第 %(column)s 列", line=fault.lineno, column=fault.colno
        ) from fault
    if not isinstance(value, dict):
        raise InvalidInput([Fault("", "object_expected", "请求体应为一个 JSON 对象")])
    faults = Inspection().faults_of(value)
    if any(fault.code == OPERATOR for fault in faults):
        log.warning(OPERATOR, extra=logs.facts(paths=[fault.path for fault in faults]))
    if faults:
        raise InvalidInput(faults)
    return value


def _require_shallow(text: str) -> None:
    depth = 0
    for found in OPENING_OR_CLOSING.finditer(text):
        if found[0] in "[{":
            depth += 1
        elif found[0] in "]}":
            depth -= 1
        if depth > DEPTH_LIMIT:
            raise MalformedRequest("JSON 嵌套超过 %(limit)s 层", limit=DEPTH_LIMIT)


def _single_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise MalformedRequest("JSON 中的键重复：%(key)s", key=twice[:100])
    return result


def _no_constant(name: str) -> NoReturn:
    raise MalformedRequest("JSON 中不允许 %(name)s", name=name)


def _whole(digits: str) -> int:
    # Longer ones cost quadratic time to convert; one just too large is told with its place, below.
    return int(digits) if len(digits) <= 25 else 1 << 64


class Inspection:
    """One walk over a JSON value that finds what no rule of ours can take, wherever it stands."""

    def __init__(self) -> None:
        self._nodes = 0
        self._faults: list[Fault] = []

    def faults_of(self, value: Any) -> list[Fault]:
        """All faults, at most 50."""
        self._look(value, "")
        return self._faults[:50]

    def _look(self, value: Any, path: str) -> None:
        self._nodes += 1
        if self._nodes > NODE_LIMIT:
            raise TooLarge("JSON 中的值超过 %(limit)s 个", limit=NODE_LIMIT)
        if isinstance(value, str):
            self._look_at_text(value, path)
        elif isinstance(value, dict):
            for key, inner in value.items():
                self._look_at_key(key, path)
                self._look(inner, f"{path}.{key}" if path else key)
        elif isinstance(value, list):
            for n, inner in enumerate(value):
                self._look(inner, f"{path}.{n}")
        elif isinstance(value, int) and not isinstance(value, bool) and value not in INT64:
            self._faults.append(Fault(path, "number_too_large", "数字超出 64 位整数"))

    def _look_at_text(self, text: str, path: str) -> None:
        if code := unfit(text):
            self._faults.append(Fault(path, code, UNFIT[code]))

    def _look_at_key(self, key: str, path: str) -> None:
        if unfit(key):
            self._faults.append(Fault(path, "bad_key", "键中有不允许的字符"))
        elif key.startswith("$"):
            self._faults.append(Fault(path, OPERATOR, "此处应为普通值，不接受以 $ 开头的键"))


UNFIT = {"nul_character": "含有 NUL 字符", "lone_surrogate": "含有无效的 Unicode 字符（孤立代理项）"}


def unfit(text: str) -> str:
    """Why no text field can hold `text`: nul_character, lone_surrogate, or "" if it can."""
    if "\0" in text:
        return "nul_character"
    return "lone_surrogate" if any("\ud800" <= char <= "\udfff" for char in text) else ""
