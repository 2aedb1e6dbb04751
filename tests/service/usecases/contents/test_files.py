"""Files: what is acknowledged is kept byte for byte, what is refused leaves nothing."""

import hashlib
import io
import threading
from collections.abc import Callable

import pytest

from service.domain.holdings import Description, FileView
from service.domain.permissions import Actor
from service.errors import (
    Conflict,
    ContentDamaged,
    EmptyFile,
    InvalidInput,
    NotFound,
    RangeUnsatisfiable,
    TooLarge,
)
from service.jobs import NoDispatcher
from service.models import AuditEvent, File, HeldObject, Record
from service.models.reading import by_key
from service.usecases.contents.intake import Arrival, Desk
from service.wiring import Fonds
from storage.keys import new_key
from storage.port import CHUNK, StorageError

TEXT = "关于渠道窜货的会议纪要。\n第二行。".encode()


@pytest.fixture
def record(fonds: Fonds, archivist: Actor) -> str:
    return fonds.records.create(archivist, Description(title="纪要")).id


def add(
    fonds: Fonds, actor: Actor, record: str, data: bytes = TEXT, name: str = "纪要.txt", **promised: object
) -> FileView:
    return fonds.files.add(actor, record, io.BytesIO(data), name=name, promised=Arrival(name, **promised))  # type: ignore[arg-type]


def objects(fonds: Fonds) -> list[str]:
    return [held.key for held in fonds.store.list()]


def test_what_is_acknowledged_comes_back_byte_for_byte(fonds: Fonds, archivist: Actor, record: str) -> None:
    file = add(fonds, archivist, record)
    assert (file.size, file.sha256, file.state) == (len(TEXT), hashlib.sha256(TEXT).hexdigest(), "pending")
    content = fonds.files.content(archivist, file.id)
    assert b"".join(content.chunks) == TEXT
    assert (content.start, content.end, content.size) == (0, len(TEXT), len(TEXT))


@pytest.mark.parametrize(
    ("start", "end", "expected"), [(3, 9, TEXT[3:9]), (-4, None, TEXT[-4:]), (0, 10**9, TEXT)]
)
def test_ranges(
    fonds: Fonds, archivist: Actor, record: str, start: int, end: int | None, expected: bytes
) -> None:
    file = add(fonds, archivist, record)
    assert b"".join(fonds.files.content(archivist, file.id, start=start, end=end).chunks) == expected


@pytest.mark.requirement("S-ER-5")
def test_no_part_of_a_small_file_that_changed_is_given(fonds: Fonds, archivist: Actor, record: str) -> None:
    file = add(fonds, archivist, record)
    spoil(fonds, file.id)
    for start, end in ((0, 3), (3, 9)):
        with pytest.raises(ContentDamaged):
            b"".join(fonds.files.content(archivist, file.id, start=start, end=end).chunks)


