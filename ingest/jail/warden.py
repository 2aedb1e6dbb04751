"""The worker's side of the jail: starts cells, hands files in, takes replies out, and kills what takes too long."""

import contextlib
import logging
import os
import selectors
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from ingest.jail.frames import HEADER, BadFrame, Reply, lengths, parse_reply, send_order
from ingest.jail.launch import Launch, command, environment

log = logging.getLogger(__name__)

START_SECONDS = 30.0
ROUNDS = 500
"""Jobs after which a cell is replaced, so that a leak in a library stays small."""
PEAK = 400 << 20
"""A cell that once needed more memory than this is replaced, so that the memory comes back."""
RECOGNITION_PEAK = 1000 << 20
"""The same for cells that hold the networks of recognition, whose loading takes half a second."""
_GIVES_WAY = 15
"""Niceness of recognition and of making: they take the processors that nothing else wants."""
MAX_WRITES = 1 << 30
"""Bytes of the largest film that a cell of the ward "making" writes."""
_STDERR_KEPT = 4096
_PIECE = 1 << 16


class JailDied(Exception):
    """The cell did not live through the job, or did not keep to the protocol: `reason` in one word, then detail."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class JailClosed(Exception):
    """The jails were closed while the job ran: it was not the job's fault."""


@dataclass(slots=True, eq=False)
class _Cell:
    process: subprocess.Popen[bytes]
    channel: socket.socket
    walls: Mapping[str, bool]
    ward: "_Ward"
    rounds: int = 0
    stderr: bytes = b""
    spent: bool = False


@dataclass(slots=True, eq=False)
class _Ward:
    """Cells of one task."""

    launch: Launch
    peak: int
    places: contextlib.AbstractContextManager[object]
    free: list[_Cell] = field(default_factory=list)


class Jails:
    """Up to `most` cells, or as many as there are callers at once; safe to share between threads.

    A cell is started when a job needs one and ends by itself when idle. A caller too many waits for a cell.
    Orders whose "ward" is "recognition" or "making" have as many cells again of their own, so that nothing waits
    behind a scan or a film.
    """

    def __init__(self, launch: Launch | None = None, *, most: int | None = None) -> None:
        self._launch = launch or Launch()
        reading = replace(self._launch, task=self._launch.recognition, nice=_GIVES_WAY)
        making = replace(self._launch, task=self._launch.making, writes=MAX_WRITES, nice=_GIVES_WAY)
        wards = (
            ("", self._launch, PEAK),
            ("recognition", reading, RECOGNITION_PEAK),
            ("making", making, PEAK),
        )
        self._wards = {
            name: _Ward(task, peak, threading.BoundedSemaphore(most) if most else contextlib.nullcontext())
            for name, task, peak in wards
        }
        self._lock = threading.Lock()
        self._busy: set[_Cell] = set()
        self._closed = False
        # "die with parent" means the thread that started the child: this one lives as long as the jails do
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="jail-starter")

    def run(self, order: Mapping[str, Any], file: int, seconds: float, *lent: int) -> Reply:
        """Have a cell do `order` with the open `file` within `seconds` of wall-clock time.

        `lent` may be a file to write to, and another one to read beside the first.

        Raises `JailDied` if the cell did not survive it, `JailClosed` if `close` was called meanwhile.
        """
        ward = self._wards[str(order.get("ward", ""))]
        with ward.places:
            deadline = time.monotonic() + seconds
            while True:
                try:
                    with self._borrowed(ward) as cell:
                        return self._done(cell, order, (file, *lent), deadline)
                except JailDied as died:
                    # a cell ends with 0 only when idle: it never saw the order that was sent in that very moment
                    if died.reason != "exit 0":
                        raise

    def _done(self, cell: _Cell, order: Mapping[str, Any], files: Sequence[int], deadline: float) -> Reply:
        try:
            send_order(cell.channel, order, *files)
            reply = _receive(cell, deadline)
        except OSError as error:
            raise self._obituary(cell, "ended") from error
        except JailDied as died:
            if died.reason != "ended":
                cell.process.kill()
            raise self._obituary(cell, died.reason, died.detail) from died
        cell.rounds += 1
        cell.spent = cell.rounds >= ROUNDS or reply.body.get("peak", 0) > cell.ward.peak
        return reply

    def walls(self) -> Mapping[str, bool]:
        """Which walls a cell of this system really has around it, as it said itself."""
        with self._borrowed(self._wards[""]) as cell:
            return {**cell.walls, "bubblewrap": bool(self._launch.bubblewrap)}

    def tend(self) -> int:
        """Bury cells that ended because they were idle; how many still live."""
        with self._lock:
            free = [cell for ward in self._wards.values() for cell in ward.free]
            ended = [cell for cell in free if cell.process.poll() is not None]
            for cell in ended:
                cell.ward.free.remove(cell)
            living = len(free) - len(ended) + len(self._busy)
        for cell in ended:
            _end(cell)
        return living

    def close(self) -> None:
        """Kill every cell, also those that work; callers inside `run` get `JailClosed`."""
        with self._lock:
            self._closed = True
            free = [cell for ward in self._wards.values() for cell in ward.free]
            for ward in self._wards.values():
                ward.free = []
            busy = list(self._busy)
        for cell in busy:
            cell.process.kill()
        for cell in free:
            _end(cell)
        self._starter.shutdown()

    @contextlib.contextmanager
    def _borrowed(self, ward: _Ward) -> Iterator[_Cell]:
        cell = self._take(ward)
        keep = False
        try:
            yield cell
            keep = not cell.spent and cell.process.poll() is None
        finally:
            with self._lock:
                self._busy.discard(cell)
                keep = keep and not self._closed
                if keep:
                    ward.free.append(cell)
            if not keep:
                _end(cell)

    def _take(self, ward: _Ward) -> _Cell:
        while True:
            with self._lock:
                if self._closed:
                    raise JailClosed
                cell = ward.free.pop() if ward.free else None
            if cell is None:
                cell = self._started(ward)
            if _awake(cell):
                with self._lock:
                    self._busy.add(cell)
                return cell
            _end(cell)

    def _started(self, ward: _Ward) -> _Cell:
        try:
            return self._starter.submit(_start, ward).result()
        except RuntimeError as error:
            raise JailClosed from error

    def _obituary(self, cell: _Cell, reason: str, detail: str = "") -> JailDied | JailClosed:
        if self._closed:
            return JailClosed()
        status = _wait(cell.process)
        cell.stderr += _drain(cell)
        words = cell.stderr[-_STDERR_KEPT:].decode("utf-8", "replace").strip() or detail
        cause = _cause(status) if reason == "ended" else reason
        log.warning("a cell ended: %s (status %s) %s", cause, status, words[-500:])
        return JailDied(cause, words)


