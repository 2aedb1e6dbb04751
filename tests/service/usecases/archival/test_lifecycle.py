"""The life of records: who takes which step, what each asks for, and what is frozen at the end."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest

from service.domain.holdings import Description, RecordView
from service.domain.lifecycle import Count
from service.domain.permissions import Actor, Role
from service.errors import Conflict, Forbidden, InvalidInput, NotFound, StaleRevision
from service.models import AuditEvent, Record
from service.models.reading import by_key
from service.wiring import Fonds
from tests.conftest import an_actor

COMPLETE = Description(
    title="三月渠道例会纪要",
    category="NB",
    date=date(2026, 3, 1),
    responsible="市场部",
    department="市场部",
    retention="D10",
    fields={"document_kind": "report"},
)
Draft = Callable[..., RecordView]


@pytest.fixture
def head() -> Actor:
    """The head of the department whose people describe."""
    return an_actor("周部长", Role.DEPT_HEAD, department="市场部")


@pytest.fixture
def draft(fonds: Fonds, marketer: Actor, settle: Callable[[], None]) -> Draft:
    """A complete draft with a file that is processed."""

    def drafted(said: Description = COMPLETE) -> RecordView:
        record = fonds.records.create(marketer, said)
        fonds.files.add(
            marketer, record.id, BytesIO("会议纪要".encode() + record.id.encode()), name="纪要.txt"
        )
        settle()
        return fonds.records.get(marketer, record.id)

    return drafted


def accepted(fonds: Fonds, record: RecordView, people: tuple[Actor, Actor, Actor]) -> RecordView:
    author, head, archivist = people
    life = fonds.archival.life
    record = life.submit(author, record.id, record.rev)
    record = life.review(head, record.id, record.rev)
    return life.accept(archivist, record.id, record.rev, Count(1, 12))


@pytest.mark.requirement("R-VAL-9", "R-ARC-5", "R-NUM-1")
def test_a_record_goes_from_draft_to_archive(
    fonds: Fonds, draft: Draft, marketer: Actor, head: Actor, archivist: Actor
) -> None:
    record = accepted(fonds, draft(), (marketer, head, archivist))
    assert (record.life, record.ref_code) == ("accepted", "")
    done = fonds.archival.archiving.archive(archivist, record.id, record.rev)
    assert (done.life, done.ref_code) == ("archived", "Q001-NB·2026-D10-SCB-0001")
    passed = fonds.archival.life.standing(marketer, record.id).passed
    assert (passed["accept"].copies, passed["accept"].sheets, passed["review"].name) == (1, 12, "周部长")
    fonds.audit.drain()
    acts = [event.act for event in AuditEvent.objects(object_id=record.id).order_by("at")]
    assert [act for act in acts if act in ("submit", "review", "accept", "archive")] == [
        "submit",
        "review",
        "accept",
        "archive",
    ]


@pytest.mark.requirement("R-VAL-6")
def test_what_is_missing_is_told_all_at_once(fonds: Fonds, marketer: Actor) -> None:
    record = fonds.records.create(marketer, Description(title="纪要"))
    paths = {fault.path for fault in fonds.archival.life.standing(marketer, record.id).lacking}
    assert {"category", "date", "responsible", "retention", "files"} <= paths
    with pytest.raises(InvalidInput) as fault:
        fonds.archival.life.submit(marketer, record.id, record.rev)
    assert {one.path for one in fault.value.faults} == paths
    assert fonds.records.get(marketer, record.id).life == "draft"


@pytest.mark.requirement("R-VAL-9")
def test_nobody_reviews_what_he_described_or_submitted(
    fonds: Fonds, draft: Draft, marketer: Actor, head: Actor
) -> None:
    record = draft()
    record = fonds.archival.life.submit(head, record.id, record.rev)
    with pytest.raises(Forbidden, match="另一位"):
        fonds.archival.life.review(head, record.id, record.rev)
    with pytest.raises(Forbidden):
        fonds.archival.life.review(marketer, record.id, record.rev)
    other = an_actor("林副部长", Role.DEPT_HEAD, department="市场部")
    assert fonds.archival.life.review(other, record.id, record.rev).life == "reviewed"


def test_a_head_of_another_department_reviews_nothing_of_this_one(
    fonds: Fonds, draft: Draft, marketer: Actor
) -> None:
    record = draft()
    record = fonds.archival.life.submit(marketer, record.id, record.rev)
    stranger = an_actor("钱部长", Role.DEPT_HEAD, department="销售部")
    with pytest.raises(NotFound):
        fonds.archival.life.review(stranger, record.id, record.rev)


def test_a_return_needs_a_reason_and_goes_back_to_its_author(
    fonds: Fonds, draft: Draft, marketer: Actor, head: Actor
) -> None:
    life = fonds.archival.life
    record = draft()
    record = life.submit(marketer, record.id, record.rev)
    with pytest.raises(InvalidInput, match="理由"):
        life.send_back(head, record.id, record.rev, "  ")
    record = life.send_back(head, record.id, record.rev, "日期应为 3 月 2 日")
    assert life.standing(marketer, record.id).passed["return"].reason == "日期应为 3 月 2 日"
    assert [one.id for one in life.tasks(marketer, "returned").items] == [record.id]
    fonds.audit.drain()
    assert [notice.kind for notice in fonds.notices.list(marketer).items][:1] == ["return"]
    changed = fonds.records.change(marketer, record.id, record.rev, Description(date=date(2026, 3, 2)))
    assert life.submit(marketer, changed.id, changed.rev).life == "submitted"


def test_only_the_submitter_withdraws(fonds: Fonds, draft: Draft, marketer: Actor, head: Actor) -> None:
    record = draft()
    record = fonds.archival.life.submit(marketer, record.id, record.rev)
    with pytest.raises(Forbidden):
        fonds.archival.life.withdraw(head, record.id, record.rev)
    assert fonds.archival.life.withdraw(marketer, record.id, record.rev).life == "draft"


@pytest.mark.requirement("R-VAL-12")
def test_what_is_submitted_or_archived_is_frozen_for_everybody(
    fonds: Fonds, draft: Draft, marketer: Actor, head: Actor, archivist: Actor
) -> None:
    first = draft()
    record = fonds.archival.life.submit(marketer, first.id, first.rev)
    with pytest.raises(Forbidden):
        fonds.records.change(marketer, record.id, record.rev, Description(title="改"))
    with pytest.raises(Conflict, match="已提交"):
        fonds.records.change(archivist, record.id, record.rev, Description(title="改"))
    record = fonds.archival.life.withdraw(marketer, record.id, record.rev)
    record = accepted(fonds, record, (marketer, head, archivist))
    done = fonds.archival.archiving.archive(archivist, record.id, record.rev)
    assert done.may == {"read_content"}
    with pytest.raises(Conflict, match="已归档"):
        fonds.records.change(archivist, done.id, done.rev, Description(title="改"))
    for bring in (
        lambda: fonds.files.add(archivist, done.id, BytesIO(b"new"), name="a.txt"),
        lambda: fonds.files.add_version(archivist, done.files[0].id, BytesIO(b"new"), name="a.txt"),
    ):
        with pytest.raises(Conflict, match="已归档"):
            bring()
    with pytest.raises(Conflict):
        fonds.records.delete(archivist, done.id, done.rev)


def test_a_step_takes_the_revision_that_was_looked_at(fonds: Fonds, draft: Draft, marketer: Actor) -> None:
    record = draft()
    fonds.records.change(marketer, record.id, record.rev, Description(note="x"))
    with pytest.raises(StaleRevision):
        fonds.archival.life.submit(marketer, record.id, record.rev)


def test_steps_that_the_table_does_not_have_are_conflicts(
    fonds: Fonds, draft: Draft, archivist: Actor
) -> None:
    record = draft()
    with pytest.raises(Conflict, match="不能这样办"):
        fonds.archival.life.accept(archivist, record.id, record.rev, Count(1, 1))
    with pytest.raises(Conflict):
        fonds.archival.archiving.archive(archivist, record.id, record.rev)


@pytest.mark.requirement("R-ARC-5")
@pytest.mark.parametrize("count", [Count(0, 1), Count(1, 0), Count(1, 100_001), Count(1, 1, "纸" * 41)])
def test_acceptance_wants_a_count(
    fonds: Fonds, draft: Draft, marketer: Actor, head: Actor, archivist: Actor, count: Count
) -> None:
    record = draft()
    record = fonds.archival.life.submit(marketer, record.id, record.rev)
    record = fonds.archival.life.review(head, record.id, record.rev)
    with pytest.raises(InvalidInput):
        fonds.archival.life.accept(archivist, record.id, record.rev, count)


@pytest.mark.requirement("R-DSP-7")
def test_what_is_weeded_out_can_be_restored(
    fonds: Fonds, draft: Draft, marketer: Actor, archivist: Actor
) -> None:
    record = draft()
    with pytest.raises(Forbidden):
        fonds.archival.life.weed(marketer, record.id, record.rev, "重复")
    record = fonds.archival.life.weed(archivist, record.id, record.rev, "与 3 月 1 日件重复")
    assert record.life == "weeded"
    assert fonds.archival.life.restore(archivist, record.id, record.rev).life == "draft"


def test_tasks_are_each_persons_own_and_paged(
    fonds: Fonds, draft: Draft, marketer: Actor, head: Actor, archivist: Actor, salesperson: Actor
) -> None:
    life = fonds.archival.life
    made = [draft(replace(COMPLETE, title=f"纪要 {n}")) for n in range(3)]
    assert {one.id for one in life.tasks(marketer, "draft").items} == {one.id for one in made}
    assert not life.tasks(salesperson, "draft").items
    for one in made:
        life.submit(marketer, one.id, one.rev)
    first = life.tasks(head, "submitted", limit=2)
    rest = life.tasks(head, "submitted", below=int(first.next_cursor), limit=2)
    assert [one.title for one in (*first.items, *rest.items)] == ["纪要 2", "纪要 1", "纪要 0"]
    assert not rest.next_cursor
    assert not life.tasks(archivist, "submitted").items
    assert not life.tasks(marketer, "submitted").items


def test_the_turn_is_kept_with_the_state(fonds: Fonds, draft: Draft, marketer: Actor, head: Actor) -> None:
    record = draft()
    number = by_key(Record, id=record.id).seq
    assert by_key(Record, id=record.id).turn == f"draft:{marketer.id}#{number:010d}"
    record = fonds.archival.life.submit(marketer, record.id, record.rev)
    assert by_key(Record, id=record.id).turn == f"submitted#{number:010d}"
    fonds.archival.life.review(head, record.id, record.rev)
    assert by_key(Record, id=record.id).turn == f"reviewed#{number:010d}"
