"""Memory: the proportional set size of all processes of an idle deployment with the sample in it."""

import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.deployment import Deployment, until
from benchmarks.figure import Figure, report

MEGABYTE = 1_000_000
SETTLED_SECONDS = 70.0
"""Longer than any part keeps something warm that is not used."""


def measure() -> Figure:
    """Everything imported and indexed, one search asked, then rest, then count."""
    with tempfile.TemporaryDirectory(prefix="fonds-bench-") as folder:
        home = Path(folder, "home")
        with Deployment(home, arguments=["--sample"]) as fonds:
            with fonds.client() as client:
                until(lambda: client.get("/search", params={"q": "渠道"}).json()["total"], 60, "the sample")
            fonds.rest()
            time.sleep(SETTLED_SECONDS)
            sizes = [(process.name(), pss(process)) for process in fonds.family()]
    parts = ", ".join(f"{name} {size:.0f}" for name, size in sorted(sizes, key=lambda part: -part[1]))
    return Figure("memory", sum(size for _, size in sizes), " MB", "≤", 400, parts)


def pss(process: psutil.Process) -> float:
    """Proportional set size in megabytes: shared pages count by their share."""
    return float(process.memory_full_info().pss) / MEGABYTE


if __name__ == "__main__":
    report([measure()])
