"""The chain in the database: one order without gaps or doubles, whoever writes and whoever is killed."""

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from service.audit import Audit
from service.domain.chain import Head, Verdict, Verifier
from service.domain.holdings import Description
from service.domain.permissions import Actor
from service.models import AuditEvent, ChainHead, EventWaiting
from service.models.chain import Chain, in_one_row, links
from service.models.migrations import chain_events
from service.wiring import Fonds
from tests.conftest import Clock

pytestmark = [pytest.mark.requirement("S-ER-4"), pytest.mark.usefixtures("database")]


def verdict() -> Verdict:
    head = Chain().head()
    verifier = Verifier(Head())
    for link in links(0, head.seq + 5):
        verifier.link(link)
    return verifier.end(head)


def entries(audit: Audit, actor: Actor, count: int) -> list[dict[str, Any]]:
    return [audit.entry(actor, "read", "record", f"r{number}") for number in range(count)]


def test_whatever_way_an_event_comes_it_is_chained_once(fonds: Fonds, archivist: Actor, clock: Clock) -> None:
    record = fonds.records.create(archivist, Description(title="一"))
    clock.advance(seconds=1)
    fonds.records.get(archivist, record.id)
    fonds.records.change(archivist, record.id, 1, Description(title="二"))
    fonds.housekeeping.once()
    fonds.housekeeping.once()
    found = verdict()
    assert found.whole, found.breaks
    rows = sorted(AuditEvent.objects(object_id=record.id), key=lambda row: row.seq)
    assert sorted(row.act for row in rows) == ["change", "create", "read"]
    assert all(row.slot is None for row in rows)
    change = next(row for row in rows if row.act == "change")
    assert change.facts["before"] != change.facts["after"]
    assert not any("actor" in row.to_mongo() for row in rows)


def test_entering_twice_gives_no_second_number(archivist: Actor, clock: Clock) -> None:
    made = entries(Audit(clock), archivist, 30)
    assert Chain().enter(made[:20]) == 20
    assert Chain().enter(made) == 10
    assert (verdict().whole, verdict().events) == (True, 30)


def test_writers_at_the_same_time_share_one_order(archivist: Actor, clock: Clock) -> None:
    audit = Audit(clock)
    lots = [entries(audit, archivist, 15) for _ in range(4)]
    threads = [threading.Thread(target=lambda lot=lot: [Chain().enter([one]) for one in lot]) for lot in lots]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(180)
    assert (verdict().whole, verdict().events) == (True, 60)


def test_what_was_there_before_the_chain_is_linked_in_order(archivist: Actor, clock: Clock) -> None:
    old = [
        {
            "_id": f"old{number}",
            "at": clock() + timedelta(hours=7 * (9 - number)),
            "actor_id": archivist.id,
            "actor": archivist.name,
            "act": "sign_in",
            "facts": {"address": "203.0.113.9"},
        }
        for number in range(10)
    ]
    AuditEvent._get_collection().insert_many(old)
    chain_events()
    chain_events()
    rows = sorted(AuditEvent.objects, key=lambda row: row.seq)
    assert [row.id for row in rows] == [f"old{number}" for number in range(9, -1, -1)]
    assert verdict().whole
    assert rows[0].private["address"] == "203.0.113.9"
    assert not any("actor" in row for row in AuditEvent._get_collection().find({}))
    AuditEvent.objects(id="old4").update_one(unset__private=1)
    assert (verdict().whole, verdict().erased) == (True, 1)


def test_a_row_that_somebody_touched_is_named(archivist: Actor, clock: Clock) -> None:
    Chain().enter(entries(Audit(clock), archivist, 6))
    AuditEvent.objects(seq=3).update_one(set__result="refused")
    assert [(one.kind, one.seq) for one in verdict().breaks] == [("changed", 3)]
    AuditEvent.objects(seq=3).delete()
    assert [(one.kind, one.seq, one.last) for one in verdict().breaks] == [("missing", 3, 3)]
    ChainHead.objects(id="audit").update_one(set__seq=99)
    assert {one.kind for one in verdict().breaks} == {"missing", "head"}


WRITER = """
import sys
from datetime import UTC, datetime
from service.models.connection import connect
from service.models.chain import Chain
connect(sys.argv[1])
number = 0
while True:
    lot = [{"_id": f"{sys.argv[2]}-{number + n}", "at": datetime.now(UTC), "act": "read"} for n in range(7)]
    Chain().enter(lot)
    number += 7
    print(number, flush=True)
"""


@pytest.fixture
def written(mongo_url: str, tmp_path: Path) -> Path:
    script = tmp_path / "writer.py"
    script.write_text(WRITER)
    return script


def test_kill_9_leaves_no_gap_and_no_double(mongo_url: str, written: Path) -> None:
    told = 0
    for life in range(4):
        process = subprocess.Popen(
            [sys.executable, str(written), mongo_url, f"life{life}"],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        )
        assert process.stdout is not None
        for _ in range(3 + life):
            last = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().split()
        process.wait(180)
        process.stdout.close()
        told += int(rest[-1]) if rest else last
    Chain().enter([{"_id": "after", "at": AuditEvent.objects(seq=1)[0].at, "act": "read"}])
    found = verdict()
    assert found.whole, found.breaks
    assert found.events >= told + 1


def test_events_of_one_transaction_wait_in_one_row_and_are_entered_once(
    archivist: Actor, clock: Clock
) -> None:
    events = [
        {key: value for key, value in one.items() if key != "kind"}
        for one in entries(Audit(clock), archivist, 5)
    ]
    EventWaiting._get_collection().insert_many([*in_one_row(events[:4]), *in_one_row(events[4:])])
    assert EventWaiting.objects.count() == 2
    Chain().enter(events[:3])  # as somebody left it who was killed before he took the rows away
    assert Chain().enter_waiting() == 5
    assert (Chain().enter_waiting(), EventWaiting.objects.count()) == (0, 0)
    assert (verdict().whole, verdict().events) == (True, 5)