def _start(ward: _Ward) -> _Cell:
    launch = ward.launch
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            command(launch, socket=theirs.fileno(), parent=os.getpid()),
            env=environment(launch),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=(theirs.fileno(),),
        )
    assert process.stderr is not None  # noqa: S101 - it was asked for
    os.set_blocking(process.stderr.fileno(), False)
    cell = _Cell(process, ours, {}, ward)
    try:
        cell.walls = _receive(cell, time.monotonic() + START_SECONDS).body["walls"]
    except (JailDied, OSError, KeyError) as error:
        process.kill()
        words = (cell.stderr + _drain(cell)).decode("utf-8", "replace")
        _end(cell)
        raise JailDied("start", words or str(error)) from error
    return cell


def _awake(cell: _Cell) -> bool:
    """A cell that has ended from idleness has closed its end of the socket: nothing was asked of it yet."""
    with selectors.DefaultSelector() as selector:
        selector.register(cell.channel, selectors.EVENT_READ)
        return cell.process.poll() is None and not selector.select(0)


def _receive(cell: _Cell, deadline: float) -> Reply:
    frame = bytearray()
    sizes: tuple[int, int, int] | None = None
    wanted = HEADER.size
    with selectors.DefaultSelector() as selector:
        selector.register(cell.channel, selectors.EVENT_READ)
        if cell.process.stderr:
            selector.register(cell.process.stderr, selectors.EVENT_READ)
        while len(frame) < wanted:
            left = deadline - time.monotonic()
            ready = selector.select(left) if left > 0 else []
            if not ready:
                raise JailDied("time", "the wall-clock limit was reached")
            for key, _ in ready:
                if key.fileobj is cell.channel:
                    frame += _piece(cell.channel, wanted - len(frame))
                elif not (words := _drain(cell)):
                    selector.unregister(key.fileobj)
                else:
                    cell.stderr = (cell.stderr + words)[-_STDERR_KEPT:]
            if sizes is None and len(frame) == wanted:
                sizes, frame, wanted = _announced(frame), bytearray(), 0
                wanted = sum(sizes)
    assert sizes is not None  # noqa: S101 - the loop ends behind the header only
    return _parsed(frame, sizes)


def _piece(channel: socket.socket, size: int) -> bytes:
    piece = channel.recv(min(size, _PIECE))
    if not piece:
        raise JailDied("ended")
    return piece


def _announced(header: bytearray) -> tuple[int, int, int]:
    try:
        return lengths(bytes(header))
    except BadFrame as error:
        raise JailDied("protocol", str(error)) from error


def _parsed(frame: bytearray, sizes: tuple[int, int, int]) -> Reply:
    try:
        return parse_reply(frame, sizes)
    except BadFrame as error:
        raise JailDied("protocol", str(error)) from error


def _drain(cell: _Cell) -> bytes:
    if not cell.process.stderr:
        return b""
    try:
        return os.read(cell.process.stderr.fileno(), _PIECE)
    except (BlockingIOError, ValueError):
        return b""


def _end(cell: _Cell) -> None:
    """Close the channel, upon which a healthy cell ends; kill it if it does not."""
    cell.channel.close()
    _wait(cell.process)
    if cell.process.stderr:
        cell.process.stderr.close()


def _wait(process: subprocess.Popen[bytes]) -> int:
    try:
        return process.wait(2)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _cause(status: int) -> str:
    """A word for an exit status; bubblewrap reports a signal as 128 and its number."""
    number = -status if status < 0 else status - 128
    if number == signal.SIGXCPU:
        return "cpu"
    return f"signal {number}" if number > 0 else f"exit {status}"