@pytest.mark.requirement("S-ER-5")
def test_no_part_of_a_large_file_is_given_once_it_was_found_changed(
    fonds: Fonds, archivist: Actor, administrator: Actor, record: str
) -> None:
    file = add(fonds, archivist, record, TEXT * (CHUNK // len(TEXT) + 1))
    key = spoil(fonds, file.id)
    list(fonds.upkeep.check(administrator, read_data=True))
    (found,) = fonds.safekeeping.patrol.findings(administrator)
    assert (found.key, found.kind) == (key, "changed")
    with pytest.raises(ContentDamaged):
        next(fonds.files.content(archivist, file.id, start=3, end=9).chunks)
    spoil(fonds, file.id)  # the same bit again: whole
    list(fonds.upkeep.check(administrator, read_data=True))
    assert b"".join(fonds.files.content(archivist, file.id, start=3, end=9).chunks) == TEXT[3:9]


def spoil(fonds: Fonds, file_id: str) -> str:
    """Turn a bit of the stored file over; its key."""
    key = str(File.objects.get(id=file_id).object_key)
    path = fonds.settings.home / "objects" / key
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[0] ^= 1
    path.write_bytes(data)
    return key


def test_a_range_behind_the_end_is_refused(fonds: Fonds, archivist: Actor, record: str) -> None:
    file = add(fonds, archivist, record)
    with pytest.raises(RangeUnsatisfiable):
        fonds.files.content(archivist, file.id, start=len(TEXT))


@pytest.mark.requirement("B20")
def test_an_empty_file_is_refused_and_leaves_nothing(fonds: Fonds, archivist: Actor, record: str) -> None:
    with pytest.raises(EmptyFile):
        add(fonds, archivist, record, b"")
    assert objects(fonds) == []
    assert not list(File.objects)


@pytest.mark.requirement("B20")
def test_a_file_past_the_limit_is_refused_and_leaves_nothing(fonds: Fonds) -> None:
    desk = Desk(fonds.store, NoDispatcher(), fonds.clock, max_bytes=10)
    assert desk.keep(io.BytesIO(b"x" * 10), Arrival("a", key=new_key("content"))).size == 10
    with pytest.raises(TooLarge):
        desk.keep(io.BytesIO(b"x" * 11), Arrival("a", key=new_key("content")))
    assert len(objects(fonds)) == 1


@pytest.mark.parametrize("promised", [{"sha256": "0" * 64}, {"size": 3}])
def test_a_broken_promise_is_refused(
    fonds: Fonds, archivist: Actor, record: str, promised: dict[str, object]
) -> None:
    with pytest.raises(InvalidInput) as fault:
        add(fonds, archivist, record, **promised)
    assert fault.value.faults[0].code == "checksum_mismatch"
    assert objects(fonds) == []


def test_a_source_that_breaks_off_leaves_nothing(fonds: Fonds, archivist: Actor, record: str) -> None:
    """B21."""

    class Cut(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise ConnectionResetError
            return super().read(4)

    with pytest.raises((ConnectionResetError, StorageError)):
        fonds.files.add(archivist, record, Cut(TEXT), name="a.txt")
    assert objects(fonds) == []
    assert not list(File.objects)


@pytest.mark.requirement("B23")
def test_a_name_that_no_system_keeps_is_refused_before_anything_is_stored(
    fonds: Fonds, archivist: Actor, record: str
) -> None:
    with pytest.raises(InvalidInput):
        add(fonds, archivist, record, name="a\0b")
    assert objects(fonds) == []


def test_the_same_upload_key_gives_the_same_file(fonds: Fonds, archivist: Actor, record: str) -> None:
    """F15: an unknown outcome can be tried again."""
    first = add(fonds, archivist, record, upload_key="k1")
    again = add(fonds, archivist, record, upload_key="k1")
    assert first.id == again.id
    assert len(objects(fonds)) == 1


def test_known_content_becomes_a_reference(fonds: Fonds, archivist: Actor, record: str) -> None:
    add(fonds, archivist, record)
    add(fonds, archivist, record, name="副本.txt")
    assert len(objects(fonds)) == 1
    assert [held.refs for held in HeldObject.objects] == [2]


@pytest.mark.requirement("F26")
def test_eight_clients_with_the_same_file_make_one_object(
    fonds: Fonds, archivist: Actor, record: str
) -> None:
    done: list[FileView] = []
    threads = [threading.Thread(target=lambda: done.append(add(fonds, archivist, record))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 8
    assert len(objects(fonds)) == 1
    assert [held.refs for held in HeldObject.objects] == [8]


def test_a_record_that_moves_takes_its_contents_along(fonds: Fonds, archivist: Actor, record: str) -> None:
    file = add(fonds, archivist, record)
    fonds.records.change(archivist, record, 1, Description(category="HT"))
    (held,) = HeldObject.objects
    assert held.compartment == by_key(File, id=file.id).compartment != "L0"
    assert b"".join(fonds.files.content(archivist, file.id).chunks) == TEXT


def test_adding_to_a_record_that_was_deleted_leaves_nothing(
    fonds: Fonds, archivist: Actor, record: str
) -> None:
    class Deleting(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            Record.objects(id=record).update_one(set__deleted_at=fonds.clock())
            return super().read(size)

    with pytest.raises(NotFound):
        fonds.files.add(archivist, record, Deleting(TEXT), name="a.txt")
    assert objects(fonds) == []
    assert not list(HeldObject.objects)


@pytest.mark.requirement("R-SEC-7", "B44")
def test_a_file_of_another_department_does_not_exist(
    fonds: Fonds, marketer: Actor, salesperson: Actor
) -> None:
    record = fonds.records.create(marketer, Description(title="计划")).id
    file = add(fonds, marketer, record)
    for act in (
        fonds.files.get,
        fonds.files.content,
        fonds.files.preview,
        fonds.files.text,
        fonds.files.retry,
    ):
        with pytest.raises(NotFound):
            act(salesperson, file.id)  # type: ignore[operator]
    with pytest.raises(NotFound):
        add(fonds, salesperson, record)


def test_text_and_preview_come_with_processing(
    fonds: Fonds, archivist: Actor, record: str, settle: Callable[[], None]
) -> None:
    file = add(fonds, archivist, record)
    with pytest.raises(NotFound):
        fonds.files.text(archivist, file.id)
    settle()
    done = fonds.files.get(archivist, file.id)
    assert (done.state, done.family, done.has_text) == ("done", "text", True)
    assert "渠道窜货" in "".join(passage.text for passage in fonds.files.text(archivist, file.id))
    with pytest.raises(NotFound):
        fonds.files.preview(archivist, file.id)


@pytest.mark.requirement("F22", "S-ER-5")
@pytest.mark.parametrize("damage", ["flip", "delete"])
def test_damaged_content_is_never_served_whole(
    fonds: Fonds, archivist: Actor, record: str, damage: str
) -> None:
    file = add(fonds, archivist, record)
    path = fonds.settings.home / "objects" / by_key(File, id=file.id).object_key
    path.chmod(0o600)
    if damage == "flip":
        path.write_bytes(b"X" + TEXT[1:])
    else:
        path.unlink()
    with pytest.raises(ContentDamaged):
        list(fonds.files.content(archivist, file.id).chunks)


@pytest.mark.requirement("B22")
def test_an_infected_file_is_given_to_nobody_and_not_tried_again(
    fonds: Fonds, archivist: Actor, record: str, settle: Callable[[], None]
) -> None:
    eicar = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-" + rb"ANTIVIRUS-TEST-FILE!$H+H*"
    file = add(fonds, archivist, record, eicar, "eicar.com")
    settle()
    closed = fonds.files.get(archivist, file.id)
    assert (closed.state, closed.reason) == ("quarantined", "infected")
    with pytest.raises(Conflict):
        fonds.files.content(archivist, file.id)
    with pytest.raises(Conflict):
        fonds.files.retry(archivist, file.id)


def test_a_failed_file_can_be_tried_again(
    fonds: Fonds, archivist: Actor, record: str, settle: Callable[[], None]
) -> None:
    file = add(fonds, archivist, record)
    with pytest.raises(Conflict):
        fonds.files.retry(archivist, file.id)
    File.objects(id=file.id).update_one(set__state="quarantined", set__reason="killed_jail", unset__slot=1)
    assert fonds.files.retry(archivist, file.id).state == "pending"
    settle()
    assert fonds.files.get(archivist, file.id).state == "done"


def test_a_failed_file_can_be_tried_again_in_another_way(
    fonds: Fonds, archivist: Actor, record: str, settle: Callable[[], None]
) -> None:
    file = add(fonds, archivist, record)
    File.objects(id=file.id).update_one(set__state="failed", set__reason="killed_jail", unset__slot=1)
    with pytest.raises(Conflict):
        fonds.files.retry(archivist, file.id, setting="force")
    assert fonds.files.retry(archivist, file.id, setting="careful").state == "pending"
    assert File.objects(id=file.id)[0].how == {"careful": True}
    assert AuditEvent.objects(act="retry")[0].facts["setting"] == "careful"
    settle()
    assert fonds.files.get(archivist, file.id).state == "done"


@pytest.mark.requirement("S-ER-2")
def test_who_only_runs_the_machine_is_told_no_name_of_what_he_sends_back(
    fonds: Fonds, archivist: Actor, administrator: Actor, record: str
) -> None:
    file = add(fonds, archivist, record)
    File.objects(id=file.id).update_one(set__state="failed", set__reason="killed_jail", unset__slot=1)
    sent = fonds.files.retry(administrator, file.id)
    assert (sent.id, sent.state) == (file.id, "pending")
    assert (sent.name, sent.path, sent.record_id, sent.sha256, sent.by) == ("", "", "", "", "")
