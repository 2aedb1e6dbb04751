"""Search: GET /api/v1/search over the sample against the engine's own time for the same question.

The client writes and reads one kept connection itself: the time of a heavier one would count as ours.
"""

import json
import socket
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx

from benchmarks.deployment import Deployment, until
from benchmarks.figure import Figure, report, spread
from search.opening import open_engine
from search.port import Filters, Scope, SearchRequest
from search.question.query import parse
from service.domain.lifecycle import PAST
from service.domain.permissions import Actor, Role, search_scope
from service.usecases.searching.finding import FACET_LIMIT

QUESTIONS = ("渠道", '"市场调研"', "客户 合同", "会议纪要", "营销活动 方案", "价格")
ROUNDS = 40


def measure() -> Figure:
    """Each question through HTTP and straight at a reader of the same index, in turn; medians of all."""
    with tempfile.TemporaryDirectory(prefix="fonds-bench-") as folder:
        home = Path(folder, "home")
        with Deployment(home, arguments=["--sample"]) as fonds, fonds.client() as client:
            until(lambda: settled(client), 90, "the whole sample in the index", fonds.log)
            engine = open_engine((home / "index").as_uri().replace("file:", "tantivy:", 1), writable=False)
            fonds.rest()
            connection = Asking(fonds)
            through, straight = [], []
            for _ in range(ROUNDS):
                for question in QUESTIONS:
                    seconds, found = connection.ask(question)
                    begin = time.perf_counter()
                    own = engine.search(request(question)).total
                    straight.append(time.perf_counter() - begin)
                    through.append(seconds)
                    if own != found:
                        raise ValueError(f"{question}: {found} through HTTP, {own} from the engine")
            engine.close()
            connection.close()
    ratio = statistics.median(through) / statistics.median(straight)
    return Figure("search", ratio, "", "≤", 1.5, f"HTTP {spread(through)}, engine {spread(straight)}")


class Asking:
    """A connection that asks one question after the other."""

    def __init__(self, fonds: Deployment) -> None:
        address = urlsplit(fonds.known()["url"])
        self._head = f"Host: {address.netloc}\r\nAuthorization: Bearer {fonds.known()['token']}\r\n\r\n"
        self._socket = socket.create_connection((address.hostname or "", address.port or 80))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, question: str) -> tuple[float, int]:
        """Seconds until the whole answer is here, and how many records it found."""
        asked = f"GET /api/v1/search?q={quote(question)} HTTP/1.1\r\n{self._head}".encode()
        begin = time.perf_counter()
        self._socket.sendall(asked)
        head, _, body = self._read(b"").partition(b"\r\n\r\n")
        length = next(
            int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
        )
        while len(body) < length:
            body = self._read(body)
        seconds = time.perf_counter() - begin
        if b" 200 " not in head[:20]:
            raise ValueError(f"{head!r} {body!r}")
        return seconds, int(json.loads(body)["total"])

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _read(self, before: bytes) -> bytes:
        piece = self._socket.recv(1 << 18)
        if not piece:
            raise ValueError("the server hung up")
        return before + piece


def settled(client: httpx.Client) -> bool:
    """Whether the index has everything that the records have."""
    records = client.get("/records", params={"limit": 200}).raise_for_status().json()["items"]
    files = [file for record in records for file in record["files"]]
    return (
        bool(files)
        and all(record["indexed"] for record in records)
        and all(file["finished_at"] for file in files)
    )


def request(question: str) -> SearchRequest:
    """The same question as the server makes of it for its local actor: copies are one hit, recent records a little
    better, and what was superseded or weeded is left out."""
    actor = Actor("bench", "bench", "bench", frozenset({Role.ARCHIVIST, Role.SYSADMIN}))
    today = datetime.now(UTC).date()
    return SearchRequest(
        scope=Scope(search_scope(actor)),
        query=parse(question, today).tree,
        filters=Filters(hidden=PAST),
        facet_limit=FACET_LIMIT,
        today=today,
        fold=True,
    )


if __name__ == "__main__":
    report([measure()])
