"""Memory: the proportional set size of all processes of an idle deployment with the sample in it."""

import tempfile
from contextlib import suppress
from pathlib import Path

import psutil

from benchmarks.deployment import Deployment, until
from benchmarks.figure import Figure, report

MEGABYTE = 1_000_000
SETTLED_SECONDS = 300.0
"""What is brought in is read, then drawn, one thing at a time; a minute after that no jail is kept warm."""


def measure() -> Figure:
    """Everything imported and indexed, one search asked, then rest, then count."""
    with tempfile.TemporaryDirectory(prefix="fonds-bench-") as folder:
        home = Path(folder, "home")
        with Deployment(home, arguments=["--sample"]) as fonds:
            with fonds.client() as client:
                until(lambda: client.get("/search", params={"q": "渠道"}).json()["total"], 60, "the sample")
            fonds.rest()
            until(lambda: not jails(fonds), SETTLED_SECONDS, "the end of every jail", fonds.log)
            sizes = [(process.name(), pss(process)) for process in fonds.family()]
    parts = ", ".join(f"{name} {size:.0f}" for name, size in sorted(sizes, key=lambda part: -part[1]))
    return Figure("memory", sum(size for _, size in sizes), " MB", "≤", 400, parts)


def jails(fonds: Deployment) -> list[psutil.Process]:
    """The cells that live: something was read or drawn within the last minute."""
    living = []
    for process in fonds.family():
        with suppress(psutil.NoSuchProcess):
            if "ingest.jail.cell" in process.cmdline():
                living.append(process)
    return living


def pss(process: psutil.Process) -> float:
    """Proportional set size in megabytes: shared pages count by their share."""
    return float(process.memory_full_info().pss) / MEGABYTE


if __name__ == "__main__":
    report([measure()])
