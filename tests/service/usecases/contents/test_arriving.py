"""Contents on their way in: what a crash cut off goes by itself, and nothing else does."""

import io
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, BinaryIO, cast

import pytest

from ingest.jail.warden import Jails
from ingest.jobs.pipeline import Keeping, Worker
from ingest.port import Job, Member, Members
from service.domain.holdings import Description
from service.domain.permissions import Actor
from service.errors import InvalidInput
from service.models import Arriving, HeldObject
from service.usecases.contents.arriving import GRACE, Leavings, noted
from service.usecases.contents.members import MongoMembers
from service.usecases.contents.transcripts import MongoTranscripts
from service.usecases.contents.uploading import coming_keys
from service.wiring import Fonds
from storage.keys import new_key
from storage.port import ObjectStore, StoredObject, StoreFull
from tests.conftest import Clock
from tests.cutting import Dead
from tests.ingest.samples import zipped
from tests.service.usecases.contents.test_uploading import new, objects, uploaded


def left_behind(fonds: Fonds, *also: str) -> str:
    """An object that was stored by a request that died: noted, with no row."""
    key = new_key("content")
    fonds.store.put(key, io.BytesIO(b"half"))
    with pytest.raises(RuntimeError), noted([key, *also], fonds.clock()):
        raise RuntimeError("died")
    return key


def leavings(fonds: Fonds, *, alone: bool = False) -> Leavings:
    return Leavings(fonds.store, fonds.clock, coming_keys, alone=alone)


def test_what_is_entered_leaves_no_note(fonds: Fonds, salesperson: Actor) -> None:
    uploaded(fonds, salesperson)
    assert len(Arriving.objects) == 0


@pytest.mark.parametrize("fault", [InvalidInput([]), StoreFull("no room")])
def test_what_is_refused_leaves_no_note(fonds: Fonds, fault: Exception) -> None:
    with pytest.raises(type(fault)), noted([new_key("content")], fonds.clock()):
        raise fault
    assert len(Arriving.objects) == 0


@pytest.mark.requirement("F02")
def test_what_was_cut_off_is_taken_away_after_a_day(fonds: Fonds, clock: Clock) -> None:
    left_behind(fonds)
    assert (leavings(fonds).collect(), len(objects(fonds))) == (0, 1)
    clock.now += GRACE + timedelta(seconds=1)
    assert leavings(fonds).collect() == 1
    assert (objects(fonds), len(Arriving.objects)) == ([], 0)


@pytest.mark.requirement("F02")
def test_who_is_alone_need_not_wait(fonds: Fonds, clock: Clock) -> None:
    left_behind(fonds)
    clock.now += timedelta(seconds=1)
    assert leavings(fonds, alone=True).collect() == 1
    left_behind(fonds)
    assert objects(fonds) != []


def test_what_comes_in_while_this_process_lives_is_not_taken_away(fonds: Fonds, clock: Clock) -> None:
    looking = leavings(fonds, alone=True)
    clock.now += timedelta(hours=1)
    left_behind(fonds)
    assert (looking.collect(), len(objects(fonds))) == (0, 1)


def test_what_was_entered_after_all_stays(fonds: Fonds, salesperson: Actor, clock: Clock) -> None:
    uploaded(fonds, salesperson)
    (held,) = HeldObject.objects
    left_behind(fonds, held.key)
    clock.now += GRACE + timedelta(seconds=1)
    assert leavings(fonds).collect() == 1
    assert objects(fonds) == [held.key]


class Dying(MongoMembers):
    """Dies when what it has stored is to be entered."""

    def adopt(self, job: Job, members: Sequence[Member]) -> Sequence[str] | None:
        raise Dead


def opened(fonds: Fonds, actor: Actor, jails: Jails, members: Members, store: ObjectStore) -> None:
    """Read a ZIP of two files with these parts."""
    packed = io.BytesIO(zipped({"纪要.txt": "会议纪要", "报价.txt": "报价单"}))
    record = fonds.records.create(actor, Description(title="往来")).id
    file = fonds.files.add(actor, record, packed, name="往来.zip")
    worker = Worker(fonds.ledger, store, jails, keeping=Keeping(MongoTranscripts(), members))
    try:
        worker.process(file.id)
    finally:
        worker.close()


@pytest.mark.requirement("F03")
def test_what_a_worker_took_out_of_an_archive_and_never_entered_goes_too(
    fonds: Fonds, archivist: Actor, jails: Jails, clock: Clock
) -> None:
    with pytest.raises(Dead):
        opened(fonds, archivist, jails, Dying(clock), fonds.store)
    (held,) = HeldObject.objects
    assert len(objects(fonds)) == 3
    clock.now += timedelta(seconds=1)
    assert leavings(fonds, alone=True).collect() == 2
    assert (objects(fonds), len(Arriving.objects)) == ([held.key], 0)


class Filling:
    """A store in which there is room for one more."""

    def __init__(self, store: ObjectStore) -> None:
        self._store, self._room = store, 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def put(self, key: str, source: BinaryIO, **promised: Any) -> StoredObject:
        if not self._room:
            raise StoreFull("no room")
        self._room -= 1
        return self._store.put(key, source, **promised)


@pytest.mark.requirement("F09")
def test_an_archive_that_finds_no_room_leaves_nothing_of_what_lies_in_it(
    fonds: Fonds, archivist: Actor, jails: Jails, clock: Clock
) -> None:
    full = cast("ObjectStore", Filling(fonds.store))
    opened(fonds, archivist, jails, MongoMembers(clock), full)
    (held,) = HeldObject.objects
    assert (objects(fonds), len(Arriving.objects)) == ([held.key], 0)


def test_what_an_upload_goes_on_with_stays(fonds: Fonds, salesperson: Actor, clock: Clock) -> None:
    upload = fonds.uploads.create(salesperson, new())
    (key,) = coming_keys()
    left_behind(fonds, key)
    clock.now += GRACE + timedelta(seconds=1)
    assert leavings(fonds).collect() == 0
    fonds.uploads.abort(salesperson, upload.id)
    assert leavings(fonds).collect() == 2
    assert len(Arriving.objects) == 0
