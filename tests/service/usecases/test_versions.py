"""Versions of a file: the new one takes the place, the old one stays readable."""

import hashlib
from collections.abc import Callable
from io import BytesIO

import pytest

from service.domain.holdings import Description, Question
from service.domain.permissions import Actor
from service.errors import Conflict, Forbidden, InvalidInput
from service.models import AuditEvent, File
from service.usecases.contents.intake import Along, Arrival
from service.usecases.describing.showing import known_file
from service.wiring import Fonds
from storage.keys import new_key
from tests.conftest import Clock

Settle = Callable[[], None]


@pytest.fixture
def first(fonds: Fonds, archivist: Actor, settle: Settle) -> tuple[str, str]:
    """A record and its file."""
    record = fonds.records.create(archivist, Description(title="购销合同")).id
    file = fonds.files.add(archivist, record, BytesIO("旧条款：窜货罚款".encode()), name="合同.txt").id
    settle()
    return record, file


def test_a_new_version_takes_the_place_and_the_old_one_stays(
    fonds: Fonds, archivist: Actor, first: tuple[str, str], settle: Settle
) -> None:
    record, old = first
    said = Arrival("", why="改了第六条")
    new = fonds.files.add_version(
        archivist, old, BytesIO("新条款：回款节点".encode()), name="合同-2.txt", promised=said
    )
    settle()
    assert [(one.id, one.version) for one in fonds.records.get(archivist, record).files] == [(new.id, 2)]
    line = fonds.files.versions(archivist, new.id)
    assert [(one.id, one.version, one.why, one.by) for one in line] == [
        (new.id, 2, "改了第六条", "李档案"),
        (old, 1, "", "李档案"),
    ]
    assert fonds.files.versions(archivist, old) == line
    content = b"".join(fonds.files.content(archivist, old).chunks)
    assert hashlib.sha256(content).hexdigest() == line[1].sha256


def test_search_finds_only_the_version_that_is_shown(
    fonds: Fonds, archivist: Actor, first: tuple[str, str], settle: Settle
) -> None:
    def found(text: str) -> int:
        return fonds.finding.search(archivist, Question(text=text)).total

    assert found("窜货罚款") == 1
    fonds.files.add_version(archivist, first[1], BytesIO("新条款：回款节点".encode()), name="合同.txt")
    settle()
    assert (found("窜货罚款"), found("回款节点")) == (0, 1)


def test_only_the_newest_version_is_followed(fonds: Fonds, archivist: Actor, first: tuple[str, str]) -> None:
    fonds.files.add_version(archivist, first[1], BytesIO(b"2"), name="")
    with pytest.raises(Conflict):
        fonds.files.add_version(archivist, first[1], BytesIO(b"3"), name="")


def test_two_who_bring_a_version_at_once_do_not_both_win(
    fonds: Fonds, archivist: Actor, first: tuple[str, str]
) -> None:
    """The second one read the file before the first one's version was there."""
    old, record = known_file(archivist, first[1])
    fonds.files.add_version(archivist, first[1], BytesIO(b"2"), name="")
    arrival = Arrival("3.txt", key=new_key("content"))
    kept = fonds.files._desk.keep(BytesIO(b"3"), arrival)
    with pytest.raises(Conflict):
        fonds.files._desk.enter(kept, arrival, record, Along(supersedes=old))
    assert len(fonds.records.get(archivist, first[0]).files) == 1


def test_who_may_not_change_brings_no_version(
    fonds: Fonds, archivist: Actor, director: Actor, first: tuple[str, str]
) -> None:
    with pytest.raises(Forbidden):
        fonds.files.add_version(director, first[1], BytesIO(b"2"), name="")
    with pytest.raises(InvalidInput):
        fonds.files.add_version(
            archivist, first[1], BytesIO(b"2"), name="", promised=Arrival("", why="长" * 501)
        )


def test_a_version_is_told(fonds: Fonds, archivist: Actor, first: tuple[str, str]) -> None:
    fonds.files.add_version(archivist, first[1], BytesIO(b"2"), name="")
    fonds.housekeeping.once()
    told = [event for event in AuditEvent.objects(object_id=first[0]) if event.act == "add_version"]
    assert told[0].facts["file"] == first[1]


def test_a_deleted_record_takes_all_versions_with_it(
    fonds: Fonds, archivist: Actor, first: tuple[str, str], clock: Clock
) -> None:
    fonds.files.add_version(archivist, first[1], BytesIO(b"2"), name="")
    fonds.records.delete(archivist, first[0])
    clock.advance(days=60)
    fonds.housekeeping.once()
    assert list(File.objects(record_id=first[0])) == []
