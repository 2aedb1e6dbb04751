"""Wake-ups without a broker: lines of JSON on the standard input of worker processes, and those workers' loop."""

import contextlib
import json
import logging
import os
import queue
import selectors
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from ingest.jail.warden import Jails
from ingest.jobs.pipeline import Fate, Worker
from ingest.port import Stage

log = logging.getLogger(__name__)

_LOT = 50
"""Ids in one line: well below the 4 KiB that a pipe takes in one piece."""
_BACKLOG = 10_000
"""Ids that a worker process remembers; beyond that it lets them go, and finds them by asking the ledger."""


class LocalDispatcher:
    """Wakes the worker processes whose standard inputs were attached, one after the other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pipes: list[BinaryIO] = []
        self._turn = 0

    def attach(self, pipe: BinaryIO) -> None:
        """Send wake-ups to the process at the other end of `pipe`, until it is gone."""
        os.set_blocking(pipe.fileno(), False)
        with self._lock:
            self._pipes.append(pipe)

    def detach(self, pipe: BinaryIO) -> None:
        """Send no more to `pipe`; it is the caller's to close."""
        with self._lock, contextlib.suppress(ValueError):
            self._pipes.remove(pipe)

    def wake(self, file_ids: Sequence[str]) -> None:
        """See `ingest.port.Dispatcher`: what cannot be said now is found by the workers' own asking."""
        lots = [file_ids[start : start + _LOT] for start in range(0, len(file_ids), _LOT)]
        with self._lock:
            for lot in lots:
                self._send(json.dumps(list(lot)).encode() + b"\n")

    def _send(self, line: bytes) -> None:
        for _ in range(len(self._pipes)):
            pipe = self._pipes[self._turn % len(self._pipes)]
            self._turn += 1
            try:
                os.write(pipe.fileno(), line)
            except BlockingIOError:
                continue
            except (OSError, ValueError):
                self._pipes.remove(pipe)
                continue
            return


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How a worker process spends its time, in seconds. `threads` jobs run at once, each in a jail of its own."""

    threads: int = field(default_factory=lambda: os.cpu_count() or 1)
    recognising: int = 1
    """Scans under way at once, beside them."""
    ask_every: float = 5.0
    """Without wake-ups, ask the ledger for what waits this often."""
    sweep_every: float = 30.0
    look_every: float = 0.5
    """When all that wake-ups told of is done, look for more no more often than this."""
    pause: float = 5.0
    """After a failure of ledger or store, wait this long."""
    grace: float = 10.0
    """At the end, let running jobs finish this long."""


def run_local(worker: Worker, jails: Jails, wakeups: BinaryIO, rhythm: Rhythm | None = None) -> None:
    """Work until `wakeups` ends, that is until the parent closes it or dies; then end every jail and return."""
    loop = _Loop(worker, jails, rhythm or Rhythm())
    loop.run(wakeups)


class Lane:
    """Threads of their own for the jobs of one stage. What is told of waits here; what nobody told of is asked for.

    `onward` is told of files that wait for their recognition.
    """

    def __init__(
        self,
        worker: Worker,
        stage: Stage,
        threads: int,
        rhythm: Rhythm,
        onward: Callable[[str], None] | None = None,
    ) -> None:
        self._worker, self._stage, self._rhythm, self._onward = worker, stage, rhythm, onward
        self._ids: queue.Queue[str | None] = queue.Queue()
        self._waiting: set[str] = set()
        self._looked = -rhythm.ask_every
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, name=f"{stage}-{number}", daemon=True)
            for number in range(threads)
        ]

    def start(self) -> None:
        """Begin with what waits already."""
        self._ask()
        for thread in self._threads:
            thread.start()

    def take(self, file_ids: Sequence[str]) -> None:
        """Remember files to work on; more than can be remembered are found by asking."""
        with self._lock:
            for file_id in file_ids:
                if file_id not in self._waiting and len(self._waiting) < _BACKLOG:
                    self._waiting.add(file_id)
                    self._ids.put(file_id)

    def end(self) -> None:
        """Begin nothing more."""
        self._ending.set()
        for _ in self._threads:
            self._ids.put(None)

    def wait(self, until: float) -> None:
        """Wait for what runs, up to the moment `until` of the monotonic clock."""
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _ask(self) -> None:
        if self._ids.empty():
            with _survived("asking for waiting files"):
                self.take(self._worker.ledger.pending(_LOT * len(self._threads), self._stage))

    def _look(self, every: float) -> None:
        """There may be more than wake-ups told of: ask, but not more often than this."""
        now = time.monotonic()
        with self._lock:
            if now - self._looked < every:
                return
            self._looked = now
        self._ask()

    def _work(self) -> None:
        while not self._ending.is_set():
            try:
                file_id = self._ids.get(timeout=self._rhythm.ask_every)
            except queue.Empty:
                self._look(self._rhythm.ask_every / 2)
                continue
            if file_id is None:
                return
            with self._lock:
                self._waiting.discard(file_id)
            self._do(file_id)

    def _do(self, file_id: str) -> None:
        fate: Fate = "hindered"
        with _survived(f"processing {file_id}"):
            fate = self._worker.process(file_id, self._stage)
        if fate == "unread" and self._onward:
            self._onward(file_id)
        if fate == "hindered":
            self._ending.wait(self._rhythm.pause)
        elif self._ids.empty() and fate != "not_free":
            self._look(self._rhythm.look_every)


class _Loop:
    def __init__(self, worker: Worker, jails: Jails, rhythm: Rhythm) -> None:
        self._worker = worker
        self._jails = jails
        self._rhythm = rhythm
        self._scans = Lane(worker, "recognition", rhythm.recognising, rhythm)
        self._files = Lane(
            worker, "reading", rhythm.threads, rhythm, lambda file_id: self._scans.take([file_id])
        )

    def run(self, wakeups: BinaryIO) -> None:
        self._files.start()
        self._scans.start()
        try:
            self._listen(wakeups)
        finally:
            self._end()

    def _listen(self, wakeups: BinaryIO) -> None:
        """Read wake-ups; now and then, sweep."""
        swept = -self._rhythm.sweep_every
        descriptor, rest = wakeups.fileno(), b""
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, selectors.EVENT_READ)
            while True:
                if selector.select(min(self._rhythm.ask_every, self._rhythm.sweep_every)):
                    piece = os.read(descriptor, 1 << 16)
                    if not piece:
                        return
                    *lines, rest = (rest + piece).split(b"\n")
                    for line in lines:
                        self._files.take(_ids(line))
                if time.monotonic() - swept >= self._rhythm.sweep_every:
                    swept = time.monotonic()
                    self._sweep()

    def _sweep(self) -> None:
        self._jails.tend()
        with _survived("sweeping"):
            self._worker.ledger.release()

    def _end(self) -> None:
        """Let what is short come to its end; a scan goes on behind its last page when somebody works again."""
        lanes = (self._files, self._scans)
        for lane in lanes:
            lane.end()
        until = time.monotonic() + self._rhythm.grace
        for lane in lanes:
            lane.wait(until)
        self._jails.close()
        for lane in lanes:
            lane.wait(time.monotonic() + self._rhythm.grace)
        self._worker.close()


def _ids(line: bytes) -> list[str]:
    try:
        parsed = json.loads(line)
    except (ValueError, RecursionError):
        log.warning("a wake-up that is not JSON was left out")
        return []
    return [file_id for file_id in parsed if isinstance(file_id, str)] if isinstance(parsed, list) else []


@contextlib.contextmanager
def _survived(doing: str) -> Iterator[None]:
    """A fault of ledger or database costs one turn, never the worker."""
    try:
        yield
    except Exception:
        log.exception("%s failed", doing)
