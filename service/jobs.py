"""Jobs, wired: the ledger of ingest, and the run that has holdings read again."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from ingest.port import Dispatcher
from service.audit import Audit
from service.ledger import MongoLedger
from service.usecases.contents.reprocessing import ReprocessingHoldings


class NoDispatcher:
    """Wakes nobody: where the sweeper or a test does."""

    def wake(self, file_ids: Sequence[str]) -> None:
        """Nothing: what waits is found by looking."""


def of_jobs(
    dispatcher: Dispatcher, audit: Audit, clock: Callable[[], datetime], nudge: Callable[[], None]
) -> dict[str, Any]:
    """What decides over jobs, by its names in `Fonds`."""
    ledger = MongoLedger(clock, nudge)
    return {"ledger": ledger, "reprocessing": ReprocessingHoldings(ledger, dispatcher, audit, clock)}
