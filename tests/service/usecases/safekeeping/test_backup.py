"""Backup sets: taken from a living archive, proved, pruned, sealed, and brought back byte for byte."""

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import mongoengine
import pyrage
import pytest

from ingest.port import Offer
from service.cli.identities import identities_in
from service.domain.chain import Verdict
from service.domain.permissions import Actor, Role
from service.errors import Conflict, Forbidden, InvalidInput, NoRoom, NotFound
from service.models import DOCUMENTS, BackupState, Session
from service.models.connection import ALIAS
from service.models.snapshot import collections, snapshot
from service.usecases.safekeeping.backup.opening import open_target
from service.usecases.safekeeping.backup.proving import ProofReport, prove
from service.usecases.safekeeping.backup.restoring import RestoreReport, restore
from service.usecases.safekeeping.backup.running import Backups, Schedule
from service.usecases.safekeeping.backup.sealing import BadKey, Seal
from service.usecases.safekeeping.backup.sets import Target
from service.usecases.safekeeping.backup.taking import BackupReport, TakingBackup, Wanted
from service.wiring import Fonds
from storage.disk import DiskStore
from storage.port import ObjectMissing
from tests.conftest import an_actor

Bring = Callable[[str, str], str]


@pytest.fixture
def bring(fonds: Fonds, archivist: Actor) -> Bring:
    def brought(name: str, text: str) -> str:
        run = fonds.imports.start(archivist, source="test")
        return fonds.imports.offer(archivist, run.id, io.BytesIO(text.encode()), Offer(name=name)).record_id

    return brought


@pytest.fixture
def taking(fonds: Fonds, clock: Any, tmp_path: Path) -> TakingBackup:
    return TakingBackup(fonds.store, clock, tmp_path / "spool", version="test")


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return open_target((tmp_path / "target").as_uri())


@pytest.fixture
def other(tmp_path: Path) -> DiskStore:
    return DiskStore(
        tmp_path / "other", sign_key=b"k" * 32, base_url="", clock=lambda: datetime.now(UTC), reserve_bytes=0
    )


def result(steps: Iterator[Any], kind: type[Any]) -> Any:
    last = list(steps)[-1]
    assert isinstance(last, kind)
    return last


def take(taking: TakingBackup, target: Target, **wanted: Any) -> BackupReport:
    taken = result(taking.run(target, Wanted(**wanted)), BackupReport)
    assert isinstance(taken, BackupReport)
    return taken


def proof(target: Target, *, read_data: bool = True) -> list[str]:
    faults: list[str] = result(prove(target, target.chosen(), read_data=read_data), ProofReport).faults
    return faults


def rows() -> dict[str, list[bytes]]:
    with snapshot() as read:
        return {name: sorted(map(bytes, read(name))) for name in collections()}


def wipe() -> None:
    for document in DOCUMENTS:
        if document.__name__ != "SchemaVersion":
            document._get_collection().delete_many({})


@pytest.mark.requirement("R-BAK-3")
def test_what_comes_back_is_what_was_there(
    fonds: Fonds, bring: Bring, taking: TakingBackup, target: Target, other: DiskStore
) -> None:
    for number in range(3):
        bring(f"合同{number}.txt", f"渠道返利 {number}")
    before = rows()
    take(taking, target)
    wipe()
    report = result(restore(target, target.chosen(), other), RestoreReport)
    assert report.missing == []
    after = rows()
    for name in set(before) - {"records"}:
        assert after[name] == before[name], name
    held = {each.key: b"".join(fonds.store.open(each.key)) for each in fonds.store.list()}
    assert {each.key: b"".join(other.open(each.key)) for each in other.list()} == held
    assert len(held) == 3


@pytest.mark.requirement("S-ER-4")
def test_the_audit_chain_comes_back_whole_and_goes_on(
    fonds: Fonds, bring: Bring, taking: TakingBackup, target: Target, other: DiskStore
) -> None:
    auditor = an_actor("赵审计", Role.AUDITOR)
    bring("合同.txt", "渠道返利")
    fonds.housekeeping.once()
    head = fonds.audit.head()
    take(taking, target)
    wipe()
    list(restore(target, target.chosen(), other))
    assert fonds.audit.head() == head
    verdict = result(fonds.auditing.verify(auditor), Verdict)
    assert (verdict.whole, verdict.head) == (True, head)
    fonds.audit.link()
    assert fonds.audit.head().seq == head.seq + 1
    assert result(fonds.auditing.verify(auditor), Verdict).whole


