"""Cutting off: what a process does to the world outside of it, step by step, and its death before any one of them (F02).

A step is whatever outlives the process: a name made, changed or taken away in the store's folder, a chunk that came in, a
write to the database, a commit, a wake-up. Whoever has died does nothing any more: what his `finally` and `except` would
still put right is refused like everything else, as kill -9 refuses it.
"""

import io
import os
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pymongo import monitoring

WRITES = {"insert", "update", "delete", "findAndModify", "commitTransaction"}
UNDONE = {"abortTransaction", "endSessions"}
"""Let through: the database itself takes back the transaction of a client that is gone, and a test need not wait for it."""
NAMES = {"os.link", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.truncate"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Dead(BaseException):
    """The process is gone: nobody catches this."""


class Edge(monitoring.CommandListener):
    """Where a process meets the world. During a life it counts; from the step on before which it dies it refuses all."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        """What was done in the last life, in its order: each with how many of its kind came until then."""
        self._folder, self._before, self._living, self._dead = "", "", False, False
        self._seen: Counter[str] = Counter()
        self._lock, self._hooked = threading.Lock(), False

    @contextmanager
    def life(self, folder: Path, before: str = "") -> Iterator[None]:
        """A life that works in `folder` and ends before the step of this name; "" = in peace."""
        if not self._hooked:
            self._hooked = True
            sys.addaudithook(self._heard)
        self.steps, self._seen, self._dead = [], Counter(), False
        self._folder, self._before, self._living = str(folder), before, True
        try:
            yield
        finally:
            self._living = False

    def step(self, what: str) -> None:
        """Something is about to be done that outlives the process."""
        if not self._living:
            return
        with self._lock:
            self._seen[what] += 1
            name = f"{what} {self._seen[what]}"
            self._dead = self._dead or name == self._before
            if self._dead:
                raise Dead(name)
            self.steps.append(name)

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """A command to the database; the dead ask nothing either."""
        if event.command_name in WRITES:
            rows = event.command[event.command_name]
            self.step(f"{event.command_name} {rows}" if isinstance(rows, str) else event.command_name)
        elif event.command_name not in UNDONE:
            self._refuse_dead(event.command_name)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """It was counted when it started."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """It was counted when it started."""

    def _refuse_dead(self, what: str) -> None:
        if self._living and self._dead:
            raise Dead(what)

    def _heard(self, event: str, words: Sequence[Any]) -> None:
        if not self._living or not (event in NAMES or event == "open"):
            return
        path = words[0]
        if isinstance(path, int) or (Path(path).is_absolute() and not str(path).startswith(self._folder)):
            return
        if event != "open" or (words[2] or 0) & WRITING:
            self.step(event)
        else:
            self._refuse_dead(event)


class Body(io.BytesIO):
    """Bytes that come over the network: each chunk is a step."""

    def __init__(self, data: bytes, edge: Edge) -> None:
        super().__init__(data)
        self._edge = edge

    def read(self, size: int | None = -1, /) -> bytes:
        self._edge.step("read")
        return super().read(size)

    def readinto(self, buffer: Any, /) -> int:
        self._edge.step("read")
        return super().readinto(buffer)


EDGE = Edge()
monitoring.register(EDGE)
