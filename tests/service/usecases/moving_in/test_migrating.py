"""Migrations: what is new is told from what is here, mappings describe drafts, runs are gone on with."""

import io
from datetime import UTC, datetime, timedelta

import pytest

from ingest.port import Offer
from service.domain.holdings import ImportLine as LineView
from service.domain.permissions import Actor
from service.errors import Conflict, Forbidden, InvalidInput, NotFound
from service.models import EventWaiting, File, ImportLine, Record
from service.models.migrations import know_changed_files, place_lines
from service.models.reading import by_key
from service.usecases.moving_in.imports import NotedEntry
from service.usecases.moving_in.migrating import LOST, MigrationSaid, Pulse, Seen
from service.wiring import Fonds
from tests.conftest import Clock

MAPPING = """
rules:
- path: "合同/{customer}/**"
  category: HT
  customer: "{customer}"
  department: 销售部
  secrecy: L2
  tags: [迁移]
- {path: "tmp/**", skip: true}
"""
MODIFIED = datetime(2023, 5, 6, tzinfo=UTC)


@pytest.fixture
def migration(fonds: Fonds, archivist: Actor) -> str:
    return fonds.migrations.save(archivist, MigrationSaid("/share", MAPPING)).id


def offer(fonds: Fonds, actor: Actor, run: str, path: str, data: bytes, stamp: str = "1") -> LineView:
    name = path.rsplit("/", 1)[-1]
    said = Offer(
        name=name, path=path, modified=MODIFIED, size=len(data), stamp=stamp, raw_path=b"\xff", owner="wangf"
    )
    return fonds.imports.offer(actor, run, io.BytesIO(data), said)


def seen(path: str, size: int = 1, stamp: str = "1", **more: object) -> Seen:
    return Seen(path, size, stamp, **more)  # type: ignore[arg-type]


@pytest.mark.requirement("R-CAP-3", "R-NUM-1")
def test_a_file_becomes_a_draft_as_the_mapping_says(fonds: Fonds, archivist: Actor, migration: str) -> None:
    run = fonds.migrations.start(archivist, migration)
    line = offer(fonds, archivist, run.id, "合同/南方通信/a.txt", b"text")
    record = fonds.records.get(archivist, line.record_id)
    assert (record.category, record.department, record.secrecy) == ("HT", "销售部", "L2")
    assert (record.life, record.ref_code, list(record.keywords)) == ("draft", "", ["迁移"])
    assert "南方通信" in str(record.fields)
    source = by_key(Record, id=line.record_id).source
    assert (source.origin, source.owner, source.path) == ("/share", "wangf", "合同/南方通信/a.txt")
    assert source.raw_path == b"\xff"
    assert source.modified.replace(tzinfo=UTC) == MODIFIED


def test_what_the_scheme_refuses_costs_neither_the_file_nor_its_secrecy(
    fonds: Fonds, archivist: Actor
) -> None:
    mapping = f'rules: [{{path: "**", department: "{"长" * 200}", category: HT, secrecy: L2}}]'
    migration = fonds.migrations.save(archivist, MigrationSaid("/other", mapping))
    run = fonds.migrations.start(archivist, migration.id)
    line = offer(fonds, archivist, run.id, "a.txt", b"text")
    record = fonds.records.get(archivist, line.record_id)
    assert (record.department, record.category, record.secrecy) == ("综合管理部", "HT", "L2")


