"""Search among many: the processor that a whole request of the API takes on 10,000 records, and what the engine does."""

import statistics
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from benchmarks.figure import Figure, report, spread
from benchmarks.filling import Filling
from benchmarks.pages import Queries, opened
from benchmarks.searching import request
from service.app import create_app
from service.embedded.deployment import local_actor
from service.identity import LocalKey

RECORDS, FEWER = 10_000, 600
ROUNDS = 15
QUESTIONS = ("渠道", "渠道 合同", '"年度推广"', "华东区 门店 巡查", "类别:合同 回款", "新品会议纪要")


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds of processor of each request, and of the engine alone for the same question."""

    through: list[float]
    straight: list[float]


def measure() -> Figure:
    """Processor of a whole request."""
    taken = asked(RECORDS)
    parts = f"{RECORDS} records, request {spread(taken.through)}, engine alone {spread(taken.straight)}"
    return Figure("search of many", statistics.median(taken.through) * 1000, " ms", "≤", 10, parts)


def measure_beside() -> Figure:
    """What a request takes of the processor beside 1.2 times what the engine takes for the same question."""
    taken = asked(FEWER)
    beside = statistics.median(taken.through) - 1.2 * statistics.median(taken.straight)
    parts = f"{FEWER} records, request {spread(taken.through)}, engine alone {spread(taken.straight)}"
    return Figure("search beside the engine", beside * 1000, " ms", "≤", 3, parts)


def asked(records: int) -> Taken:
    """Each question through the application, without a socket, and straight at its engine, in turn."""
    queries, taken = Queries(), Taken([], [])
    with tempfile.TemporaryDirectory(prefix="fonds-bench-") as folder, opened(Path(folder), queries) as fonds:
        Filling(fonds, records, datetime.now(UTC).date()).enter()
        client = create_app(fonds, local=LocalKey("bench", local_actor())).test_client()
        for number in range(ROUNDS + 1):
            for question in QUESTIONS:
                begin = time.thread_time()
                answer = client.get(
                    f"/api/v1/search?q={quote(question)}", headers={"Authorization": "Bearer bench"}
                )
                through = time.thread_time() - begin
                if answer.status_code != 200 or "total" not in answer.json:
                    raise ValueError(f"{answer.status} {answer.data!r}")
                begin = time.thread_time()
                fonds.engine.search(request(question))
                if number:  # the first round reads what is remembered afterwards
                    taken.straight.append(time.thread_time() - begin)
                    taken.through.append(through)
    return taken


if __name__ == "__main__":
    report([measure(), measure_beside()])
