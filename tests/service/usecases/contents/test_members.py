"""Files inside files: found on their own, under their record's rights, gone when it goes."""

import io
from collections.abc import Callable, Iterator

import pytest

from ingest.port import Offer
from service.domain.holdings import Description, FileView, Question
from service.domain.permissions import Actor
from service.errors import NotFound
from service.models import File, HeldObject
from service.wiring import Fonds
from tests.conftest import Clock
from tests.ingest import samples

Settle = Callable[[], None]
MAIL = samples.mail_with([("报价单.txt", "铂金代言报价".encode())])


@pytest.fixture
def box(fonds: Fonds, archivist: Actor, settle: Settle) -> Iterator[str]:
    """A zip with a text and a mail, which carries a text itself."""
    record = fonds.records.create(archivist, Description(title="来往材料")).id
    data = samples.zipped({"合同/正本.txt": "渠道窜货条款".encode(), "来函.eml": MAIL})
    fonds.files.add(archivist, record, io.BytesIO(data), name="材料.zip")
    settle()
    return record


def inside(fonds: Fonds, actor: Actor, record: str) -> dict[str, FileView]:
    (outer,) = fonds.records.get(actor, record).files
    found = {one.name: one for one in fonds.files.members(actor, outer.id).items}
    return found | {
        one.name: one for mail in list(found.values()) for one in fonds.files.members(actor, mail.id).items
    }


def test_members_are_files_of_their_own(fonds: Fonds, archivist: Actor, box: str) -> None:
    found = inside(fonds, archivist, box)
    assert set(found) == {"正本.txt", "来函.eml", "报价单.txt"}
    assert all(one.state == "done" for one in found.values())
    text = found["报价单.txt"]
    assert b"".join(fonds.files.content(archivist, text.id).chunks) == "铂金代言报价".encode()
    assert [one.name for one in fonds.files.around(archivist, text.id)] == ["材料.zip", "来函.eml"]


def test_a_hit_names_the_member_and_what_it_lies_in(fonds: Fonds, archivist: Actor, box: str) -> None:
    for words, name in (
        ("窜货条款", "材料.zip › 合同/正本.txt"),
        ("铂金代言", "材料.zip › 来函.eml › 报价单.txt"),
    ):
        (hit,) = fonds.finding.search(archivist, Question(text=words)).hits
        assert (hit.id, hit.file, {place.file for place in hit.places}) == (box, name, {name})


def test_members_have_their_records_rights(
    fonds: Fonds, archivist: Actor, salesperson: Actor, box: str
) -> None:
    member = inside(fonds, archivist, box)["正本.txt"]
    record = fonds.records.get(archivist, box)
    fonds.records.change(archivist, box, record.rev, Description(secrecy="L2"))
    with pytest.raises(NotFound):
        fonds.files.get(salesperson, member.id)
    assert {row.compartment for row in File.objects(record_id=box)} == {"L2"}


def test_reading_the_container_again_adds_nothing(
    fonds: Fonds, archivist: Actor, settle: Settle, box: str
) -> None:
    before = {row.id: row.object_key for row in File.objects}
    (outer,) = fonds.records.get(archivist, box).files
    fonds.files.retry(archivist, outer.id)
    settle()
    assert {row.id: row.object_key for row in File.objects} == before
    assert {row.refs for row in HeldObject.objects} == {1}
    keys = [each.key for each in fonds.store.list() if each.key.startswith("content/")]
    assert sorted(keys) == sorted(before.values())


def test_members_go_with_their_record(
    fonds: Fonds, archivist: Actor, settle: Settle, clock: Clock, box: str
) -> None:
    fonds.records.delete(archivist, box)
    clock.advance(days=31)
    settle()
    assert not list(File.objects)
    assert list(fonds.store.list()) == []


def test_a_new_version_takes_the_old_members_out_of_search(
    fonds: Fonds, archivist: Actor, settle: Settle, box: str
) -> None:
    (outer,) = fonds.records.get(archivist, box).files
    fonds.files.add_version(archivist, outer.id, io.BytesIO(b"nothing"), name="材料.txt")
    settle()
    assert fonds.finding.search(archivist, Question(text="窜货条款")).total == 0


def test_an_import_counts_what_came_and_waits_for_what_is_inside(
    fonds: Fonds, archivist: Actor, settle: Settle
) -> None:
    run = fonds.imports.start(archivist, source="/x").id
    data = samples.zipped({"a.txt": b"one", "b.txt": b"two"})
    fonds.imports.offer(archivist, run, io.BytesIO(data), Offer(name="材料.zip", path="材料.zip"))
    fonds.imports.close(archivist, run)
    settle()
    File.objects(name="b.txt").update_one(set__state="running")
    assert fonds.imports.get(archivist, run).waiting == 1
    File.objects(name="b.txt").update_one(set__state="done")
    shown = fonds.imports.get(archivist, run)
    assert (shown.found, shown.waiting, shown.fates["archived"], sum(shown.fates.values())) == (1, 0, 1, 1)
