"""Doubts hold up submitting until they are answered; duplicates are told and merged, and both histories stay."""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import pytest

from service.domain.dossiers import DossierSaid
from service.domain.holdings import Description, RecordView
from service.domain.permissions import Actor
from service.errors import Conflict, Forbidden, InvalidInput, NotFound, StaleRevision
from service.models import AuditEvent, Record
from service.models.migrations import match_parties
from service.wiring import Fonds
from tests.service.usecases.archival.test_lifecycle import COMPLETE

WANG = Description(
    title="王总客户档案",
    category="KH",
    department="销售部",
    date=COMPLETE.date,
    responsible="销售部",
    original_place="档案柜",
    fields={"customer_kind": "person", "full_name": "王总", "mobile": "13800138000", "credit_grade": "D"},
)
AGAIN = replace(
    WANG,
    title="王经理客户档案",
    keywords=("重点",),
    fields={"customer_kind": "person", "full_name": "王经理", "mobile": "+86-13800138000", "hobbies": "钓鱼"},
)


@pytest.mark.requirement("R-VAL-8", "R-VAL-6")
def test_a_doubt_is_answered_before_a_draft_is_submitted(
    fonds: Fonds, salesperson: Actor, marketer: Actor
) -> None:
    verifying, life = fonds.archival.verifying, fonds.archival.life
    doubtful = replace(WANG, fields={**(WANG.fields or {}), "credit_limit": 1000})
    record = fonds.records.create(salesperson, doubtful)
    found = verifying.of(salesperson, record.id)
    assert [(one.key, one.answer) for one in found] == [("credit_low", ""), ("title_full_name", "")]
    with pytest.raises(InvalidInput) as refused:
        life.submit(salesperson, record.id, record.rev)
    assert [one.code for one in refused.value.faults] == ["unanswered"] * 2
    with pytest.raises(InvalidInput):
        verifying.answer(salesperson, record.id, record.rev, {"credit_low": " "})
    with pytest.raises(InvalidInput):
        verifying.answer(salesperson, record.id, record.rev, {"nothing": "x"})
    with pytest.raises(StaleRevision):
        verifying.answer(salesperson, record.id, 9, {"credit_low": "x"})
    with pytest.raises(NotFound):
        verifying.answer(marketer, record.id, record.rev, {"credit_low": "x"})
    given = {"credit_low": "总经理特批", "title_full_name": "就叫王总"}
    answered = verifying.answer(salesperson, record.id, record.rev, given)
    assert verifying.of(salesperson, record.id)[0].by == "王芳"
    assert life.submit(salesperson, record.id, answered.rev).life == "submitted"
    line = fonds.records.history(salesperson, record.id)[1]
    assert "总经理特批" in line.changes["answers"][1]


@pytest.mark.requirement("R-VAL-8")
def test_a_changed_value_wants_a_new_answer(fonds: Fonds, salesperson: Actor) -> None:
    verifying = fonds.archival.verifying
    said = {**(WANG.fields or {}), "credit_limit": 1000}
    record = fonds.records.create(salesperson, replace(WANG, fields=said))
    done = verifying.answer(salesperson, record.id, 1, {"credit_low": "属实"})
    fonds.records.change(salesperson, record.id, done.rev, Description(fields=said | {"credit_limit": 2000}))
    assert verifying.of(salesperson, record.id)[0].answer == ""


@pytest.fixture
def twice(fonds: Fonds, salesperson: Actor) -> tuple[RecordView, RecordView]:
    """The same customer, entered twice."""
    return fonds.records.create(salesperson, WANG), fonds.records.create(salesperson, AGAIN)


@pytest.mark.requirement("R-VAL-11")
def test_duplicates_are_told_to_who_may_know_of_them(
    fonds: Fonds, salesperson: Actor, marketer: Actor, twice: tuple[RecordView, RecordView]
) -> None:
    first, second = twice
    merging = fonds.archival.merging
    assert [one.id for one in merging.twins(salesperson, first.id)] == [second.id]
    own = fonds.records.create(marketer, replace(WANG, department="市场部"))
    assert merging.twins(marketer, own.id) == []
    Record.objects(id=first.id).update_one(unset__matches=1)
    assert merging.twins(salesperson, second.id) == []
    match_parties()
    assert [one.id for one in merging.twins(salesperson, second.id)] == [first.id]


