"""Wire: HTTP requests to an S3 store, repeated within a budget, their faults turned into those of the port."""

import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from threading import Lock
from typing import TypeVar

import urllib3
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as HTTPTimeout

from storage.port import (
    ChecksumMismatch,
    ObjectExists,
    ObjectMissing,
    RangeUnsatisfiable,
    StorageError,
    StoreFull,
    StoreUnavailable,
)

T = TypeVar("T")
Sign = Callable[[str, str, dict[str, str]], str]
"""Method, object name and further query parameters → URL."""

BLOCK = 32 << 10
"""Bytes of a body sent at once: the time limit of a socket holds for each block and not for the whole body."""
ATTEMPTS = 3
PAUSE = 0.1
"""Seconds; the pause before the n-th repetition is random between 0 and 2ⁿ times this."""

FULL = {"XMinioStorageFull", "InsufficientStorage", "QuotaExceeded", "XMinioAdminBucketQuotaExceeded"}
BUSY = {429, 500, 502, 503, 504}


class PassingFault(StoreUnavailable):
    """A fault that is worth asking again at once."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds to wait: for a connection, for an answer to a question, for bytes to be stored."""

    connect: float = 2.0
    answer: float = 4.0
    storing: float = 60.0

    def timeout(self, method: str) -> urllib3.Timeout:
        """The limits of one request."""
        return urllib3.Timeout(
            connect=self.connect, read=self.storing if method in {"PUT", "POST"} else self.answer
        )


@dataclass(frozen=True, slots=True)
class Ask:
    """One request; `name` is the object's, `query` belongs to what is signed, `headers` do not."""

    method: str
    name: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | bytearray = b""


class RetryBudget:
    """Repetitions are at most a tenth of the requests, so that a store in trouble is not flooded (F13)."""

    def __init__(self, saved: float = 10.0) -> None:
        self._saved = self._most = saved
        self._lock = Lock()

    def earn(self) -> None:
        """A request was made."""
        with self._lock:
            self._saved = min(self._most, self._saved + 0.1)

    def spend(self) -> bool:
        """Whether one may be repeated."""
        with self._lock:
            if self._saved < 1:
                return False
            self._saved -= 1
            return True


class Wire:
    """Sends requests by signed URL and lets only the port's errors out; safe for threads, holds connections.

    URLs carry their permission, so no message holds one.
    """

    def __init__(self, sign: Sign, pool: urllib3.PoolManager, patience: Patience) -> None:
        self._sign, self._pool, self._patience = sign, pool, patience
        self._budget = RetryBudget()

    def persistently(self, request: Callable[[], T]) -> T:
        """The result of `request`, which may be repeated: again after passing faults, a bounded number of times."""
        for attempt in count(1):
            self._budget.earn()
            try:
                return request()
            except PassingFault:
                if attempt == ATTEMPTS or not self._budget.spend():
                    raise
            time.sleep(random.SystemRandom().uniform(0, PAUSE * 2**attempt))
        raise AssertionError  # pragma: no cover - count never ends

    def ask(self, ask: Ask) -> urllib3.BaseHTTPResponse:
        """The answer to a request that may be repeated, body read."""
        return self.persistently(lambda: self.once(ask))

    def once(self, ask: Ask, *, stream: bool = False) -> urllib3.BaseHTTPResponse:
        """Send `ask` one time; with `stream` the body of a good answer is still to be read and closed."""
        url = self._sign(ask.method, ask.name, dict(ask.query))
        with_length = {"Content-Length": str(len(ask.body))} if ask.method in {"PUT", "POST"} else {}
        try:
            response = self._pool.request(
                ask.method,
                url,
                headers=ask.headers | with_length,
                body=_blocks(ask.body) if with_length else None,
                preload_content=False,
                timeout=self._patience.timeout(ask.method),
            )
            if stream and response.status < 300:
                return response
            response.read(cache_content=True)
            response.release_conn()
        except HTTPError as fault:
            raise from_http(fault) from fault
        if response.status >= 300:
            raise refusal(response.status, code_of(response.data, response.headers))
        return response


def required(answer: urllib3.BaseHTTPResponse, header: str) -> str:
    """A header that the answer must have."""
    if header not in answer.headers:
        raise StoreUnavailable(f"the object store answers without {header}")
    return answer.headers[header]


def from_http(fault: HTTPError) -> StoreUnavailable:
    """The port's error for a connection that failed; time-outs are not worth asking again."""
    kind = StoreUnavailable if isinstance(fault, HTTPTimeout) else PassingFault
    return kind(f"the object store does not answer: {type(fault).__name__}")


def code_of(body: bytes, headers: Mapping[str, str]) -> str:
    """The S3 error code of an answer, "" if it tells none (as HEAD mostly does)."""
    found = re.search(rb"<Code>(\w+)</Code>", body)
    return found[1].decode() if found else headers.get("x-minio-error-code", "")


def refusal(status: int, code: str) -> StorageError:
    """The port's error for an answer of the store that is no success."""
    words = f"the object store answers {status} {code}".rstrip()
    if code == "NoSuchObjectLockConfiguration":  # 404 on S3, 400 on MinIO
        return ObjectMissing(words)
    if code in FULL or status == 507:
        return StoreFull(words)
    if status in BUSY or code in {
        "ConditionalRequestConflict",
        "RequestTimeout",
        "IncompleteBody",
        "BadDigest",
    }:
        return PassingFault(words)
    named: dict[int, type[StorageError]] = {
        400: ChecksumMismatch if code == "XAmzContentSHA256Mismatch" else StoreUnavailable,
        404: StoreUnavailable if code == "NoSuchBucket" else ObjectMissing,
        412: ObjectExists,
        416: RangeUnsatisfiable,
    }
    return named.get(status, StoreUnavailable)(words)


def _blocks(body: bytes | bytearray) -> Iterator[bytes]:
    view = memoryview(body)
    for at in range(0, len(view), BLOCK):
        yield bytes(view[at : at + BLOCK])
