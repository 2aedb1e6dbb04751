"""Migration: `python -m benchmarks.migrating [--files 10000] [--bytes 20000] [--many 100000] [--few 1000] [--corpus DIR]`.

Files made up are migrated while the workers stand still, compared with reading, digesting, writing and syncing the same
files in one process, once before and once after. Then as many as `--many` tiny ones, for what the memory grows by
against `--few` and for a second run over what has not changed. With `--corpus`, real files with all their extraction
against the bare extraction.
"""

import argparse
import hashlib
import json
import os
import random
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from benchmarks.deployment import Deployment
from benchmarks.figure import Figure, report
from benchmarks.idling import MEGABYTE
from benchmarks.importing import bare

TINY = 60
"""Bytes of each of very many files."""
FOLDER = 500
LOOK = 0.5
"""Seconds between two looks at the memory."""


@dataclass(slots=True)
class Taken:
    """One run of the command: seconds by the clock and of processor (command, server, database), most memory."""

    seconds: float
    command: float = 0.0
    server: float = 0.0
    database: float = 0.0
    peaks: dict[str, float] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def processor(self) -> float:
        """All three."""
        return self.command + self.server + self.database

    def parts(self) -> str:
        """What it was made of."""
        used = f"command {self.command:.1f}, server {self.server:.1f}, database {self.database:.1f} s of processor"
        return f"{self.seconds:.1f} s by the clock; {used}"


def fill(root: Path, count: int, size: int) -> None:
    """So many files of about that size, all different, in folders of some hundred."""
    chance = random.Random(count)
    for number in range(count):
        place = root / f"{2015 + number // FOLDER % 10}" / f"{number // FOLDER:04}"
        if number % FOLDER == 0:
            place.mkdir(parents=True, exist_ok=True)
        (place / f"{number:06}.txt").write_bytes(f"{number}\n".encode() + chance.randbytes(max(0, size - 8)))


