"""The commands' side of the HTTP API: problems become failures, a server that is away is waited for."""

import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import httpx

from service.cli.terminal import DIFFERENT, UNREACHABLE, USAGE, Failure
from service.embedded.home import ServerAddress

PATIENCE = 60.0
"""Seconds that a server may be away (restarting) before a command gives up."""
LONGEST = 10.0
"""How many times its patience one call waits at most while a busy server gets on with others."""
RETRY_AFTER = 30.0
"""Seconds that a server may ask to be left alone at most."""
AWAY = (httpx.TransportError,)
WHY = (
    (httpx.ConnectTimeout, "没有应答"),
    (httpx.ConnectError, "它没有运行"),
    (httpx.TimeoutException, "等了太久没有应答"),
    (httpx.TransportError, "连接中途断开"),
)
"""What happened to a request → its Chinese words; the first that fits."""

Result = TypeVar("Result")


class Refused(Failure):
    """The server understood and refused; `problem` is its answer (RFC 9457)."""

    def __init__(self, status: int, problem: Mapping[str, Any], after: float = 0.0) -> None:
        """`after`: seconds for which it asks to be left alone."""
        title = str(problem.get("title") or f"HTTP {status}")
        detail = str(problem.get("detail") or "")
        text = title if not detail or detail == title else f"{title}：{detail}"
        faults = problem.get("faults") or ()
        if [one.get("message") for one in faults] == [detail]:  # all that there is to say
            text, faults = detail, ()
        for one in faults:
            text += f"\n  {one.get('path', '')} {one.get('message', '')}".rstrip()
        super().__init__(text, text, USAGE if status in (400, 404, 422) else DIFFERENT)
        self.status = status
        self.problem = problem
        self.after = after

    @property
    def passing(self) -> bool:
        """Whether the same may be asked again soon."""
        return self.status in (401, 429, 502, 503, 504)

    @property
    def name(self) -> str:
        """The stable code of the problem, "" if it has none."""
        return str(self.problem.get("code") or "")


class Busy(Failure):
    """The server was too busy for a request as often as it was to be tried; `why`: how it said so last."""

    def __init__(self, why: Failure) -> None:
        super().__init__(why.chinese, why.english, why.code)
        self.why = why


