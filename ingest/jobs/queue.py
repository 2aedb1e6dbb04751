"""Opening: the address of a queue to who sends wake-ups over it, and to the work on them."""

import importlib
from typing import Any, Protocol

from ingest.jobs.dispatch import Lane
from ingest.jobs.pipeline import Worker
from ingest.port import Dispatcher


class Carrier(Dispatcher, Protocol):
    """Sends wake-ups to a broker."""

    def fault(self) -> str:
        """ "" if the broker answers now, else why it does not."""
        ...


def open_carrier(url: str) -> Carrier:
    """Who sends wake-ups to the broker at amqp://…; nothing is asked of it yet."""
    queue = _celery()
    carrier: Carrier = queue.CeleryDispatcher(queue.make_celery(queue.Broker(url)))
    return carrier


def work_on(url: str, worker: Worker, scans: Lane, threads: int) -> None:
    """Work on what the broker at `url` announces with `threads` jobs at once until SIGTERM or SIGINT; what waits for
    recognition goes to `scans`. Blocks, must be the main thread."""
    queue = _celery()
    broker = queue.Broker(url)
    queue.run_celery(queue.make_celery(broker, lambda: worker, scans), broker, threads, scans=True)


def _celery() -> Any:
    """Its client takes 8 MB, which the embedded deployment does without: it has no queue."""
    return importlib.import_module("ingest.jobs.celery_queue")
