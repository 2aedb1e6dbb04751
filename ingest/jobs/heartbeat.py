"""Keeping leases alive while jobs run: one thread for all jobs of a process."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ingest.port import Job, Ledger

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Lease:
    """The hold on one job; `lost` is set when it is no longer ours, and the job must stop."""

    job: Job
    due: float
    lost: threading.Event = field(default_factory=threading.Event)


class Heartbeat:
    """Renews every watched job's lease `every` seconds. The thread starts with the first job."""

    def __init__(
        self, ledger: Ledger, every: float = 20.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._ledger = ledger
        self._every = every
        self._clock = clock
        self._leases: set[Lease] = set()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    @contextmanager
    def watch(self, job: Job) -> Iterator[Lease]:
        """Keep the lease of `job` inside the block."""
        lease = Lease(job, self._clock() + self._every)
        with self._changed:
            self._leases.add(lease)
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
                self._thread.start()
            self._changed.notify()
        try:
            yield lease
        finally:
            with self._changed:
                self._leases.discard(lease)

    def close(self) -> None:
        """Stop renewing; what still runs loses its lease in time."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread:
            self._thread.join()

    def _beat(self) -> None:
        while True:
            with self._changed:
                if self._closed:
                    return
                now = self._clock()
                due = [lease for lease in self._leases if lease.due <= now]
                if not due:
                    soonest = min((lease.due for lease in self._leases), default=None)
                    self._changed.wait(None if soonest is None else max(0.0, soonest - now))
            for lease in due:
                self._renew(lease)

    def _renew(self, lease: Lease) -> None:
        lease.due = self._clock() + self._every
        try:
            held = self._ledger.renew(lease.job)
        except Exception:
            # a ledger that is away for a moment does not end the job: the fence decides when it is finished
            log.exception("the lease of %s could not be renewed", lease.job.file_id)
            return
        if not held:
            lease.lost.set()
