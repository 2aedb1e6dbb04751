"""Start: from `make run` on an installed environment with an empty home to the first answered search."""

import os
import subprocess
import tempfile
import time
from pathlib import Path

import httpx

from benchmarks.deployment import until
from benchmarks.figure import Figure, report

ROOT = Path(__file__).parents[1]


def measure() -> Figure:
    """One start; `make run` because that is what a newcomer types."""
    with tempfile.TemporaryDirectory(prefix="fonds-bench-") as folder:
        home, log = Path(folder, "home"), Path(folder, "log")
        environment = {**os.environ, "FONDS_HOME": str(home), "FONDS_LISTEN": "127.0.0.1:0"}
        begin = time.perf_counter()
        with log.open("wb") as output:
            run = subprocess.Popen(
                ["make", "-s", "run"], cwd=ROOT, env=environment, stdout=output, stderr=output
            )
        try:
            until(lambda: answered(home), 120, "an answered search", log)
            answer = time.perf_counter() - begin
            until(lambda: answered(home, hits=1), 120, "a hit in the sample", log)
            hit = time.perf_counter() - begin
        finally:
            run.terminate()
            run.wait(30)
    return Figure("start", answer, " s", "≤", 15, f"first answer {answer:.1f} s, first hit {hit:.1f} s")


def answered(home: Path, hits: int = 0) -> bool:
    """Whether a search is answered, with at least so many hits."""
    try:
        address = httpx.Response(200, content=(home / "server.json").read_bytes()).json()
        found = httpx.get(
            f"{address['url']}/api/v1/search",
            params={"q": "渠道"},
            headers={"Authorization": f"Bearer {address['token']}"},
            timeout=5,
        )
    except (OSError, ValueError, httpx.HTTPError):
        return False
    return found.status_code == 200 and found.json()["total"] >= hits


if __name__ == "__main__":
    report([measure()])
