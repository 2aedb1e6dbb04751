"""Roles as data, circles and deputies: what they give counts from the next request on, and who did it is told."""

from datetime import date

import pytest

from service.audit import Audit
from service.domain.people import Standing
from service.domain.permissions import Act, Actor, Guarded, Role, knows, may, rights_of
from service.domain.roles import ACT_NAMES, GROUPS, RoleSaid
from service.errors import Conflict, Forbidden, InvalidInput, NotFound
from service.hashing import PasswordHashes
from service.knowing import Knowing
from service.models import AuditEvent, RoleSheet, User
from service.usecases.knowing.acting import Actors
from service.usecases.knowing.deputies import DeputySaid
from service.usecases.people.sign_in import SignedIn, SignIn
from service.usecases.people.users import NewUser, People
from tests.conftest import Clock

pytestmark = pytest.mark.usefixtures("database")

CHEAP = PasswordHashes(time_cost=1, memory_kib=8)
PASSWORD = "渠道建设与回款-2026"


@pytest.fixture
def actors(clock: Clock) -> Actors:
    return Actors(clock)


@pytest.fixture
def knowing(actors: Actors, clock: Clock) -> Knowing:
    return Knowing.of(actors, Audit(clock), clock)


@pytest.fixture
def people(actors: Actors, clock: Clock) -> People:
    return People(Audit(clock), clock, CHEAP, actors)


@pytest.fixture
def sign_in(actors: Actors, clock: Clock) -> SignIn:
    return SignIn(Audit(clock), clock, CHEAP, actors=actors)


def entered(people: People, by: Actor, name: str, *roles: str, **rest: object) -> str:
    new = NewUser(name, name, roles, ("销售部",), PASSWORD, **rest)  # type: ignore[arg-type]
    return people.add(by, new)[0].id


def signed(sign_in: SignIn, name: str) -> SignedIn:
    return sign_in.sign_in(name, PASSWORD, address="10.0.0.1")


def acting(sign_in: SignIn, token: str) -> Actor:
    session = sign_in.session(token)
    assert session is not None
    return session.actor


@pytest.mark.requirement("R-SEC-6")
def test_viewing_and_editing_are_given_apart_from_the_next_request_on(
    knowing: Knowing, people: People, sign_in: SignIn, administrator: Actor
) -> None:
    said = RoleSaid("查阅员", "Reader", ["read", "read_content"])
    knowing.roles.save(administrator, "reader_only", said, new=True)
    entered(people, administrator, "wang", "reader_only")
    token = signed(sign_in, "wang").token
    paper = Guarded(department="销售部")
    assert may(acting(sign_in, token), Act.READ, paper)
    assert not may(acting(sign_in, token), Act.CHANGE, paper)
    knowing.roles.save(administrator, "reader_only", RoleSaid("查阅员", "", ["read", "change"]))
    assert may(acting(sign_in, token), Act.CHANGE, paper)
    assert not may(acting(sign_in, token), Act.CREATE)
    with pytest.raises(Conflict):
        knowing.roles.remove(administrator, "reader_only")
    told = [event.facts["acts"] for event in AuditEvent.objects(act="change_role")]
    assert told == [[["read", "read_content"], ["change", "read"]]]


@pytest.mark.requirement("R-ORG-1")
def test_a_part_time_archivist_works_in_the_departments_he_is_named_for(
    people: People, sign_in: SignIn, administrator: Actor
) -> None:
    user = entered(people, administrator, "zhao", "dept_archivist", reach={"dept_archivist": ["市场部"]})
    token = signed(sign_in, "zhao").token
    assert may(acting(sign_in, token), Act.CHANGE, Guarded(department="市场部"))
    assert not knows(acting(sign_in, token), Guarded(department="销售部"))
    people.change(administrator, user, Standing(reach={"dept_archivist": ["*"]}))
    assert rights_of(acting(sign_in, token))[Act.READ] is None
    with pytest.raises(InvalidInput) as caught:
        people.change(administrator, user, Standing(reach={"dept_archivist": []}))
    assert caught.value.faults[0].path == "reach.dept_archivist"


def test_a_row_from_before_roles_were_data_means_what_it_meant(actors: Actors, clock: Clock) -> None:
    """No migration touches users: a line that names no reach counts where the role says."""
    rows = User._get_collection()
    old = {"name": "li", "roles": ["archivist"], "departments": ["综合管理部"], "created_at": clock()}
    rows.insert_one({"_id": "u1", **old})
    actor = actors.named("u1")
    assert actor is not None
    assert rights_of(actor) == rights_of(Actor("u1", "li", "li", frozenset({Role.ARCHIVIST})))


def test_every_right_has_its_words_and_its_place_in_the_matrix() -> None:
    assert set(ACT_NAMES) == set(Act)
    assert sorted(act for acts in GROUPS.values() for act in acts) == sorted(Act)


