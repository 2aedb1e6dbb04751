"""The patrol and the second store: what changes or goes is found, told and mended from the good copy."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.port import Offer
from service.domain.permissions import Actor
from service.errors import Forbidden
from service.models import AuditEvent, File
from service.usecases.contents.damage import Findings
from service.usecases.safekeeping.patrol import FOLDERS, Pace, Patrol
from service.usecases.safekeeping.replica import Replica
from service.wiring import Fonds
from storage.disk import DiskStore
from storage.port import ObjectMissing, ObjectStore

Bring = Callable[[str], str]


@pytest.fixture
def second(tmp_path: Path) -> DiskStore:
    def clock() -> datetime:
        return datetime.now(UTC)

    return DiskStore(tmp_path / "second", sign_key=b"k" * 32, base_url="", clock=clock, reserve_bytes=0)


@pytest.fixture
def bring(fonds: Fonds, archivist: Actor) -> Bring:
    """Take a text in; the key of its content."""

    def brought(text: str) -> str:
        run = fonds.imports.start(archivist, source="test")
        line = fonds.imports.offer(archivist, run.id, io.BytesIO(text.encode()), Offer(name="甲.txt"))
        return str(next(iter(File.objects(record_id=line.record_id))).object_key)

    return brought


def never(_seconds: float) -> bool:
    return False


def patrol(fonds: Fonds, second: ObjectStore | None, tmp_path: Path, days: int = 90) -> Patrol:
    replica = Replica(fonds.store, second, fonds.clock, tmp_path / "spool")
    return Patrol(
        fonds.store, replica, Pace(days, 1 << 30, never), Findings(fonds.audit, fonds.clock), fonds.clock
    )


def replica(fonds: Fonds, second: ObjectStore | None, tmp_path: Path) -> Replica:
    return Replica(fonds.store, second, fonds.clock, tmp_path / "spool")


def folder_of(key: str) -> int:
    return int(key.split("/")[1], 16)


def spoil(path: Path) -> None:
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[0] ^= 1
    path.write_bytes(data)


@pytest.mark.requirement("S-ER-5")
def test_a_changed_object_is_found_and_told(
    fonds: Fonds, bring: Bring, tmp_path: Path, administrator: Actor
) -> None:
    key = bring("渠道返利")
    guard = patrol(fonds, None, tmp_path)
    guard.look(folder_of(key))
    assert guard.findings(administrator) == []
    spoil(tmp_path / "objects" / key)
    for _ in range(2):
        guard.look(folder_of(key))
    (found,) = guard.findings(administrator)
    assert (found.key, found.kind, found.repaired_at) == (key, "changed", None)
    assert guard.state()["open"] == 1
    assert len(list(AuditEvent.objects(act="fixity_finding"))) == 1


@pytest.mark.requirement("S-ER-5")
@pytest.mark.parametrize("harm", ["changed", "missing"])
def test_it_is_mended_from_the_second_copy(
    harm: str, fonds: Fonds, second: DiskStore, bring: Bring, tmp_path: Path, administrator: Actor
) -> None:
    key = bring("渠道返利")
    assert replica(fonds, second, tmp_path).follow() == 1
    if harm == "changed":
        spoil(tmp_path / "objects" / key)
    else:
        fonds.store.delete(key)
    guard = patrol(fonds, second, tmp_path)
    guard.look(folder_of(key))
    (found,) = guard.findings(administrator)
    assert found.kind == harm
    assert found.repaired_at is not None
    assert guard.state()["open"] == 0
    assert b"".join(fonds.store.open(key)).decode() == "渠道返利"


@pytest.mark.requirement("S-ER-5")
def test_a_bad_second_copy_takes_nobodys_place(
    fonds: Fonds, second: DiskStore, bring: Bring, tmp_path: Path, administrator: Actor
) -> None:
    key = bring("渠道返利")
    replica(fonds, second, tmp_path).follow()
    for place in ("objects", "second"):
        spoil(tmp_path / place / key)
    before = b"".join(fonds.store.open(key))
    guard = patrol(fonds, second, tmp_path)
    guard.look(folder_of(key))
    assert guard.findings(administrator)[0].repaired_at is None
    assert b"".join(fonds.store.open(key)) == before


def test_what_was_mended_by_hand_is_no_open_finding(
    fonds: Fonds, bring: Bring, tmp_path: Path, administrator: Actor
) -> None:
    key = bring("渠道返利")
    guard = patrol(fonds, None, tmp_path)
    spoil(tmp_path / "objects" / key)
    guard.look(folder_of(key))
    spoil(tmp_path / "objects" / key)
    guard.look(folder_of(key))
    assert guard.findings(administrator)[0].repaired_at is not None


@pytest.mark.requirement("S-ER-5")
def test_an_object_that_nobody_names_is_told_after_a_day(
    fonds: Fonds, tmp_path: Path, administrator: Actor, clock: Any
) -> None:
    key = "content/ab/" + "ab" * 16
    fonds.store.put(key, io.BytesIO(b"stray"))
    guard = patrol(fonds, None, tmp_path)
    guard.look(0xAB)
    assert guard.findings(administrator) == []
    clock.advance(hours=25)
    guard.look(0xAB)
    assert [found.kind for found in guard.findings(administrator)] == ["untracked"]


def test_a_round_takes_its_days_and_begins_anew(
    fonds: Fonds, bring: Bring, tmp_path: Path, clock: Any
) -> None:
    bring("渠道返利")
    guard = patrol(fonds, None, tmp_path, days=8)
    for _ in range(5):
        guard.walk()
    assert guard.state()["folder"] == 1
    clock.advance(days=4)
    for _ in range(FOLDERS):
        guard.walk()
    assert guard.state()["folder"] == FOLDERS // 2 + 1
    clock.advance(days=4)
    read = sum(guard.walk() for _ in range(FOLDERS))
    assert (guard.state()["rounds"], read <= 1) == (1, True)


def test_no_patrol_without_days(fonds: Fonds, tmp_path: Path) -> None:
    guard = patrol(fonds, None, tmp_path, days=0)
    guard.walk()
    assert guard.state()["rounds"] == guard.state()["folder"] == 0


def test_it_breaks_off_when_the_program_ends(fonds: Fonds, bring: Bring, tmp_path: Path) -> None:
    key = bring("渠道返利")
    guard = Patrol(
        fonds.store,
        replica(fonds, None, tmp_path),
        Pace(1, 1, lambda _seconds: True),
        Findings(fonds.audit, fonds.clock),
        fonds.clock,
    )
    fonds.safekeeping.patrol.walk()
    before = guard.state()["folder"]
    while guard.state()["folder"] < folder_of(key):
        fonds.clock.advance(days=1)  # type: ignore[attr-defined]
        guard.walk()
    assert guard.walk() == 0
    assert guard.state()["folder"] == folder_of(key) >= before


def test_findings_are_for_those_who_run_the_machine(fonds: Fonds, tmp_path: Path, archivist: Actor) -> None:
    with pytest.raises(Forbidden):
        patrol(fonds, None, tmp_path).findings(archivist)


@pytest.mark.requirement("R-BAK-1")
def test_the_second_store_follows_the_first(
    fonds: Fonds, second: DiskStore, bring: Bring, tmp_path: Path
) -> None:
    keys = {bring(f"内容{number}") for number in range(3)}
    follower = replica(fonds, second, tmp_path)
    assert follower.follow() == 3
    assert follower.follow() == 0
    assert follower.state()["lacking"] is False
    assert {held.key for held in second.list()} == keys
    key = keys.pop()
    second.delete(key)
    assert follower.follow() == 1
    follower.forget(key)
    with pytest.raises(ObjectMissing):
        second.stat(key)


def test_a_damaged_object_is_not_copied(
    fonds: Fonds, second: DiskStore, bring: Bring, tmp_path: Path
) -> None:
    spoil(tmp_path / "objects" / bring("渠道返利"))
    assert replica(fonds, second, tmp_path).follow() == 0
    assert list(second.list()) == []


def test_without_a_second_store_there_is_nothing_to_follow(fonds: Fonds, tmp_path: Path) -> None:
    alone = replica(fonds, None, tmp_path)
    assert alone.follow() == 0
    assert alone.state() == {}
