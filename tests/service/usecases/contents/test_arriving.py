"""Contents on their way in: what a crash cut off goes by itself, and nothing else does."""

import io
from datetime import timedelta

import pytest

from service.domain.permissions import Actor
from service.errors import InvalidInput
from service.models import Arriving, HeldObject
from service.usecases.contents.arriving import GRACE, Leavings, noted
from service.usecases.contents.uploading import coming_keys
from service.wiring import Fonds
from storage.keys import new_key
from storage.port import StoreFull
from tests.conftest import Clock
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


def test_what_an_upload_goes_on_with_stays(fonds: Fonds, salesperson: Actor, clock: Clock) -> None:
    upload = fonds.uploads.create(salesperson, new())
    (key,) = coming_keys()
    left_behind(fonds, key)
    clock.now += GRACE + timedelta(seconds=1)
    assert leavings(fonds).collect() == 0
    fonds.uploads.abort(salesperson, upload.id)
    assert leavings(fonds).collect() == 2
    assert len(Arriving.objects) == 0
