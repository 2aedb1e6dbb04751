"""A worker process: the wiring of one ingest worker, and the program of the embedded deployment's child."""

import json
import os
import signal
from dataclasses import dataclass

from ingest.documents.libreoffice import Office, find_office
from ingest.jail.warden import Jails
from ingest.jobs.dispatch import Lane, Rhythm, run_local
from ingest.jobs.making import Maker, MakerThread
from ingest.jobs.pipeline import Conduct, Keeping, Worker
from ingest.jobs.queue import open_carrier, work_on
from ingest.port import Dispatcher
from service import logs
from service.bench import MongoBench
from service.clock import now
from service.embedded.arenas import share_heaps
from service.embedded.refusals import refusals_told
from service.encryption import Locks, links_of
from service.jobs import NoDispatcher
from service.ledger import MongoLedger
from service.models.connection import connect, disconnect, end_abandoned
from service.scanning import scanner_of
from service.usecases.contents.members import MongoMembers
from service.usecases.contents.transcripts import MongoTranscripts
from storage.opening import LinkSigning, open_store

JOBS_PER_JAIL = 4


@dataclass(frozen=True, slots=True)
class WorkerOrder:
    """What a worker process has to know; it comes through its stdin, because it holds secrets."""

    mongo_url: str
    objects_url: str
    secret: str
    jails: int
    """Files that are read at once."""
    queue_url: str = ""
    """Where wake-ups come from; "" = through stdin."""
    log_format: str = "text"
    clamd_url: str = ""
    """Where ClamAV is asked; "" = it is not."""
    reserve_bytes: int | None = None
    master_key: str = ""
    alone: bool = False
    """No other worker can live: the database is ours, and this is its one worker process."""

    @property
    def threads(self) -> int:
        """Jobs under way at once: while some wait for the database, others keep the jails busy."""
        return JOBS_PER_JAIL * self.jails

    def dispatcher(self) -> Dispatcher:
        """Sends wake-ups to the queue."""
        return open_carrier(self.queue_url) if self.queue_url else NoDispatcher()


def wired(order: WorkerOrder) -> tuple[Worker, Jails, MakerThread]:
    """A worker on the database and store of the order, the jails that it works with, and who makes what files lack."""
    with refusals_told():
        connect(order.mongo_url)
        signing = LinkSigning(order.secret.encode(), "", now)
        inside = open_store(order.objects_url, signing, reserve_bytes=order.reserve_bytes)
        store = Locks.of(order.master_key).around(inside, links_of(order.secret, "", now))
    jails = Jails(most=order.jails)
    ledger, program = MongoLedger(now), find_office()
    maker = Maker(MongoBench(now), store, jails, Office(program) if program else None)
    aside = MakerThread(maker, lambda: bool(ledger.pending(1)))
    conduct = Conduct(makes=maker.makes)
    worker = Worker(
        ledger,
        store,
        jails,
        keeping=Keeping(MongoTranscripts(), MongoMembers(now)),
        conduct=conduct,
        scanner=scanner_of(order.clamd_url),
    )
    return worker, jails, aside


def run_queue_worker(order: WorkerOrder) -> None:
    """Work on what the queue announces until SIGTERM or Ctrl-C; blocks, in the main thread."""
    worker, jails, aside = wired(order)
    scans = Lane(worker, "recognition", order.jails, Rhythm())
    scans.start()
    print("working", flush=True)  # noqa: T201  the parent, if there is one, waits for this line
    aside.start()
    try:
        work_on(order.queue_url, worker, scans, order.threads)
    finally:
        scans.end()
        jails.close()
        aside.close()
        worker.close()
        disconnect()


def main() -> None:
    """Read the order from stdin, then work until the parent closes it or dies."""
    share_heaps()
    stdin = os.fdopen(0, "rb", buffering=0)
    order = WorkerOrder(**json.loads(stdin.readline()))
    logs.setup(order.log_format)
    if order.queue_url:
        run_queue_worker(order)
        return
    # The parent ends this worker by closing stdin: a job gets its grace, then the jails are closed in order.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    worker, jails, aside = wired(order)
    if order.alone:
        end_abandoned()
        MongoLedger(now).release_all()  # what a killed one held need not wait for its lease to run out
    print("working", flush=True)  # noqa: T201  the parent waits for this line
    aside.start()
    try:
        run_local(worker, jails, stdin, Rhythm(threads=order.threads, recognising=order.jails))
    finally:
        aside.close()
        disconnect()


if __name__ == "__main__":
    main()
