"""Encryption of the archive: by compartment, also of what is moved; erased with its key; backed up; keys changed."""

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyrage
import pytest
from pymongo.errors import AutoReconnect

from ingest.jail.warden import Jails
from ingest.jobs.pipeline import Keeping, Worker
from ingest.port import Offer
from service.domain.holdings import Description
from service.domain.permissions import Actor, Role
from service.domain.uploads import NewUpload, Presets
from service.errors import Conflict, ContentDamaged, Forbidden, Unavailable
from service.models import DOCUMENTS, DataKeyRow, File, HeldObject, MasterKeyRow, RecognisedPages, Upload
from service.models.migrations import tell_plain_objects
from service.problems import understood
from service.settings import Settings
from service.usecases.contents.members import MongoMembers
from service.usecases.contents.transcripts import MongoTranscripts
from service.usecases.safekeeping.backup.opening import open_target
from service.usecases.safekeeping.backup.proving import ProofReport, prove
from service.usecases.safekeeping.backup.restoring import restore
from service.usecases.safekeeping.backup.taking import BackupReport, TakingBackup, Wanted
from service.usecases.safekeeping.encrypting import LOT, RotationReport
from service.usecases.safekeeping.mending import Copies
from service.wiring import Addresses, Fonds, Outside, wire
from storage.crypto import new_key_file
from storage.keys import is_encrypted, new_key
from storage.port import ComingPart, KeyMissing, ObjectMissing
from tests.conftest import Clock, an_actor
from tests.losing import LostAnswers

TEXT = "重要客户：返利比例与结算账户".encode()
Open = Callable[..., Fonds]


@pytest.fixture
def wired(database: None, mongo_url: str, tmp_path: Path, clock: Clock) -> Iterator[Open]:
    """Wires the same archive with other settings."""
    new_key_file(tmp_path / "master.key")
    made: list[Fonds] = []

    def open_with(**settings: Any) -> Fonds:
        given = {"master_key": (tmp_path / "master.key").as_uri(), **settings}
        base = Settings(home=tmp_path, listen=("127.0.0.1", 0), reserve_bytes=0)
        chosen = replace(base, **given)
        addresses = Addresses.of(
            chosen, mongo_url=mongo_url, secret="test-secret-" * 4, base_url=lambda: "http://127.0.0.1:1"
        )
        while made:
            made.pop().engine.close()
        made.append(wire(chosen, addresses, Outside(clock=clock, alone=True)))
        return made[-1]

    yield open_with
    made[-1].engine.close()


@pytest.fixture
def fonds(wired: Open) -> Fonds:
    return wired()


@pytest.fixture
def ingested(jails: Jails) -> Callable[[Fonds], None]:
    def work(fonds: Fonds) -> None:
        worker = Worker(
            fonds.ledger, fonds.store, jails, keeping=Keeping(MongoTranscripts(), MongoMembers(fonds.clock))
        )
        while waiting := fonds.ledger.pending(100):
            for file_id in waiting:
                worker.process(file_id)
        fonds.housekeeping.once()

    return work


def bring(fonds: Fonds, actor: Actor, data: bytes = TEXT, category: str = "") -> Any:
    run = fonds.imports.start(actor, source="test", category=category)
    line = fonds.imports.offer(actor, run.id, io.BytesIO(data), Offer(name="客户.txt"))
    return next(iter(File.objects(id=line.file_id)))


def secret_category(fonds: Fonds) -> str:
    return next(one.code for one in fonds.categories.all() if one.core_secret)


def content(fonds: Fonds, actor: Actor, file: Any, **span: int) -> bytes:
    return b"".join(fonds.files.content(actor, file.id, **span).chunks)


def lying_in_clear(folder: Path, what: bytes = TEXT) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and what in path.read_bytes()]