@pytest.mark.requirement("R-CAP-3")
def test_a_later_run_takes_only_what_is_new_or_changed(
    fonds: Fonds, archivist: Actor, migration: str
) -> None:
    first = fonds.migrations.start(archivist, migration)
    entries = [
        seen("合同/甲/a.txt", 1),
        seen("tmp/x.txt"),
        seen("Thumbs.db", kind="set_aside", reason="junk"),
        seen("locked.txt", kind="failed", reason="unreadable"),
    ]
    assert list(fonds.migrations.sift(archivist, first.id, entries)) == ["take", "skip", "take", "take"]
    line = fonds.imports.offer(
        archivist, first.id, io.BytesIO(b"1"), Offer(name="a.txt", path="合同/甲/a.txt", size=1, stamp="1")
    )
    noted = [
        NotedEntry("Thumbs.db", "set_aside", "junk", size=1, stamp="1"),
        NotedEntry("locked.txt", "failed", "unreadable", size=1, stamp="1"),
    ]
    fonds.imports.note(archivist, first.id, noted)
    fonds.imports.note(archivist, first.id, noted)
    assert list(fonds.migrations.sift(archivist, first.id, entries, again=True)) == [
        "here",
        "skip",
        "here",
        "here",
    ]
    assert fonds.imports.close(archivist, first.id).found == 3
    second = fonds.migrations.start(archivist, migration)
    assert second.id != first.id
    changed = [*entries, seen("合同/甲/a.txt", 2), seen("合同/甲/a.txt", 1, "2")]
    assert list(fonds.migrations.sift(archivist, second.id, changed)) == [
        "unchanged",
        "skip",
        "unchanged",
        "take",
        "take",
        "take",
    ]
    assert line.record_id


def test_a_run_that_was_cut_is_gone_on_with(fonds: Fonds, archivist: Actor, migration: str) -> None:
    run = fonds.migrations.start(archivist, migration)
    assert fonds.migrations.start(archivist, migration).id == run.id
    with pytest.raises(Conflict):
        fonds.migrations.start(archivist, migration, dry=True)
    assert offer(fonds, archivist, run.id, "a.txt", b"x") == offer(fonds, archivist, run.id, "a.txt", b"x")
    assert fonds.imports.get(archivist, run.id).found == 1


@pytest.mark.requirement("R-CAP-3")
def test_a_dry_run_says_where_each_file_would_go_and_takes_none(
    fonds: Fonds, archivist: Actor, migration: str
) -> None:
    run = fonds.migrations.start(archivist, migration, dry=True)
    entries = [
        seen("合同/甲/a.txt"),
        seen("b.txt"),
        seen("tmp/x.txt"),
        seen("~$a.doc", kind="set_aside", reason="junk"),
    ]
    for again in (False, True):
        fonds.migrations.plan(archivist, run.id, entries, again=again)
    ended = fonds.imports.close(archivist, run.id)
    assert (ended.found, ended.fates["planned"], ended.fates["set_aside"]) == (4, 2, 2)
    lines = {line.path: line for line in fonds.imports.lines(archivist, run.id).items}
    assert lines["合同/甲/a.txt"].said["category"] == "HT"
    assert lines["合同/甲/a.txt"].said["rules"] == "1"
    assert (lines["tmp/x.txt"].fate, lines["tmp/x.txt"].reason) == ("set_aside", "by_plan")
    with pytest.raises(Conflict):
        offer(fonds, archivist, run.id, "c.txt", b"x")
    real = fonds.migrations.start(archivist, migration)
    assert list(fonds.migrations.sift(archivist, real.id, entries[:1])) == ["take"]
    with pytest.raises(Conflict):
        fonds.migrations.plan(archivist, real.id, entries)


def test_whoever_carries_it_out_hears_what_to_do(
    fonds: Fonds, archivist: Actor, migration: str, clock: Clock
) -> None:
    with pytest.raises(Conflict):
        fonds.migrations.control(archivist, migration, "pause")
    run = fonds.migrations.start(archivist, migration)
    fonds.migrations.control(archivist, migration, "pause")
    orders = fonds.migrations.pulse(archivist, run.id, Pulse(10, 2000, 3))
    assert (orders.control, orders.state, orders.parallel) == ("pause", "open", 4)
    fonds.migrations.control(archivist, migration, "resume")
    view = fonds.imports.get(archivist, run.id)
    assert (view.control, view.expected_files, view.expected_bytes, view.unchanged) == ("", 10, 2000, 3)
    clock.advance(seconds=LOST.total_seconds() + 1)
    stopped = fonds.migrations.control(archivist, migration, "stop")
    assert stopped.run is not None
    assert stopped.run.state == "closed"


