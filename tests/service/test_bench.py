"""The bench: what waits to be made, who holds it, and what a file has afterwards."""

from datetime import UTC, datetime

import pytest

from ingest.port import MAX_ATTEMPTS, Outcome, Product, Rendition
from service.bench import LEASE, MongoBench
from service.ledger import MongoLedger
from service.models import File, Making, Record
from service.models.reading import by_key
from tests.conftest import Clock

NOW = datetime(2026, 3, 2, tzinfo=UTC)
PAGES = Product({"pages": Rendition("preview/aa/1", "application/pdf")}, "preview/aa/2", "image/jpeg")


@pytest.fixture
def bench(database: None, clock: Clock) -> MongoBench:
    return MongoBench(clock)


def done(clock: Clock, want: str = "pages") -> None:
    """A file that was read, of which something is to be made."""
    if by_key(Record, id="r") is None:
        Record(id="r", seq=1, title="方案", created_at=NOW, updated_at=NOW).save()
        common = {"compartment": "L0", "size": 1, "sha256": "0", "object_key": "k", "created_at": NOW}
        File(id="f", record_id="r", name="方案.docx", slot=1, preview_key="preview/aa/0", **common).save()
    File.objects(id="f").update_one(set__state="pending", set__slot=1)
    ledger = MongoLedger(clock)
    job = ledger.claim("f", "w")
    assert job is not None
    small = {"small": Rendition("preview/aa/3", "image/jpeg")}
    outcome = Outcome("application/x", "word", renditions=small, want=want, preview_key="preview/aa/0")  # type: ignore[arg-type]
    assert ledger.finish(job, outcome)


def test_what_is_made_is_added_and_waits_no_more(bench: MongoBench, clock: Clock) -> None:
    done(clock)
    task = bench.take("m")
    assert task is not None
    assert (task.file_id, task.want, task.name) == ("f", "pages", "方案.docx")
    assert bench.take("other") is None
    assert bench.renew(task)
    assert bench.deliver(task, PAGES) == ["preview/aa/0"]
    file = by_key(File, id="f")
    assert set(file.renditions) == {"small", "pages"}
    assert (file.preview_key, file.preview_type) == ("preview/aa/2", "image/jpeg")
    assert bench.take("m") is None
    assert bench.deliver(task, PAGES) is None


def test_of_a_file_that_was_read_again_nothing_old_is_taken(bench: MongoBench, clock: Clock) -> None:
    done(clock)
    task = bench.take("m")
    assert task is not None
    done(clock)
    assert bench.deliver(task, PAGES) is None
    bench.give_up(task)
    assert Making.objects(id="f").count() == 1


def test_a_maker_that_died_loses_its_turn_and_a_killer_of_makers_is_given_up(
    bench: MongoBench, clock: Clock
) -> None:
    done(clock)
    for _ in range(MAX_ATTEMPTS):
        assert bench.take("m")
        clock.advance(seconds=LEASE.total_seconds() + 1)
    assert bench.take("m") is None
    assert not Making.objects(id="f")


def test_nothing_waits_where_nothing_is_wanted(bench: MongoBench, clock: Clock) -> None:
    done(clock, want="")
    assert bench.take("m") is None
    assert not Making.objects(id="f")
