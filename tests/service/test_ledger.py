"""The ledger: who may work on a file, for how long, how often."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ingest.port import MAX_ATTEMPTS, Outcome, Transcript
from service.ledger import LEASE, MongoLedger
from service.models import File, Record
from service.models.reading import by_key
from service.usecases.contents.transcripts import MongoTranscripts

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        self.now += by


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(database: None, clock: Clock) -> MongoLedger:
    return MongoLedger(clock)


@pytest.fixture
def waiting(database: None) -> str:
    Record(id="r", seq=1, title="会议纪要", created_at=START, updated_at=START, indexed_seq=1).save(
        force_insert=True
    )
    return a_file("f")


def a_file(name: str) -> str:
    File(
        id=name, record_id="r", name="纪要.docx", compartment="L0", size=3, sha256="a" * 64, object_key="k",
        slot=7, created_at=START,
    ).save(force_insert=True)  # fmt: skip
    return name


def state(file_id: str = "f") -> str:
    return str(by_key(File, id=file_id).state)


OUTCOME = Outcome(
    media_type="text/plain", family="text", text_key="t", characters=2, facts={"a.b": "1", "$c": "2"}
)


def test_a_claimed_file_is_nobody_elses(ledger: MongoLedger, waiting: str) -> None:
    job = ledger.claim(waiting, "one")
    assert job is not None
    assert (job.attempt, job.owner, job.record_id, job.name) == (1, "one:reading", "r", "纪要.docx")
    assert ledger.claim(waiting, "two") is None
    assert ledger.pending(10) == []


def test_what_another_took_after_it_was_seen_is_not_taken(ledger: MongoLedger, waiting: str) -> None:
    seen = by_key(File, id=waiting)
    assert ledger.claim(waiting, "two") is not None
    assert ledger._take([seen], "one:reading") == []
    assert by_key(File, id=waiting).lease_owner == "two:reading"


def test_what_an_attempt_took_whose_answer_was_lost_is_ours(ledger: MongoLedger, waiting: str) -> None:
    seen = by_key(File, id=waiting)
    assert ledger.claim(waiting, "one") is not None
    assert ledger._take([seen], "one:reading") == [waiting]
    assert by_key(File, id=waiting).attempts == 1


def test_an_unknown_file_is_no_job(ledger: MongoLedger) -> None:
    assert ledger.claim("nothing", "one") is None


def test_pending_finds_what_waits_however_much(ledger: MongoLedger, waiting: str) -> None:
    names = {waiting} | {a_file(f"f{n}") for n in range(300)}
    File.objects(id__startswith="f").update(set__slot=3)
    found: set[str] = set()
    while more := ledger.pending(1000):
        found |= set(more)
        for name in more:
            assert ledger.claim(name, "one")
    assert found == names


def test_finishing_writes_the_outcome_and_asks_for_indexing(ledger: MongoLedger, waiting: str) -> None:
    job = ledger.claim(waiting, "one")
    assert job is not None
    assert ledger.finish(job, OUTCOME)
    file, record = by_key(File, id="f"), by_key(Record, id="r")
    assert (file.state, file.text_key, file.facts) == ("done", "t", {"a_b": "1", "c": "2"})
    assert file.lease_until is None
    assert record.index_seq == 2
    assert record.index_slot is not None


def test_a_zombie_writes_nothing(ledger: MongoLedger, waiting: str, clock: Clock) -> None:
    """F24: a worker that slept past its lease finds its job taken."""
    zombie = ledger.claim(waiting, "one")
    assert zombie is not None
    clock.advance(LEASE + timedelta(seconds=1))
    assert ledger.release() == 1
    second = ledger.claim(waiting, "two")
    assert second is not None
    assert second.attempt == 2
    assert not ledger.renew(zombie)
    assert not ledger.finish(zombie, OUTCOME)
    assert not ledger.fail(zombie, "killed_jail")
    assert not ledger.quarantine(zombie, "infected")
    assert ledger.finish(second, OUTCOME)


def test_a_renewed_lease_is_kept(ledger: MongoLedger, waiting: str, clock: Clock) -> None:
    job = ledger.claim(waiting, "one")
    assert job is not None
    clock.advance(LEASE - timedelta(seconds=1))
    assert ledger.renew(job)
    clock.advance(LEASE - timedelta(seconds=1))
    assert ledger.release() == 0
    assert ledger.finish(job, OUTCOME)


@pytest.mark.requirement("B19", "F23")
def test_a_file_that_fails_three_times_is_closed_away(ledger: MongoLedger, waiting: str) -> None:
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert state() == "pending"
        job = ledger.claim(waiting, "one")
        assert job is not None
        assert job.attempt == attempt
        ledger.fail(job, "killed_jail", "SIGSEGV")
    file = by_key(File, id="f")
    assert (file.state, file.reason, file.detail) == ("quarantined", "killed_jail", "SIGSEGV")
    assert ledger.pending(10) == []


@pytest.mark.requirement("F23")
def test_a_file_that_kills_its_worker_is_closed_away_too(
    ledger: MongoLedger, waiting: str, clock: Clock
) -> None:
    """Attempts are raised before work starts, so a death without a word counts."""
    for _ in range(MAX_ATTEMPTS):
        assert ledger.claim(waiting, "one")
        clock.advance(LEASE + timedelta(seconds=1))
        ledger.release()
    assert ledger.claim(waiting, "one") is None
    assert state() == "quarantined"


def test_an_absent_store_is_not_the_files_fault(ledger: MongoLedger, waiting: str) -> None:
    for _ in range(MAX_ATTEMPTS + 2):
        job = ledger.claim(waiting, "one")
        assert job is not None
        assert ledger.fail(job, "store_unavailable")
    assert by_key(File, id="f").attempts == 0


def test_an_infected_file_gets_no_second_try(ledger: MongoLedger, waiting: str) -> None:
    job = ledger.claim(waiting, "one")
    assert job is not None
    assert ledger.quarantine(job, "infected", "Eicar")
    assert state() == "quarantined"


def test_a_deleted_file_is_not_claimed(ledger: MongoLedger, waiting: str) -> None:
    File.objects(id="f").update_one(set__deleted_at=START)
    assert ledger.claim(waiting, "one") is None


def test_an_end_whose_commit_was_not_answered_is_still_this_jobs_end(
    ledger: MongoLedger, waiting: str
) -> None:
    """The worker deletes what it made for a job that it lost: never what the row names."""
    job = ledger.claim(waiting, "one")
    assert job is not None
    assert ledger.finish(job, OUTCOME)
    assert ledger.finish(job, OUTCOME)
    assert not ledger.finish(job, replace(OUTCOME, text_key="another"))
    assert by_key(File, id="f").text_key == "t"
    assert by_key(Record, id="r").index_seq == 2


def test_what_ended_with_its_server_costs_no_attempt(ledger: MongoLedger, waiting: str) -> None:
    for _ in range(MAX_ATTEMPTS + 2):
        assert ledger.claim(waiting, "one") is not None
        assert ledger.release_all(blameless=True) == 1
    row = by_key(File, id=waiting)
    assert (row.state, row.attempts, row.reason) == ("pending", 0, "")


def test_what_its_worker_died_of_does(ledger: MongoLedger, waiting: str) -> None:
    for attempt in range(MAX_ATTEMPTS):
        job = ledger.claim(waiting, "one")
        assert job is not None
        assert job.attempt == attempt + 1
        assert ledger.release_all() == 1
    assert ledger.claim(waiting, "one") is None
    assert (state(), by_key(File, id=waiting).reason) == ("quarantined", "worker_lost")


SCANNED = replace(OUTCOME, unread=(1, 2))


def test_a_scan_waits_for_its_recognition_with_what_is_known(ledger: MongoLedger, waiting: str) -> None:
    job = ledger.claim(waiting, "one")
    assert job is not None
    assert ledger.finish(job, SCANNED)
    assert ledger.finish(job, SCANNED)
    file = by_key(File, id="f")
    assert (file.state, file.stage, file.attempts, file.text_key) == ("pending", "recognition", 0, "t")
    assert (ledger.pending(10), ledger.pending(10, "recognition")) == ([], ["f"])
    assert ledger.claim(waiting, "one") is None
    scan = ledger.claim(waiting, "one", "recognition")
    assert scan is not None
    assert (scan.stage, scan.known.unread, scan.known.text_key) == ("recognition", (1, 2), "t")
    assert not ledger.finish(job, replace(SCANNED, text_key="a zombie's")), "the attempts of both are 1"
    assert ledger.fail(scan, "turn")
    assert ledger.pending(10, "recognition") == ["f"]
    again = ledger.claim(waiting, "one", "recognition")
    assert again is not None
    assert ledger.finish(again, OUTCOME)
    file = by_key(File, id="f")
    assert (file.state, file.stage, file.unread, file.slot) == ("done", "", [], None)


def test_pages_are_kept_with_their_content_and_compartment(ledger: MongoLedger, waiting: str) -> None:
    transcripts = MongoTranscripts()
    job = ledger.claim(waiting, "one")
    assert job is not None
    ledger.finish(job, SCANNED)
    scan = ledger.claim(waiting, "one", "recognition")
    assert scan is not None
    page = Transcript((1,), (1,), (), "text/aa")
    assert transcripts.note(scan, "v1", page, 1)
    assert transcripts.note(scan, "v1", page, 1)
    assert (transcripts.known(scan, "v1"), transcripts.known(scan, "v2")) == ([page], [])
    assert by_key(File, id="f").recognised == 1
    File.objects(id="f").update_one(set__compartment="L2")
    assert transcripts.known(scan, "v1") == []
    assert not transcripts.note(replace(scan, owner="a zombie"), "v1", page, 2)
