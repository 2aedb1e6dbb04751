"""The ledger of ingest over the files' own rows: state, attempts and lease decide, whatever a queue says."""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import UpdateOne
from pymongo.client_session import ClientSession

from ingest.jobs.pipeline import BLAMELESS
from ingest.port import EXTRACTOR, MAX_ATTEMPTS, Job, Outcome, Rendition, Stage
from service import bench, sketches
from service.models import File, Record
from service.models.archive import LATER, SCANS, SLOTS
from service.models.connection import in_transaction
from service.models.reading import Slots
from service.models.together import Together

LEASE = timedelta(seconds=60)
"""How long a worker may be silent before its file is given to another one."""

LOT = 50
"""Claims and ends that share a write at most."""

FEW = 50
"""Files inside another one, each of which is found as soon as it is read."""

CLAIMED = (
    *("id", "record_id", "object_key", "sha256", "size", "name"),
    *("state", "attempts", "lease_owner", "deleted_at", "reason", "detail", "stage", "unread"),
    *("depth", "number", "how"),
    *(
        "media_type",
        "family",
        "text_key",
        "preview_key",
        "preview_type",
        "characters",
        "pages",
        "facts",
        "warning",
        "renditions",
    ),
)
ENDING = dict.fromkeys(("state", "lease_owner", "attempts", "text_key", "preview_key"), 1)
"""What is read of a file that is being taken, and of one whose job ends."""

WANT, SKETCH = "want", "sketch"
"""Of the end of a job what goes to the bench and among the sketches, not into the file's row."""

Clock = Callable[[], datetime]


