"""Housekeeping: the loops that bring to an end whatever a crash or a lost wake-up left over."""

import logging
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mongoengine.errors import NotUniqueError
from pymongo.errors import PyMongoError

from search.port import SearchError
from service.models import Lease
from service.models.reading import by_key
from service.models.transactions import delete_rows, insert_row
from storage.port import StorageError

TERM = timedelta(seconds=20)
"""How long one process is the one that keeps house; it renews while it lives."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Chore:
    """A piece of work that can always be done again. `work` says how much it did: less than `lot` lets it rest for
    `pause` seconds, so that the next round finds company."""

    name: str
    work: Callable[[], int]
    pause: float
    lot: int = 1


@dataclass(frozen=True, slots=True)
class Round:
    """The last time a chore was done here: when it ended, and "" or what it failed of."""

    name: str
    at: datetime
    fault: str


class Housekeeping:
    """Runs chores in threads, in one process of the deployment at a time (a lease in the database says which)."""

    def __init__(
        self,
        chores: tuple[Chore, ...],
        clock: Callable[[], datetime],
        *,
        alone: bool = False,
        hurry: Callable[[], None] = lambda: None,
    ) -> None:
        """`alone`: no other process can keep this house (it is locked), so there is no election to wait for.
        `hurry` tells long chores, when the house closes, to break off."""
        self._hurry = hurry
        self._chores, self._clock, self._alone = chores, clock, alone
        self._owner = secrets.token_hex(8)
        self._elected = threading.Event()
        self._nudged = threading.Event()
        self._rounds: dict[str, Round] = {}

    def nudge(self) -> None:
        """Somebody knows of work: do not rest. May be called from any thread, at any time."""
        self._nudged.set()

    def run(self, stop: threading.Event) -> None:
        """Keep house until `stop` is set; then end what is being done and give the lease back."""
        if self._alone:
            self._elected.set()
        threads = [
            threading.Thread(target=self._loop, args=(chore, stop), name=chore.name) for chore in self._chores
        ]
        for thread in threads:
            thread.start()
        while not stop.is_set():
            if not self._alone:
                self._elect()
            stop.wait(TERM.total_seconds() / 4)
        self._hurry()
        for thread in threads:
            thread.join()
        if not self._alone:
            self._resign()

    def rounds(self) -> list[Round]:
        """The last round of every chore that this process has done, in their order; [] while another keeps house."""
        return [self._rounds[chore.name] for chore in self._chores if chore.name in self._rounds]

    def once(self) -> None:
        """Do every chore until nothing is left: for commands and tests."""
        while sum(chore.work() for chore in self._chores):
            pass

    def _loop(self, chore: Chore, stop: threading.Event) -> None:
        pause = chore.pause
        while not stop.is_set():
            done = 0
            if self._elected.is_set():
                try:
                    done = chore.work()
                    pause = chore.pause
                    self._rounds[chore.name] = Round(chore.name, self._clock(), "")
                except (PyMongoError, SearchError, StorageError) as fault:
                    pause = min(30.0, pause * 2)
                    self._rounds[chore.name] = Round(chore.name, self._clock(), type(fault).__name__)
                    log.warning(
                        "%s: %s", chore.name, fault, extra={"event": "chore_failed", "chore": chore.name}
                    )
                except Exception as fault:
                    pause = min(30.0, pause * 2)
                    self._rounds[chore.name] = Round(chore.name, self._clock(), type(fault).__name__)
                    log.exception(chore.name, extra={"event": "chore_failed", "chore": chore.name})
            if done < chore.lot:
                self._rest(pause, stop)

    def _rest(self, pause: float, stop: threading.Event) -> None:
        if pause >= 1:
            stop.wait(pause)
        elif self._nudged.wait(pause):
            self._nudged.clear()

    def _elect(self) -> None:
        try:
            if self._renew() or self._enter():
                self._elected.set()
            else:
                self._elected.clear()
        except PyMongoError as fault:
            self._elected.clear()
            log.warning("housekeeping: %s", fault, extra={"event": "election_failed"})

    def _renew(self) -> bool:
        now = self._clock()
        row = by_key(Lease, id="housekeeping")
        if row is None or (row.owner != self._owner and row.until and row.until > now):
            return False
        held = Lease.objects(id="housekeeping", owner=row.owner, until=row.until)
        return bool(held.update_one(set__owner=self._owner, set__until=now + TERM))

    def _enter(self) -> bool:
        if by_key(Lease, id="housekeeping") is not None:
            return False
        try:
            insert_row(Lease(id="housekeeping", owner=self._owner, until=self._clock() + TERM))
        except NotUniqueError:
            return False
        return True

    def _resign(self) -> None:
        try:
            delete_rows(Lease.objects(id="housekeeping", owner=self._owner))
        except PyMongoError as fault:
            log.info("the lease of housekeeping runs out by itself: %s", fault)