@pytest.mark.requirement("R-VAL-11")
def test_merging_fills_what_lacks_and_keeps_both_histories(
    fonds: Fonds,
    salesperson: Actor,
    twice: tuple[RecordView, RecordView],
    settle: Callable[[], None],
) -> None:
    first, second = twice
    fonds.files.add(salesperson, second.id, BytesIO("通话记录".encode()), name="通话.txt")
    dossier = fonds.dossiers.create(salesperson, "customer", DossierSaid(title="王", department="销售部"))
    fonds.filing.put(salesperson, dossier.id, [second.id])
    changed = fonds.records.change(salesperson, second.id, 1, Description(note="来过两次"))
    done = fonds.archival.merging.merge(
        salesperson, (first.id, 1), (second.id, changed.rev), take=["fields.full_name"]
    )
    assert done.fields == {
        "customer_kind": "person",
        "full_name": "王经理",
        "mobile": "13800138000",
        "credit_grade": "D",
        "hobbies": "钓鱼",
    }
    assert (done.note, done.keywords) == ("来过两次", ("重点",))
    settle()
    now = fonds.records.get(salesperson, first.id)
    assert [one.name for one in now.files] == ["通话.txt"]
    assert [one.id for one in fonds.filing.of_record(salesperson, first.id)] == [dossier.id]
    gone = fonds.records.get(salesperson, second.id)
    assert (gone.life, gone.superseded_by, gone.files) == ("superseded", first.id, ())
    assert [one.id for one in fonds.archival.merging.merged(salesperson, first.id)] == [second.id]
    assert len(fonds.records.history(salesperson, second.id)) == 2
    assert fonds.archival.merging.twins(salesperson, first.id) == []
    assert AuditEvent.objects(act="merge").count() == 2


@pytest.mark.requirement("R-VAL-11", "R-VAL-12")
def test_a_draft_goes_into_the_next_version_of_what_is_archived(
    fonds: Fonds, salesperson: Actor, twice: tuple[RecordView, RecordView]
) -> None:
    first, second = twice
    Record.objects(id=first.id).update_one(set__life="archived", set__ref_code="Q001-KH·2026-D10-XSB-0001")
    merging, joining = fonds.archival.merging, fonds.archival.joining
    for kept, gone in ((first, second), (second, first)):
        with pytest.raises(Conflict, match="已归档"):
            merging.merge(salesperson, (kept.id, 1), (gone.id, 1))
    with pytest.raises(StaleRevision):
        joining.join(salesperson, first.id, (second.id, 2), "同一客户")
    new = joining.join(salesperson, first.id, (second.id, 1), "同一客户")
    assert (new.supersedes, new.life, new.fields["hobbies"]) == (first.id, "draft", "钓鱼")
    old = fonds.records.get(salesperson, first.id)
    assert (old.life, old.rev, old.fields) == ("archived", 1, first.fields)
    assert fonds.records.get(salesperson, second.id).superseded_by == new.id
    assert [one.id for one in merging.merged(salesperson, new.id)] == [second.id]
    assert merging.twins(salesperson, new.id) == []
    third = fonds.records.create(salesperson, AGAIN)
    again = joining.join(salesperson, first.id, (third.id, 1), "又录了一次")
    assert again.id == new.id
    Record.objects(id=new.id).update_one(set__life="archived")
    with pytest.raises(Conflict, match="建立关系"):
        merging.merge(salesperson, (first.id, 1), (new.id, again.rev))


def test_only_two_drafts_of_one_category_that_one_may_change_are_merged(
    fonds: Fonds, salesperson: Actor, director: Actor, twice: tuple[RecordView, RecordView]
) -> None:
    first, second = twice
    merge = fonds.archival.merging.merge
    other = fonds.records.create(salesperson, replace(COMPLETE, department="销售部"))
    for gone in ((first.id, 1), (other.id, 1)):
        with pytest.raises(Conflict):
            merge(salesperson, (first.id, 1), gone)
    with pytest.raises(StaleRevision):
        merge(salesperson, (first.id, 1), (second.id, 2))
    with pytest.raises((NotFound, Forbidden)):
        merge(director, (first.id, 1), (second.id, 1))
    Record.objects(id=second.id).update_one(set__life="submitted")
    with pytest.raises((Conflict, Forbidden)):
        merge(salesperson, (first.id, 1), (second.id, 1))