@pytest.mark.requirement("R-SEC-5")
def test_what_lies_in_an_encrypted_file_is_encrypted_as_soon_as_it_is_a_file_of_its_own(
    fonds: Fonds, archivist: Actor, jails: Jails, tmp_path: Path
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("返利.txt", TEXT)
    run = fonds.imports.start(archivist, source="test", category=secret_category(fonds))
    packed.seek(0)
    outer = fonds.imports.offer(archivist, run.id, packed, Offer(name="客户.zip")).file_id
    keeping = Keeping(MongoTranscripts(), MongoMembers(fonds.clock))
    Worker(fonds.ledger, fonds.store, jails, keeping=keeping).process(outer)
    inner = File.objects(parent=outer)[0]
    assert is_encrypted(inner.object_key)
    assert lying_in_clear(tmp_path / "objects") == []


@pytest.mark.requirement("R-SEC-5")
def test_a_core_secret_is_encrypted_from_its_first_byte_with_text_and_preview(
    fonds: Fonds, archivist: Actor, ingested: Callable[[Fonds], None], tmp_path: Path
) -> None:
    file = bring(fonds, archivist, category=secret_category(fonds))
    assert is_encrypted(file.object_key)
    assert lying_in_clear(tmp_path / "objects") == []
    ingested(fonds)
    file = next(iter(File.objects(id=file.id)))
    assert file.state == "done"
    assert is_encrypted(file.text_key)
    assert content(fonds, archivist, file) == TEXT
    assert content(fonds, archivist, file, start=3, end=9) == TEXT[3:9]
    assert "返利比例" in "".join(passage.text for passage in fonds.files.text(archivist, file.id))
    open_one = bring(fonds, archivist, b"public")
    assert not is_encrypted(open_one.object_key)


def test_everything_is_encrypted_on_request(wired: Open, archivist: Actor) -> None:
    fonds = wired(encrypt="all")
    assert is_encrypted(bring(fonds, archivist).object_key)


@pytest.mark.requirement("R-SEC-5")
def test_what_is_moved_to_a_stricter_level_is_encrypted_after_it_and_gone_in_clear(
    fonds: Fonds, archivist: Actor, ingested: Callable[[Fonds], None], tmp_path: Path
) -> None:
    file = bring(fonds, archivist)
    shared = bring(fonds, archivist, b"in both")
    stays = fonds.files.add(
        archivist,
        fonds.records.create(archivist, Description(title="留")).id,
        io.BytesIO(b"in both"),
        name="b.txt",
    )
    ingested(fonds)
    for each in (file, shared):
        record = fonds.records.get(archivist, each.record_id)
        fonds.records.change(archivist, record.id, record.rev, Description(secrecy="L2"))
    plain = [new_key("preview"), new_key("text")]
    for key in plain:
        fonds.store.put(key, io.BytesIO(TEXT))
    File.objects(id=file.id).update_one(
        set__renditions={"small": {"key": plain[0], "media_type": "image/png"}}
    )
    RecognisedPages(id="x", held=f"L2:{file.sha256}", version="1", key=plain[1]).save()
    fonds.housekeeping.once()
    moved = next(iter(File.objects(id=file.id)))
    assert is_encrypted(moved.object_key)
    assert is_encrypted(moved.text_key)
    assert content(fonds, archivist, moved) == TEXT
    for key in (moved.renditions["small"]["key"], RecognisedPages.objects(id="x").first().key):
        assert is_encrypted(key)
        assert b"".join(fonds.store.open(key)) == TEXT
    assert lying_in_clear(tmp_path / "objects") == []
    assert not HeldObject.objects(plain_in="L2")
    # The record that stayed open still has its own.
    assert content(fonds, archivist, next(iter(File.objects(id=stays.id)))) == b"in both"
    assert content(fonds, archivist, next(iter(File.objects(id=shared.id)))) == b"in both"
    report = list(fonds.upkeep.check(local_admin(), read_data=True))[-1]
    assert report.differences == []  # type: ignore[union-attr]
    assert report.resting == []  # type: ignore[union-attr]


def local_admin() -> Actor:
    return an_actor("local:admin", Role.SYSADMIN)


def test_what_a_worker_reads_now_waits_for_its_end(fonds: Fonds, archivist: Actor) -> None:
    file = bring(fonds, archivist)
    record = fonds.records.get(archivist, file.record_id)
    fonds.records.change(archivist, record.id, record.rev, Description(secrecy="L1"))
    assert fonds.safekeeping.encrypting.drain() == 0
    File.objects(id=file.id).update_one(set__state="failed", unset__slot=1)
    assert fonds.safekeeping.encrypting.drain() == 1
    assert fonds.safekeeping.encrypting.drain() == 0


def test_an_archive_that_was_there_before_is_encrypted_and_damage_does_not_stop_it(
    wired: Open, archivist: Actor, ingested: Callable[[Fonds], None]
) -> None:
    plain = wired(master_key="")
    files = [bring(plain, archivist, TEXT + bytes([n]), secret_category(plain)) for n in range(LOT + 3)]
    ingested(plain)
    HeldObject.objects.update(unset__plain_in=1)  # as rows were before this version
    tell_plain_objects()
    plain.store.delete(files[0].object_key)
    fonds = wired()
    fonds.housekeeping.once()
    rows = list(File.objects(id__in=[file.id for file in files]))
    assert sum(is_encrypted(row.object_key) for row in rows) == LOT + 2
    assert [row.id for row in rows if not is_encrypted(row.object_key)] == [files[0].id]


@pytest.mark.requirement("R-SEC-5")
def test_parts_of_a_secret_come_through_us_also_where_browsers_reach_the_store(
    fonds: Fonds, archivist: Actor
) -> None:
    data = TEXT * 400_000
    said = NewUpload(name="大.txt", size=len(data), presets=Presets(category=secret_category(fonds)))
    upload = fonds.uploads.create(archivist, said)
    for link in upload.links:
        assert link.url.startswith("http://127.0.0.1:1/objects/")
    row = next(iter(Upload.objects(id=upload.id)))
    assert is_encrypted(row.object_key)
    for number in range(1, upload.part_count + 1):
        start = (number - 1) * upload.part_size
        part = ComingPart(number, io.BytesIO(data[start : start + upload.part_size]))
        fonds.store.parts.send(row.object_key, row.handle, part)
    done = fonds.uploads.complete(archivist, upload.id)
    assert (done.state, done.sha256) == ("stored", hashlib.sha256(data).hexdigest())
    assert content(fonds, archivist, next(iter(File.objects(id=done.file_id)))) == data


@pytest.mark.requirement("R-SEC-5")
def test_with_the_last_reference_the_data_key_is_destroyed(
    fonds: Fonds, archivist: Actor, ingested: Callable[[Fonds], None], clock: Clock
) -> None:
    secret = secret_category(fonds)
    file = bring(fonds, archivist, category=secret)
    ingested(fonds)
    file = next(iter(File.objects(id=file.id)))
    copy = fonds.store.inside.open(file.object_key)
    kept = b"".join(copy)
    record = fonds.records.get(archivist, file.record_id)
    fonds.records.delete(archivist, record.id, record.rev)
    fonds.housekeeping.once()
    assert DataKeyRow.objects(id=file.object_key)
    clock.advance(days=31)
    fonds.housekeeping.once()
    assert not DataKeyRow.objects(id__in=[file.object_key, file.text_key])
    fonds.store.inside.put(file.object_key, io.BytesIO(kept))  # from a copy that somebody kept
    with pytest.raises(ObjectMissing):
        fonds.store.open(file.object_key)


@pytest.mark.requirement("R-SEC-8")
def test_changing_the_master_key_rewraps_and_touches_no_object(
    fonds: Fonds, wired: Open, archivist: Actor, tmp_path: Path
) -> None:
    file = bring(fonds, archivist, category=secret_category(fonds))
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "objects").rglob("*") if path.is_file()}
    old = fonds.safekeeping.encrypting.state(local_admin())["current"]
    with pytest.raises(Forbidden):
        fonds.safekeeping.encrypting.rotate(archivist)
    done = list(fonds.safekeeping.encrypting.rotate(local_admin(), retire=True))[-1]
    assert isinstance(done, RotationReport)
    assert (done.rewrapped, done.retired) == (1, [old])
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert fonds.safekeeping.encrypting.state(local_admin()) == {
        "places": ["L0C", "L1", "L1C", "L2", "L2C", "L3", "L3C"],
        "current": done.master,
        "masters": [done.master],
        "lacking": [],
    }
    assert content(fonds, archivist, file) == TEXT
    without = wired(master_key="")
    with pytest.raises(Conflict):
        without.safekeeping.encrypting.rotate(local_admin())


