"""Memory of workers and their jails: a minute after the queue is empty against what they had before the first file."""

import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.deployment import Deployment
from benchmarks.figure import Figure, report
from benchmarks.idling import pss
from tests.ingest import samples, scans

SETTLED_SECONDS = 60.0
QUIET_SECONDS = 15.0
PATIENCE = 900.0
COPIES = 3
"""Files of each kind, all different."""


def measure() -> Figure:
    """Text files, pictures and scans are imported, recognition included; then a minute's rest."""
    with tempfile.TemporaryDirectory(prefix="fonds-bench-") as folder:
        files = Path(folder, "files")
        files.mkdir()
        _fill(files)
        with Deployment(Path(folder, "home")) as fonds:
            fonds.rest()
            before = _workers(fonds)
            run = fonds.command("import", files, "--json")
            most = 0.0
            while run.poll() is None:
                most = max(most, _workers(fonds))
                time.sleep(1)
            _come_to_rest(fonds)
            time.sleep(SETTLED_SECONDS)
            after = _workers(fonds)
    parts = (
        f"before {before:.0f} MB, at most {most:.0f}, afterwards {after:.0f}; {len(_KINDS) * COPIES} files"
    )
    return Figure("memory of workers at rest", after / before, " of start", "≤", 1.2, parts)


def _come_to_rest(fonds: Deployment) -> None:
    """Wait until pages of Office files are drawn, too, which begins some seconds after nothing waits to be read."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        before = fonds.used()
        time.sleep(QUIET_SECONDS)
        if fonds.used() - before < 0.04 * QUIET_SECONDS:
            return
    raise SystemExit("the workers do not come to rest")


def _workers(fonds: Deployment) -> float:
    """Proportional set size of the worker processes and all that they started, in megabytes."""
    total = 0.0
    for process in fonds.family():
        try:
            mine = "service.embedded.worker" in " ".join(process.cmdline())
            total += sum(map(pss, (process, *process.children(recursive=True)))) if mine else 0
        except psutil.Error:
            continue
    return total


_KINDS = ("pdf", "docx", "pptx", "xlsx", "txt", "png")


def _fill(folder: Path) -> None:
    made = {"docx": samples.docx_file, "pptx": samples.pptx_file, "xlsx": samples.xlsx_file}
    for number in range(COPIES):
        words = [*scans.CONTRACT[number % 5 :], f"第 {number} 份"]
        for kind in _KINDS:
            path = folder / f"{kind}{number}.{kind}"
            if kind in made:
                path.write_bytes(made[kind]())
            elif kind == "txt":
                path.write_bytes("\n".join(words).encode("gb18030"))
            elif kind == "pdf":
                path.write_bytes(
                    scans.scanned_pdf(["A layer of text that says all that it shows. " * 5, f"{number}"])
                )
            else:
                path.write_bytes(scans.saved(scans.written(words)))


if __name__ == "__main__":
    report([measure()])
