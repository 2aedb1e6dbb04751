"""Near copies of a migration: found when its run has ended, shown to who may know of them, decided once."""

import io
from collections.abc import Callable

import pytest

from ingest.port import Offer
from service.domain.permissions import Actor
from service.errors import Conflict, InvalidInput, NotFound
from service.models import ImportRun, NearGroup, Record
from service.usecases.moving_in.migrating import MigrationSaid
from service.usecases.moving_in.near_groups import NearGroupView
from service.wiring import Fonds
from tests.ingest import scans
from tests.ingest.test_sketching import misread

CONTRACT = "\n".join(scans.CONTRACT)
OTHER = "各门店窜货情况与整改期限，由区域经理逐条核对后报总部。" * 6
FILES = {
    "a/合同.txt": misread(CONTRACT, 0.01, 1),
    "a/备忘.txt": OTHER,
    "b/合同 二扫.txt": misread(CONTRACT, 0.01, 2),
    "b/短.txt": "短",
}


@pytest.fixture
def run(fonds: Fonds, archivist: Actor, settle: Callable[[], None]) -> str:
    """A run that has brought `FILES` and has ended."""
    migration = fonds.migrations.save(archivist, MigrationSaid("/share", ""))
    begun = fonds.migrations.start(archivist, migration.id)
    for path, text in FILES.items():
        said = Offer(name=path.rpartition("/")[2], path=path, size=len(text), stamp="1")
        fonds.imports.offer(archivist, begun.id, io.BytesIO(text.encode()), said)
    assert fonds.migrations.copies.look() == 0, "it has not ended"
    fonds.imports.close(archivist, begun.id)
    settle()
    while fonds.migrations.copies.look():
        pass
    assert not ImportRun.objects(near_due__gte=1)
    return begun.id


def groups(fonds: Fonds, actor: Actor, run: str) -> list[NearGroupView]:
    return list(fonds.migrations.copies.list(actor, run).items)


@pytest.mark.requirement("R-CAP-3")
def test_copies_are_one_group_and_one_is_kept(fonds: Fonds, archivist: Actor, run: str) -> None:
    (group,) = groups(fonds, archivist, run)
    first, second = group.members
    assert [one.path for one in group.members] == ["a/合同.txt", "b/合同 二扫.txt"]
    assert {one.kind for one in group.members} == {"text"}
    assert not first.here
    assert first.share == second.share >= 75
    copies = fonds.migrations.copies
    with pytest.raises(InvalidInput, match="选出"):
        copies.decide(archivist, run, group.id, "one", "none")
    with pytest.raises(InvalidInput, match="处理"):
        copies.decide(archivist, run, group.id, "burn", first.file_id)
    with pytest.raises(NotFound):
        copies.decide(archivist, run, "another:1", "all")
    done = copies.decide(archivist, run, group.id, "one", second.file_id)
    assert (done.decision, done.kept, [one.file_id for one in done.members]) == (
        "one",
        second.file_id,
        [second.file_id],
    )
    with pytest.raises(NotFound):
        fonds.records.get(archivist, first.record_id)
    with pytest.raises(Conflict, match="决定过"):
        copies.decide(archivist, run, group.id, "all")
    assert fonds.imports.get(archivist, run).fates["archived"] == 4, "the report stays what it was"


@pytest.mark.parametrize(("decision", "role"), [("copies", "related"), ("versions", "replaced")])
def test_what_is_kept_is_told_of_the_other(
    fonds: Fonds, archivist: Actor, run: str, decision: str, role: str
) -> None:
    (group,) = groups(fonds, archivist, run)
    kept, other = group.members
    fonds.migrations.copies.decide(archivist, run, group.id, decision, kept.file_id)
    (relation,) = fonds.relations.list(archivist, kept.record_id)
    assert (relation.record_id, relation.role) == (other.record_id, role)


def test_what_is_no_draft_any_more_or_has_other_files_is_not_deleted(
    fonds: Fonds, archivist: Actor, run: str
) -> None:
    (group,) = groups(fonds, archivist, run)
    kept, other = group.members
    Record.objects(id=other.record_id).update_one(set__life="submitted")
    with pytest.raises(Conflict, match="不是草稿"):
        fonds.migrations.copies.decide(archivist, run, group.id, "one", kept.file_id)
    Record.objects(id=other.record_id).update_one(set__life="draft")
    fonds.files.add(archivist, other.record_id, io.BytesIO(b"more"), name="附件.txt")
    with pytest.raises(Conflict, match="别的文件"):
        fonds.migrations.copies.decide(archivist, run, group.id, "one", kept.file_id)
    assert groups(fonds, archivist, run)[0].decision == ""


@pytest.mark.requirement("R-SEC-4")
def test_what_one_may_not_know_of_is_no_member(
    fonds: Fonds, archivist: Actor, administrator: Actor, salesperson: Actor, run: str
) -> None:
    (group,) = groups(fonds, archivist, run)
    for stranger in (administrator, salesperson):
        with pytest.raises(NotFound):
            groups(fonds, stranger, run)
    Record.objects(id=group.members[1].record_id).update_one(set__secrecy="L4")
    assert groups(fonds, archivist, run) == []
    with pytest.raises(Conflict, match="只剩一件"):
        fonds.migrations.copies.decide(archivist, run, group.id, "one", group.members[0].file_id)


def test_a_later_run_finds_what_was_there_before(
    fonds: Fonds, archivist: Actor, run: str, settle: Callable[[], None]
) -> None:
    migration = fonds.imports.get(archivist, run).migration_id
    begun = fonds.migrations.start(archivist, migration)
    text = misread(CONTRACT, 0.01, 3)
    said = Offer(name="三扫.txt", path="c/三扫.txt", size=len(text), stamp="1")
    fonds.imports.offer(archivist, begun.id, io.BytesIO(text.encode()), said)
    fonds.imports.close(archivist, begun.id)
    settle()
    while fonds.migrations.copies.look():
        pass
    (group,) = groups(fonds, archivist, begun.id)
    assert [one.here for one in group.members] == [False, True, True]
    assert NearGroup.objects.count() == 2
