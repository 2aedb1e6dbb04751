"""Unsaved input: one person's, of one revision, for a while."""

import pytest

from service.domain.holdings import Description
from service.domain.permissions import Actor
from service.errors import Forbidden, NotFound, TooLarge
from service.usecases.desk.unsaved import MAX_CHARACTERS
from service.wiring import Fonds
from tests.conftest import Clock


@pytest.fixture
def record(fonds: Fonds, archivist: Actor) -> str:
    return fonds.records.create(archivist, Description(title="购销合同")).id


def test_it_is_found_again_by_its_person_alone(
    fonds: Fonds, archivist: Actor, marketer: Actor, record: str
) -> None:
    fonds.unsaved.keep(archivist, record, 1, {"fields.amount": ["三万"], "$x": ["<b>"]})
    found = fonds.unsaved.of(archivist, record)
    assert found
    assert (found.rev, found.values) == (1, {"fields.amount": ["三万"], "$x": ["<b>"]})
    assert fonds.unsaved.of(marketer, record) is None
    fonds.unsaved.keep(archivist, record, 1, {})
    assert fonds.unsaved.of(archivist, record) is None


def test_it_is_forgotten_after_a_fortnight(fonds: Fonds, archivist: Actor, record: str, clock: Clock) -> None:
    fonds.unsaved.keep(archivist, record, 1, {"note": ["一"]})
    clock.advance(days=14)
    assert fonds.unsaved.of(archivist, record) is None


def test_only_who_may_change_keeps_something(
    fonds: Fonds, archivist: Actor, director: Actor, marketer: Actor, record: str
) -> None:
    with pytest.raises(Forbidden):
        fonds.unsaved.keep(director, record, 1, {"note": ["一"]})
    with pytest.raises(NotFound):
        fonds.unsaved.keep(marketer, record, 1, {"note": ["一"]})
    with pytest.raises(TooLarge):
        fonds.unsaved.keep(archivist, record, 1, {"note": ["长" * (MAX_CHARACTERS + 1)]})
