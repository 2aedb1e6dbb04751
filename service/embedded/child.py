"""Child processes of the server: on a leash, watched, started again when they die, stopped in order."""

import ctypes
import logging
import os
import re
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO, BinaryIO, cast

from service.embedded.home import CannotStart
from service.embedded.leash import leashed

log = logging.getLogger(__name__)
LOG_BYTES, LOG_FILES = 2 << 20, 3
ASK_AGAIN = 3.0
"""Seconds until the signal to end is repeated."""


class PartFailed(CannotStart):
    """A child process did not come up; the end of its log is part of the message."""

    def __init__(self, name: str, path: Path, lines: Sequence[str]) -> None:
        end = "\n".join(lines)
        super().__init__(
            f"{name} 没有启动成功，日志 {path}：\n{end}", f"{name} did not start, its log is {path}:\n{end}"
        )


def _to_main_thread(pid: int, number: int) -> bool:
    """Signal a process by its main thread: Python's can sleep through a signal that another of its threads got."""
    tgkill = getattr(ctypes.CDLL(None), "tgkill", None)
    return tgkill is not None and tgkill(pid, pid, number) == 0


@dataclass(frozen=True, slots=True)
class Command:
    """What to run. `greeting` is written to its stdin, which then stays open; None = no stdin."""

    argv: Sequence[str]
    greeting: bytes | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: to be ready, between restarts (doubling from first to last), and of health that forgives the past."""

    ready: float = 30.0
    first: float = 0.1
    last: float = 15.0
    healthy: float = 60.0


@dataclass(frozen=True, slots=True)
class StdinHooks:
    """Who writes to the child's stdin: told of the pipe of each new run, and before it is closed."""

    opened: Callable[[BinaryIO], None]
    closing: Callable[[BinaryIO], None]


