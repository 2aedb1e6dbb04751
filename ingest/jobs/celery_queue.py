"""Celery over RabbitMQ as a carrier of wake-ups: the only module that knows it. The ledger decides, not the queue."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from celery import Celery
from celery.exceptions import OperationalError as CeleryOperationalError
from kombu.entity import Exchange as _Exchange
from kombu.entity import Queue as _Queue
from kombu.exceptions import OperationalError

from ingest.jobs.dispatch import Lane
from ingest.jobs.pipeline import Worker

log = logging.getLogger(__name__)

# kombu states that it is typed, but its entities are not
Exchange: Any = _Exchange
Queue: Any = _Queue

QUEUE = "fonds.ingest"
TASK = "fonds.process"
SCAN_TASK = "fonds.recognise"
LOT = 50
"""Ids in one message: Celery carries some thirty messages a second (spikes §5), and small files are faster."""
_LOT_SECONDS = 600.0
"""After this long the rest of a lot is left to the sweeper: RabbitMQ gives up on consumers that hold for long."""
_DEAD_LETTERS = 10_000
_AWAY_SECONDS = 5.0
_PROBE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the wake-ups go: `url` as amqp://…, and the name of the queue."""

    url: str
    queue: str = QUEUE

    @property
    def scans(self) -> str:
        """The queue of files that wait for their recognition."""
        return f"{self.queue}.recognition"


def make_celery(
    broker: Broker, worker: Callable[[], Worker] | None = None, scans: Lane | None = None
) -> Celery:
    """The Celery application. Whoever only sends leaves `worker` out; else it is called once, at the first task.

    What waits for recognition goes to a queue of its own; who has `scans` takes it from there into that lane.
    """
    app = Celery("fonds", broker=broker.url, set_as_current=False)
    app.conf.update(_settings(broker))
    if worker is not None:
        _register(app, _Once(worker))
    if scans is not None:
        app.task(scans.take, name=SCAN_TASK, ignore_result=True)
    return app


class CeleryDispatcher:
    """Sends wake-ups, at most `LOT` ids each. While the broker is away they are dropped: the sweeper sends again."""

    def __init__(self, app: Celery, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._clock = clock
        self._away_until = 0.0

    def wake(self, file_ids: Sequence[str]) -> None:
        """See `ingest.port.Dispatcher`."""
        if self._clock() < self._away_until:
            return  # each try would cost the caller a connection timeout
        try:
            for start in range(0, len(file_ids), LOT):
                self._app.send_task(TASK, [list(file_ids[start : start + LOT])], retry=False)
        except (OperationalError, CeleryOperationalError, OSError) as error:
            self._away_until = self._clock() + _AWAY_SECONDS
            log.warning("the broker does not take wake-ups, the sweeper will repeat them: %s", error)

    def fault(self) -> str:
        """ "" if the broker answers now, else why it does not."""
        try:
            with self._app.connection_for_write() as connection:
                connection.ensure_connection(max_retries=1, interval_start=0, timeout=_PROBE_SECONDS)
        except (OperationalError, CeleryOperationalError, OSError) as error:
            return f"{type(error).__name__}: {error}"
        return ""

    def close(self) -> None:
        """Let go of the connections."""
        self._app.close()


def run_celery(app: Celery, broker: Broker, threads: int, *, scans: bool = False) -> None:
    """Work on wake-ups with `threads` jobs at once until SIGTERM or SIGINT; blocks, must be the main thread.

    `scans`: take wake-ups for recognition, too, which `app` was made with a lane for.

    A pool of threads is enough: the heavy work is done by jails, which are processes of their own.
    """
    _declare_dead_letters(app, broker)
    app.Worker(
        pool="threads",
        concurrency=threads,
        queues=[broker.queue, *([broker.scans] if scans else [])],
        without_gossip=True,
        without_mingle=True,
        loglevel="INFO",
        quiet=True,
    ).start()


def _settings(broker: Broker) -> dict[str, object]:
    arguments = {
        "x-queue-type": "quorum",
        "x-delivery-limit": 3,
        "x-dead-letter-exchange": _dead(broker),
    }
    queues = [
        Queue(name, Exchange(name), routing_key=name, queue_arguments=arguments)
        for name in (broker.queue, broker.scans)
    ]
    return {
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_prefetch_multiplier": 1,
        "task_ignore_result": True,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_queues": queues,
        "task_routes": {SCAN_TASK: {"queue": broker.scans, "routing_key": broker.scans}},
        "task_default_queue": broker.queue,
        "task_default_exchange": broker.queue,
        "task_default_routing_key": broker.queue,
        "task_default_queue_type": "quorum",
        "worker_detect_quorum_queues": True,
        "broker_connection_retry_on_startup": True,
        "broker_connection_timeout": 2,
        "broker_transport_options": {"confirm_publish": True},
        "broker_heartbeat": 10,
        # threads cannot be cancelled; a job that runs twice after a lost connection is fenced by its lease
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "enable_utc": True,
    }


def _dead(broker: Broker) -> str:
    return f"{broker.queue}.dead"


def _declare_dead_letters(app: Celery, broker: Broker) -> None:
    """Messages that killed their worker four times end here, to be looked at; nothing reads them."""
    exchange = Exchange(_dead(broker), type="fanout")
    queue = Queue(
        _dead(broker), exchange, queue_arguments={"x-queue-type": "quorum", "x-max-length": _DEAD_LETTERS}
    )
    try:
        with app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=3)
            queue(connection.default_channel).declare()
    except (OperationalError, OSError) as error:
        log.warning("no place for dead letters was declared: %s", error)


class _Once:
    """Makes the worker at the first task: in the process that works, after any fork."""

    def __init__(self, make: Callable[[], Worker]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._worker: Worker | None = None

    def __call__(self) -> Worker:
        with self._lock:
            if self._worker is None:
                self._worker = self._make()
            return self._worker


def _register(app: Celery, worker: Callable[[], Worker]) -> None:
    def process(file_ids: Sequence[str]) -> None:
        until = time.monotonic() + _LOT_SECONDS
        for file_id in file_ids:
            try:
                fate = worker().process(file_id)
            except Exception:
                # the file still waits in the ledger; the message has done its duty by waking us
                log.exception("processing %s failed", file_id)
                return
            if fate == "unread":
                _onward(app, file_id)
            if fate == "hindered" or time.monotonic() > until:
                return

    app.task(process, name=TASK, ignore_result=True)


def _onward(app: Celery, file_id: str) -> None:
    try:
        app.send_task(SCAN_TASK, [[file_id]], retry=False)
    except (OperationalError, CeleryOperationalError, OSError) as error:
        log.warning("the broker does not take a wake-up, idle lanes ask for what waits: %s", error)
