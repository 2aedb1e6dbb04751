"""The pipeline: every job ends as done, quarantined or given back, whatever the file or the world does."""

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ingest import texts
from ingest.jail.frames import Reply
from ingest.jail.launch import Launch
from ingest.jail.warden import JailClosed, JailDied, Jails
from ingest.jobs.pipeline import BLAMELESS, Conduct, Keeping, Worker
from storage.port import ObjectMissing, StoreUnavailable
from tests.ingest import samples
from tests.ingest.conftest import ROOT, Workplace
from tests.ingest.fakes import FakeMembers, until

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}" + rb"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Inmate:
    """Stands in for the jails: answers what the test says, call by call."""

    def __init__(self, *answers: Reply | Exception) -> None:
        self._answers = list(answers)
        self.orders: list[Mapping[str, Any]] = []
        self.entered = threading.Event()
        self.may_leave = threading.Event()
        self.may_leave.set()

    def run(self, order: Mapping[str, Any], file: int, seconds: float) -> Reply:
        self.orders.append(order)
        self.entered.set()
        assert self.may_leave.wait(180)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def worker_with(workplace: Workplace, tmp_path: Path) -> Iterator[Any]:
    made: list[Worker] = []

    def making(jails: Any, **conduct: float) -> Worker:
        worker = Worker(
            workplace.ledger,
            workplace.store,
            jails,
            keeping=Keeping(workplace.transcripts, FakeMembers()),
            conduct=Conduct(scratch=tmp_path, **conduct),
        )
        made.append(worker)
        return worker

    yield making
    for worker in made:
        worker.close()


def test_a_file_becomes_text_picture_and_facts(workplace: Workplace) -> None:
    file_id = workplace.offer(samples.pdf_file(framed=True), "手册.pdf")
    assert workplace.worker.process(file_id) == "unread"
    first = workplace.ledger.rows[file_id].outcome
    assert workplace.worker.process(file_id, "recognition") == "done"
    outcome = workplace.ledger.rows[file_id].outcome
    assert first is not None
    assert outcome is not None
    kept = {each.key for each in workplace.store.list("text/")}
    assert first.preview_key == outcome.preview_key
    assert outcome.text_key in kept
    assert first.text_key not in kept
    assert (outcome.family, outcome.pages, outcome.warning, outcome.facts["title"]) == (
        "pdf",
        3,
        "",
        "产品手册",
    )
    passages = list(texts.load(workplace.store.open(outcome.text_key)))
    assert (len(passages), outcome.characters) == (3, sum(len(passage.text) for passage in passages))
    assert b"".join(workplace.store.open(outcome.preview_key)).startswith(b"\xff\xd8")


def test_a_file_larger_than_memory_allows_goes_through_a_file(workplace: Workplace) -> None:
    file_id = workplace.offer(samples.image_file("BMP", (1600, 1200)), "大.bmp")
    assert workplace.worker.process(file_id) == "unread"
    assert workplace.ledger.rows[file_id].outcome.facts["width"] == "1600"  # type: ignore[union-attr]


def test_a_file_that_somebody_else_has_is_left_alone(workplace: Workplace) -> None:
    file_id = workplace.offer(b"x", "a.txt")
    workplace.ledger.claim(file_id, "somebody else")
    assert workplace.worker.process(file_id) == "not_free"
    assert workplace.worker.process("no such file") == "not_free"


def test_three_killed_jails_quarantine_the_file_and_nothing_else(
    workplace: Workplace, worker_with: Any
) -> None:
    jails = Jails(Launch(task="tests.ingest.hostile:act", code=(ROOT,)))

    class Crashing:
        def run(self, order: Mapping[str, Any], file: int, seconds: float) -> Reply:
            return jails.run({"do": "abort"}, file, seconds)

    worker = worker_with(Crashing())
    file_id = workplace.offer(b"x", "毒.txt")
    assert [worker.process(file_id) for _ in range(4)] == ["failed", "failed", "failed", "not_free"]
    row = workplace.ledger.rows[file_id]
    assert (row.state, row.reason, row.attempts) == ("quarantined", "killed_jail", 3)
    assert "about to abort" in row.detail
    jails.close()


def test_after_a_killed_jail_the_file_is_read_with_care(workplace: Workplace, worker_with: Any) -> None:
    inmate = Inmate(
        JailDied("cpu"), Reply({"media_type": "application/pdf", "family": "pdf", "warning": "parser_limit"})
    )
    worker = worker_with(inmate)
    file_id = workplace.offer(b"x", "a.pdf")
    assert [worker.process(file_id), worker.process(file_id)] == ["failed", "done"]
    assert [order["careful"] for order in inmate.orders] == [False, True]


@pytest.mark.requirement("B22")
@pytest.mark.parametrize("before", [0, (1 << 20) - 30, 3_000_000])
def test_the_test_virus_is_quarantined_before_any_parser_sees_it(
    workplace: Workplace, worker_with: Any, before: int
) -> None:
    inmate = Inmate(Reply({}))
    file_id = workplace.offer(b" " * before + EICAR, "发票.pdf")
    assert worker_with(inmate).process(file_id) == "quarantined"
    assert (workplace.ledger.rows[file_id].reason, inmate.orders) == ("infected", [])


