"""Two stages: what a file says itself is there at once; a scan is recognised behind it, page by page, in turns."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ingest import texts
from ingest.jail.frames import Reply
from ingest.jail.warden import JailClosed, JailDied
from ingest.jobs.dispatch import Rhythm
from ingest.jobs.pipeline import Conduct, Keeping, Worker
from search.port import Passage, Place
from tests.ingest.conftest import Workplace
from tests.ingest.fakes import FakeMembers, until
from tests.ingest.test_dispatch import running

LONG = 200


class Scans:
    """Jails in which a file called *.pdf is a scan of so many pages; a page is recognised when the test lets it."""

    def __init__(self, pages: int = 3) -> None:
        self.pages = pages
        self.read: list[int] = []
        self.orders = 0
        self.slow = threading.Event()
        self.slow.set()
        self.at: Callable[[int], None] = lambda number: None

    def run(self, order: Mapping[str, Any], file: int, seconds: float) -> Reply:
        if order.get("ward") == "recognition":
            return self._recognise(order["pages"][0])
        if not str(order["name"]).endswith(".pdf"):
            return Reply({"media_type": "text/plain", "family": "text"}, _said(1, "正文"))
        unread = list(range(1, self.pages + 1))
        body = {
            "media_type": "application/pdf",
            "family": "pdf",
            "unread": unread,
            "preview_type": "image/jpeg",
        }
        return Reply(body | {"warning": "no_text"}, b"", b"jpeg")

    def _recognise(self, number: int) -> Reply:
        self.orders += 1
        self.at(number)
        assert self.slow.wait(180)
        self.read.append(number)
        return Reply(
            {"done": [number], "seals": [number] if number == 2 else []}, _said(number, f"第 {number} 页")
        )


def _said(number: int, text: str) -> bytes:
    return texts.dump([Passage(Place("page", number), text)])


def worker_of(workplace: Workplace, jails: Any, **conduct: Any) -> Worker:
    return Worker(
        workplace.ledger,
        workplace.store,
        jails,
        keeping=Keeping(workplace.transcripts, FakeMembers()),
        conduct=Conduct(**conduct),
    )


def test_a_scan_is_shown_first_and_recognised_then(workplace: Workplace) -> None:
    worker = worker_of(workplace, Scans())
    scan = workplace.offer(b"x", "a.pdf")
    assert worker.process(scan) == "unread"
    row = workplace.ledger.rows[scan]
    assert row.outcome is not None
    assert (row.state, row.attempts, row.outcome.unread, bool(row.outcome.preview_key)) == (
        "pending",
        0,
        (1, 2, 3),
        True,
    )
    assert worker.process(scan) == "not_free"
    assert worker.process(scan, "recognition") == "done"
    assert (row.state, row.outcome.warning, row.outcome.facts["recognised"], row.outcome.facts["seals"]) == (
        "done",
        "",
        "1–3",
        "2",
    )
    said = [passage.text for passage in texts.load(workplace.store.open(row.outcome.text_key))]
    assert said == ["第 1 页", "第 2 页", "第 3 页"]
    assert workplace.transcripts.done == [1, 2, 3]


def test_whoever_goes_on_begins_behind_the_last_page(workplace: Workplace) -> None:
    scans = Scans(5)
    scan = workplace.offer(b"x", "a.pdf")
    worker = worker_of(workplace, scans)
    worker.process(scan)

    def stop(number: int) -> None:
        if number == 4:
            raise JailClosed

    scans.at = stop
    assert worker.process(scan, "recognition") == "hindered"
    scans.at = lambda number: None
    assert worker_of(workplace, scans).process(scan, "recognition") == "done"
    assert scans.read == [1, 2, 3, 4, 5]


def test_the_same_scan_once_more_is_not_recognised_again(workplace: Workplace) -> None:
    scans = Scans()
    for name in ("f1", "f2"):
        worker = worker_of(workplace, scans)
        worker.process(workplace.offer(b"x", "a.pdf", name))
        assert worker.process(name, "recognition") == "done"
    assert scans.orders == 3


def test_a_page_that_kills_is_lost_once_and_for_all(workplace: Workplace) -> None:
    scans = Scans()

    def kill(number: int) -> None:
        if number == 2:
            raise JailDied("signal 11")

    scans.at = kill
    worker = worker_of(workplace, scans)
    scan = workplace.offer(b"x", "a.pdf")
    worker.process(scan)
    assert [worker.process(scan, "recognition") for _ in range(2)] == ["failed", "done"]
    outcome = workplace.ledger.rows[scan].outcome
    assert outcome is not None
    assert (outcome.warning, scans.read, scans.orders) == ("damaged", [1, 3], 4)


@pytest.mark.parametrize("others", [0, 1])
def test_a_long_scan_takes_turns_only_with_others(workplace: Workplace, others: int) -> None:
    moments = iter(range(1000))
    worker = worker_of(workplace, Scans(), turn=1, clock=lambda: float(next(moments)))
    for number in range(1 + others):
        worker.process(workplace.offer(b"%d" % number, "a.pdf", f"f{number}"))
    fate = worker.process("f0", "recognition")
    assert fate == ("turned" if others else "done")
    assert workplace.ledger.rows["f0"].attempts == (0 if others else 1)


def test_a_job_that_was_taken_away_stops_at_the_next_page(workplace: Workplace) -> None:
    worker = worker_of(workplace, Scans())
    scan = workplace.offer(b"x", "a.pdf")
    worker.process(scan)
    workplace.transcripts.held = False
    assert worker.process(scan, "recognition") == "lost"
    assert workplace.transcripts.done == [1]


@pytest.mark.requirement("R-QUE-3")
def test_nothing_waits_behind_long_scans(workplace: Workplace) -> None:
    """Two scans of 200 pages hold every slot of recognition; a hundred files behind them are done all the same."""
    scans = Scans(LONG)
    scans.slow.clear()
    rhythm = Rhythm(threads=2, recognising=2, ask_every=0.02, sweep_every=60, pause=0.01, grace=5)
    with running(workplace, scans, rhythm) as dispatcher:
        dispatcher.wake([workplace.offer(b"%d" % number, "长.pdf", f"scan{number}") for number in range(2)])
        until(lambda: scans.orders == 2)
        others = [workplace.offer(b"x", "a.txt", f"f{number}") for number in range(100)]
        dispatcher.wake(others)
        until(lambda: all(workplace.ledger.rows[name].state == "done" for name in others))
        assert scans.orders == 2
        scans.slow.set()
        until(lambda: all(workplace.ledger.rows[f"scan{number}"].state == "done" for number in range(2)))
