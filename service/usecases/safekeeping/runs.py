"""Runs of backup, drill, fixity check and mending: one at a time, carried out by the server, taken up after a restart."""

import logging
import secrets
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from mongoengine.errors import NotUniqueError
from pymongo.errors import PyMongoError

from service.audit import Audit
from service.domain.permissions import Act, Actor, may
from service.errors import Conflict, Forbidden, InvalidInput, ServiceError
from service.models import KeepingRun
from service.models.reading import Numbers, by_key, counter, newest
from service.models.transactions import insert_row
from service.usecases.contents.proving import actor_of, snapshot
from service.usecases.safekeeping.checking import Progress
from storage.port import StorageError

log = logging.getLogger(__name__)
RUNS = "keeping_runs"
LOST = timedelta(seconds=60)
"""Silence after which nobody carries out a run any more."""
BEAT = 10.0
TRIES = 3
SHOWN = 10
MOST = 50
"""Of a list in a result so many are kept; the log has all."""

Kind = Literal["backup", "drill", "fixity", "mend"]
Steps = Iterator[Any]
"""`Progress` as it goes, at the end one dataclass with the result; none where the program ends meanwhile."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a kind of run does. `require` raises a `ServiceError` where it cannot be begun; `steps` is told how many
    steps an earlier attempt has done."""

    require: Callable[[], None]
    steps: Callable[[Actor, int], Steps]


@dataclass(frozen=True, slots=True)
class RunView:
    """A run. `state`: waiting, running, done, failed; `step`, `done`, `total` as `Progress`; `facts` of the result."""

    kind: str
    state: str
    by: str
    asked_at: datetime
    ended_at: datetime | None
    step: str
    done: int
    total: int
    fault: str
    facts: Mapping[str, Any]