def test_what_came_back_waits_for_the_index(
    bring: Bring, taking: TakingBackup, target: Target, other: DiskStore, settle: Callable[[], None]
) -> None:
    bring("合同.txt", "渠道返利")
    settle()
    take(taking, target)
    wipe()
    list(restore(target, target.chosen(), other))
    database = mongoengine.get_db(ALIAS)
    assert database["records"].count_documents({"index_slot": {"$gte": 0}, "indexed_seq": 0}) == 1


def test_an_archive_in_use_is_never_written_over(
    bring: Bring, taking: TakingBackup, target: Target, other: DiskStore
) -> None:
    bring("合同.txt", "渠道返利")
    take(taking, target)
    with pytest.raises(Conflict):
        list(restore(target, target.chosen(), other))
    assert list(other.list()) == []


def test_rows_are_of_one_moment(bring: Bring) -> None:
    bring("一.txt", "一")
    with snapshot() as read:
        first = len(list(read("records")))
        bring("二.txt", "二")
        assert len(list(read("files"))) == first == 1


@pytest.mark.requirement("R-BAK-2")
def test_the_second_backup_copies_only_what_is_new(
    bring: Bring, taking: TakingBackup, target: Target, clock: Any
) -> None:
    bring("一.txt", "一")
    assert take(taking, target).copied == 1
    clock.advance(hours=1)
    bring("二.txt", "二")
    second = take(taking, target)
    assert (second.objects, second.copied) == (2, 1)
    assert proof(target) == []


def test_sessions_are_not_kept(taking: TakingBackup, target: Target) -> None:
    take(taking, target)
    assert Session._get_collection_name() not in target.chosen().collections


def test_a_damaged_object_is_told_and_no_copy_is_made_of_it(
    fonds: Fonds, bring: Bring, taking: TakingBackup, target: Target, tmp_path: Path
) -> None:
    bring("一.txt", "一二三")
    (held,) = fonds.store.list()
    path = tmp_path / "objects" / held.key
    path.chmod(0o600)
    path.write_bytes("一二四".encode())
    report = take(taking, target)
    assert (report.damaged, report.copied) == ([held.key], 0)
    with pytest.raises(ObjectMissing):
        target.store.stat(held.key)


@pytest.mark.requirement("R-BAK-3")
def test_a_changed_copy_and_a_lost_one_are_found(
    bring: Bring, taking: TakingBackup, target: Target, tmp_path: Path
) -> None:
    bring("一.txt", "一二三")
    bring("二.txt", "四五六")
    take(taking, target)
    changed, lost = sorted((tmp_path / "target/content").rglob("[0-9a-f]" * 32))
    changed.chmod(0o600)
    changed.write_bytes("一二四".encode())
    lost.unlink()
    faults = proof(target)
    assert len(faults) == 2
    assert any(changed.name in fault and "SHA-256" in fault for fault in faults)
    assert any(lost.name in fault and "missing" in fault for fault in faults)
    assert len(proof(target, read_data=False)) == 1


def test_a_changed_part_is_found(taking: TakingBackup, target: Target, bring: Bring, tmp_path: Path) -> None:
    bring("一.txt", "一二三")
    take(taking, target)
    part = tmp_path / "target" / target.chosen().collections["records"].key
    part.chmod(0o600)
    data = bytearray(part.read_bytes())
    data[-9] ^= 1
    part.write_bytes(data)
    assert any(fault.startswith("records") for fault in proof(target))


def test_old_sets_go_and_their_objects_with_them(
    bring: Bring, fonds: Fonds, taking: TakingBackup, target: Target, clock: Any
) -> None:
    bring("一.txt", "一")
    (gone,) = fonds.store.list()
    take(taking, target)
    fonds.store.delete(gone.key)
    wipe()
    bring("二.txt", "二")
    for _ in range(2):
        clock.advance(days=1)
        report = take(taking, target, keep=2)
    assert report.dropped == 1
    assert len(target.sets()) == 2
    assert gone.key not in {each.key for each in target.store.list()}
    assert proof(target) == []


