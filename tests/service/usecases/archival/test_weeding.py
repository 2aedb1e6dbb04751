"""Weeding lists wait for the department's manager; snapshots of living dossiers are made once a year."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from service.domain.holdings import Description, RecordView
from service.domain.permissions import Actor, Role
from service.errors import Conflict, Forbidden, InvalidInput, NotFound
from service.models import AuditEvent, Record
from service.wiring import Fonds
from tests.conftest import Clock, an_actor
from tests.service.usecases.archival.test_lifecycle import COMPLETE
from tests.service.usecases.archival.test_printing import text_of
from tests.service.usecases.archival.test_verifying import WANG


@pytest.fixture
def head() -> Actor:
    return an_actor("周部长", Role.DEPT_HEAD, department="市场部")


@pytest.fixture
def papers(fonds: Fonds, marketer: Actor) -> list[RecordView]:
    """Three records of the marketing department that were handed in."""
    made = [fonds.records.create(marketer, replace(COMPLETE, title=f"草稿{n}")) for n in range(3)]
    Record.objects(id__in=[one.id for one in made]).update(set__life="submitted")
    return made


@pytest.mark.requirement("R-DSP-7")
def test_a_list_is_weeded_after_the_manager_has_approved_it(
    fonds: Fonds, archivist: Actor, head: Actor, papers: list[RecordView]
) -> None:
    weeding = fonds.archival.weeding
    (listed,) = weeding.propose(archivist, [one.id for one in papers], "内容重复")
    assert (listed.department, listed.state, listed.may_decide) == ("市场部", "open", False)
    assert {one.life for one in Record.objects()} == {"submitted"}
    assert weeding.waiting(head) == 1
    text = text_of(fonds.printing.weeding(head, weeding.get(head, listed.id)))
    assert all(word in text for word in ("剔除资料目录", "市场部", "草稿0", "内容重复", "部门负责人批示"))
    done = weeding.decide(head, listed.id, approve=True, note="同意", keep=[papers[2].id])
    assert (done.state, done.decided_by, weeding.waiting(head)) == ("approved", "周部长", 0)
    lives = {one.title: one.life for one in Record.objects()}
    assert lives == {"草稿0": "weeded", "草稿1": "weeded", "草稿2": "submitted"}
    passed = Record.objects.get(id=papers[0].id).passed["weed"]
    assert (passed["by"], passed["reason"]) == (archivist.id, "内容重复（周部长批准）")
    fonds.archival.life.restore(archivist, papers[0].id, Record.objects.get(id=papers[0].id).rev)
    assert weeding.propose(archivist, [papers[0].id, papers[2].id], "又一次")[0].state == "open"
    assert AuditEvent.objects(act="approve_weeding").count() == 1
    with pytest.raises(Conflict):
        weeding.decide(head, listed.id, approve=True)


@pytest.mark.requirement("R-DSP-7")
def test_nobody_decides_on_his_own_list_or_on_that_of_another_department(
    fonds: Fonds, archivist: Actor, head: Actor, salesperson: Actor, papers: list[RecordView]
) -> None:
    weeding = fonds.archival.weeding
    both = an_actor("兼任", Role.ARCHIVIST, Role.DEPT_HEAD, department="市场部")
    ids = [one.id for one in papers]
    (own,) = weeding.propose(both, ids[:1], "重复")
    with pytest.raises(Forbidden):
        weeding.decide(both, own.id, approve=True)
    stranger = an_actor("销售部长", Role.DEPT_HEAD, department="销售部")
    for actor in (stranger, salesperson):
        with pytest.raises(NotFound):
            weeding.get(actor, own.id)
    for again in ([ids[0]], [ids[1], ids[0]]):
        with pytest.raises(Conflict):
            weeding.propose(archivist, again, "重复")
    assert not Record.objects.get(id=ids[1]).weeding
    with pytest.raises((Forbidden, NotFound)):
        weeding.propose(salesperson, ids[1:], "重复")
    with pytest.raises(InvalidInput):
        weeding.propose(archivist, ids[1:], " ")
    with pytest.raises(InvalidInput):
        weeding.decide(head, own.id, approve=False)
    refused = weeding.decide(head, own.id, approve=False, note="还有用")
    assert (refused.state, refused.note) == ("refused", "还有用")
    (other,) = weeding.propose(archivist, ids[:1], "重复")
    weeding.withdraw(archivist, other.id)
    assert weeding.get(archivist, other.id).state == "withdrawn"
    assert [one.weeding for one in Record.objects()] == [None] * 3


@pytest.mark.requirement("R-UPD-4", "R-VAL-12")
def test_a_living_dossier_gets_one_snapshot_a_year(
    fonds: Fonds, archivist: Actor, salesperson: Actor, clock: Clock, settle: Callable[[], None]
) -> None:
    said = replace(WANG, fields=dict(WANG.fields or {}) | {"full_name": "王芳"})
    living = fonds.records.create(salesperson, said)
    bare = fonds.records.create(salesperson, replace(said, title="空", fields={}))
    fonds.records.create(salesperson, replace(COMPLETE, department="销售部"))
    run = fonds.archival.snapshots.run
    first = run(archivist, 2026)
    assert (first.made, first.open, first.failed, first.next) == (1, 1, 0, 0)
    fonds.records.change(salesperson, living.id, 1, Description(fields=dict(said.fields or {}) | {"age": 40}))
    assert run(archivist, 2026).made == 0
    kept = Record.objects.get(snapshot_of=living.id)
    assert (kept.life, kept.title, "age" in kept.fields) == (
        "submitted",
        "王总客户档案（2026 年度快照）",
        False,
    )
    settle()
    view = fonds.records.get(archivist, kept.id)
    assert b"".join(fonds.files.content(archivist, view.files[0].id).chunks).decode().count("王芳") == 1
    assert fonds.relations.list(archivist, living.id)[0].record_id == kept.id
    clock.advance(days=365)
    assert run(archivist, 2027).made == 1
    assert Record.objects(snapshot_of=bare.id, life="draft").count() == 2
    with pytest.raises(Forbidden):
        run(salesperson, 2026)
    with pytest.raises(InvalidInput):
        run(archivist, 2030)
