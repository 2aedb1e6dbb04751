"""Managing people: changing, disabling, unlocking; what changes counts at once, and one administrator stays."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from service import models
from service.audit import Audit
from service.domain.people import Standing
from service.domain.permissions import Actor, Role
from service.errors import Conflict, Forbidden, InvalidInput, NotFound, TooManyAttempts, WrongCredentials
from service.hashing import PasswordHashes
from service.models import AuditEvent, User
from service.usecases.knowing.acting import Actors
from service.usecases.people.departments import Departments
from service.usecases.people.sessions import Sessions
from service.usecases.people.sign_in import SignIn
from service.usecases.people.users import NewUser, People, UserView, WhoIs
from tests.conftest import Clock, an_actor

pytestmark = pytest.mark.usefixtures("database")

CHEAP = PasswordHashes(time_cost=1, memory_kib=8)
PASSWORD = "山高月小-水落石出-清风"
HERE = "10.0.0.1"


@pytest.fixture
def clock() -> Clock:
    """Near the time of the database, which forgets expired sessions by itself."""
    return Clock(datetime.now(UTC).replace(microsecond=0))


@pytest.fixture
def people(clock: Clock) -> People:
    return People(Audit(clock), clock, CHEAP)


@pytest.fixture
def sign_in(clock: Clock) -> SignIn:
    return SignIn(Audit(clock), clock, CHEAP)


@pytest.fixture
def sessions(clock: Clock) -> Sessions:
    return Sessions(Audit(clock), clock)


@pytest.fixture
def wang(people: People, administrator: Actor) -> UserView:
    new = NewUser("wangfang", "王芳", ["staff"], ["销售部"], PASSWORD)
    return people.add(administrator, new)[0]


def events(act: str) -> list[dict[str, Any]]:
    return [event.facts for event in AuditEvent.objects(act=act, result="done")]


@pytest.mark.requirement("R-SEC-6", "R-AUD-1")
def test_a_change_counts_from_the_next_request_and_is_on_record_with_before_and_after(
    people: People, sign_in: SignIn, wang: UserView, administrator: Actor
) -> None:
    token = sign_in.sign_in("wangfang", PASSWORD, address=HERE).token
    said = Standing("王小芳", [Role.DEPT_HEAD, Role.STAFF], [" 市场部 "], "L1")
    view = people.change(administrator, wang.id, said)
    assert (view.display_name, view.roles, view.departments, view.clearance) == (
        "王小芳",
        ("dept_head", "staff"),
        ("市场部",),
        "L1",
    )
    session = sign_in.session(token)
    assert session is not None
    assert session.actor.roles == {Role.DEPT_HEAD, Role.STAFF}
    assert (session.actor.departments, session.actor.clearance) == ({"市场部"}, "L1")
    assert events("change_user") == [
        {
            "fields": ["clearance", "departments", "display_name", "roles"],
            "changed": {
                "roles": [["staff"], ["dept_head", "staff"]],
                "departments": [["销售部"], ["市场部"]],
                "clearance": ["L2", "L1"],
            },
        }
    ]


def test_a_change_that_changes_nothing_is_no_event(
    people: People, wang: UserView, administrator: Actor
) -> None:
    assert people.change(administrator, wang.id, Standing(roles=["staff"], departments=["销售部"])) == wang
    assert events("change_user") == []


def test_without_a_name_to_show_the_sign_in_name_is_shown(
    people: People, wang: UserView, administrator: Actor
) -> None:
    assert people.change(administrator, wang.id, Standing(display_name=" ")).display_name == "wangfang"


@pytest.mark.requirement("S-ER-2")
def test_nobody_runs_the_machine_and_reads_the_archive(
    people: People, wang: UserView, administrator: Actor
) -> None:
    with pytest.raises(InvalidInput) as caught:
        people.change(administrator, wang.id, Standing(roles=["staff", "sysadmin"]))
    assert [fault.code for fault in caught.value.faults] == ["separated"]


def test_disabling_ends_sessions_now_and_enabling_lets_in_again(
    people: People, sign_in: SignIn, wang: UserView, administrator: Actor
) -> None:
    token = sign_in.sign_in("wangfang", PASSWORD, address=HERE).token
    assert people.disable(administrator, wang.id).disabled
    assert sign_in.session(token) is None
    assert models.Session.objects(user_id=wang.id).count() == 0
    with pytest.raises(WrongCredentials):
        sign_in.sign_in("wangfang", PASSWORD, address=HERE)
    people.disable(administrator, wang.id)
    assert not people.enable(administrator, wang.id).disabled
    assert sign_in.sign_in("wangfang", PASSWORD, address=HERE)
    assert events("disable_user") == [{"disabled": [False, True]}]
    assert events("enable_user") == [{"disabled": [True, False]}]


def an_administrator(people: People, administrator: Actor, name: str) -> Actor:
    view, _ = people.add(administrator, NewUser(name, roles=["sysadmin"]))
    return Actors(lambda: datetime.now(UTC)).of(User.objects(id=view.id)[0])


def test_the_last_administrator_stays(people: People, administrator: Actor) -> None:
    only = an_administrator(people, administrator, "chen")
    for take in (
        lambda: people.disable(administrator, only.id),
        lambda: people.change(administrator, only.id, Standing(roles=["auditor"])),
    ):
        with pytest.raises(Conflict):
            take()
    other = an_administrator(people, administrator, "zhou")
    people.disable(other, only.id)
    assert [user.name for user in User.objects(disabled=False)] == ["zhou"]
    with pytest.raises(Conflict):
        people.change(administrator, other.id, Standing(roles=["staff"]))


def test_two_administrators_who_disable_each_other_at_once_do_not_both_succeed(
    people: People, administrator: Actor
) -> None:
    pairs = [an_administrator(people, administrator, name) for name in ("chen", "zhou")]

    def disable(who: Actor, whom: Actor) -> bool:
        try:
            people.disable(who, whom.id)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(disable, pairs, reversed(pairs)))
    assert done.count(True) == 1
    assert User.objects(disabled=False, roles="sysadmin").count() == 1


def test_nobody_disables_himself_or_resets_his_own_password(people: People, administrator: Actor) -> None:
    chen = an_administrator(people, administrator, "chen")
    an_administrator(people, administrator, "zhou")
    with pytest.raises(Conflict):
        people.disable(chen, chen.id)
    with pytest.raises(Conflict):
        people.reset_password(chen, chen.id)


def test_a_reset_password_is_for_one_sign_in_and_ends_sessions(
    people: People, sign_in: SignIn, wang: UserView, administrator: Actor
) -> None:
    token = sign_in.sign_in("wangfang", PASSWORD, address=HERE).token
    once = people.reset_password(administrator, wang.id)
    assert sign_in.session(token) is None
    with pytest.raises(WrongCredentials):
        sign_in.sign_in("wangfang", PASSWORD, address=HERE)
    assert sign_in.sign_in("wangfang", once, address=HERE).actor.must_change_password
    assert once not in str([event.to_mongo() for event in AuditEvent.objects()])


def test_an_administrator_unlocks_a_name_from_everywhere(
    people: People, sign_in: SignIn, wang: UserView, administrator: Actor
) -> None:
    for address in ("10.0.0.1", "10.0.0.2"):
        for _ in range(5):
            with pytest.raises(WrongCredentials):
                sign_in.sign_in("wangfang", "a wrong guess", address=address)
        with pytest.raises(TooManyAttempts):
            sign_in.sign_in("wangfang", PASSWORD, address=address)
    assert people.get(administrator, wang.id).locked
    assert people.page(administrator, WhoIs()).items[0].locked
    assert not people.unlock(administrator, wang.id).locked
    for address in ("10.0.0.1", "10.0.0.2"):
        assert sign_in.sign_in("wangfang", PASSWORD, address=address)
    people.unlock(administrator, wang.id)
    assert len(events("unlock_user")) == 1


def test_users_are_paged_and_filtered(people: People, administrator: Actor, wang: UserView) -> None:
    for number in range(5):
        people.add(administrator, NewUser(f"u{number}", roles=["dept_head"], departments=["市场部"]))
    people.disable(administrator, people.named(administrator, "u3").id)

    def names(asked: WhoIs, **page: Any) -> list[str]:
        return [view.name for view in people.page(administrator, asked, **page).items]

    first = people.page(administrator, WhoIs(), limit=4)
    assert (len(first.items), first.total, first.next_cursor) == (4, 6, "u3")
    assert names(WhoIs(), after="u3") == ["u4", "wangfang"]
    assert names(WhoIs("王芳")) == names(WhoIs("销售 WANG")) == names(WhoIs(role="staff")) == ["wangfang"]
    assert names(WhoIs("市场部", state="active")) == ["u0", "u1", "u2", "u4"]
    assert names(WhoIs(state="disabled")) == ["u3"]
    assert names(WhoIs("没有这个人")) == []


def test_a_person_sees_and_ends_his_own_sessions(
    sign_in: SignIn, sessions: Sessions, wang: UserView, clock: Clock, archivist: Actor
) -> None:
    old = sign_in.sign_in("wangfang", PASSWORD, address="10.0.0.7", agent="Firefox")
    clock.advance(seconds=5)
    new = sign_in.sign_in("wangfang", PASSWORD, address="10.0.0.8", agent="x" * 1000)
    listed = sessions.own(new.actor, token=new.token)
    assert [(one.address, one.agent[:9], one.current) for one in listed] == [
        ("10.0.0.8", "x" * 9, True),
        ("10.0.0.7", "Firefox", False),
    ]
    with pytest.raises(NotFound):
        sessions.end(archivist, listed[1].id)
    sessions.end(new.actor, listed[1].id)
    assert sign_in.session(old.token) is None
    third = sign_in.sign_in("wangfang", PASSWORD, address=HERE)
    assert sessions.end_others(third.actor, token=third.token) == 1
    assert sign_in.session(new.token) is None
    assert sign_in.session(third.token) is not None


def test_who_manages_users_ends_their_sessions(
    sign_in: SignIn, sessions: Sessions, wang: UserView, administrator: Actor
) -> None:
    token = sign_in.sign_in("wangfang", PASSWORD, address=HERE).token
    (one,) = sessions.of(administrator, wang.id)
    sessions.end_of(administrator, wang.id, one.id)
    assert sign_in.session(token) is None
    assert sessions.of(administrator, wang.id) == []


def test_the_last_sign_in_is_noted(
    people: People, sign_in: SignIn, wang: UserView, administrator: Actor, clock: Clock
) -> None:
    assert wang.last_sign_in is None
    sign_in.sign_in("wangfang", PASSWORD, address=HERE)
    assert people.get(administrator, wang.id).last_sign_in == clock()


@pytest.fixture
def departments(clock: Clock) -> Departments:
    return Departments(Audit(clock), clock)


@pytest.mark.requirement("R-ORG-3")
def test_departments_are_data(departments: Departments, administrator: Actor, wang: UserView) -> None:
    departments.add(administrator, " 市场部 ", order=1)
    departments.add(administrator, "产品部", order=2)
    departments.close(administrator, "产品部")
    shown = [(one.name, one.closed, one.people) for one in departments.all(administrator)]
    assert shown == [("市场部", False, 0), ("销售部", False, 1), ("产品部", True, 0)]
    departments.close(administrator, "销售部")
    departments.close(administrator, "产品部", closed=False)
    assert [one.name for one in departments.all(administrator) if one.closed] == ["销售部"]
    assert events("close_department") == [{"closed": [False, True]}] * 2
    for name, code in (("市场部", "taken"), ("", "required"), ("部" * 101, "too_long")):
        with pytest.raises(InvalidInput) as caught:
            departments.add(administrator, name)
        assert [fault.code for fault in caught.value.faults] == [code]
    with pytest.raises(NotFound):
        departments.close(administrator, "没有")


NOT_MANAGERS = [role for role in Role if role is not Role.SYSADMIN]


@pytest.mark.requirement("R-SEC-6")
@pytest.mark.parametrize("role", NOT_MANAGERS)
def test_only_the_system_administrator_manages_people(
    people: People, sessions: Sessions, departments: Departments, wang: UserView, role: Role
) -> None:
    actor = an_actor("somebody", role)
    attempts: list[Callable[[], object]] = [
        lambda: people.page(actor, WhoIs()),
        lambda: people.get(actor, wang.id),
        lambda: people.named(actor, "wangfang"),
        lambda: people.change(actor, wang.id, Standing(roles=["archivist"])),
        lambda: people.disable(actor, wang.id),
        lambda: people.enable(actor, wang.id),
        lambda: people.reset_password(actor, wang.id),
        lambda: people.unlock(actor, wang.id),
        lambda: sessions.of(actor, wang.id),
        lambda: sessions.end_of(actor, wang.id, "x"),
        lambda: departments.all(actor),
        lambda: departments.add(actor, "市场部"),
        lambda: departments.close(actor, "销售部"),
    ]
    for attempt in attempts:
        with pytest.raises(Forbidden):
            attempt()
    assert AuditEvent.objects(actor_id=actor.id, result="refused").count() == len(attempts)


def test_a_user_who_does_not_exist_is_told(people: People, administrator: Actor) -> None:
    for attempt in (people.get, people.disable, people.enable, people.reset_password, people.unlock):
        with pytest.raises(NotFound):
            attempt(administrator, "nobody")  # type: ignore[operator]
    with pytest.raises(NotFound):
        people.named(administrator, "nobody")
