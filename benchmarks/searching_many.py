"""Search among many: the processor that a whole request of the API takes on 10,000 records, and what the engine does."""

import statistics
import tempfile
import time
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

RECORDS = 10_000
ROUNDS = 15
QUESTIONS = ("渠道", "渠道 合同", '"年度推广"', "华东区 门店 巡查", "类别:合同 回款", "新品会议纪要")


def measure() -> Figure:
    """Each question through the application, without a socket, and straight at its engine, in turn; medians."""
    queries = Queries()
    with tempfile.TemporaryDirectory(prefix="fonds-bench-") as folder, opened(Path(folder), queries) as fonds:
        Filling(fonds, RECORDS, datetime.now(UTC).date()).enter()
        client = create_app(fonds, local=LocalKey("bench", local_actor())).test_client()
        through, took, straight = [], [], []
        for number in range(ROUNDS + 1):
            for question in QUESTIONS:
                begin, used = time.perf_counter(), time.thread_time()
                answer = client.get(
                    f"/api/v1/search?q={quote(question)}", headers={"Authorization": "Bearer bench"}
                )
                seconds, used = time.perf_counter() - begin, time.thread_time() - used
                if answer.status_code != 200 or "total" not in answer.json:
                    raise ValueError(f"{answer.status} {answer.data!r}")
                begin = time.perf_counter()
                fonds.engine.search(request(question))
                if number:  # the first round reads what is remembered afterwards
                    straight.append(time.perf_counter() - begin)
                    through.append(seconds)
                    took.append(used)
    parts = f"{RECORDS} records, request {spread(through)}, engine alone {spread(straight)}"
    return Figure("search of many", statistics.median(took) * 1000, " ms", "≤", 10, parts)


if __name__ == "__main__":
    report([measure()])
