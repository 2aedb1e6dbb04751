"""Originals of archived records are frozen in the store, and thawed only where they are destroyed or replaced (R-VAL-12)."""

import io
from pathlib import Path

import pytest

from service.domain.holdings import Description
from service.domain.permissions import Actor
from service.models import File, HeldObject, Record
from service.usecases.contents.clearing import GRACE
from service.usecases.contents.freezing import Freezing
from service.wiring import Fonds
from storage.opening import open_store
from storage.port import ObjectFrozen, ObjectMissing
from tests.conftest import Clock
from tests.contract.conftest import SIGNING
from tests.service.usecases.archival.test_lifecycle import COMPLETE
from tests.service.usecases.safekeeping.test_checking import check, kinds
from tests.service.usecases.safekeeping.test_patrol import folder_of, patrol

pytestmark = pytest.mark.requirement("R-VAL-12")


@pytest.fixture
def archived(fonds: Fonds, marketer: Actor, archivist: Actor) -> tuple[str, str]:
    """A record that was just archived, and the key of its original."""
    record = fonds.records.create(marketer, COMPLETE)
    file = fonds.files.add(marketer, record.id, io.BytesIO(b"original"), name="a.txt")
    Record.objects(id=record.id).update_one(set__life="accepted", set__original_place="档案室")
    File.objects(id=file.id).update_one(set__state="done")
    (done,) = fonds.archival.archiving.archive_many(archivist, [record.id])
    assert done.fault == ""
    return record.id, File.objects.get(id=file.id).object_key


def test_archiving_freezes_the_original_and_nothing_else(
    fonds: Fonds, marketer: Actor, archived: tuple[str, str]
) -> None:
    record = fonds.records.create(marketer, Description(title="draft"))
    draft = fonds.files.add(marketer, record.id, io.BytesIO(b"draft"), name="b.txt")
    assert fonds.store.freezer.frozen(archived[1])
    assert not fonds.store.freezer.frozen(File.objects.get(id=draft.id).object_key)
    with pytest.raises(ObjectFrozen):
        fonds.store.delete(archived[1])


def test_a_check_collects_no_frozen_object_whose_row_was_lost(
    fonds: Fonds, administrator: Actor, archived: tuple[str, str], clock: Clock
) -> None:
    File.objects(record_id=archived[0]).delete()
    HeldObject.objects.delete()
    check(fonds, administrator, repair=True)
    clock.advance(hours=25)
    for _ in range(2):
        assert ("untracked", False) in kinds(check(fonds, administrator, repair=True))
    assert fonds.store.stat(archived[1]).size == 8


def test_what_is_destroyed_goes_all_the_same(fonds: Fonds, archived: tuple[str, str], clock: Clock) -> None:
    File.objects(record_id=archived[0]).update_one(set__deleted_at=clock())
    clock.advance(seconds=GRACE.total_seconds() + 1)
    fonds.safekeeping.clearing.clear()
    with pytest.raises(ObjectMissing):
        fonds.store.stat(archived[1])


def test_what_another_archived_record_has_stays_frozen(
    fonds: Fonds, archived: tuple[str, str], archivist: Actor, clock: Clock
) -> None:
    begun = fonds.archival.correcting.correct(archivist, archived[0], "页码有误")
    File.objects(record_id=begun.id).update_one(set__deleted_at=clock())
    clock.advance(seconds=GRACE.total_seconds() + 1)
    fonds.safekeeping.clearing.clear()
    assert fonds.store.freezer.frozen(archived[1])


def test_the_patrol_freezes_what_was_missed(fonds: Fonds, archived: tuple[str, str], tmp_path: Path) -> None:
    fonds.store.freezer.thaw(archived[1])
    patrol(fonds, None, tmp_path).look(folder_of(archived[1]))
    assert fonds.store.freezer.frozen(archived[1])


def test_a_store_that_is_away_costs_no_archiving(
    archived: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    away = open_store("s3+http://key:secret@127.0.0.1:1/fonds", SIGNING)
    Freezing(away).freeze([archived[0]])
    assert [record.levelname for record in caplog.records if "freezes" in record.message] == ["WARNING"]