def plain(root: Path, target: Path) -> tuple[float, float]:
    """Seconds, by the clock and of processor, of reading, digesting, writing and syncing all files in one process."""
    target.mkdir()
    begin, worked = time.perf_counter(), time.process_time()
    for number, path in enumerate(sorted(root.rglob("*.txt"))):
        content = path.read_bytes()
        hashlib.sha256(content).hexdigest()
        handle = os.open(target / str(number), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.write(handle, content)
        os.fsync(handle)
        os.close(handle)
    return time.perf_counter() - begin, time.process_time() - worked


@contextmanager
def standing(fonds: Deployment) -> Iterator[None]:
    """The workers stand still meanwhile, so that nothing is extracted."""
    workers = [one for one in fonds.family() if kind_of(one) == "worker"]
    for one in workers:
        one.suspend()
    try:
        yield
    finally:
        for one in workers:
            with suppress(psutil.NoSuchProcess):
                one.resume()


def kind_of(process: psutil.Process) -> str:
    """What a process of a deployment is: server, database, worker or jail."""
    words = " ".join(process.cmdline())
    for word, kind in (("secantus", "database"), ("jail", "jail"), ("worker", "worker"), ("serve", "server")):
        if word in words:
            return kind
    return "other"


def migrate(fonds: Deployment, root: Path, *words: str) -> Taken:
    """Run the command to its end."""
    ended = threading.Event()
    before = _used(fonds)
    told = resource.getrusage(resource.RUSAGE_CHILDREN)
    began, spent = time.perf_counter(), told.ru_utime + told.ru_stime
    command = fonds.command("migrate", "run", root, "--json", *words)
    peaks: dict[str, float] = {}
    look = threading.Thread(target=_watch, args=(fonds, command.pid, peaks, ended), daemon=True)
    look.start()
    output, faults = command.communicate()
    ended.set()
    look.join()
    seconds = time.perf_counter() - began
    if command.returncode:
        raise SystemExit(f"fonds migrate ended with {command.returncode}\n{output}\n{faults}")
    after = _used(fonds)
    told = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Taken(
        seconds,
        told.ru_utime + told.ru_stime - spent,
        after["server"] - before["server"],
        after["database"] - before["database"],
        peaks,
        json.loads(output.strip().splitlines()[-1]),
    )


def _used(fonds: Deployment) -> dict[str, float]:
    used = {"server": 0.0, "database": 0.0}
    for one in fonds.family():
        with suppress(psutil.NoSuchProcess):
            if (kind := kind_of(one)) in used:
                times = one.cpu_times()
                used[kind] += times.user + times.system
    return used


def _watch(fonds: Deployment, command: int, peaks: dict[str, float], ended: threading.Event) -> None:
    processes = {kind_of(one): one for one in fonds.family() if kind_of(one) in ("server", "database")}
    with suppress(psutil.NoSuchProcess):
        processes["command"] = psutil.Process(command)
    while not ended.wait(LOOK):
        for kind, one in processes.items():
            with suppress(psutil.Error):
                peaks[kind] = max(peaks.get(kind, 0.0), one.memory_info().rss / MEGABYTE)


def measure_rate(files: int, size: int) -> Figure:
    """`files` files of `size` bytes against a process that does no more than keep them."""
    with tempfile.TemporaryDirectory(prefix="fonds-bench-") as made:
        folder = Path(made)
        fill(folder / "share", files, size)
        with Deployment(folder / "home") as fonds, standing(fonds):
            before = plain(folder / "share", folder / "before")
            taken = migrate(fonds, folder / "share", "--no-wait")
            after = plain(folder / "share", folder / "after")
    clock, worked = (before[0] + after[0]) / 2, (before[1] + after[1]) / 2
    parts = f"{taken.told['found']} files; {taken.parts()}; plain {clock:.1f} s, {worked:.1f} of processor"
    return Figure("migration / keeping", clock / taken.seconds, "", "≥", 0.5, parts)


def measure_many(few: int, many: int) -> Iterator[Figure]:
    """How memory grows with the number of files, and how long the next run over them takes."""
    peaks: list[dict[str, float]] = []
    for count in (few, many):
        with tempfile.TemporaryDirectory(prefix="fonds-bench-") as made:
            folder = Path(made)
            fill(folder / "share", count, TINY)
            with Deployment(folder / "home") as fonds, standing(fonds):
                taken = migrate(fonds, folder / "share", "--no-wait")
                say(f"{count} tiny files: {taken.parts()}; {_megabytes(taken.peaks)}")
                peaks.append(taken.peaks)
                again = migrate(fonds, folder / "share", "--no-wait")
        say(f"{count} again: {again.parts()}; {_megabytes(again.peaks)}; {again.told['unchanged']} unchanged")
    for kind in ("command", "server", "database"):
        ratio = peaks[1][kind] / peaks[0][kind]
        parts = f"{peaks[0][kind]:.0f} and {peaks[1][kind]:.0f} MB with {few} and {many} files"
        yield Figure(f"memory of migration, {kind}", ratio, "", "≤", 1.2, parts)
    yield Figure("second run", again.seconds, " s", "≤", 60.0, f"{many} files; {again.parts()}")


def measure_extraction(corpus: Path) -> Figure:
    """Real files to the last page against the bare extraction of the same, once before and once after."""
    files = [path for path in sorted(corpus.rglob("*")) if path.is_file() and path.stat().st_size]
    before = bare(files)
    with tempfile.TemporaryDirectory(prefix="fonds-bench-") as made, Deployment(Path(made, "home")) as fonds:
        taken = migrate(fonds, corpus)
    after = bare(files)
    parts = f"{taken.parts()}; bare {before:.1f} and {after:.1f} s, {len(files)} files"
    return Figure("migration / extraction", (before + after) / 2 / taken.seconds, "", "≥", 0.85, parts)


def _megabytes(peaks: dict[str, float]) -> str:
    return ", ".join(f"{kind} {size:.0f} MB" for kind, size in sorted(peaks.items()))


def say(line: str) -> None:
    """One line, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(words: Sequence[str] | None = None) -> int:
    """Print what was asked for; the number of figures that do not hold."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=10_000, help="0 = leave out")
    parser.add_argument("--bytes", type=int, default=20_000)
    parser.add_argument("--few", type=int, default=1_000)
    parser.add_argument("--many", type=int, default=100_000, help="0 = leave out")
    parser.add_argument("--corpus", type=Path)
    told = parser.parse_args(words)
    figures: list[Figure] = []
    if told.files:
        figures.append(measure_rate(told.files, told.bytes))
    if told.many:
        figures += measure_many(told.few, told.many)
    if told.corpus:
        figures.append(measure_extraction(told.corpus))
    return report(figures)


if __name__ == "__main__":
    sys.exit(main())