class MongoLedger:
    """`ingest.port.Ledger` over the collection of files. Every write is fenced by lease owner and attempt."""

    def __init__(self, clock: Clock, on_indexable: Callable[[], None] = lambda: None) -> None:
        self._clock = clock
        self._on_indexable = on_indexable
        self._waiting = Slots(File, "slot", want=100, only=("id",))
        self._scans = Slots(File, "slot", want=100, first=SCANS, only=("id",))
        self._claims: Together[tuple[str, str, Stage], Job | None] = Together(self._claim, limit=LOT)
        self._ends: Together[tuple[Job, dict[str, Any]], bool] = Together(self._write_ends, limit=LOT)

    def claim(self, file_id: str, owner: str, stage: Stage = "reading") -> Job | None:
        """See the port. Rows are read by key and taken by conditional updates (design §2).

        An owner's name is another one in each stage: attempts are counted anew, and alone are no fence.
        """
        return self._claims.do((file_id, f"{owner}:{stage}", stage))

    def _claim(self, wanted: Sequence[tuple[str, str, Stage]]) -> Sequence[Job | None]:
        owners = {file_id: owner for file_id, owner, _ in wanted}
        stages = {file_id: stage for file_id, _, stage in wanted}
        rows = {row.id: row for row in _rows(owners) if _waits(row, stages[row.id])}
        for row in rows.values():
            if row.attempts >= MAX_ATTEMPTS:
                self._close(row, row.reason or "killed_jail", row.detail)
        free = [row for row in rows.values() if row.attempts < MAX_ATTEMPTS]
        lots: dict[str, list[Any]] = {}
        for row in free:
            lots.setdefault(owners[row.id], []).append(row)
        taken = {one for owner, lot in lots.items() for one in self._take(lot, owner)}
        jobs = {row.id: _job(row, owners[row.id]) for row in free if row.id in taken}
        return [jobs.pop(file_id, None) if owners[file_id] == owner else None for file_id, owner, _ in wanted]

    def _take(self, lot: Sequence[Any], owner: str) -> Sequence[str]:
        """Take rows that were free a moment ago; the ids of those that still were.

        Whoever took one of them meanwhile raised its attempts and is its owner now; that is read, and the write is by
        key alone, because more conditions than a key cost the embedded database as much again. An attempt whose
        answer was lost may have taken them for us already.
        """
        free = {row.id: (row.attempts, row.lease_owner) for row in lot}
        ours = {row.id: (row.attempts + 1, owner) for row in lot}
        until = self._clock() + LEASE
        taken = {
            "$set": {"state": "running", "lease_owner": owner, "lease_until": until},
            "$inc": {"attempts": 1},
            "$unset": {"slot": 1},
        }
        files = File._get_collection()

        def take(session: ClientSession) -> list[str]:
            rows = files.find({"_id": {"$in": list(free)}}, ENDING, session=session)
            there = {row["_id"]: (row["attempts"], row["lease_owner"]) for row in rows}
            still = [one for one, held in there.items() if held == free[one]]
            if still:
                files.update_many({"_id": {"$in": still}}, taken, session=session)
            return still + [one for one, held in there.items() if held == ours[one]]

        return in_transaction(take, repeatable=True)

    def renew(self, job: Job) -> bool:
        """See the port."""
        return bool(_held(job).update_one(set__lease_until=self._clock() + LEASE))

    def finish(self, job: Job, outcome: Outcome) -> bool:
        """See the port. The file's outcome and the record's need of indexing are one transaction."""
        further: dict[str, Any] = {"state": "done", "stage": "", "unread": [], "recognised": 0}
        if outcome.unread:
            further = {
                "state": "pending",
                "stage": "recognition",
                "unread": list(outcome.unread),
                "recognised": 0,
                "attempts": 0,
                "slot": SCANS + secrets.randbelow(SLOTS),
            }
        result = further | {
            "media_type": outcome.media_type,
            "family": outcome.family,
            "text_key": outcome.text_key,
            "preview_key": outcome.preview_key,
            "preview_type": outcome.preview_type,
            "renditions": {name: asdict(one) for name, one in outcome.renditions.items()},
            "characters": outcome.characters,
            "pages": outcome.pages,
            "facts": {key.replace(".", "_").lstrip("$"): value for key, value in outcome.facts.items()},
            "warning": outcome.warning,
            "detail": outcome.detail[:2000],
            "reason": "",
            **({"extractor": EXTRACTOR} if job.stage == "reading" else {}),
        }
        return self._end(job, result | {WANT: outcome.want, SKETCH: outcome.sketch})

    def fail(self, job: Job, reason: str, detail: str = "") -> bool:
        """See the port. After the last attempt the file is closed away; failures that are not its fault do not count."""
        said: dict[str, Any] = {"set__reason": reason, "set__detail": detail[:2000]}
        if reason in BLAMELESS:
            said["inc__attempts"] = -1
        elif job.attempt >= MAX_ATTEMPTS:
            return self.quarantine(job, reason, detail)
        return bool(
            _held(job).update_one(
                **said, set__state="pending", set__slot=_slot(job.stage), unset__lease_until=1
            )
        )

    def quarantine(self, job: Job, reason: str, detail: str = "") -> bool:
        """See the port."""
        if job.again and reason != "infected":  # what was known of it stays
            return self._end(job, {"state": "done", "stage": "", "reason": "", "detail": detail[:2000]})
        return self._end(job, {"state": "quarantined", "reason": reason, "detail": detail[:2000]})

    def pending(self, limit: int, stage: Stage = "reading") -> Sequence[str]:
        """See the port."""
        waiting = self._scans if stage == "recognition" else self._waiting
        return [row["_id"] for row in waiting.read()[:limit]]

    def release(self) -> int:
        """See the port. What was held too often already is closed away by the next claim."""
        return self._release(File.objects(lease_until__lt=self._clock()), {"set__reason": "worker_lost"})

    def release_all(self, *, blameless: bool = False) -> int:
        """Give back every file that is held: for the one who knows that no worker lives any more.

        `blameless`: the workers ended with their server, so the attempt does not count; a worker that dies while
        its server lives may have died of the file.
        """
        held = File.objects(lease_until__gt=datetime(1970, 1, 1, tzinfo=UTC))
        return self._release(held, {"inc__attempts": -1} if blameless else {"set__reason": "worker_lost"})

    def _release(self, held: Iterable[Any], said: Mapping[str, Any]) -> int:
        return sum(
            File.objects(
                id=row.id, state="running", lease_owner=row.lease_owner, attempts=row.attempts
            ).update_one(**said, set__state="pending", set__slot=_slot(_stage(row)), unset__lease_until=1)
            for row in list(held)
        )

    def _end(self, job: Job, result: dict[str, Any]) -> bool:
        ended = self._ends.do((job, result | {"finished_at": self._clock()}))
        if ended:
            self._on_indexable()
        return ended

    def _write_ends(self, ends: Sequence[tuple[Job, dict[str, Any]]]) -> Sequence[bool]:
        return in_transaction(lambda session: _ended(session, ends))

    def _close(self, row: Any, reason: str, detail: str) -> None:
        if row.stage == "again":  # it was fine before: what was known of it stays
            File.objects(id=row.id, state="pending", attempts=row.attempts).update_one(
                set__state="done", set__stage="", set__reason="", unset__slot=1
            )
            return
        closed = File.objects(id=row.id, state="pending", attempts=row.attempts).update_one(
            set__state="quarantined",
            set__reason=reason,
            set__detail=detail,
            set__finished_at=self._clock(),
            unset__slot=1,
        )
        if closed:
            told = _told(row.id, row.record_id, {"reason": reason, "finished_at": self._clock()})
            Record._get_collection().update_one({"_id": row.record_id}, told)


def _told(file_id: str, record_id: str, result: Mapping[str, Any]) -> dict[str, Any]:
    """The part of an update of a record that tells of a file that was closed away: an event of nobody's."""
    event = {
        "kind": "event",
        "_id": secrets.token_hex(12),
        "at": result["finished_at"],
        "actor_id": "",
        "act": "quarantine",
        "object_kind": "record",
        "object_id": record_id,
        "result": "done",
        "facts": {"file": file_id, "reason": result["reason"]},
    }
    return {"$push": {"outbox": event}, "$set": {"outbox_slot": secrets.randbelow(SLOTS)}}


