"""The ledger of ingest over the files' own rows: state, attempts and lease decide, whatever a queue says."""

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo.client_session import ClientSession

from ingest.pipeline import BLAMELESS
from ingest.port import MAX_ATTEMPTS, Job, Outcome
from service.models import File, Record
from service.models.archive import SLOTS
from service.models.connection import in_transaction
from service.models.reading import Slots, by_key

LEASE = timedelta(seconds=60)
"""How long a worker may be silent before its file is given to another one."""

Clock = Callable[[], datetime]


class MongoLedger:
    """`ingest.port.Ledger` over the collection of files. Every write is fenced by lease owner and attempt."""

    def __init__(self, clock: Clock, on_indexable: Callable[[], None] = lambda: None) -> None:
        self._clock = clock
        self._on_indexable = on_indexable
        self._waiting = Slots(File, "slot", want=100)

    def claim(self, file_id: str, owner: str) -> Job | None:
        """See the port. The row is read by key and taken by one conditional update (design §2)."""
        row = by_key(File, id=file_id)
        if row is None or row.state != "pending" or row.deleted_at:
            return None
        if row.attempts >= MAX_ATTEMPTS:
            self._close(row, "quarantined", row.reason or "killed_jail", row.detail)
            return None
        taken = File.objects(id=file_id, state="pending", attempts=row.attempts).update_one(
            set__state="running",
            set__lease_owner=owner,
            set__lease_until=self._clock() + LEASE,
            inc__attempts=1,
            unset__slot=1,
        )
        return _job(row, owner) if taken else None

    def renew(self, job: Job) -> bool:
        """See the port."""
        return bool(_held(job).update_one(set__lease_until=self._clock() + LEASE))

    def finish(self, job: Job, outcome: Outcome) -> bool:
        """See the port. The file's outcome and the record's need of indexing are one transaction."""
        result = {
            "state": "done",
            "media_type": outcome.media_type,
            "family": outcome.family,
            "text_key": outcome.text_key,
            "preview_key": outcome.preview_key,
            "preview_type": outcome.preview_type,
            "characters": outcome.characters,
            "pages": outcome.pages,
            "facts": {key.replace(".", "_").lstrip("$"): value for key, value in outcome.facts.items()},
            "warning": outcome.warning,
            "detail": outcome.detail[:2000],
            "reason": "",
        }
        return self._end(job, result)

    def fail(self, job: Job, reason: str, detail: str = "") -> bool:
        """See the port. After the last attempt the file is closed away; failures that are not its fault do not count."""
        said: dict[str, Any] = {"set__reason": reason, "set__detail": detail[:2000]}
        if reason in BLAMELESS:
            said["inc__attempts"] = -1
        elif job.attempt >= MAX_ATTEMPTS:
            return self.quarantine(job, reason, detail)
        return bool(
            _held(job).update_one(
                **said, set__state="pending", set__slot=secrets.randbelow(SLOTS), unset__lease_until=1
            )
        )

    def quarantine(self, job: Job, reason: str, detail: str = "") -> bool:
        """See the port."""
        return self._end(job, {"state": "quarantined", "reason": reason, "detail": detail[:2000]})

    def pending(self, limit: int) -> Sequence[str]:
        """See the port."""
        return [row.id for row in self._waiting.read()[:limit]]

    def release(self) -> int:
        """See the port. What was held too often already is closed away by the next claim."""
        late = list(File.objects(lease_until__lt=self._clock()))
        return sum(
            File.objects(
                id=row.id, state="running", lease_owner=row.lease_owner, attempts=row.attempts
            ).update_one(
                set__state="pending",
                set__slot=secrets.randbelow(SLOTS),
                set__reason="worker_lost",
                unset__lease_until=1,
            )
            for row in late
        )

    def _end(self, job: Job, result: dict[str, Any]) -> bool:
        update = {"$set": result | {"finished_at": self._clock()}, "$unset": {"lease_until": 1, "slot": 1}}
        held = {"_id": job.file_id, "state": "running", "lease_owner": job.owner, "attempts": job.attempt}

        def write(session: ClientSession) -> bool:
            if not File._get_collection().update_one(held, update, session=session).modified_count:
                return False
            Record._get_collection().update_one({"_id": job.record_id}, needs_indexing(), session=session)
            return True

        ended = in_transaction(write)
        if ended:
            self._on_indexable()
        return ended

    def _close(self, row: Any, state: str, reason: str, detail: str) -> None:
        File.objects(id=row.id, state="pending", attempts=row.attempts).update_one(
            set__state=state,
            set__reason=reason,
            set__detail=detail,
            set__finished_at=self._clock(),
            unset__slot=1,
        )


def needs_indexing() -> dict[str, Any]:
    """The part of an update of a record that tells the indexer to look at it again."""
    return {"$inc": {"index_seq": 1}, "$set": {"index_slot": secrets.randbelow(SLOTS)}}


def _held(job: Job) -> Any:
    return File.objects(id=job.file_id, state="running", lease_owner=job.owner, attempts=job.attempt)


def _job(row: Any, owner: str) -> Job:
    return Job(
        file_id=row.id,
        record_id=row.record_id,
        key=row.object_key,
        sha256=row.sha256,
        size=row.size,
        name=row.name,
        owner=owner,
        attempt=row.attempts + 1,
    )