@pytest.mark.requirement("R-BAK-3")
def test_a_backup_is_ciphertext_and_needs_the_master_key(
    fonds: Fonds,
    wired: Open,
    archivist: Actor,
    ingested: Callable[[Fonds], None],
    tmp_path: Path,
    clock: Clock,
) -> None:
    file = bring(fonds, archivist, category=secret_category(fonds))
    ingested(fonds)
    target = open_target((tmp_path / "target").as_uri())
    taken = list(TakingBackup(fonds.store, clock, tmp_path / "spool", version="t").run(target, Wanted()))[-1]
    assert isinstance(taken, BackupReport)
    assert taken.damaged == []
    assert lying_in_clear(tmp_path / "target") == []
    proof = list(prove(target, target.chosen(), read_data=True))[-1]
    assert isinstance(proof, ProofReport)
    assert proof.faults == []
    wipe(tmp_path / "objects")
    list(restore(target, target.chosen(), fonds.store.inside))
    file = next(iter(File.objects(id=file.id)))
    assert content(fonds, archivist, file) == TEXT
    without = wired(master_key="")
    master = next(iter(MasterKeyRow.objects)).id
    assert master in without.upkeep.readiness()["keys"]
    with pytest.raises(KeyMissing, match=master) as missed:
        content(without, archivist, file)
    told = understood(missed.value)
    assert isinstance(told, Unavailable)
    assert told.part == "keys"


