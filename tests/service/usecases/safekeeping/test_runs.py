"""Runs of safekeeping: one at a time, carried out by the server, taken up by the next one, told when they end."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from service.domain.permissions import Actor, Role
from service.errors import Conflict, Forbidden, InvalidInput
from service.models import AuditEvent, KeepingRun
from service.usecases.safekeeping.backup.running import Drill
from service.usecases.safekeeping.checking import Progress
from service.usecases.safekeeping.patrol import FOLDERS, FixityReport
from service.usecases.safekeeping.runs import KeepingRuns, Work
from service.wiring import Fonds
from tests.conftest import an_actor

LOCAL = an_actor("local:root", Role.SYSADMIN)
Made = Callable[..., KeepingRuns]


@pytest.fixture
def made(fonds: Fonds) -> Made:
    """Runs whose one work takes these steps."""

    def make(
        steps: Callable[[Actor, int], Iterator[Any]], ending: threading.Event | None = None
    ) -> KeepingRuns:
        work = Work(lambda: None, steps)
        return KeepingRuns({"fixity": work}, fonds.audit, fonds.clock, ending or threading.Event())

    return make


def two_steps(_actor: Actor, done: int) -> Iterator[Any]:
    for step in range(done, 2):
        yield Progress("folders", step, 2)
    yield FixityReport(7, 0)


@pytest.mark.requirement("R-BAK-2")
def test_a_run_is_carried_out_and_told(made: Made, administrator: Actor) -> None:
    runs = made(two_steps)
    runs.start(administrator, "fixity")
    (waiting,) = runs.latest(administrator)
    assert (waiting.state, waiting.by) == ("waiting", administrator.display_name or administrator.name)
    with pytest.raises(Conflict, match="正在做固化检查"):
        runs.start(administrator, "fixity")
    with pytest.raises(Conflict):
        list(runs.during(administrator, "backup", iter(())))
    runs.go_on()
    (done,) = runs.latest(administrator)
    assert (done.state, done.done, done.total, done.facts) == ("done", 1, 2, {"read": 7, "open": 0})
    runs.start(administrator, "fixity")
    assert len(runs.latest(administrator)) == 2
    assert len(list(AuditEvent.objects(act="start_fixity"))) == 2


def test_what_a_server_leaves_is_taken_up_by_the_next(made: Made, administrator: Actor, clock: Any) -> None:
    ending, seen = threading.Event(), list[int]()

    def breaking(actor: Actor, done: int) -> Iterator[Any]:
        seen.append(done)
        for step in two_steps(actor, done):
            yield step
            if isinstance(step, Progress) and step.done == 1:
                ending.set()

    runs = made(breaking, ending)
    runs.start(administrator, "fixity")
    runs.go_on()
    assert runs.latest(administrator)[0].state == "waiting"
    made(breaking).go_on()
    assert (seen, runs.latest(administrator)[0].state) == ([0, 1], "done")
    killed = made(two_steps)
    killed.start(administrator, "fixity")
    KeepingRun.objects(active="now").update_one(set__state="running", set__owner="killed")
    other = made(two_steps)
    other.go_on()
    assert other.latest(administrator)[0].state == "running"
    clock.advance(seconds=61)
    other.go_on()
    assert other.latest(administrator)[0].state == "done"


def test_what_falls_again_and_again_is_given_up(made: Made, administrator: Actor, clock: Any) -> None:
    runs = made(two_steps)
    runs.start(administrator, "fixity")
    KeepingRun.objects(active="now").update_one(set__state="running", set__attempts=3)
    clock.advance(seconds=61)
    runs.go_on()
    assert (runs.latest(administrator)[0].state, runs.latest(administrator)[0].fault) == (
        "failed",
        "服务中途停下，没有做完",
    )


def test_a_fault_ends_a_run_with_its_reason(made: Made, administrator: Actor) -> None:
    def falling(_actor: Actor, _done: int) -> Iterator[Any]:
        yield Progress("rows", 0, 1)
        raise OSError("盘坏了")

    runs = made(falling)
    runs.start(administrator, "fixity")
    runs.go_on()
    assert (runs.latest(administrator)[0].state, runs.latest(administrator)[0].fault) == ("failed", "盘坏了")
    failed = made(lambda _actor, _done: iter([Drill("原文缺失")]))
    failed.start(administrator, "fixity")
    failed.go_on()
    assert failed.latest(administrator)[0].fault == "原文缺失"


def test_what_somebody_else_carries_out_ends_with_him(made: Made, administrator: Actor) -> None:
    runs = made(two_steps)
    steps = runs.during(administrator, "fixity", two_steps(administrator, 0))
    next(steps)
    with pytest.raises(Conflict):
        runs.start(administrator, "fixity")
    steps.close()  # type: ignore[attr-defined]
    assert runs.latest(administrator)[0].state == "failed"
    assert list(runs.during(administrator, "fixity", two_steps(administrator, 0)))[-1] == FixityReport(7, 0)


@pytest.mark.requirement("R-BAK-3")
def test_what_cannot_be_begun_says_what_to_do(fonds: Fonds, administrator: Actor, archivist: Actor) -> None:
    runs = fonds.safekeeping.runs
    with pytest.raises(Forbidden):
        runs.start(archivist, "backup")
    with pytest.raises(InvalidInput):
        runs.start(administrator, "sweep")
    with pytest.raises(Conflict, match="先备份一次"):
        runs.start(administrator, "drill")
    with pytest.raises(Conflict, match="没有要取回的原文"):
        runs.start(administrator, "mend")
    runs.start(administrator, "backup")
    runs.go_on()
    assert runs.latest(administrator)[0].state == "done"
    with pytest.raises(Conflict, match="FONDS_BACKUP_URL"):
        runs.start(administrator, "drill")
    runs.start(administrator, "fixity")
    runs.go_on()
    assert (runs.latest(administrator)[0].state, runs.latest(administrator)[0].total) == ("done", FOLDERS)