def _ended(session: ClientSession, ends: Sequence[tuple[Job, dict[str, Any]]]) -> list[bool]:
    """Write the ends of jobs whose owners still hold them, and have their records indexed."""
    files, records = File._get_collection(), Record._get_collection()
    rows = {
        row["_id"]: row
        for row in files.find({"_id": {"$in": [job.file_id for job, _ in ends]}}, ENDING, session=session)
    }
    held = [(job, result) for job, result in ends if holds(job, rows.get(job.file_id))]
    if held:
        files.bulk_write(
            [UpdateOne({"_id": job.file_id}, _freed(_row_of(result))) for job, result in held],
            session=session,
        )
        bench.put(session, {job.file_id: result[WANT] for job, result in held if result.get(WANT)})
        sketches.put(session, [(job, result[SKETCH]) for job, result in held if SKETCH in result])
        soon = {job.record_id for job, _ in held if not _in_a_crowd(job)}
        later = {job.record_id for job, _ in held} - soon
        records.update_many({"_id": {"$in": list(soon)}}, needs_indexing(), session=session)
        if later:
            records.update_many({"_id": {"$in": list(later)}}, needs_indexing(later=True), session=session)
        for job, result in held:
            if result["state"] == "quarantined":
                told = _told(job.file_id, job.record_id, result)
                records.update_one({"_id": job.record_id}, told, session=session)
    fine = {(job.file_id, job.owner, job.attempt) for job, _ in held}
    return [
        (job.file_id, job.owner, job.attempt) in fine or _ended_so(job, result, rows.get(job.file_id))
        for job, result in ends
    ]


def _row_of(result: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in result.items() if name not in (WANT, SKETCH)}


def _ended_so(job: Job, result: dict[str, Any], row: dict[str, Any] | None) -> bool:
    """Whether this very end is written already: the database may lose its answer to a commit, not the commit.

    To say no would let the worker delete the text that the row names.
    """
    if row is None:
        return False
    ours = [name for name in ("text_key", "preview_key") if result.get(name, "") != getattr(job.known, name)]
    if any(result.get(name) for name in ours):  # keys that nobody else can have written
        return all(row.get(name) == result.get(name) for name in ours)
    if (row["lease_owner"], row["attempts"]) != (job.owner, result.get("attempts", job.attempt)):
        return False
    return all(
        row.get(name) == result.get(name) for name in ("state", "text_key", "preview_key") if name in result
    )


def holds(job: Job, row: Mapping[str, Any] | None) -> bool:
    """Whether a file, as it was read in this transaction, is still this job's."""
    return row is not None and (row["state"], row["lease_owner"], row["attempts"]) == (
        "running",
        job.owner,
        job.attempt,
    )


def _rows(ids: Iterable[str]) -> list[Any]:
    """Files as a claim needs them. By key alone, however little is wanted of them: with any other condition the
    embedded database weighs its indexes first, which takes six times as long."""
    return list(File.objects(id__in=list(ids)).only(*CLAIMED))


def needs_indexing(*, later: bool = False) -> dict[str, Any]:
    """The part of an update of a record that tells the indexer to look at it again; `later`: in some seconds."""
    return {
        "$inc": {"index_seq": 1},
        "$set": {"index_slot": (LATER if later else 0) + secrets.randbelow(SLOTS)},
    }


def _in_a_crowd(job: Job) -> bool:
    """Whether a file is one of very many inside another: their record is not indexed for each of them."""
    return job.depth > 0 and job.number > FEW


def _freed(result: Mapping[str, Any]) -> dict[str, Any]:
    """The end of a job as an update: without its lease, and in no line unless `result` puts it into one."""
    gone = {"lease_until": 1} if "slot" in result else {"lease_until": 1, "slot": 1}
    return {"$set": result, "$unset": gone}


def _waits(row: Any, stage: Stage) -> bool:
    return row.state == "pending" and not row.deleted_at and _stage(row) == stage


def _stage(row: Any) -> Stage:
    return "recognition" if row.stage == "recognition" else "reading"


def _slot(stage: Stage) -> int:
    return (SCANS if stage == "recognition" else 0) + secrets.randbelow(SLOTS)


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
        stage=_stage(row),
        depth=row.depth,
        number=row.number,
        again=row.stage == "again",
        how=dict(row.how),
        known=_known(row),
    )


def _known(row: Any) -> Outcome:
    return Outcome(
        media_type=row.media_type,
        family=row.family or "other",
        text_key=row.text_key,
        characters=row.characters,
        pages=row.pages,
        preview_key=row.preview_key,
        preview_type=row.preview_type,
        facts=dict(row.facts),
        warning=row.warning,
        detail=row.detail,
        renditions={name: Rendition(one["key"], one["media_type"]) for name, one in row.renditions.items()},
        unread=tuple(row.unread),
    )