class Child:
    """One child process that is kept alive from `start` to `stop`. Its output goes to a log that is kept short.

    The kernel kills it with this process (`leash.py`); it leads a session of its own, so that Ctrl-C in a terminal
    reaches the server alone, which then stops its children in their order.
    """

    def __init__(
        self,
        log_path: Path,
        command: Callable[[], Command],
        *,
        ready: re.Pattern[str] | None = None,
        stdin: StdinHooks | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.name = log_path.stem
        self.match: re.Match[str] | None = None
        """The line that said that it is ready, of the first time."""
        self.restarts = 0
        self._log_path = log_path
        self._command = command
        self._pattern = ready
        self._stdin = stdin
        self._patience = patience or Patience()
        self._process: subprocess.Popen[bytes] | None = None
        self._closing = threading.Lock()
        self._ready = threading.Event()
        self._awaited = False
        self._healthy = False
        self._over = threading.Event()
        self._stopping = threading.Event()
        self._last_lines: deque[str] = deque(maxlen=12)
        self._watcher = threading.Thread(target=self._watch, name=f"child-{self.name}", daemon=True)

    @property
    def pid(self) -> int:
        """Process id of the present run, 0 between runs."""
        process = self._process
        return process.pid if process is not None else 0

    @property
    def healthy(self) -> bool:
        """Whether it runs and, in this life, has said that it is ready."""
        return self._healthy

    def begin(self) -> None:
        """Start without waiting; it is started again however early it ends."""
        self._watcher.start()

    def start(self) -> None:
        """Start, and return when it is ready; raises `PartFailed` when it ends before or takes too long."""
        self._awaited = True
        self._watcher.start()
        deadline = time.monotonic() + self._patience.ready
        while not self._ready.wait(0.02):
            if self._over.is_set() or time.monotonic() > deadline:
                self.stop(0)
                raise PartFailed(self.name, self._log_path, list(self._last_lines))

    def stop(self, grace: float, nudge: Callable[[], None] = lambda: None) -> None:
        """Ask it to end, kill it and what it started after `grace` seconds; nothing of it is left on return.

        `nudge` is called again and again until it ends, for programs that notice a signal only when something comes.
        """
        self._stopping.set()
        if not self._watcher.is_alive():
            return
        self._close_stdin()
        deadline, ask_at = time.monotonic() + grace, 0.0
        while self._watcher.is_alive() and (now := time.monotonic()) < deadline:
            if now >= ask_at:
                self._signal(signal.SIGTERM)
                ask_at = now + ASK_AGAIN
            nudge()
            self._watcher.join(0.05)
        while self._watcher.is_alive():
            self._signal(signal.SIGKILL)
            self._watcher.join(0.2)

    def kill(self) -> None:
        """Kill this run of it and what that started; it is started again."""
        self._signal(signal.SIGKILL)

    def _watch(self) -> None:
        handler = RotatingFileHandler(
            self._log_path, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8", delay=True
        )
        wait = self._patience.first
        try:
            while not self._stopping.is_set():
                began = time.monotonic()
                self._run(handler)
                if self._stopping.is_set() or (self._awaited and not self._ready.is_set()):
                    break
                wait = self._patience.first if time.monotonic() - began > self._patience.healthy else wait
                log.warning("%s ended, starting it again in %.1f s", self.name, wait)
                self._stopping.wait(wait)
                wait = min(wait * 2, self._patience.last)
                self.restarts += 1
        finally:
            self._over.set()
            handler.close()

    def _run(self, handler: logging.Handler) -> None:
        """One life of the process, from start to reaped. The thread that starts it must outlive it: see the leash."""
        try:
            process = self._spawn()
        except OSError as fault:
            self._note(handler, f"{self.name}: {fault}")
            return
        reader = threading.Thread(
            target=self._read, args=(process, handler), name=f"log-{self.name}", daemon=True
        )
        reader.start()
        if self._stopping.is_set():
            self._signal(signal.SIGTERM)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        self._healthy = False
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(
                process.pid, signal.SIGKILL
            )  # what it started and left behind, while its id is still taken
        process.wait()
        reader.join(1.0)
        self._note(handler, f"{self.name} (pid {process.pid}) ended with {process.returncode}")
        self._close_stdin()
        self._process = None

    def _spawn(self) -> subprocess.Popen[bytes]:
        command = self._command()
        process = subprocess.Popen(
            leashed(command.argv),
            stdin=subprocess.DEVNULL if command.greeting is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._process = process
        if process.stdin is not None and command.greeting is not None:
            with suppress(BrokenPipeError):
                process.stdin.write(command.greeting)
                process.stdin.flush()
            if self._stdin is not None:
                self._stdin.opened(cast("BinaryIO", process.stdin))
        if self._pattern is None:
            self._healthy = True
            self._ready.set()
        return process

    def _read(self, process: subprocess.Popen[bytes], handler: logging.Handler) -> None:
        assert process.stdout is not None  # noqa: S101
        output: IO[bytes] = process.stdout
        with output:
            for raw in output:
                line = raw.decode("utf-8", "replace").rstrip()
                self._note(handler, line)
                if self._pattern is not None and (match := self._pattern.search(line)):
                    self.match = self.match or match
                    self._healthy = True
                    self._ready.set()

    def _note(self, handler: logging.Handler, line: str) -> None:
        self._last_lines.append(line)
        handler.handle(logging.makeLogRecord({"msg": line}))

    def _signal(self, number: signal.Signals) -> None:
        process = self._process
        if process is not None and process.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                if number is signal.SIGKILL:
                    os.killpg(process.pid, number)
                elif not _to_main_thread(process.pid, number):
                    process.send_signal(number)

    def _close_stdin(self) -> None:
        with self._closing:
            process = self._process
            if process is not None and process.stdin is not None and not process.stdin.closed:
                if self._stdin is not None:
                    self._stdin.closing(cast("BinaryIO", process.stdin))
                with suppress(OSError):
                    process.stdin.close()