@pytest.mark.parametrize("module", ["ingest/jobs/scan.py", "tests/ingest/test_pipeline.py"])
def test_our_own_sources_are_not_infected(module: str) -> None:
    assert EICAR not in (ROOT / module).read_bytes()


@pytest.mark.parametrize("fault", [StoreUnavailable("away"), OSError(28, "no space")])
def test_a_store_that_is_away_costs_no_attempt(
    workplace: Workplace, worker_with: Any, fault: Exception
) -> None:
    worker = worker_with(Inmate(fault))
    file_id = workplace.offer(b"x", "a.txt")
    assert worker.process(file_id) == "hindered"
    row = workplace.ledger.rows[file_id]
    assert (row.state, row.attempts) == ("pending", 0)
    assert row.reason in BLAMELESS


@pytest.mark.parametrize(
    ("fault", "reason"), [(JailClosed(), "stopping"), (JailDied("start", "no python"), "no_jail")]
)
def test_what_is_not_the_file_s_fault_costs_no_attempt(
    workplace: Workplace, worker_with: Any, fault: Exception, reason: str
) -> None:
    file_id = workplace.offer(b"x", "a.txt")
    assert worker_with(Inmate(fault)).process(file_id) == "hindered"
    assert (workplace.ledger.rows[file_id].reason, workplace.ledger.rows[file_id].attempts) == (reason, 0)


def test_an_original_that_is_gone_is_said(workplace: Workplace) -> None:
    file_id = workplace.offer(b"x", "a.txt")
    workplace.store.delete(workplace.ledger.rows[file_id].job.key)
    assert workplace.worker.process(file_id) == "failed"
    assert workplace.ledger.rows[file_id].reason == "object_missing"


def test_an_original_whose_bytes_changed_is_never_read(workplace: Workplace, worker_with: Any) -> None:
    inmate = Inmate(Reply({}))
    file_id = workplace.offer(b"right", "a.txt")
    key = workplace.ledger.rows[file_id].job.key
    path = next(workplace.store._root.rglob(key.rpartition("/")[2]))
    path.chmod(0o600)
    path.write_bytes(b"wrong")
    assert worker_with(inmate).process(file_id) == "failed"
    assert (workplace.ledger.rows[file_id].reason, inmate.orders) == ("checksum_mismatch", [])


def test_a_lost_lease_writes_nothing_and_leaves_no_objects(workplace: Workplace, worker_with: Any) -> None:
    data = texts.dump([])
    inmate = Inmate(Reply({"media_type": "text/plain", "family": "text"}, data))
    inmate.may_leave.clear()
    file_id = workplace.offer(b"x", "a.txt")
    fates: list[str] = []
    worker = worker_with(inmate)
    thread = threading.Thread(target=lambda: fates.append(worker.process(file_id)))
    thread.start()
    assert inmate.entered.wait(180)
    workplace.ledger.rows[file_id].late = True
    workplace.ledger.release()
    workplace.ledger.claim(file_id, "somebody else")
    inmate.may_leave.set()
    thread.join(180)
    assert fates == ["lost"]
    assert workplace.ledger.rows[file_id].outcome is None
    assert list(workplace.store.list("text/")) == []


def test_the_lease_is_renewed_while_a_job_runs(workplace: Workplace, worker_with: Any) -> None:
    inmate = Inmate(Reply({"media_type": "text/plain", "family": "text"}))
    inmate.may_leave.clear()
    worker = worker_with(inmate, renew_every=0.02)
    file_id = workplace.offer(b"x", "a.txt")
    thread = threading.Thread(target=worker.process, args=(file_id,))
    thread.start()
    until(lambda: workplace.ledger.rows[file_id].renewed >= 3)
    inmate.may_leave.set()
    thread.join(180)
    assert workplace.ledger.rows[file_id].state == "done"


def test_a_cell_s_answer_is_not_believed_blindly(workplace: Workplace, worker_with: Any) -> None:
    lies = {
        "media_type": 7,
        "family": "evil",
        "pages": -5,
        "facts": ["x"],
        "preview_type": "text/html",
        "warning": None,
    }
    worker = worker_with(Inmate(Reply(lies, b"", b"<script>")))
    file_id = workplace.offer(b"x", "a.txt")
    assert worker.process(file_id) == "done"
    outcome = workplace.ledger.rows[file_id].outcome
    assert outcome is not None
    assert (outcome.media_type, outcome.family, outcome.pages) == ("application/octet-stream", "other", 0)
    assert (outcome.preview_key, outcome.preview_type, outcome.facts, outcome.warning) == ("", "", {}, "")


def test_nothing_stays_in_the_scratch(workplace: Workplace, worker_with: Any, tmp_path: Path) -> None:
    file_id = workplace.offer(b"x" * 5_000_000, "a.txt")
    assert worker_with(Inmate(ObjectMissing("x"))).process(file_id) == "failed"
    assert [path.name for path in tmp_path.iterdir()] == ["objects"]
