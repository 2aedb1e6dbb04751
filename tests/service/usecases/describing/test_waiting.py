"""The inbox as it is read: what it costs grows with what its reader finds there, and it is his at every moment."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from pymongo import monitoring

from ingest.port import Offer
from service.domain.bulk import BulkView
from service.domain.holdings import Description
from service.domain.permissions import Actor, Guarded, Role, audience
from service.models import Counter, Record
from service.models.connection import Client, connect, disconnect
from service.usecases.describing.records import SEQ
from service.usecases.describing.waiting import waiting
from service.usecases.knowing.access import GrantSaid
from service.usecases.moving_in.migrating import MigrationSaid
from service.usecases.people.users import NewUser
from service.wiring import Fonds
from tests.conftest import Clock


class Rows(monitoring.CommandListener):
    """Counts questions and the rows that come back."""

    asked = rows = 0

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        self.asked += event.command_name in ("find", "getMore")

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        cursor = event.reply.get("cursor") or {}
        self.rows += len(cursor.get("firstBatch") or cursor.get("nextBatch") or ())

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass


@pytest.fixture
def rows(mongo_url: str) -> Iterator[Rows]:
    heard = Rows()
    monitoring.register(heard)
    disconnect()
    connect(mongo_url)
    yield heard
    monitoring._LISTENERS.command_listeners.remove(heard)
    disconnect()
    reopened: Client = connect(mongo_url)
    assert reopened


def _enter(first: int, last: int, clock: Clock) -> None:
    """Records that wait, one of a hundred in 销售部, and strict ones of it that its staff does not know of."""
    made = []
    for seq in range(first, last + 1):
        department = "销售部" if seq % 100 in (0, 50) else "市场部"
        level = "L1" if seq % 100 == 50 else "L0"
        row = Record(id=f"{seq:032x}", seq=seq, title="x", department=department, secrecy=level, waits=seq)
        row.created_at = row.updated_at = clock()
        row.waits_for = audience(Guarded(level, department=department))
        made.append(row.to_mongo())
    Record._get_collection().insert_many(made)
    Counter.objects(id=SEQ).update_one(set__value=last, upsert=True)


def test_an_inbox_costs_what_its_reader_finds_there_and_not_what_waits_for_others(
    fonds: Fonds, salesperson: Actor, clock: Clock, rows: Rows
) -> None:
    cost = []
    for first, last in ((1, 60), (61, 600)):
        _enter(first, last, clock)
        rows.asked = rows.rows = 0
        found = waiting(salesperson)
        assert [one.seq for one in found] == list(range(last // 100 * 100, 0, -100))
        cost.append((rows.asked, rows.rows - len(found)))
    assert cost[0] == cost[1]
    assert cost[1] <= (3, 1)  # the counter is a row, too
    asked = {"waits_for": "L0|dept:销售部", "waits": {"$gte": 1, "$lt": 601}}
    plan = Record._get_collection().find(asked).explain()
    assert "waits_for_1_waits_1" in str(plan["queryPlanner"]), plan


def test_the_list_that_works_without_search_is_read_alike(
    fonds: Fonds, salesperson: Actor, clock: Clock, rows: Rows
) -> None:
    _enter(1, 600, clock)
    fonds.categories.all()
    rows.asked = rows.rows = 0
    page = fonds.records.list(salesperson, category="", limit=3)
    assert [int(one.id, 16) for one in page.items] == [600, 500, 400]
    assert rows.rows < 30


def test_grants_and_circles_in_great_number_find_each_record_once(
    fonds: Fonds, salesperson: Actor, clock: Clock
) -> None:
    _enter(1, 200, clock)
    key = audience(Guarded(department="市场部", grants=frozenset(("g7", "g79"))))
    Record.objects(seq=7).update_one(set__waits_for=key, set__grants=["g7", "g79"])
    many = replace(salesperson, grants=frozenset(f"g{n}" for n in range(80)))
    assert [one.seq for one in waiting(many)] == [200, 100, 7]


@pytest.mark.requirement("R-SEC-4", "R-SEC-7")
def test_a_record_waits_for_whoever_may_know_of_it_now(
    fonds: Fonds, archivist: Actor, administrator: Actor, salesperson: Actor, clock: Clock
) -> None:
    def sees(actor: Actor) -> list[str]:
        return [one.id for one in waiting(actor)]

    new = NewUser("zhao", "赵磊", [Role.STAFF], ["市场部"], "渠道建设与回款-2026")
    user = fonds.people.add(administrator, new)[0]

    def zhao() -> Actor:
        found = fonds.knowing.actors.named(user.id)
        assert found
        return found

    made = fonds.records.create(archivist, Description(title="备忘", department="综合管理部"))
    assert (sees(archivist), sees(salesperson), sees(zhao())) == ([made.id], [], [])
    moved = fonds.records.change(archivist, made.id, made.rev, Description(department="销售部"))
    assert (sees(salesperson), sees(zhao())) == ([made.id], [])
    grant = fonds.knowing.access.give(archivist, made.id, GrantSaid("zhao", date(2026, 3, 3), "核对"))
    assert sees(zhao()) == [made.id]
    again = fonds.records.change(archivist, made.id, moved.rev, Description(title="备忘二"))
    assert sees(zhao()) == [made.id]
    fonds.knowing.access.withdraw(archivist, grant.id)
    assert (sees(salesperson), sees(zhao())) == ([made.id], [])
    strict = fonds.records.change(archivist, made.id, again.rev, Description(secrecy="L1"))
    assert (sees(archivist), sees(salesperson)) == ([made.id], [])
    fonds.records.change(archivist, made.id, strict.rev, Description(category="WD", inbox=False))
    assert sees(archivist) == []
    assert Record.objects(id=made.id)[0].waits_for is None


def test_what_was_deleted_and_brought_back_waits_for_the_same_people(
    fonds: Fonds, archivist: Actor, salesperson: Actor
) -> None:
    made = fonds.records.create(salesperson, Description(title="备忘"))
    gone = _finished(fonds, salesperson, fonds.bulk.choose(salesperson, "delete", ids=[made.id]))
    assert not waiting(salesperson)
    _finished(fonds, salesperson, fonds.bulk.undo(salesperson, gone.id))
    assert [one.id for one in waiting(salesperson)] == [made.id]


def _finished(fonds: Fonds, actor: Actor, run: BulkView) -> BulkView:
    while run.state != "done":
        run = fonds.bulk.apply(actor, run.id)
    return run


@pytest.mark.requirement("R-CAP-3")
def test_what_a_migration_brought_incompletely_waits_to_be_described(fonds: Fonds, archivist: Actor) -> None:
    migration = fonds.migrations.save(
        archivist, MigrationSaid("/share", "rules: [{path: '**', category: HT}]")
    )
    run = fonds.migrations.start(archivist, migration.id)
    line = fonds.imports.offer(archivist, run.id, BytesIO(b"x"), Offer(name="a.txt", path="a.txt"))
    assert [one.id for one in waiting(archivist)] == [line.record_id]
