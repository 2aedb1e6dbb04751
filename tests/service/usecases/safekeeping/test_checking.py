"""The three-way check names exactly what differs, and mends only what it can mend without loss."""

import io
from collections.abc import Callable

import pytest

from search.port import IndexDocument
from service import VERSION
from service.domain.holdings import Description
from service.domain.permissions import Actor
from service.domain.uploads import NewUpload
from service.errors import Forbidden, NotFound
from service.models import DataKeyRow, File, HeldObject, Record, Upload
from service.usecases.safekeeping.checking import CheckReport, Difference
from service.wiring import Fonds
from storage.keys import new_key
from tests.conftest import Clock

Settle = Callable[[], None]


def check(fonds: Fonds, actor: Actor, *, repair: bool = False, read_data: bool = True) -> list[Difference]:
    *_, report = fonds.upkeep.check(actor, repair=repair, read_data=read_data)
    assert isinstance(report, CheckReport)
    return report.differences


def checked(fonds: Fonds, actor: Actor, *, repair: bool) -> tuple[list[Difference], list[str]]:
    *_, report = fonds.upkeep.check(actor, repair=repair)
    assert isinstance(report, CheckReport)
    return report.differences, report.resting


def kinds(differences: list[Difference]) -> list[tuple[str, bool]]:
    return [(one.kind, one.repaired) for one in differences]


@pytest.fixture
def held(fonds: Fonds, archivist: Actor, settle: Settle) -> str:
    record = fonds.records.create(archivist, Description(title="纪要"))
    fonds.files.add(archivist, record.id, io.BytesIO("渠道窜货".encode()), name="纪要.txt")
    settle()
    return record.id


def only_file() -> File:
    (file,) = File.objects
    return file


def test_a_sound_archive_has_no_difference(fonds: Fonds, administrator: Actor, held: str) -> None:
    assert check(fonds, administrator) == []


@pytest.mark.requirement("F22")
def test_a_flipped_byte_is_named(fonds: Fonds, administrator: Actor, held: str) -> None:
    path = fonds.settings.home / "objects" / only_file().object_key
    data = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(b"X" + data[1:])
    assert check(fonds, administrator, read_data=False) == []
    (found,) = check(fonds, administrator)
    assert (found.kind, found.what) == ("changed", only_file().object_key)


@pytest.mark.requirement("F22")
def test_a_cut_object_is_named_without_reading(fonds: Fonds, administrator: Actor, held: str) -> None:
    path = fonds.settings.home / "objects" / only_file().object_key
    path.chmod(0o600)
    path.write_bytes(b"X")
    assert kinds(check(fonds, administrator, read_data=False)) == [("changed", False)]


@pytest.mark.requirement("F22")
@pytest.mark.parametrize("which", ["object_key", "text_key"])
def test_a_missing_object_is_named(fonds: Fonds, administrator: Actor, held: str, which: str) -> None:
    key = getattr(only_file(), which)
    fonds.store.delete(key)
    (found,) = check(fonds, administrator)
    assert (found.kind, found.what) == ("missing", key)


def test_an_untracked_object_rests_for_a_day_and_is_then_collected_by_a_repair(
    fonds: Fonds, administrator: Actor, held: str, clock: Clock
) -> None:
    key = new_key("content")
    fonds.store.put(key, io.BytesIO(b"left over"))
    assert checked(fonds, administrator, repair=True) == ([], [key])
    clock.advance(hours=23)
    assert checked(fonds, administrator, repair=True) == ([], [key])
    clock.advance(hours=1)
    assert kinds(check(fonds, administrator)) == [("untracked", False)]
    assert kinds(check(fonds, administrator, repair=True)) == [("untracked", True)]
    assert check(fonds, administrator) == []


def test_an_orphan_that_gets_a_row_is_forgotten(
    fonds: Fonds, administrator: Actor, held: str, clock: Clock
) -> None:
    key = new_key("content")
    fonds.store.put(key, io.BytesIO(b"late"))
    check(fonds, administrator)
    File.objects(id=only_file().id).update_one(set__preview_key=key)
    clock.advance(hours=25)
    assert check(fonds, administrator, repair=True) == []
    assert fonds.store.stat(key).size == 4


def test_a_wrong_reference_count_is_mended(fonds: Fonds, administrator: Actor, held: str) -> None:
    HeldObject.objects.update_one(set__refs=5)
    assert kinds(check(fonds, administrator)) == [("count", False)]
    assert kinds(check(fonds, administrator, repair=True)) == [("count", True)]
    assert check(fonds, administrator) == []


def test_a_record_missing_from_the_index_is_indexed_again(
    fonds: Fonds, administrator: Actor, held: str
) -> None:
    fonds.engine.remove("L0", {held: Record.objects.get(id=held).index_seq + 1})
    (found,) = check(fonds, administrator)
    assert (found.kind, found.what) == ("not_indexed", held)
    assert kinds(check(fonds, administrator, repair=True)) == [("not_indexed", True)]
    assert check(fonds, administrator) == []


def test_a_surplus_of_the_index_is_removed(fonds: Fonds, administrator: Actor, held: str) -> None:
    fonds.engine.put([IndexDocument(id="ghost", version=3, compartment="L1", title="无主", seq=99)])
    (found,) = check(fonds, administrator)
    assert (found.kind, found.what, found.detail) == ("surplus_index", "ghost", "L1")
    assert kinds(check(fonds, administrator, repair=True)) == [("surplus_index", True)]
    assert check(fonds, administrator) == []


def test_checks_are_for_administrators(fonds: Fonds, archivist: Actor) -> None:
    with pytest.raises(Forbidden):
        fonds.upkeep.check(archivist)


def test_status_and_readiness(fonds: Fonds, administrator: Actor, held: str) -> None:
    assert fonds.upkeep.readiness() == {"database": "", "objects": "", "search": ""}
    status = fonds.upkeep.status(administrator)
    assert status["files"] == {"pending": 0, "running": 0, "failed": 0, "quarantined": 0}
    assert status["to_index"] == 0
    assert status["records"] == 1
    assert status["version"] == VERSION


def test_an_operator_may_retry_what_he_may_not_see(
    fonds: Fonds, administrator: Actor, held: str, settle: Settle
) -> None:
    name = only_file().id
    File.objects(id=name).update_one(set__state="quarantined", set__reason="killed_jail")
    with pytest.raises(NotFound):
        fonds.files.get(administrator, name)
    assert fonds.files.retry(administrator, name).state == "pending"
    settle()
    assert only_file().state == "done"


@pytest.mark.requirement("F02")
def test_a_data_key_goes_whose_object_never_came_and_no_other(
    fonds: Fonds, salesperson: Actor, administrator: Actor, held: str, clock: Clock
) -> None:
    lost, coming = only_file().object_key, new_key("content", encrypted=True)
    never = new_key("content", encrypted=True)
    upload = fonds.uploads.create(salesperson, NewUpload("名册.txt", size=4))
    Upload.objects(id=upload.id).update_one(set__object_key=coming)
    for key in (lost, coming, never):
        DataKeyRow(id=key, master="m", locked=b"locked").save()
    fonds.store.inside.delete(lost)
    assert check(fonds, administrator, repair=True) == [Difference("missing", lost, f"file {only_file().id}")]
    clock.advance(hours=25)
    again = check(fonds, administrator, repair=True)
    assert sorted((one.kind, one.what) for one in again) == [("missing", lost), ("untracked", never)]
    assert {row.id for row in DataKeyRow.objects} == {lost, coming}
