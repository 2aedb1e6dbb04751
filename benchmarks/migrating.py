"""Migration: `python -m benchmarks.migrating [--files 10000] [--bytes 20000] [--many 100000] [--few 1000] [--corpus DIR]`.

Files made up are migrated while the workers stand still, compared with reading, digesting, writing and syncing the same
files in one process, once before and once after. Then as many as `--many` tiny ones, for what the memory grows by
against `--few` and for a second run over what has not changed. With `--corpus`, real files with all their extraction
against the bare extraction. With `--again N`, a run over N tiny files that have not changed since an earlier one, whose
lines are written straight into the database, because taking them in would take hours.
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
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import psutil

from benchmarks.deployment import Deployment
from benchmarks.figure import Figure, report
from benchmarks.idling import MEGABYTE
from benchmarks.importing import bare
from ingest.migrate.opening import open_origin
from service.embedded.database import running_url
from service.models import ImportLine, ImportRun
from service.models.connection import connect, disconnect
from service.usecases.moving_in.import_lines import new_line, numbered, path_of, version_of

TINY = 60
"""Bytes of each of very many files."""
FOLDER = 500
LOT = 500
"""Lines of one insert."""
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


class Meter:
    """Seconds of processor that some processes take during its block, those included that end meanwhile: whoever ends
    a cell of the jail is not told what it took."""

    def __init__(self, processes: Callable[[], Sequence[psutil.Process]]) -> None:
        self._processes = processes
        self._taken: dict[psutil.Process, float] = {}
        self._before: dict[psutil.Process, float] = {}
        self._kinds: dict[psutil.Process, str] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._look()
        self._before = dict(self._taken)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._look()

    @property
    def seconds(self) -> float:
        """All of them together."""
        return sum(self._by_kind().values())

    def parts(self) -> str:
        """What it was made of."""
        return ", ".join(f"{kind} {seconds:.1f}" for kind, seconds in sorted(self._by_kind().items()))

    def _by_kind(self) -> dict[str, float]:
        sums: dict[str, float] = {}
        for one, seconds in self._taken.items():
            kind = self._kinds[one]
            sums[kind] = sums.get(kind, 0.0) + seconds - self._before.get(one, 0.0)
        return sums

    def _run(self) -> None:
        while not self._ended.wait(LOOK):
            self._look()

    def _look(self) -> None:
        for one in self._processes():
            with suppress(psutil.Error):
                times = one.cpu_times()
                self._taken[one] = times.user + times.system
                self._kinds[one] = kind_of(one)


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
    processes: dict[str, psutil.Process] = {}
    for one in fonds.family():
        with suppress(psutil.Error):
            if (kind := kind_of(one)) in ("server", "database"):
                processes[kind] = one
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


def measure_again(count: int) -> Figure:
    """A run over `count` files that an earlier run has taken, to the last one."""
    with tempfile.TemporaryDirectory(prefix="fonds-bench-") as made:
        folder = Path(made)
        fill(folder / "share", 1, TINY)
        with Deployment(folder / "home") as fonds:
            migrate(fonds, folder / "share")
            fill(folder / "share", count, TINY)
            _enter_lines(folder)
            again = migrate(fonds, folder / "share", "--no-wait")
    parts = f"{again.told['unchanged']} unchanged of {count}; {again.parts()}; {_megabytes(again.peaks)}"
    return Figure("second run", again.seconds, " s", "≤", 60.0, parts)


def _enter_lines(folder: Path) -> None:
    """The lines that a run would have written that had taken everything in the share, all archived."""
    connect(running_url(folder / "home" / "database"))
    run = ImportRun.objects.first()
    lot: list[Any] = []
    for n, entry in enumerate(open_origin(str(folder / "share")).entries()):
        line = new_line(run, entry.path, b"", version_of(entry.size, entry.stamp))
        line.size, line.fate, line.same = entry.size, "archived", path_of(line)
        line.record_id, line.file_id = f"{n:032x}", f"f{n:031x}"
        numbered(line, n + LOT)
        lot.append(line.to_mongo())
        if len(lot) == LOT:
            ImportLine._get_collection().insert_many(lot)  # noqa: SLF001
            lot = []
    if lot:
        ImportLine._get_collection().insert_many(lot)  # noqa: SLF001
    disconnect()


def measure_extraction(corpus: Path) -> Iterator[Figure]:
    """Real files to the last page against the bare extraction of the same in as many jails, once before and once after:
    by the clock, and by all processor that either takes, which tells more where other programs run."""
    files = [path for path in sorted(corpus.rglob("*")) if path.is_file() and path.stat().st_size]
    before = _bare(files)
    with tempfile.TemporaryDirectory(prefix="fonds-bench-") as made, Deployment(Path(made, "home")) as fonds:
        with Meter(fonds.family) as meter:
            taken = migrate(fonds, corpus)
        used = meter.seconds + taken.command
        say(f"migration {taken.parts()}; {meter.parts()}; {taken.told}")
    after = _bare(files)
    clock, worked = (before[0] + after[0]) / 2, (before[1] + after[1]) / 2
    parts = f"{taken.parts()}; bare {before[0]:.1f} and {after[0]:.1f} s, {len(files)} files"
    yield Figure("migration / extraction", clock / taken.seconds, "", "≥", 0.85, parts)
    parts = f"bare {before[1]:.1f} and {after[1]:.1f} s, migration {used:.1f} s: {meter.parts()}"
    yield Figure("migration / extraction, processor", worked / used, "", "≥", 0.85, parts)


def _bare(files: list[Path]) -> tuple[float, float]:
    """Seconds of bare extraction, by the clock and of processor."""
    own, began = psutil.Process(), time.process_time()
    with Meter(lambda: own.children(recursive=True)) as meter:
        seconds = bare(files)
    worked = meter.seconds + time.process_time() - began
    say(f"bare {seconds:.1f} s, {worked:.1f} of processor")
    return seconds, worked


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
    parser.add_argument("--again", type=int, default=0, help="0 = leave out")
    parser.add_argument("--corpus", type=Path)
    told = parser.parse_args(words)
    figures: list[Figure] = []
    if told.files:
        figures.append(measure_rate(told.files, told.bytes))
    if told.many:
        figures += measure_many(told.few, told.many)
    if told.again:
        figures.append(measure_again(told.again))
    if told.corpus:
        figures += measure_extraction(told.corpus)
    return report(figures)


if __name__ == "__main__":
    sys.exit(main())