@pytest.mark.parametrize("harm", ["set", "list"])
def test_a_set_that_cannot_be_read_stops_no_backup_and_nothing_older_goes(
    bring: Bring, taking: TakingBackup, target: Target, clock: Any, tmp_path: Path, harm: str
) -> None:
    bring("一.txt", "一")
    for _ in range(3):
        take(taking, target)
        clock.advance(days=1)
    middle = target.sets()[1]
    harmed = middle.key if harm == "set" else middle.objects.key
    (path,) = (tmp_path / "target").rglob(harmed.rpartition("/")[2])
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-20])
    before = {each.key for each in target.store.list()}
    report = take(taking, target, keep=2 if harm == "set" else 3)
    assert (report.dropped, report.unreadable) == (0, [middle.key])
    assert proof(target) == []
    assert before < {each.key for each in target.store.list()}
    target.store.delete(middle.key)
    clock.advance(days=1)
    report = take(taking, target, keep=2)
    assert (report.dropped, report.unreadable) == (2, [])
    assert len(target.sets()) == 2
    assert proof(target) == []


def test_an_interrupted_backup_is_no_set_and_does_no_harm(
    bring: Bring, taking: TakingBackup, target: Target, clock: Any
) -> None:
    bring("一.txt", "一")
    for step in taking.run(target, Wanted()):
        if getattr(step, "what", "") == "copies" and step.done == step.total:
            break
    assert target.sets() == []
    clock.advance(hours=1)
    take(taking, target)
    assert proof(target) == []


@pytest.mark.requirement("R-SEC-8")
def test_a_sealed_set_tells_nothing_without_its_key(
    bring: Bring, taking: TakingBackup, tmp_path: Path, other: DiskStore, clock: Any
) -> None:
    key = pyrage.x25519.Identity.generate()
    place = (tmp_path / "sealed").as_uri()
    public = open_target(place, recipient=str(key.to_public()))
    bring("一.txt", "渠道返利机密")
    take(taking, public)
    clock.advance(hours=1)
    assert take(taking, public).copied == 0
    told = b"".join(path.read_bytes() for path in (tmp_path / "sealed").rglob("*") if path.is_file())
    assert "渠道返利".encode() not in told
    assert any("private key" in fault for fault in proof(public))
    with pytest.raises(BadKey):
        list(public.rows(public.chosen(), "files"))
    stranger = open_target(place, identities=[str(pyrage.x25519.Identity.generate())])
    with pytest.raises(BadKey):
        list(stranger.rows(stranger.chosen(), "files"))
    opened = open_target(place, identities=identities_in(f"# made by age-keygen\n{key}\n"))
    assert proof(opened) == []
    wipe()
    assert result(restore(opened, opened.chosen(), other), RestoreReport).objects == 1
    (back,) = other.list()
    assert b"".join(other.open(back.key)).decode() == "渠道返利机密"


def test_a_set_is_named_by_the_digits_of_its_time(taking: TakingBackup, target: Target, clock: Any) -> None:
    with pytest.raises(NotFound):
        target.chosen()
    first = take(taking, target).name
    clock.advance(days=1)
    second = take(taking, target).name
    assert target.chosen().name == second
    assert target.chosen(first[:8]).name == first
    with pytest.raises(InvalidInput):
        target.chosen("2026")
    with pytest.raises(NotFound):
        target.chosen("1999")


def running(fonds: Fonds, taking: TakingBackup, schedule: Schedule) -> Backups:
    return Backups(taking, open_target, schedule, fonds.audit, fonds.clock)


@pytest.mark.requirement("R-BAK-2")
def test_a_backup_is_taken_when_it_is_due(
    fonds: Fonds, taking: TakingBackup, administrator: Actor, tmp_path: Path, clock: Any
) -> None:
    place = (tmp_path / "nightly").as_uri()
    backups = running(fonds, taking, Schedule(place, 24, 2, rows_only=True))
    for _ in range(3):
        backups.due()
        clock.advance(hours=11)
    assert open_target(place).sets() == []
    for _ in range(2):
        backups.due()
        assert len(open_target(place).sets()) == 1
    clock.advance(hours=25)
    backups.due()
    assert len(open_target(place).sets()) == 2
    state = backups.state(administrator)
    assert state["good"]["name"] == state["last"]["name"] == open_target(place).chosen().name