def damage(path: Path) -> None:
    """Changes the last byte, whatever it was: of ciphertext one in 256 ends in any byte that one could write."""
    path.chmod(0o600)
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


def wipe(objects: Path) -> None:
    for document in DOCUMENTS:
        document._get_collection().delete_many({})
    for path in [path for path in objects.rglob("*") if path.is_file()]:
        path.unlink()


def test_a_damaged_ciphertext_does_not_replace_a_good_copy(
    fonds: Fonds, archivist: Actor, tmp_path: Path, clock: Clock
) -> None:
    file = bring(fonds, archivist, category=secret_category(fonds))
    path = tmp_path / "objects" / file.object_key
    damage(path)
    target = open_target((tmp_path / "target").as_uri())
    taken = list(TakingBackup(fonds.store, clock, tmp_path / "spool", version="t").run(target, Wanted()))[-1]
    assert isinstance(taken, BackupReport)
    assert taken.damaged == [file.object_key]
    report = list(fonds.upkeep.check(local_admin(), read_data=True))[-1]
    assert [one.kind for one in report.differences if one.what == file.object_key] == ["changed"]  # type: ignore[union-attr]


@pytest.mark.requirement("R-BAK-1")
def test_the_second_store_holds_ciphertext_and_mends_the_first(
    wired: Open, archivist: Actor, tmp_path: Path
) -> None:
    fonds = wired(replica_url=(tmp_path / "second").as_uri())
    file = bring(fonds, archivist, category=secret_category(fonds))
    assert fonds.safekeeping.replica.follow() == 1
    assert lying_in_clear(tmp_path / "second") == []
    path = tmp_path / "objects" / file.object_key
    damage(path)
    fonds.safekeeping.patrol.look(int(file.object_key.split("/")[1], 16))
    assert content(fonds, archivist, file) == TEXT
    with fonds.safekeeping.replica.good_copy(file.object_key, sha256=file.sha256, size=file.size) as copy:
        assert copy.read() == TEXT


@pytest.mark.requirement("F22", "R-BAK-1")
def test_a_damaged_one_comes_back_from_a_sealed_backup(
    fonds: Fonds, archivist: Actor, tmp_path: Path
) -> None:
    file = bring(fonds, archivist, category=secret_category(fonds))
    identity, url = pyrage.x25519.Identity.generate(), (tmp_path / "target").as_uri()
    taking = TakingBackup(fonds.store, fonds.clock, tmp_path / "spool", version="test")
    list(taking.run(open_target(url, recipient=str(identity.to_public())), Wanted()))
    path = tmp_path / "objects" / file.object_key
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(ContentDamaged):
        content(fonds, archivist, file, start=3, end=6)
    assert fonds.safekeeping.patrol.look_again() == 1
    local = replace(an_actor("root", Role.SYSADMIN), id="local:root")
    *_, report = fonds.safekeeping.mending.mend(local, Copies(url, identities=(str(identity),)))
    assert report.mended == [file.object_key]
    assert content(fonds, archivist, file) == TEXT
    assert lying_in_clear(tmp_path / "objects") == lying_in_clear(tmp_path / "spool") == []


@pytest.mark.requirement("F04", "R-SEC-5")
def test_encrypting_loses_nothing_whichever_commit_is_not_acknowledged(
    fonds: Fonds, archivist: Actor, ingested: Callable[[Fonds], None], lost: LostAnswers
) -> None:
    """Who finds a content encrypted by another takes his own ciphertext away; it must not be the one that counts."""
    for number in range(20):
        file = bring(fonds, archivist, TEXT + str(number).encode())
        ingested(fonds)
        record = fonds.records.get(archivist, file.record_id)
        fonds.records.change(archivist, record.id, record.rev, Description(secrecy="L2"))
        lost.commit(number)
        for _ in range(2):
            with suppress(AutoReconnect):
                fonds.safekeeping.encrypting.drain()
        moved = next(iter(File.objects(id=file.id)))
        assert is_encrypted(moved.object_key)
        assert content(fonds, archivist, moved) == TEXT + str(number).encode()
        if lost.waits:
            break
    assert number >= 1
