"""The journal: what was appended is there after any crash, is entered in order, and is entered again if need be."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.audit import Audit
from service.domain.permissions import Actor
from service.errors import Unavailable
from service.journal import ROOM, Journal
from service.models import AuditEvent

AT = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)


def entry(number: int) -> dict[str, object]:
    return {"_id": str(number), "at": AT, "facts": {"词": "渠道\n返利", "n": number}}


def drained(journal: Journal) -> list[object]:
    found: list[object] = []
    journal.drain(found.extend)
    return found


def test_what_waits_is_handed_over_once_in_its_order(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for number in range(5):
        journal.append(entry(number))
    assert drained(journal) == [entry(number) for number in range(5)]
    assert drained(journal) == []
    journal.append(entry(6))
    assert drained(journal) == [entry(6)]


@pytest.mark.requirement("R-AUD-1")
def test_what_a_crash_left_is_handed_over_by_the_next_start(tmp_path: Path) -> None:
    first = Journal(tmp_path)
    for number in range(3):
        first.append(entry(number))
    after = Journal(tmp_path)  # the first one was never closed
    assert drained(after) == [entry(number) for number in range(3)]
    assert drained(Journal(tmp_path)) == []


@pytest.mark.requirement("R-AUD-1")
def test_what_is_to_be_synced_later_outlives_its_process_at_once(tmp_path: Path) -> None:
    first = Journal(tmp_path)
    first.append(entry(1))
    first.append_soon(entry(2))
    first.append(entry(3))
    first.append_soon(entry(4))
    after = Journal(tmp_path)  # the first one was never closed
    assert drained(after) == [entry(number) for number in (1, 2, 3, 4)]


def test_what_the_disk_does_not_take_is_refused_also_if_it_is_to_be_synced_later(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.close()
    with pytest.raises(Unavailable):
        journal.append_soon(entry(1))


def test_a_line_that_was_not_written_to_its_end_was_never_acknowledged(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(entry(1))
    journal.close()
    path = tmp_path / "one.journal"
    raw = path.read_bytes()
    used = raw.index(b"\0")
    path.write_bytes(raw[:used] + b'{"_id":"2","fa' + raw[used + 14 :])
    assert drained(Journal(tmp_path)) == [entry(1)]


def test_a_database_that_is_away_loses_nothing_that_came_before_or_meanwhile(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(entry(1))

    def away(_: object) -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        journal.drain(away)
    journal.append(entry(2))
    assert drained(journal) == [entry(1)]
    assert drained(journal) == [entry(2)]


def test_it_grows_past_its_room_and_comes_back(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    long = {"_id": "1", "facts": {"text": "渠" * 200_000}}
    for _ in range(3):
        journal.append(long)
    journal.close()
    again = Journal(tmp_path)
    assert drained(again) == [long] * 3
    assert {page.stat().st_size for page in tmp_path.iterdir()} == {ROOM}


def test_a_disk_that_takes_nothing_is_told(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.close()
    with pytest.raises(Unavailable):
        journal.append(entry(1))


@pytest.mark.requirement("R-AUD-1")
@pytest.mark.usefixtures("database")
def test_acts_reach_the_audit_trail_from_the_journal_once(tmp_path: Path, archivist: Actor) -> None:
    audit = Audit(lambda: AT, journal=Journal(tmp_path))
    audit.insert(archivist, "sign_in", "user", archivist.id, result="refused", address="127.0.0.1")
    audit.insert_meanwhile(archivist, "search", total=3).result()
    copy = tmp_path / "copy"
    copy.mkdir()
    for page in tmp_path.glob("*.journal"):
        (copy / page.name).write_bytes(page.read_bytes())
    assert audit.drain_journal() == 2
    Audit(
        lambda: AT, journal=Journal(copy)
    ).drain_journal()  # as after a crash between entering and forgetting
    found = {event.act: event for event in AuditEvent.objects}
    assert len(list(AuditEvent.objects)) == 2
    assert (found["sign_in"].result, found["sign_in"].at) == ("refused", AT)
    assert found["search"].facts == {"total": 3}