class KeepingRuns:
    """The runs. A row with `active` is the one under way: the database lets there be one."""

    def __init__(
        self,
        works: Mapping[str, Work],
        audit: Audit,
        clock: Callable[[], datetime],
        ending: threading.Event,
    ) -> None:
        """`ending` is set when the program ends: what is under way then is taken up by the next."""
        self._works, self._audit, self._clock, self._ending = works, audit, clock, ending
        self._owner, self._numbers = secrets.token_hex(8), Numbers(RUNS, block=1)

    def start(self, actor: Actor, kind: str) -> None:
        """Have a run begun by the server. Raises `Forbidden`, `Conflict` while one is under way, and what the work says
        that it lacks."""
        _require(actor)
        if kind not in self._works:
            raise InvalidInput([])
        self._refuse_second()
        self._works[kind].require()
        self._enter(actor, kind, state="waiting", resumes=True)
        self._audit.insert(actor, f"start_{kind}", "system", kind)

    def during(self, actor: Actor, kind: str, steps: Steps) -> Steps:
        """Steps that the caller carries out himself, as the one run under way. Raises `Conflict` at the first one."""
        self._refuse_second()
        row = self._enter(actor, kind, state="running", resumes=False)
        yield from self._followed(row, steps)

    def latest(self, actor: Actor) -> Sequence[RunView]:
        """The last runs, newest first."""
        _require(actor)
        return [_shown(row) for row in newest(KeepingRun, below=counter(RUNS) + 1, limit=SHOWN)]

    def go_on(self) -> int:
        """Carry out what waits, or what nobody carries out any more; always 0, for a chore rests afterwards."""
        row = by_key(KeepingRun, active="now")
        if row is None or not self._taken(row):
            return 0
        if not row.resumes or row.attempts >= TRIES:
            self._end(row, state="failed", fault="服务中途停下，没有做完")
            return 0
        try:
            for _ in self._followed(row, self._works[row.kind].steps(actor_of(row.actor), row.done)):
                if self._ending.is_set():
                    break
        except (ServiceError, StorageError, OSError, ValueError) as fault:
            log.warning("%s: %s", row.kind, fault, extra={"event": "keeping_run_failed"})
        return 0

    def _refuse_second(self) -> None:
        row = by_key(KeepingRun, active="now")
        if row is not None:
            raise Conflict(UNDER_WAY[row.kind])

    def _enter(self, actor: Actor, kind: str, **values: Any) -> Any:
        now = self._clock()
        row = KeepingRun(
            id=uuid.uuid4().hex,
            seq=self._numbers.take(),
            kind=kind,
            actor=snapshot(actor),
            by=actor.display_name or actor.name,
            asked_at=now,
            beat_at=now,
            owner=self._owner,
            active="now",
            **values,
        )
        try:
            insert_row(row)
        except NotUniqueError:
            raise Conflict(UNDER_WAY[kind]) from None
        return row

    def _taken(self, row: Any) -> bool:
        """Become the one who carries it out."""
        now = self._clock()
        if row.state == "running" and now - row.beat_at < LOST:
            return False
        match = KeepingRun.objects(id=row.id, state=row.state, beat_at=row.beat_at, owner=row.owner)
        return bool(
            match.update_one(set__state="running", set__beat_at=now, set__owner=self._owner, inc__attempts=1)
        )

    def _followed(self, row: Any, steps: Steps) -> Steps:
        """Pass the steps on, and write down how far they are and how they ended."""
        result: Any = None
        with self._beating(row):
            try:
                for step in steps:
                    if isinstance(step, Progress):
                        # rows are read in one open transaction, beside which this thread writes nothing
                        if step.what != "rows":
                            self._note(row, step)
                    else:
                        result = step
                    yield step
            except GeneratorExit:
                self._end_or_wait(row)
                raise
            except BaseException as fault:
                self._end(row, state="failed", fault=told(fault))
                raise
        if result is not None:
            facts = {name: _short(value) for name, value in asdict(result).items()}
            why = facts.pop("fault", "")
            self._end(row, state="failed" if why else "done", fault=why, facts=facts)
        else:
            self._end_or_wait(row)

    def _end_or_wait(self, row: Any) -> None:
        """It was broken off: by the end of the program, to be taken up; or by whoever carried it out."""
        if row.resumes:
            self._mine(row).update_one(set__state="waiting", dec__attempts=1)
        else:
            self._end(row, state="failed", fault="中途被打断，没有做完")

    @contextmanager
    def _beating(self, row: Any) -> Iterator[None]:
        """Say that it lives, however long one step takes."""
        over = threading.Event()

        def beat() -> None:
            while not over.wait(BEAT):
                try:
                    self._mine(row).update_one(set__beat_at=self._clock())
                except PyMongoError as fault:  # the next beat may get through
                    log.info("a beat was lost: %s", fault)

        thread = threading.Thread(target=beat, name="keeping beat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _note(self, row: Any, step: Progress) -> None:
        self._mine(row).update_one(
            set__step=step.what, set__done=step.done, set__total=step.total, set__beat_at=self._clock()
        )

    def _end(self, row: Any, **values: Any) -> None:
        said = {f"set__{name}": value for name, value in values.items()}
        self._mine(row).update_one(unset__active=True, set__ended_at=self._clock(), **said)

    def _mine(self, row: Any) -> Any:
        return KeepingRun.objects(id=row.id, owner=self._owner)


UNDER_WAY: Mapping[str, str] = {
    "backup": "正在备份，完成后再来",
    "drill": "正在做恢复演练，完成后再来",
    "fixity": "正在做固化检查，完成后再来",
    "mend": "正在从备份取回，完成后再来",
}


def told(fault: BaseException) -> str:
    """A fault in words for the page."""
    if isinstance(fault, InvalidInput):
        return "; ".join(one.message % one.params for one in fault.faults)
    return str(fault) or type(fault).__name__


def _short(value: Any) -> Any:
    return value[:MOST] if isinstance(value, list) else value


def _require(actor: Actor) -> None:
    if not may(actor, Act.OPERATE):
        raise Forbidden


def _shown(row: Any) -> RunView:
    names = ("kind", "state", "by", "asked_at", "ended_at", "step", "done", "total", "fault", "facts")
    return RunView(**{name: getattr(row, name) for name in names})
