"""Secrecy acts: proposed by one, decided by another whom §3.3 names, with term and reason, and kept as a history."""

from collections.abc import Callable
from datetime import date

import pytest

from service.domain.holdings import Description, Question, RecordView
from service.domain.permissions import Act, Actor, Role
from service.domain.secrecy import deciding_act, usual_end
from service.errors import Conflict, Forbidden, InvalidInput, NotFound
from service.models import AuditEvent, Record
from service.usecases.knowing.secrecy import SecrecySaid
from service.wiring import Fonds
from tests.conftest import Clock, an_actor

SECRET = SecrecySaid("L2", date(2040, 1, 1), "含底价")


@pytest.fixture
def record(fonds: Fonds, archivist: Actor, settle: Callable[[], None]) -> RecordView:
    made = fonds.records.create(archivist, Description(title="投标底价测算", category="SC"))
    settle()
    return made


@pytest.fixture
def manager() -> Actor:
    return an_actor("总经理", Role.GENERAL_MANAGER)


@pytest.mark.requirement("R-SEC-1", "R-ARC-4")
def test_a_level_is_proposed_by_one_and_decided_by_another_and_search_follows(
    fonds: Fonds, archivist: Actor, manager: Actor, record: RecordView, settle: Callable[[], None]
) -> None:
    acts, head = fonds.knowing.secrecy, an_actor("部长", Role.DEPT_HEAD, department="综合管理部")
    clerk = an_actor("文员", Role.STAFF, department="综合管理部")
    question = Question(text="底价")
    assert fonds.finding.search(clerk, question).total == 1
    act = acts.propose(archivist, record.id, SECRET)
    with pytest.raises(Conflict):
        acts.propose(archivist, record.id, SECRET)
    with pytest.raises(NotFound):
        acts.decide(head, act.id, approve=True)
    assert [one.may_decide for one in acts.waiting(manager)] == [True]
    done = acts.decide(manager, act.id, approve=True)
    assert (done.state, done.decided_by, done.title) == ("approved", "总经理", "")
    now = fonds.records.get(archivist, record.id)
    assert (now.secrecy, now.secrecy_until) == ("L2", date(2040, 1, 1))
    assert fonds.finding.search(clerk, question).total == 0
    settle()
    assert fonds.finding.search(clerk, question).total == 0
    assert fonds.finding.search(archivist, question).total == 1
    assert set(fonds.records.history(archivist, record.id)[0].changes) == {"secrecy", "secrecy_until"}
    assert {event.act for event in AuditEvent.objects(object_id=record.id)} >= {
        "propose_secrecy",
        "approve_secrecy",
    }


@pytest.mark.requirement("R-SEC-1")
def test_nobody_decides_on_his_own_proposal_and_a_refusal_has_its_reason(
    fonds: Fonds, archivist: Actor, record: RecordView, clock: Clock
) -> None:
    acts, head = fonds.knowing.secrecy, an_actor("部长", Role.DEPT_HEAD, department="综合管理部")
    own = acts.propose(head, record.id, SecrecySaid("L1", date(2030, 1, 1), "客户名单"))
    with pytest.raises(Forbidden):
        acts.decide(head, own.id, approve=True)
    acts.withdraw(head, own.id)
    clock.advance(minutes=1)
    act = acts.propose(archivist, record.id, SecrecySaid("L1", date(2030, 1, 1), "客户名单"))
    with pytest.raises(InvalidInput):
        acts.decide(head, act.id, approve=False)
    assert acts.decide(head, act.id, approve=False, note="已公开").state == "refused"
    with pytest.raises(NotFound):
        acts.decide(head, act.id, approve=True)
    assert Record.objects[0].secrecy == "L0"
    assert [one.state for one in acts.of(archivist, record.id)] == ["refused", "withdrawn"]


