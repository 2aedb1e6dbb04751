"""Nothing is forgotten: what a dead worker held is given back, and what still waits is announced again."""

import logging

from ingest.port import Dispatcher, Ledger

log = logging.getLogger(__name__)


class Sweeper:
    """Run every half minute or so, by as many processes as like to: every step may be repeated."""

    def __init__(self, ledger: Ledger, dispatcher: Dispatcher, *, batch: int = 500) -> None:
        self._ledger = ledger
        self._dispatcher = dispatcher
        self._batch = batch

    def sweep(self) -> int:
        """Release what was held too long, wake workers for what waits; how many were woken for.

        Raises what the ledger raises.
        """
        released = self._ledger.release()
        if released:
            log.warning("%d files were taken from workers that fell silent", released)
        waiting = self._ledger.pending(self._batch)
        if waiting:
            self._dispatcher.wake(waiting)
        return len(waiting)