class Api:
    """One archive, reached by HTTP as the local actor. Safe to use from several threads."""

    def __init__(
        self, find: Callable[[], ServerAddress | None], *, english: bool = False, patience: float = PATIENCE
    ) -> None:
        """`find` tells where the server is now: after a restart it has another token, and often another port."""
        self._find = find
        self._patience = patience
        self._stopped = threading.Event()
        self._answered = 0.0
        self._client = httpx.Client(
            timeout=httpx.Timeout(300.0, connect=5.0),
            headers={"Accept-Language": "en" if english else "zh-CN", "User-Agent": "fonds"},
            trust_env=False,  # a proxy for the world is none for this machine
            limits=httpx.Limits(max_connections=16),
        )

    def close(self) -> None:
        """Close the connections, and let nobody wait for a server any longer."""
        self._stopped.set()
        self._client.close()

    def get(self, path: str, **params: Any) -> Any:
        """Read something."""
        return self.steadily(lambda: self._call("GET", path, params=_given(params)))

    def each(self, path: str, *, of: str = "items", **params: Any) -> Iterator[dict[str, Any]]:
        """The entries of a list, read page by page; `of`: what a page calls them."""
        cursor = ""
        while True:
            page = self.get(path, **params, cursor=cursor)
            yield from page[of]
            cursor = page["next_cursor"]
            if not cursor:
                return

    def send(self, method: str, path: str, body: Any = None, *, key: str = "") -> Any:
        """Ask once; raises transport errors as they are, for `steadily`. `key`: what makes it the same when repeated."""
        return self._call(method, path, json=body, headers={"Idempotency-Key": key} if key else {})

    def put(self, url: str, content: bytes, headers: Mapping[str, str]) -> None:
        """Send bytes once to a URL that carries its permission, wherever it leads."""
        _require_success(self._client.put(url, content=content, headers=dict(headers)))

    def hurry(self) -> None:
        """Let nobody wait for a server any longer."""
        self._stopped.set()

    def post(self, path: str, body: Any = None, **params: Any) -> Any:
        """Change something; sent once."""
        return self._once(lambda: self._call("POST", path, json=body, params=_given(params)))

    def batch(self, path: str, body: bytes) -> Any:
        """Send many small files, each behind its line of JSON."""
        return self._call("POST", path, content=body, headers={"Content-Type": "application/vnd.fonds.files"})

    def upload(self, path: str, content: Iterator[bytes], size: int, params: Mapping[str, Any]) -> Any:
        """Send the bytes of one file, once; raises what `content` raises."""
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        return self._call("POST", path, content=content, headers=headers, params=_given(params))

    @contextmanager
    def stream(self, path: str) -> Iterator[Iterator[bytes]]:
        """Bytes of any length, in chunks; also where the server sends us to the object store for them."""
        with self._answer(lambda: self._request("GET", path), follow=True) as answer:
            yield answer.iter_raw(1 << 20)

    def lines(self, path: str, body: Any = None, **params: Any) -> Iterator[dict[str, Any]]:
        """The lines of a long piece of work, as they come; the last one has the result."""
        request = partial(self._request, "POST", path, json=body, params=_given(params))
        with self._answer(lambda: _unhurried(request())) as answer:
            for line in answer.iter_lines():
                if line.strip():
                    yield json.loads(line)

    def pieces(self, path: str, **params: Any) -> Iterator[bytes]:
        """The bytes of an answer as they come."""
        request = partial(self._request, "GET", path, params=_given(params))
        with self._answer(lambda: _unhurried(request())) as answer:
            yield from answer.iter_bytes()

    @contextmanager
    def _answer(
        self, request: Callable[[], httpx.Request], *, follow: bool = False
    ) -> Iterator[httpx.Response]:
        """A successful answer whose body is still to come; there may be nobody to ask, and the connection may also
        break while it is read."""
        try:
            answer = self._client.send(request(), stream=True, follow_redirects=follow)
            try:
                if answer.is_error:
                    answer.read()
                    _require_success(answer)
                yield answer
            finally:
                answer.close()
        except AWAY as fault:
            raise _unreachable(fault) from fault

    def steadily(self, call: Callable[[], Result], *, tries: int = 0) -> Result:
        """Do what may be done twice, waiting for a server that is away or busy, at least as long as it asks for.

        Patience is counted from the first fault, not from the beginning of a call that took long, and anew whenever
        anybody else here is answered: a server under load is no server that stays away. Raises `Failure` when it
        ends, and `Busy` after so many `tries` for which the server had no time (0 = as many as there is patience).
        """
        began, wait, busy = 0.0, 0.2, 0
        while True:
            try:
                result = call()
            except AWAY as fault:
                asked, ended = 0.0, _unreachable(fault)
                busy += isinstance(fault, httpx.ReadTimeout)
            except Refused as refused:
                if not refused.passing:
                    raise
                asked, ended, busy = refused.after, refused, busy + (refused.status != 401)
            else:
                self._answered = time.monotonic()
                return result
            now = time.monotonic()
            began = began or now
            pause = max(asked, random.uniform(0.5, 1.0) * wait)  # noqa: S311  spreads those who wait, no secret
            if 0 < tries <= busy:
                raise Busy(ended)
            if self._impatient(began, now + pause) or self._stopped.wait(pause):
                raise ended
            wait = min(wait * 1.7, 5.0)

    def _impatient(self, began: float, then: float) -> bool:
        """Whether a call that has been failing since `began` has no time left to be tried again `then`."""
        return then - max(began, self._answered) > self._patience or then - began > LONGEST * self._patience

    def _once(self, call: Callable[[], Result]) -> Result:
        try:
            return call()
        except AWAY as fault:
            raise _unreachable(fault) from fault

    def _call(self, method: str, path: str, **options: Any) -> Any:
        answer = self._client.send(self._request(method, path, **options))
        _require_success(answer)
        return answer.json() if answer.content else None

    def _request(self, method: str, path: str, **options: Any) -> httpx.Request:
        address = self._find()
        if address is None:
            raise httpx.ConnectError("no server runs")
        headers = {"Authorization": f"Bearer {address.token}"} | options.pop("headers", {})
        url = f"{address.url}/api/v1{path}"
        return self._client.build_request(method, url, headers=headers, **options)


def _unhurried(request: httpx.Request) -> httpx.Request:
    """A request whose answer may take any time between two of its pieces."""
    request.extensions["timeout"] = httpx.Timeout(None, connect=5.0).as_dict()
    return request


def _given(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value not in (None, "", ())}


def _require_success(answer: httpx.Response) -> None:
    if not answer.is_error:
        return
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    after = answer.headers.get("Retry-After", "")
    wait = min(float(after), RETRY_AFTER) if after.isdecimal() else 0.0
    raise Refused(answer.status_code, problem if isinstance(problem, dict) else {}, wait)


def _unreachable(fault: Exception) -> Failure:
    why = next((said for kind, said in WHY if isinstance(fault, kind)), str(fault))
    return Failure(
        f"连接不上档案服务（{why}）。看它是否在运行：fonds status",
        f"The archive server cannot be reached ({fault}). See whether it runs: fonds status",
        UNREACHABLE,
    )