def test_a_failed_backup_is_told(
    fonds: Fonds, taking: TakingBackup, administrator: Actor, tmp_path: Path
) -> None:
    (tmp_path / "full").write_text("no folder")
    backups = running(fonds, taking, Schedule("", 24, 2, rows_only=False))
    with pytest.raises(InvalidInput):
        list(backups.take(administrator))
    local = Actor("local:root", "root", "root", administrator.roles)
    for url, said in (
        ((tmp_path / "full").as_uri(), "不是文件夹"),
        ("ftp://somewhere/else", "写法不对"),
        ("s3+http://key:secret@127.0.0.1:1/akten", "没有应答"),
    ):
        with pytest.raises(InvalidInput, match=said):
            list(backups.take(local, url=url))
        assert said in backups.state(administrator)["last"]["fault"]
    assert "good" not in backups.state(administrator)


def test_a_full_target_is_told_and_the_clock_goes_on(
    fonds: Fonds, taking: TakingBackup, administrator: Actor, other: DiskStore, clock: Any, tmp_path: Path
) -> None:
    full = DiskStore(tmp_path / "tiny", sign_key=b"k" * 32, base_url="", clock=clock, reserve_bytes=1 << 60)
    backups = Backups(
        taking, lambda _: Target(full, Seal()), Schedule("x", 24, 2, rows_only=False), fonds.audit, clock
    )
    with pytest.raises(NoRoom, match="备份位置已满"):
        list(backups.take(administrator))
    clock.advance(hours=25)
    assert backups.due() == 0
    assert "备份位置已满" in backups.state(administrator)["last"]["fault"]


@pytest.mark.requirement("R-BAK-3")
def test_one_damaged_copy_costs_nothing_but_itself(
    fonds: Fonds, bring: Bring, taking: TakingBackup, other: DiskStore, tmp_path: Path
) -> None:
    key = pyrage.x25519.Identity.generate()
    bring("一.txt", "一二三")
    bring("二.txt", "四五六")
    for name, recipient in (("plain", ""), ("sealed", str(key.to_public()))):
        place = (tmp_path / name).as_uri()
        take(taking, open_target(place, recipient=recipient))
        changed = sorted((tmp_path / name / "content").rglob("[0-9a-f]" * 32))[0]
        changed.chmod(0o600)
        data = bytearray(changed.read_bytes())
        data[-1] ^= 1
        changed.write_bytes(data)
    wipe()
    stranger = open_target(place, identities=[str(pyrage.x25519.Identity.generate())])
    with pytest.raises(BadKey):
        list(restore(stranger, stranger.chosen(), other))
    for name in ("plain", "sealed"):
        source = open_target((tmp_path / name).as_uri(), identities=[str(key)])
        report = result(restore(source, source.chosen(), other), RestoreReport)
        assert [one.rpartition("/")[2] for one in report.damaged] == [changed.name]
        assert report.rows > 0
        wipe()
    assert changed.name not in {one.key.rpartition("/")[2] for one in other.list()}
    assert sum(one.key.startswith("content/") for one in other.list()) == 1


def test_only_commands_on_the_machine_name_another_place(
    fonds: Fonds, taking: TakingBackup, administrator: Actor, archivist: Actor, tmp_path: Path
) -> None:
    backups = running(fonds, taking, Schedule((tmp_path / "own").as_uri(), 24, 2, rows_only=True))
    with pytest.raises(Forbidden):
        backups.take(administrator, url=(tmp_path / "elsewhere").as_uri())
    with pytest.raises(Forbidden):
        backups.take(archivist)
    assert not (tmp_path / "elsewhere").exists()


def test_rows_alone_come_back_where_the_objects_still_are(
    fonds: Fonds, bring: Bring, taking: TakingBackup, target: Target, other: DiskStore
) -> None:
    bring("一.txt", "一")
    take(taking, target, rows_only=True)
    wipe()
    assert result(restore(target, target.chosen(), fonds.store), RestoreReport).missing == []
    wipe()
    assert len(result(restore(target, target.chosen(), other), RestoreReport).missing) == 1


def test_the_state_of_backups_is_not_in_them(taking: TakingBackup, target: Target) -> None:
    take(taking, target)
    assert BackupState._get_collection_name() not in target.chosen().collections
