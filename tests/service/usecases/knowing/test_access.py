"""Access to one record: grants open it until they end, circles while they last, and the reasons are told."""

from collections.abc import Callable
from datetime import date

import pytest

from service.domain.explaining import explain
from service.domain.holdings import Description, Question, RecordView
from service.domain.permissions import SECRECY, Act, Actor, Guarded, Role, knows, may
from service.errors import Forbidden, InvalidInput, NotFound
from service.models import AuditEvent, Record
from service.usecases.knowing.access import GrantSaid
from service.usecases.people.users import NewUser
from service.wiring import Fonds
from tests.conftest import Clock, an_actor

TILL = GrantSaid("zhao", date(2026, 3, 3), "核对合同")


@pytest.fixture
def zhao(fonds: Fonds, administrator: Actor) -> Callable[[], Actor]:
    """Somebody of another department, as he is at this moment."""
    new = NewUser("zhao", "赵磊", [Role.STAFF], ["市场部"], "渠道建设与回款-2026")
    user = fonds.people.add(administrator, new)[0]

    def now() -> Actor:
        actor = fonds.knowing.actors.named(user.id)
        assert actor is not None
        return actor

    return now


@pytest.fixture
def contract(fonds: Fonds, archivist: Actor, settle: Callable[[], None]) -> RecordView:
    said = Description(title="窜货处理协议", category="HT", secrecy="L1")
    record = fonds.records.create(archivist, said)
    settle()
    return record


def found(fonds: Fonds, actor: Actor) -> int:
    return fonds.finding.search(actor, Question(text="窜货")).total


@pytest.mark.requirement("R-SEC-4", "R-SEC-7")
def test_a_grant_opens_a_record_to_one_until_its_end_in_search_too(
    fonds: Fonds,
    archivist: Actor,
    contract: RecordView,
    zhao: Callable[[], Actor],
    settle: Callable[[], None],
    clock: Clock,
) -> None:
    assert found(fonds, zhao()) == 0
    fonds.knowing.access.give(archivist, contract.id, TILL)
    assert fonds.records.get(zhao(), contract.id).title == "窜货处理协议"
    settle()
    assert found(fonds, zhao()) == 1
    assert found(fonds, an_actor("else", Role.STAFF, department="市场部")) == 0
    assert not may(zhao(), Act.CHANGE, Guarded("L1", grants=frozenset(Record.objects[0].grants)))
    clock.now = clock.now.replace(day=3, hour=16)  # midnight in Shanghai
    assert found(fonds, zhao()) == 0
    with pytest.raises(NotFound):
        fonds.records.get(zhao(), contract.id)


@pytest.mark.requirement("R-SEC-7")
def test_a_withdrawn_grant_opens_nothing_though_the_index_still_names_it(
    fonds: Fonds,
    archivist: Actor,
    contract: RecordView,
    zhao: Callable[[], Actor],
    settle: Callable[[], None],
) -> None:
    grant = fonds.knowing.access.give(archivist, contract.id, TILL)
    settle()
    assert found(fonds, zhao()) == 1
    fonds.knowing.access.withdraw(archivist, grant.id)
    assert found(fonds, zhao()) == 0
    fonds.knowing.access.withdraw(archivist, grant.id)
    settle()
    assert [event.act for event in AuditEvent.objects(act__in=["grant", "withdraw_grant"])] == [
        "grant",
        "withdraw_grant",
    ]
    assert fonds.knowing.access.of(archivist, contract.id).grants[0].state == "withdrawn"


def test_who_is_not_cleared_is_granted_nothing_and_all_faults_are_told(
    fonds: Fonds, archivist: Actor, administrator: Actor, contract: RecordView
) -> None:
    low = NewUser("low", "低", [Role.STAFF], ["市场部"], "渠道建设与回款-2026", clearance="L0")
    fonds.people.add(administrator, low)
    with pytest.raises(InvalidInput) as caught:
        fonds.knowing.access.give(archivist, contract.id, GrantSaid("low", date(2027, 6, 1), " "))
    assert [(one.path, one.code) for one in caught.value.faults] == [
        ("user", "not_cleared"),
        ("last_day", "out_of_range"),
        ("reason", "required"),
    ]
    seller = an_actor("王芳", Role.STAFF, department="综合管理部")
    with pytest.raises(NotFound):
        fonds.knowing.access.give(seller, contract.id, TILL)


def test_circles_are_put_on_a_record_and_nobody_shuts_himself_out(
    fonds: Fonds, archivist: Actor, administrator: Actor, contract: RecordView
) -> None:
    bid = fonds.knowing.circles.add(administrator, "投标项目组")
    fonds.knowing.access.set_circles(archivist, contract.id, [bid])
    assert bid in Record.objects[0].circles
    head = an_actor("部长", Role.DEPT_HEAD, department="综合管理部")
    with pytest.raises(InvalidInput):
        fonds.knowing.access.set_circles(archivist, contract.id, ["circle:none"])
    fonds.knowing.access.set_circles(head, contract.id, [])
    assert f"circle:{archivist.id}" in Record.objects[0].circles


@pytest.mark.requirement("S-ER-2")
def test_the_auditor_is_told_who_sees_a_record_without_its_title(
    fonds: Fonds, archivist: Actor, contract: RecordView, zhao: Callable[[], Actor]
) -> None:
    fonds.knowing.access.give(archivist, contract.id, TILL)
    told = fonds.knowing.access.of(an_actor("审计", Role.AUDITOR), contract.id, asked="zh")
    assert (told.title, told.secrecy, told.may_grant) == ("", "L1", False)
    assert [(one.name, one.reasons[0].code) for one in told.seers] == [("zhao", "grant")]
    assert told.asked[0].known
    for role in (Role.STAFF, Role.SYSADMIN):
        with pytest.raises((NotFound, Forbidden)):
            fonds.knowing.access.of(an_actor("x", role, department="市场部"), contract.id)


@pytest.mark.requirement("R-SEC-7")
@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("clearance", ["L0", "L1", "L2"])
def test_an_explanation_says_what_the_decision_says(role: Role, clearance: str) -> None:
    one = an_actor("me", role, department="sales")
    actor = Actor(
        one.id,
        one.name,
        "",
        one.roles,
        one.departments,
        one.circle,
        clearance=clearance,
        grants=frozenset({"g"}),
    )
    for level in SECRECY:
        for department in ("sales", "hr"):
            for grants in (frozenset[str](), frozenset({"g"})):
                paper = Guarded(level, department=department, grants=grants)
                assert explain(actor, paper).known == knows(actor, paper)
                assert explain(actor, paper).reasons
