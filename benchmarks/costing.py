"""Processor time of a file, every process of the jail counted: text PDF of three pages, plain text, a scan at 200 dpi."""

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from benchmarks.figure import Figure, report
from benchmarks.reading import read_file
from ingest.jail.warden import Jails
from tests.ingest import scans

ROUNDS = 10
SCANS = 2
LIMITS = {"pdf": 0.12, "txt": 0.02, "scan": 4.0}
"""Seconds of processor time with previews, as the issue allows them."""


def measure() -> Figure:
    """The costliest kind as a share of what that kind may cost."""
    jails = Jails(most=1)
    try:
        words = "\n".join(scans.CONTRACT)
        text = (words * (2000 // len(words) + 1))[:2000].encode("gb18030")
        page = scans.saved(scans.written(scans.CONTRACT * 2, letters=30))
        layer = "This page has a layer of text of its own that says all that it shows. " * 3
        spent = {
            "pdf": _spent(jails, [scans.scanned_pdf([layer] * 3)] * ROUNDS, "手册.pdf"),
            "txt": _spent(jails, [text] * ROUNDS, "备忘.txt"),
            "scan": _spent(jails, [page] * SCANS, "扫描.png"),
        }
    finally:
        jails.close()
    share = max(spent[kind] / LIMITS[kind] for kind in spent)
    parts = ", ".join(f"{kind} {spent[kind]:.3f} s (≤ {LIMITS[kind]:g})" for kind in spent)
    return Figure("processor time of a file", share, " of allowed", "≤", 1, parts)


def _spent(jails: Jails, files: Sequence[bytes], name: str) -> float:
    """Seconds a file, behind one that warms the cell."""
    with tempfile.TemporaryDirectory(prefix="fonds-bench-") as folder:
        path = Path(folder, "original")
        read = _reader(jails, path, name)
        read(files[0])
        before = processor()
        for data in files:
            read(data)
        return (processor() - before) / len(files)


def _reader(jails: Jails, path: Path, name: str) -> Callable[[bytes], None]:
    def read(data: bytes) -> None:
        path.write_bytes(data)
        with path.open("rb") as file:
            read_file(jails, {"name": name, "careful": False}, file.fileno(), 120)

    return read


def processor() -> float:
    """Seconds of processor time of this process and of all that it started."""
    here = psutil.Process(os.getpid())
    times = [one.cpu_times() for one in (here, *here.children(recursive=True))]
    return sum(one.user + one.system for one in times)


if __name__ == "__main__":
    report([measure()])