@pytest.mark.requirement("R-SEC-1", "R-SEC-2", "R-SEC-3")
def test_terms_reasons_and_the_other_axes_are_checked(
    fonds: Fonds, archivist: Actor, record: RecordView
) -> None:
    def paths(said: SecrecySaid) -> list[str]:
        with pytest.raises(InvalidInput) as caught:
            fonds.knowing.secrecy.propose(archivist, record.id, said)
        return [fault.path for fault in caught.value.faults]

    assert paths(SecrecySaid("L1", date(2036, 3, 3), "")) == ["until", "reason"]
    assert paths(SecrecySaid("L9", None, "因")) == ["level"]
    assert paths(SecrecySaid("L0", date(2030, 1, 1), "因")) == ["until", "level"]
    assert usual_end("L1", date(2024, 2, 29)) == date(2034, 2, 28)
    assert deciding_act("L1", "L0") is Act.DECIDE_SECRECY
    assert deciding_act("L2", "L0") is Act.DECIDE_CLASSIFIED
    said = Description(
        grade="1", openness="closed", copy_status="copy", original_place="综合管理部", box="07"
    )
    kept = fonds.records.change(archivist, record.id, record.rev, said)
    assert (kept.grade, kept.openness, kept.secrecy, kept.box) == ("1", "closed", "L0", "07")
    with pytest.raises(InvalidInput) as caught:
        fonds.records.change(archivist, record.id, kept.rev, Description(grade="机密", openness="x"))
    assert [fault.path for fault in caught.value.faults] == ["grade", "openness"]


@pytest.mark.requirement("R-SEC-1")
def test_a_decided_level_is_changed_by_acts_alone_and_ends_on_the_due_list(
    fonds: Fonds, archivist: Actor, manager: Actor, record: RecordView
) -> None:
    acts = fonds.knowing.secrecy
    act = acts.propose(archivist, record.id, SecrecySaid("L2", date(2026, 4, 1), "短期"))
    acts.decide(manager, act.id, approve=True)
    now = fonds.records.get(archivist, record.id)
    with pytest.raises(InvalidInput) as caught:
        fonds.records.change(archivist, record.id, now.rev, Description(secrecy="L0"))
    assert caught.value.faults[0].code == "decided"
    assert [(one.title, one.past) for one in acts.due(archivist)] == [("投标底价测算", False)]
    assert acts.due(manager) == []
    act = acts.propose(archivist, record.id, SecrecySaid("L0", None, "期满"))
    acts.decide(manager, act.id, approve=True)
    assert acts.due(archivist) == []


@pytest.mark.requirement("R-BOR-3")
def test_top_secret_is_a_number_in_a_register_until_it_is_lowered(
    fonds: Fonds, archivist: Actor, manager: Actor, record: RecordView
) -> None:
    acts = fonds.knowing.secrecy
    act = acts.propose(archivist, record.id, SecrecySaid("L3", date(2050, 1, 1), "并购"))
    acts.decide(manager, act.id, approve=True)
    with pytest.raises(NotFound):
        fonds.records.get(archivist, record.id)
    assert [line.number for line in acts.top_secret(archivist)] == [1]
    assert acts.top_secret(manager) == ()
    act = acts.propose(archivist, record.id, SecrecySaid("L1", date(2030, 1, 1), "已公告"))
    assert (act.title, acts.waiting(manager)[0].title) == ("", "")
    acts.decide(manager, act.id, approve=True)
    assert fonds.records.get(archivist, record.id).secrecy == "L1"


@pytest.mark.requirement("R-SEC-3")
def test_moving_a_record_to_another_category_never_lowers_its_level(fonds: Fonds, archivist: Actor) -> None:
    """XM is 秘密 by itself: a record that is 机密 stays so, alone and with the form that says what it was."""
    for said in (None, "L2"):
        record = fonds.records.create(archivist, Description(title="甲", category="SC", secrecy="L2"))
        moved = fonds.records.change(
            archivist, record.id, record.rev, Description(category="XM", secrecy=said)
        )
        assert moved.secrecy == "L2"
    record = fonds.records.create(archivist, Description(title="乙", category="SC"))
    raised = fonds.records.change(archivist, record.id, record.rev, Description(category="XM", secrecy="L0"))
    assert raised.secrecy == "L1"


@pytest.mark.requirement("R-SRC-1")
def test_grade_and_place_are_searched(fonds: Fonds, archivist: Actor, settle: Callable[[], None]) -> None:
    fonds.records.create(
        archivist, Description(title="丙", category="SC", room="档案室", cabinet="12", box="07")
    )
    settle()
    assert fonds.finding.search(archivist, Question(text="库房 档案室")).total == 1
