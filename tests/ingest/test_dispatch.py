"""Local dispatch: wake-ups through pipes, a worker that asks for itself, an end without orphans."""

import json
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from ingest.jail.frames import Reply
from ingest.jail.warden import Jails
from ingest.jobs.dispatch import LocalDispatcher, Rhythm, run_local
from ingest.jobs.pipeline import Keeping, Worker
from ingest.jobs.sweep import Sweeper
from ingest.port import Job, Stage
from storage.port import StoreUnavailable
from tests.ingest.conftest import Workplace
from tests.ingest.fakes import FakeLedger, FakeMembers, until
from tests.ingest.test_pipeline import Inmate

QUIET = Rhythm(threads=2, ask_every=60, sweep_every=60, pause=0.01, grace=5)
EAGER = Rhythm(threads=2, ask_every=0.02, sweep_every=0.02, pause=0.01, grace=5)
FINE = Reply({"media_type": "text/plain", "family": "text"})


@contextmanager
def running(workplace: Workplace, inmate: Any, rhythm: Rhythm) -> Iterator[LocalDispatcher]:
    """A worker loop in a thread, as the worker process has it in its main one."""
    read, write = os.pipe()
    dispatcher = LocalDispatcher()
    with os.fdopen(read, "rb") as stdin, os.fdopen(write, "wb") as pipe:
        dispatcher.attach(pipe)
        worker = Worker(
            workplace.ledger, workplace.store, inmate, keeping=Keeping(workplace.transcripts, FakeMembers())
        )
        thread = threading.Thread(target=run_local, args=(worker, Jails(), stdin, rhythm))
        thread.start()
        try:
            yield dispatcher
        finally:
            dispatcher.detach(pipe)
            pipe.close()
            thread.join(180)
            assert not thread.is_alive()


def done(workplace: Workplace) -> int:
    return sum(row.state == "done" for row in workplace.ledger.rows.values())


def test_a_wake_up_starts_the_work(workplace: Workplace) -> None:
    with running(workplace, Inmate(FINE), QUIET) as dispatcher:
        ids = [workplace.offer(b"x", "a.txt", f"f{number}") for number in range(120)]
        dispatcher.wake(ids)
        until(lambda: done(workplace) == 120)


def test_without_any_wake_up_the_worker_asks(workplace: Workplace) -> None:
    with running(workplace, Inmate(FINE), EAGER):
        workplace.offer(b"x", "a.txt")
        until(lambda: done(workplace) == 1)


def test_what_waited_before_the_start_is_done_at_once(workplace: Workplace) -> None:
    workplace.offer(b"x", "a.txt")
    with running(workplace, Inmate(FINE), QUIET):
        until(lambda: done(workplace) == 1)


def test_a_lease_that_ran_out_is_given_back_and_done(workplace: Workplace) -> None:
    file_id = workplace.offer(b"x", "a.txt")
    workplace.ledger.claim(file_id, "a worker that died")
    workplace.ledger.rows[file_id].late = True
    with running(workplace, Inmate(FINE), EAGER):
        until(lambda: done(workplace) == 1)


def test_the_store_comes_back_and_the_work_goes_on(workplace: Workplace) -> None:
    workplace.offer(b"x", "a.txt")
    away = StoreUnavailable("away")
    with running(workplace, Inmate(away, away, away, away, FINE), EAGER):
        until(lambda: done(workplace) == 1)
    assert workplace.ledger.rows["f1"].attempts == 1


def test_a_ledger_that_fails_does_not_end_the_worker(workplace: Workplace) -> None:
    class Shaky(FakeLedger):
        faults = 3

        def claim(self, file_id: str, owner: str, stage: Stage = "reading") -> Job | None:
            if self.faults:
                self.faults -= 1
                raise ConnectionError("the database is away")
            return super().claim(file_id, owner, stage)

    workplace.ledger = Shaky()
    workplace.offer(b"x", "a.txt")
    with running(workplace, Inmate(FINE), EAGER):
        until(lambda: done(workplace) == 1)


@pytest.mark.parametrize("line", [b"no json\n", b'{"a": 1}\n', b"[1, null]\n", b"[" * 100_000 + b"\n"])
def test_nonsense_on_the_pipe_is_left_out(workplace: Workplace, line: bytes) -> None:
    read, write = os.pipe()
    with os.fdopen(read, "rb") as stdin, os.fdopen(write, "wb") as pipe:
        worker = Worker(
            workplace.ledger,
            workplace.store,
            Inmate(FINE),
            keeping=Keeping(workplace.transcripts, FakeMembers()),
        )
        thread = threading.Thread(target=run_local, args=(worker, Jails(), stdin, QUIET))
        thread.start()
        pipe.write(line + json.dumps([workplace.offer(b"x", "a.txt")]).encode() + b"\n")
        pipe.flush()
        until(lambda: done(workplace) == 1)
        pipe.close()
        thread.join(180)
        assert not thread.is_alive()


def test_at_the_end_a_running_job_is_finished(workplace: Workplace) -> None:
    inmate = Inmate(FINE)
    inmate.may_leave.clear()
    workplace.offer(b"x", "a.txt")
    with running(workplace, inmate, QUIET):
        assert inmate.entered.wait(180)
        threading.Timer(0.1, inmate.may_leave.set).start()
    assert done(workplace) == 1


def test_waking_nobody_is_no_error() -> None:
    LocalDispatcher().wake(["f1"])


def test_a_worker_that_is_gone_is_forgotten_and_the_next_one_woken() -> None:
    dispatcher = LocalDispatcher()
    gone_read, gone_write = os.pipe()
    os.close(gone_read)
    read, write = os.pipe()
    with os.fdopen(gone_write, "wb") as gone, os.fdopen(write, "wb") as there:
        dispatcher.attach(gone)
        dispatcher.attach(there)
        dispatcher.wake(["f1"])
        assert json.loads(os.read(read, 1000)) == ["f1"]
    os.close(read)


def test_a_full_pipe_does_not_block_the_caller() -> None:
    dispatcher = LocalDispatcher()
    read, write = os.pipe()
    with os.fdopen(write, "wb") as pipe:
        dispatcher.attach(pipe)
        dispatcher.wake([f"file-{number}" for number in range(50_000)])
    os.close(read)


class Heard:
    def __init__(self) -> None:
        self.ids: list[str] = []

    def wake(self, file_ids: Sequence[str]) -> None:
        self.ids += file_ids


def test_the_sweeper_gives_back_and_announces_again(workplace: Workplace) -> None:
    lost, waiting = workplace.offer(b"x", "a.txt", "f1"), workplace.offer(b"x", "b.txt", "f2")
    workplace.ledger.claim(lost, "a worker that died")
    heard = Heard()
    sweeper = Sweeper(workplace.ledger, heard)
    assert (sweeper.sweep(), heard.ids) == (1, [waiting])
    workplace.ledger.rows[lost].late = True
    assert sweeper.sweep() == 2
    assert heard.ids[1:] == [lost, waiting]
