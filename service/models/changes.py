"""What this process writes: a stamp that changes with every write, so that what was read before is known to be old."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)

WRITES = {"insert", "update", "delete", "findAndModify"}
COMMIT, ABORT = "commitTransaction", "abortTransaction"
OPEN = 1000
"""Transactions whose writes are kept in mind; the end of one that is not changes everything."""
UNCERTAIN_SECONDS = 60.0
"""After a write whose answer was lost nothing is believed for so long: it may still be done."""

Key = TypeVar("Key")
Value = TypeVar("Value")


class Changes(CommandListener):
    """Listens to a client of the database. Stamps are good only where no other process writes what is asked for."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, most_open: int = OPEN) -> None:
        self._clock, self._most_open = clock, most_open
        self._counts: dict[str, int] = {}
        self._under_way: dict[int, Iterable[str] | None] = {}
        self._open: dict[_Transaction, set[str]] = {}
        self._ends = 0
        self._uncertain_until = 0.0
        self._lock = threading.Lock()

    def stamp(self, collections: Iterable[str]) -> object:
        """Equal to an earlier stamp only if nothing was written to these collections in between."""
        if self._clock() < self._uncertain_until:
            return object()
        return (self._ends, *(self._counts.get(name, 0) for name in collections))

    @property
    def waiting(self) -> int:
        """Transactions that have written and not ended."""
        return len(self._open)

    def started(self, event: CommandStartedEvent) -> None:
        """See `CommandListener`: from here on the write may be visible, those of a transaction from its commit on."""
        command = event.command
        if event.command_name in WRITES:
            name = str(command[event.command_name])
            names: Iterable[str] | None = (name,)
            if command.get("autocommit") is False:
                self._note(_transaction_of(command), name)
        elif event.command_name == COMMIT:
            names = self._open.pop(_transaction_of(command), None)
        elif event.command_name == ABORT:
            self._open.pop(_transaction_of(command), None)
            return
        else:
            return
        self._under_way[event.request_id] = names
        self._raise(names)

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """See `CommandListener`: whoever read while the write was under way read what it was before, or may have."""
        self._ended(event.command_name, event.request_id)

    def failed(self, event: CommandFailedEvent) -> None:
        """See `CommandListener`: a failed write may have been done in part, one without an answer may yet be."""
        if event.command_name in {*WRITES, COMMIT} and "code" not in event.failure:
            self._uncertain_until = self._clock() + UNCERTAIN_SECONDS
        self._ended(event.command_name, event.request_id)

    def _note(self, transaction: "_Transaction", name: str) -> None:
        with self._lock:
            if (
                len(self._open) >= self._most_open and transaction not in self._open
            ):  # left behind by connections that were lost
                self._open.clear()
            self._open.setdefault(transaction, set()).add(name)

    def _ended(self, command: str, request_id: int) -> None:
        if command in WRITES or command == COMMIT:
            self._raise(self._under_way.pop(request_id, None))

    def _raise(self, names: Iterable[str] | None) -> None:
        """None: nobody knows any more what was written."""
        with self._lock:
            if names is None:
                self._ends += 1
            for name in names or ():
                self._counts[name] = self._counts.get(name, 0) + 1


_Transaction = tuple[bytes, int]


def _transaction_of(command: Mapping[str, Any]) -> _Transaction:
    """The session and the number in it, which every command of a transaction carries."""
    return bytes(command["lsid"]["id"]), int(command["txnNumber"])


class Remembered(Generic[Key, Value]):
    """Answers by key, read once and kept until this process writes to one of `collections`. Threads may share it.

    Without `changes` (where other processes write too) nothing is kept.
    """

    def __init__(self, changes: Changes | None, *collections: str, most: int = 2000) -> None:
        self._changes, self._collections, self._most = changes, collections, most
        self._stamp: object = None
        self._kept: dict[Key, Value] = {}
        self._lock = threading.Lock()

    def get(
        self, keys: Sequence[Key], read: Callable[[Sequence[Key]], Mapping[Key, Value]]
    ) -> Mapping[Key, Value]:
        """The answers to these keys; what `read` leaves out has none, and is asked again the next time."""
        if self._changes is None:
            return read(keys) if keys else {}
        stamp = self._changes.stamp(self._collections)
        with self._lock:
            if stamp != self._stamp or len(self._kept) > self._most:
                self._kept, self._stamp = {}, stamp
            known = {key: self._kept[key] for key in keys if key in self._kept}
        wanted = [key for key in keys if key not in known]
        if not wanted:
            return known
        found = read(wanted)
        with self._lock:
            if stamp == self._stamp == self._changes.stamp(self._collections):
                self._kept.update(found)
        return {**known, **found}
