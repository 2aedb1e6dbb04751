"""Import: wall time of `fonds import` against the bare extraction of the same files in the same jails."""

import json
import os
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from benchmarks.deployment import Deployment
from benchmarks.figure import Figure, report
from benchmarks.reading import read_file
from ingest.jail.launch import Launch
from ingest.jail.warden import JailDied, Jails

PATIENCE = 120.0


def measure() -> Figure:
    """Bare, import, bare: the mean of the two bare runs is compared, so that a machine that slows down shows."""
    corpus = os.environ.get("FONDS_BENCH_CORPUS")
    if not corpus:
        raise SystemExit("name a folder of files: FONDS_BENCH_CORPUS=/path make bench")
    files = [path for path in sorted(Path(corpus).rglob("*")) if path.is_file() and path.stat().st_size]
    before = bare(files)
    fates, imported = import_all(Path(corpus))
    after = bare(files)
    compared = (before + after) / 2
    parts = f"import {imported:.1f} s, bare {before:.1f} and {after:.1f} s, {fates}"
    return Figure("import", imported / compared, "", "≤", 1.5, parts)


def bare(files: list[Path]) -> float:
    """Seconds of extraction alone: as many jails at once as the server has workers, nothing stored."""
    jails = Jails(Launch())
    begin = time.perf_counter()
    with ThreadPoolExecutor(os.cpu_count()) as workers:
        for _ in workers.map(partial(extract, jails), files):
            pass
    seconds = time.perf_counter() - begin
    jails.close()
    return seconds


def extract(jails: Jails, path: Path) -> None:
    """One file through a jail, its pictured pages recognised as an import has them recognised; a file that kills
    its jail has cost its time all the same."""
    with path.open("rb") as file:
        try:
            read_file(jails, {"name": path.name}, file.fileno(), PATIENCE)
        except JailDied:
            return


def import_all(corpus: Path) -> tuple[str, float]:
    """Fates and seconds of the command on an empty archive, whose server runs already."""
    with (
        tempfile.TemporaryDirectory(prefix="fonds-bench-") as folder,
        Deployment(Path(folder, "home")) as fonds,
    ):
        begin = time.perf_counter()
        run = fonds.command("import", corpus, "--json")
        output, faults = run.communicate()
        seconds = time.perf_counter() - begin
        if run.returncode:
            raise SystemExit(f"fonds import ended with {run.returncode}\n{output}\n{faults}")
    return ", ".join(f"{name} {value}" for name, value in told(output)), seconds


def told(output: str) -> Iterator[tuple[str, object]]:
    """The counts of the command's last line."""
    for name, value in json.loads(output.strip().splitlines()[-1]).items():
        if name not in {"seconds"}:
            yield name, value


if __name__ == "__main__":
    report([measure()])