def test_others_migrations_do_not_exist(
    fonds: Fonds, archivist: Actor, salesperson: Actor, marketer: Actor, director: Actor
) -> None:
    own = fonds.migrations.save(salesperson, MigrationSaid("/mine")).id
    assert fonds.migrations.get(archivist, own).origin == "/mine"
    with pytest.raises(NotFound):
        fonds.migrations.get(marketer, own)
    assert not fonds.migrations.list(marketer).items
    with pytest.raises(Forbidden):
        fonds.migrations.save(salesperson, MigrationSaid("/mine", hosted=True))
    with pytest.raises(Forbidden):
        fonds.migrations.save(director, MigrationSaid("/mine"))


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ("rules: [", "不是合法的 YAML"),
        ("rules:\n- path: *.txt", "要加引号"),
        ("a: &x [1]\nb: *x", "要加引号"),
        ("rules: [{path: a, category: 没有}]", "没有类别"),
        ("x" * 300_000, "最多"),
    ],
)
def test_a_mapping_that_is_wrong_is_refused(
    fonds: Fonds, archivist: Actor, mapping: str, message: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        fonds.migrations.save(archivist, MigrationSaid("/share", mapping))
    assert message in refused.value.faults[0].message


def test_the_same_origin_is_the_same_migration(fonds: Fonds, archivist: Actor, migration: str) -> None:
    again = fonds.migrations.save(archivist, MigrationSaid("/share", "", rate=1000, parallel=2, every=60))
    assert (again.id, again.rev, again.rate, again.parallel) == (migration, 2, 1000, 2)
    assert again.next_at == fonds.clock() + timedelta(minutes=60)
    with pytest.raises(InvalidInput):
        fonds.migrations.save(archivist, MigrationSaid("/share", parallel=99))


@pytest.mark.requirement("R-CAP-3")
def test_a_proposal_is_a_mapping_file(fonds: Fonds, archivist: Actor) -> None:
    text = fonds.migrations.propose(archivist, ["合同", "会议纪要", "2023"])
    assert "HT" in text
    fonds.migrations.save(archivist, MigrationSaid("/share", text))


@pytest.mark.requirement("R-CAP-3", "R-VAL-12")
def test_a_changed_file_becomes_a_new_version_in_the_record_it_was(
    fonds: Fonds, archivist: Actor, migration: str
) -> None:
    first = fonds.migrations.start(archivist, migration)
    old = offer(fonds, archivist, first.id, "合同/甲/a.txt", b"first")
    fonds.imports.close(archivist, first.id)
    for number, data in enumerate((b"second", b"third"), 2):
        run = fonds.migrations.start(archivist, migration)
        line = offer(fonds, archivist, run.id, "合同/甲/a.txt", data, stamp=str(number))
        assert line == offer(fonds, archivist, run.id, "合同/甲/a.txt", data, stamp=str(number))
        assert (line.record_id, line.reason) == (old.record_id, "new_version")
        fonds.imports.close(archivist, run.id)
    versions = fonds.files.versions(archivist, old.file_id)
    assert [(one.version, one.size) for one in versions] == [(3, 5), (2, 6), (1, 5)]
    assert "".join(map(bytes.decode, fonds.files.content(archivist, versions[0].id).chunks)) == "third"
    File.objects(id=versions[0].id).update_one(set__state="done")
    assert [one.reason for one in fonds.imports.lines(archivist, run.id, fate="archived").items] == [
        "new_version"
    ]


@pytest.mark.requirement("R-VAL-12")
@pytest.mark.parametrize("life", ["archived", "deleted"])
def test_what_is_frozen_or_gone_gets_no_version_but_a_draft_of_its_own(
    fonds: Fonds, archivist: Actor, migration: str, life: str
) -> None:
    first = fonds.migrations.start(archivist, migration)
    old = offer(fonds, archivist, first.id, "a.txt", b"first")
    fonds.imports.close(archivist, first.id)
    gone = {"set__deleted_at": fonds.clock()} if life == "deleted" else {"set__life": life}
    Record.objects(id=old.record_id).update_one(**gone)
    run = fonds.migrations.start(archivist, migration)
    line = offer(fonds, archivist, run.id, "a.txt", b"second", stamp="2")
    assert line.record_id != old.record_id
    assert line.reason == ""


def test_lines_from_before_know_which_file_they_are_of(
    fonds: Fonds, archivist: Actor, migration: str
) -> None:
    first = fonds.migrations.start(archivist, migration)
    old = offer(fonds, archivist, first.id, "a.txt", b"first")
    fonds.imports.close(archivist, first.id)
    ImportLine.objects(run_id=first.id).update_one(unset__same=1)
    know_changed_files()
    run = fonds.migrations.start(archivist, migration)
    assert offer(fonds, archivist, run.id, "a.txt", b"second", stamp="2").record_id == old.record_id


def test_lines_from_before_get_their_place(fonds: Fonds, archivist: Actor, migration: str) -> None:
    run = fonds.migrations.start(archivist, migration)
    offer(fonds, archivist, run.id, "a.txt", b"a")
    fonds.imports.note(archivist, run.id, [NotedEntry("Thumbs.db", "set_aside", "junk")])
    ImportLine._get_collection().update_many({}, {"$unset": {"at": 1, "waits": 1}})
    place_lines()
    assert [one.path for one in fonds.imports.lines(archivist, run.id).items] == [
        "a.txt",
        "Thumbs.db",
    ]
    assert ImportLine.objects(waits__gt="").count() == 1
    assert fonds.imports.close(archivist, run.id).found == 2


def test_while_a_migration_comes_in_records_that_wait_for_their_files_rest(
    fonds: Fonds, archivist: Actor, migration: str, clock: Clock
) -> None:
    run = fonds.migrations.start(archivist, migration)
    offered = [
        (io.BytesIO(name.encode()), Offer(name=f"{name}.txt", path=f"{name}.txt")) for name in "甲乙丙"
    ]
    fonds.imports.offer_many(archivist, run.id, offered)
    assert [len(row.get("events", ())) for row in EventWaiting._get_collection().find({})] == [3]
    clock.advance(seconds=20)
    assert fonds.indexing.promote(clock()) == 0
    clock.advance(seconds=61)
    fonds.migrations.pulse(archivist, run.id, Pulse())
    assert fonds.indexing.promote(clock()) == 3
    offer(fonds, archivist, run.id, "丁.txt", b"d")
    clock.advance(seconds=25)
    fonds.migrations.pulse(archivist, run.id, Pulse())
    assert fonds.indexing.promote(clock()) == 0
    clock.advance(seconds=61)
    fonds.migrations.pulse(archivist, run.id, Pulse())
    assert fonds.indexing.promote(clock()) == 1
    offer(fonds, archivist, run.id, "戊.txt", b"e", stamp="2")
    fonds.imports.close(archivist, run.id)
    clock.advance(seconds=20)
    assert fonds.indexing.promote(clock()) == 1


def test_a_run_whose_place_cannot_be_read_leaves_nothing_behind(
    fonds: Fonds, archivist: Actor, migration: str
) -> None:
    empty = fonds.migrations.start(archivist, migration)
    fonds.migrations.pulse(archivist, empty.id, Pulse(fault="连不上", fault_english="cannot be reached"))
    view = fonds.migrations.get(archivist, migration)
    assert (view.run, view.fault, view.fault_english) == (None, "连不上", "cannot be reached")
    assert fonds.migrations.runs(archivist, migration) == []
    taken = fonds.migrations.start(archivist, migration)
    assert fonds.migrations.get(archivist, migration).fault_english == ""
    offer(fonds, archivist, taken.id, "a.txt", b"a")
    fonds.migrations.pulse(archivist, taken.id, Pulse(fault="断了"))
    after = fonds.migrations.start(archivist, migration)
    fonds.migrations.pulse(archivist, after.id, Pulse(fault="断了"))
    view = fonds.migrations.get(archivist, migration)
    assert view.run is not None
    assert (view.run.id, view.run.state, view.run.found) == (taken.id, "closed", 1)