def test_what_a_later_program_adds_to_a_starting_role_reaches_an_edited_one(
    actors: Actors, knowing: Knowing, administrator: Actor
) -> None:
    knowing.roles.save(administrator, "staff", RoleSaid("职员", "Clerk", ["read"]))
    RoleSheet.objects(code="staff").update_one(pull__known="import")
    assert actors.roles()["staff"].acts == {Act.READ, Act.IMPORT}
    knowing.roles.remove(administrator, "staff")
    assert actors.roles()["staff"].name == "员工"


@pytest.mark.requirement("S-ER-2")
def test_no_edit_of_a_role_joins_what_is_kept_apart(
    knowing: Knowing, people: People, administrator: Actor
) -> None:
    def codes(code: str, acts: list[str], *, new: bool = False) -> list[str]:
        with pytest.raises(InvalidInput) as caught:
            knowing.roles.save(administrator, code, RoleSaid("甲", "", acts), new=new)
        return [fault.code for fault in caught.value.faults]

    assert codes("all_in_one", ["read", "operate"], new=True) == ["separated"]
    assert codes("sysadmin", ["operate"]) == ["required"]
    assert codes("X", ["fly"], new=True) == ["bad_code", "not_in_list"]
    entered(people, administrator, "wang", "staff", "dept_head")
    with pytest.raises(Conflict):
        knowing.roles.save(administrator, "dept_head", RoleSaid("负责人", "", ["operate"]))
    with pytest.raises(NotFound):
        knowing.roles.save(administrator, "nothing", RoleSaid("无", "", ["read"]))


@pytest.mark.requirement("R-SEC-4")
def test_a_circle_opens_until_one_leaves_it_or_it_is_closed(
    knowing: Knowing, people: People, sign_in: SignIn, administrator: Actor
) -> None:
    bid = knowing.circles.add(administrator, "投标项目组")
    user = entered(people, administrator, "wang", "staff", circles=[bid])
    token = signed(sign_in, "wang").token
    paper = Guarded("L1", core_secret=True, department="技术部", circles=frozenset({bid}))
    assert knows(acting(sign_in, token), paper)
    knowing.circles.close(administrator, bid)
    assert not knows(acting(sign_in, token), paper)
    knowing.circles.close(administrator, bid, closed=False)
    assert [(one.name, one.people) for one in knowing.circles.all(administrator)] == [("投标项目组", 1)]
    people.change(administrator, user, Standing(circles=[]))
    assert not knows(acting(sign_in, token), paper)
    with pytest.raises(InvalidInput):
        people.change(administrator, user, Standing(circles=["circle:none"]))


@pytest.mark.requirement("R-BOR-7")
def test_a_deputy_acts_within_dates_and_his_own_clearance_and_both_are_named(
    knowing: Knowing, people: People, sign_in: SignIn, administrator: Actor, clock: Clock
) -> None:
    head = entered(people, administrator, "head", "dept_head")
    entered(people, administrator, "wang", "staff", clearance="L1")
    token = signed(sign_in, "wang").token
    wang, paper = acting(sign_in, token), Guarded("L1", core_secret=True, department="销售部")
    said = DeputySaid(head, "wang", date(2026, 3, 3), date(2026, 3, 4), "委托书 2026-7")
    named = knowing.deputies.add(administrator, said)
    with pytest.raises(NotFound):
        knowing.deputies.begin(wang, token, head)
    clock.now = clock.now.replace(day=4)
    token = signed(sign_in, "wang").token
    assert not knows(acting(sign_in, token), paper)
    knowing.deputies.begin(wang, token, head)
    deputy = acting(sign_in, token)
    assert (deputy.name, deputy.acting_for) == ("wang", head)
    assert knows(deputy, paper)
    assert not knows(deputy, Guarded("L2", department="销售部"))
    Audit(clock).insert(deputy, "read", "record", "r1")
    event = AuditEvent.objects(object_id="r1")[0]
    assert (event.actor_id, event.for_id) == (wang.id, head)
    with pytest.raises(Forbidden):
        knowing.deputies.add(deputy, said)
    clock.now = clock.now.replace(hour=16)  # midnight in Shanghai
    assert acting(sign_in, token).acting_for == ""
    knowing.deputies.end(administrator, named.id)


@pytest.mark.requirement("R-BOR-7", "S-ER-2")
def test_who_may_not_stand_in_is_refused_with_every_fault(
    knowing: Knowing, people: People, administrator: Actor
) -> None:
    head = entered(people, administrator, "head", "dept_head")
    entered(people, administrator, "root", "sysadmin")
    said = DeputySaid(head, "root", date(2026, 3, 3), date(2026, 3, 1), "")
    with pytest.raises(InvalidInput) as caught:
        knowing.deputies.add(administrator, said)
    assert [fault.path for fault in caught.value.faults] == ["deputy", "last_day", "reason"]
    with pytest.raises(Forbidden):
        knowing.roles.all(Actor("x", "x", "x", frozenset({Role.STAFF})))
    with pytest.raises(Forbidden):
        knowing.circles.add(Actor("x", "x", "x", frozenset({Role.AUDITOR})), "甲")
