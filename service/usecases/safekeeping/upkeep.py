"""What the administrator at 2 a.m. needs: is every part there, does everything fit, make the index anew."""

import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from search.port import SearchEngine, SearchError
from service.audit import Audit
from service.domain.permissions import Act, Actor, may
from service.errors import Forbidden, ServiceError
from service.models import File, Record
from service.models.archive import SLOTS
from service.models.connection import ping
from service.models.reading import counts, waiting
from service.usecases.safekeeping.checking import Checking, CheckReport, Progress
from service.usecases.searching.indexing import Indexing
from storage.port import ObjectStore, StorageError

Probe = Callable[[], None]


class Upkeep:
    """Work on the archive as a whole; for administrators, and without showing content."""

    def __init__(
        self,
        probes: Mapping[str, Probe],
        checking: Checking,
        indexing: Indexing,
        audit: Audit,
        facts: Callable[[], Mapping[str, Any]],
    ) -> None:
        self._probes, self._checking, self._indexing = probes, checking, indexing
        self._audit, self._facts = audit, facts

    def readiness(self) -> Mapping[str, str]:
        """Part → "" if it is ready, else why it is not."""
        return {part: _why_not(probe) for part, probe in self._probes.items()}

    def status(self, actor: Actor) -> Mapping[str, Any]:
        """Parts, what is held (by the index: SecantusDB counts by reading all), what waits (of much a good estimate),
        and how well parsers are locked in."""
        _require(actor)
        states = counts(File, "state", ("running", "failed", "quarantined"))
        return {
            "parts": self.readiness(),
            "records": self._indexing.count(),
            "files": {"pending": _slots(File, "slot"), **states},
            "to_index": _slots(Record, "index_slot"),
            **self._facts(),
        }

    def room(self, actor: Actor) -> Mapping[str, int]:
        """Bytes of the disk: total and free. Raises `Forbidden`."""
        _require(actor)
        disk: Mapping[str, int] = self._facts()["disk"]
        return disk

    def check(
        self, actor: Actor, *, repair: bool = False, read_data: bool = False
    ) -> Iterator[Progress | CheckReport]:
        """Compare rows, objects and index; see `Checking.run`."""
        _require(actor)
        self._audit.insert(actor, "check", repair=repair, read_data=read_data)
        return self._checking.run(repair=repair, read_data=read_data)

    def reindex(self, actor: Actor) -> Iterator[Progress | int]:
        """Make the index anew; steps, then the number of records. The old index answers until the end."""
        _require(actor)
        self._audit.insert(actor, "reindex")
        return _stepwise(self._indexing.rebuild)


def _require(actor: Actor) -> None:
    if not (may(actor, Act.OPERATE) or may(actor, Act.WATCH)):
        raise Forbidden


def _slots(document: Any, field: str) -> int:
    """What waits now, and what waits for something else first."""
    return sum(waiting(document, field, first=first)[0] for first in (0, SLOTS))


def _why_not(probe: Probe) -> str:
    try:
        probe()
    except (ServiceError, StorageError, SearchError) as fault:
        return str(fault) or type(fault).__name__
    return ""


def _stepwise(work: Callable[[Callable[[int, int], None]], int]) -> Iterator[Progress | int]:
    """Run work that reports by a callback as an iterator of its reports; a failure is raised here."""
    steps: queue.Queue[Progress | int | BaseException] = queue.Queue()

    def run() -> None:
        try:
            steps.put(work(lambda done, total: steps.put(Progress("index", done, total))))
        except BaseException as fault:  # noqa: BLE001  it is raised again where the steps are read
            steps.put(fault)

    thread = threading.Thread(target=run, name="reindex")
    thread.start()
    while True:
        step = steps.get()
        if isinstance(step, BaseException):
            raise step
        yield step
        if isinstance(step, int):
            thread.join()
            return


def probes(store: ObjectStore, engine: SearchEngine, *further: Mapping[str, Probe]) -> dict[str, Probe]:
    """The parts that every deployment has, and further ones."""
    always = {"database": ping, "objects": store.ready, "search": engine.ready}
    return always | {part: probe for some in further for part, probe in some.items()}
