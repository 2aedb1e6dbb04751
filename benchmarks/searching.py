"""Search: GET /api/v1/search over the sample against the engine's own time for the same question.

The client is the standard library's, on one kept connection: the time of a heavier one would count as ours.
"""

import json
import statistics
import tempfile
import time
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx

from benchmarks.deployment import Deployment, until
from benchmarks.figure import Figure, report, spread
from search.opening import open_engine
from search.port import Scope, SearchRequest
from search.query import parse
from service.domain.permissions import Actor, Role, search_scope

QUESTIONS = ("渠道", '"市场调研"', "客户 合同", "会议纪要", "营销活动 方案", "价格")
ROUNDS = 40


def measure() -> Figure:
    """Each question through HTTP and straight at a reader of the same index, in turn; medians of all."""
    with tempfile.TemporaryDirectory(prefix="fonds-bench-") as folder:
        home = Path(folder, "home")
        with Deployment(home, arguments=["--sample"]) as fonds, fonds.client() as client:
            until(lambda: settled(client), 90, "the whole sample in the index", fonds.log)
            engine = open_engine((home / "index").as_uri().replace("file:", "tantivy:", 1), writable=False)
            connection = HTTPConnection(urlsplit(fonds.known()["url"]).netloc)
            through, straight = [], []
            for _ in range(ROUNDS):
                for question in QUESTIONS:
                    seconds, found = ask(fonds, connection, question)
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


def ask(fonds: Deployment, connection: HTTPConnection, question: str) -> tuple[float, int]:
    """Seconds until the whole answer is here, and how many records it found."""
    headers = {"Authorization": f"Bearer {fonds.known()['token']}"}
    begin = time.perf_counter()
    connection.request("GET", f"/api/v1/search?q={quote(question)}", headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    seconds = time.perf_counter() - begin
    if answer.status != 200:
        raise ValueError(f"{answer.status} {body!r}")
    return seconds, int(json.loads(body)["total"])


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
    """The same question as the server makes of it for its local actor."""
    actor = Actor("bench", "bench", "bench", frozenset({Role.ARCHIVIST, Role.SYSADMIN}))
    tree = parse(question, datetime.now(UTC).date()).tree
    return SearchRequest(scope=Scope(search_scope(actor)), query=tree)


if __name__ == "__main__":
    report([measure()])
