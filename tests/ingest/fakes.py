"""A ledger in memory that keeps the port's promises, and waiting without sleeping for a fixed time."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

from ingest.jobs.pipeline import BLAMELESS
from ingest.port import MAX_ATTEMPTS, Job, Member, Outcome, Stage, Transcript


def until(condition: Callable[[], bool], seconds: float = 90.0) -> None:
    """Wait until `condition` holds; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.01)


@dataclass
class Row:
    job: Job
    state: str = "pending"
    attempts: int = 0
    reason: str = ""
    detail: str = ""
    outcome: Outcome | None = None
    renewed: int = 0
    late: bool = False
    stage: Stage = "reading"


class FakeLedger:
    """The state of jobs in a dict; `late` is set by a test to let a lease run out."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self._lock = threading.Lock()

    def add(self, file_id: str, key: str, sha256: str, size: int, name: str) -> None:
        self.rows[file_id] = Row(Job(file_id, "r1", key, sha256, size, name, "", 0))

    def claim(self, file_id: str, owner: str, stage: Stage = "reading") -> Job | None:
        with self._lock:
            row = self.rows.get(file_id)
            if row is None or row.state != "pending" or row.stage != stage:
                return None
            if row.attempts >= MAX_ATTEMPTS:
                row.state = "quarantined"
                return None
            row.attempts += 1
            row.state = "running"
            known = row.outcome or row.job.known
            row.job = replace(row.job, owner=owner, attempt=row.attempts, stage=stage, known=known)
            return row.job

    def renew(self, job: Job) -> bool:
        with self._lock:
            row = self._held(job)
            if row:
                row.renewed += 1
            return row is not None

    def finish(self, job: Job, outcome: Outcome) -> bool:
        if outcome.unread:
            return self._end(job, "pending", outcome=outcome, stage="recognition", attempts=0)
        return self._end(job, "done", outcome=outcome, stage="reading")

    def fail(self, job: Job, reason: str, detail: str = "") -> bool:
        if reason not in BLAMELESS and job.attempt >= MAX_ATTEMPTS:
            return self.quarantine(job, reason, detail)
        ended = self._end(job, "pending", reason=reason, detail=detail)
        if ended and reason in BLAMELESS:
            self.rows[job.file_id].attempts -= 1
        return ended

    def quarantine(self, job: Job, reason: str, detail: str = "") -> bool:
        return self._end(job, "quarantined", reason=reason, detail=detail)

    def pending(self, limit: int, stage: Stage = "reading") -> Sequence[str]:
        waiting = [key for key, row in self.rows.items() if (row.state, row.stage) == ("pending", stage)]
        return waiting[:limit]

    def release(self) -> int:
        late = [row for row in self.rows.values() if row.state == "running" and row.late]
        for row in late:
            row.state, row.late = "pending", False
        return len(late)

    def _held(self, job: Job) -> Row | None:
        row = self.rows[job.file_id]
        held = (row.state, row.job.owner, row.job.attempt) == ("running", job.owner, job.attempt)
        return row if held else None

    def _end(self, job: Job, state: str, **what: object) -> bool:
        with self._lock:
            row = self._held(job)
            if row is None:
                return False
            row.state = state
            for name, value in what.items():
                setattr(row, name, value)
            return True


class FakeTranscripts:
    """Transcripts in a list."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, str, Transcript]] = []
        self.done: list[int] = []
        self.held = True

    def known(self, job: Job, version: str) -> Sequence[Transcript]:
        return [each for sha256, of, each in self.kept if (sha256, of) == (job.sha256, version)]

    def note(self, job: Job, version: str, transcript: Transcript, done: int) -> bool:
        self.kept.append((job.sha256, version, transcript))
        self.done.append(done)
        return self.held


class FakeMembers:
    """Children in a list; `held` says whether their parent's job still is its owner's."""

    def __init__(self) -> None:
        self.entered: list[Member] = []
        self.held = True

    def expecting(self, keys: Sequence[str]) -> AbstractContextManager[None]:
        return nullcontext()

    def adopt(self, job: Job, members: Sequence[Member]) -> Sequence[str] | None:
        if not self.held:
            return None
        known = {(each.serial, each.sha256) for each in self.entered}
        self.entered += [each for each in members if (each.serial, each.sha256) not in known]
        return [each.key for each in members if (each.serial, each.sha256) in known]
