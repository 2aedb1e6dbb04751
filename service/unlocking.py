"""Unlocking, wired: a worker with a jail of its own, in the serving process, made when a password is first given."""

from collections.abc import Callable
from datetime import datetime

from ingest.jail.warden import Jails
from ingest.jobs.pipeline import Keeping, Worker
from service.audit import Audit
from service.ledger import MongoLedger
from service.usecases.contents.members import MongoMembers
from service.usecases.contents.transcripts import MongoTranscripts
from service.usecases.contents.unlocking import Unlocking
from storage.port import ObjectStore


class _Reader:
    def __init__(self, ledger: MongoLedger, store: ObjectStore, clock: Callable[[], datetime]) -> None:
        self._jails = Jails(most=1)
        keeping = Keeping(MongoTranscripts(), MongoMembers(clock))
        # what is encrypted was looked at by the scanner when it came in
        self._worker = Worker(ledger, store, self._jails, keeping=keeping)

    def process(self, file_id: str, *, password: str) -> str:
        return self._worker.process(file_id, password=password)

    def close(self) -> None:
        self._jails.close()
        self._worker.close()


def unlocking(
    ledger: MongoLedger, store: ObjectStore, audit: Audit, clock: Callable[[], datetime]
) -> Unlocking:
    """The use case on this ledger and store."""
    return Unlocking(lambda: _Reader(ledger, store, clock), audit)
