"""People: adding users, listing them, and changing one's password."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from service.audit import Audit
from service.domain.permissions import Actor, Role
from service.errors import Fault, Forbidden, InvalidInput, TooManyAttempts, WrongCredentials
from service.hashing import PasswordHashes
from service.models import AuditEvent, User
from service.usecases.people.sign_in import SignIn
from service.usecases.people.users import NewUser, People, WhoIs
from tests.conftest import Clock

pytestmark = pytest.mark.usefixtures("database")

CHEAP = PasswordHashes(time_cost=1, memory_kib=8)
PASSWORD = "山高月小-水落石出-清风"


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
def wang(people: People, sign_in: SignIn, administrator: Actor) -> Actor:
    people.add(administrator, NewUser("王芳", roles=["staff"], password=PASSWORD))
    return sign_in.sign_in("王芳", PASSWORD, address="10.0.0.1").actor


def faults_of(people: People, administrator: Actor, new: NewUser) -> list[Fault]:
    with pytest.raises(InvalidInput) as caught:
        people.add(administrator, new)
    assert User.objects().count() == 0
    for fault in caught.value.faults:
        assert fault.message % fault.params
    return list(caught.value.faults)


@pytest.mark.requirement("R-SEC-6")
def test_a_new_user_signs_in_with_a_one_time_password(
    people: People, sign_in: SignIn, administrator: Actor
) -> None:
    new = NewUser("ＷangFang", "王芳", [Role.STAFF, Role.DEPT_HEAD], [" 销售部 "])
    view, password = people.add(administrator, new)
    assert (view.name, view.display_name, view.must_change_password) == ("wangfang", "王芳", True)
    assert (view.roles, view.departments) == (("dept_head", "staff"), ("销售部",))
    actor = sign_in.sign_in("WANGFANG", password, address="10.0.0.1").actor
    assert actor == Actor(
        id=view.id,
        name="wangfang",
        display_name="王芳",
        roles=frozenset({Role.STAFF, Role.DEPT_HEAD}),
        departments=frozenset({"销售部"}),
        circle=f"circle:{view.id}",
        must_change_password=True,
    )


def test_a_given_password_is_not_told_again_and_need_not_be_changed(
    people: People, administrator: Actor
) -> None:
    view, password = people.add(administrator, NewUser("li", roles=["archivist"], password=PASSWORD))
    assert password == ""
    assert not view.must_change_password
    assert view.display_name == "li"


def test_passwords_are_kept_as_argon2id_only(people: People, administrator: Actor) -> None:
    view, password = people.add(administrator, NewUser("li", roles=["staff"]))
    kept = str(User.objects(id=view.id)[0].to_mongo())
    assert "$argon2id$" in kept
    assert password not in kept


@pytest.mark.parametrize(
    ("new", "path", "code"),
    [
        (NewUser("", roles=["staff"]), "name", "required"),
        (NewUser(" \u3000", roles=["staff"]), "name", "required"),
        (NewUser("王 芳", roles=["staff"]), "name", "bad_name"),
        (NewUser("local:root", roles=["staff"]), "name", "bad_name"),
        (NewUser("a\x00b", roles=["staff"]), "name", "bad_name"),
        (NewUser("名" * 65, roles=["staff"]), "name", "bad_name"),
        (NewUser("\ud800", roles=["staff"]), "name", "bad_name"),
        (NewUser("li"), "roles", "required"),
        (NewUser("li", roles=["root"]), "roles", "not_in_list"),
        (NewUser("li", "名" * 101, ["staff"]), "display_name", "too_long"),
        (NewUser("li", "a\x07", ["staff"]), "display_name", "control_character"),
        (NewUser("li", roles=["staff"], departments=["销售部", " "]), "departments.1", "required"),
        (NewUser("li", roles=["staff"], departments=["部" * 101]), "departments.0", "too_long"),
        (
            NewUser("li", roles=["staff"], departments=[f"{n} 部" for n in range(51)]),
            "departments",
            "too_many",
        ),
        (NewUser("li", roles=["staff"], password="short"), "password", "password_too_short"),
        (NewUser("li", roles=["staff"], clearance="L3"), "clearance", "not_in_list"),
        (NewUser("li", roles=["sysadmin", "archivist"]), "roles", "separated"),
        (NewUser("li", roles=["sysadmin", "auditor"]), "roles", "separated"),
        (NewUser("li", roles=["auditor", "staff"]), "roles", "separated"),
    ],
)
def test_each_fault_of_a_new_user(
    people: People, administrator: Actor, new: NewUser, path: str, code: str
) -> None:
    (fault,) = faults_of(people, administrator, new)
    assert (fault.path, fault.code) == (path, code)


def test_all_faults_of_a_new_user_come_at_once(people: People, administrator: Actor) -> None:
    faults = faults_of(people, administrator, NewUser("王 芳", roles=["root"], password="x"))
    assert {fault.path for fault in faults} == {"name", "roles", "password"}


@pytest.mark.parametrize("again", ["wangfang", "WangFang", "ｗａｎｇｆａｎｇ", " wangfang "])
def test_a_sign_in_name_is_given_once(people: People, administrator: Actor, again: str) -> None:
    people.add(administrator, NewUser("wangfang", roles=["staff"]))
    with pytest.raises(InvalidInput) as caught:
        people.add(administrator, NewUser(again, roles=["staff"]))
    assert [(fault.path, fault.code) for fault in caught.value.faults] == [("name", "taken")]


@pytest.mark.requirement("R-SEC-6", "R-AUD-1")
def test_only_the_administrator_adds_and_lists_and_a_refusal_is_on_record(
    people: People, archivist: Actor
) -> None:
    with pytest.raises(Forbidden):
        people.add(archivist, NewUser("li", roles=["sysadmin"]))
    with pytest.raises(Forbidden):
        people.page(archivist, WhoIs())
    assert [event.result for event in AuditEvent.objects(actor_id=archivist.id)] == ["refused", "refused"]
    assert not people.exists_any()


def test_users_are_listed_by_name(people: People, administrator: Actor) -> None:
    assert people.page(administrator, WhoIs()).items == []
    added = [people.add(administrator, NewUser(name, roles=["staff"]))[0] for name in ("wang", "li")]
    assert people.page(administrator, WhoIs()).items == [added[1], added[0]]
    assert people.exists_any()


@pytest.mark.requirement("R-AUD-1")
def test_adding_a_user_is_on_record_without_his_password(people: People, administrator: Actor) -> None:
    view, password = people.add(administrator, NewUser("li", roles=["staff"]))
    (event,) = AuditEvent.objects(object_id=view.id)
    assert (event.act, event.actor_id, event.facts["roles"]) == ("add_user", administrator.id, ["staff"])
    assert password not in str(event.to_mongo())


def test_a_changed_password_ends_the_other_sessions(people: People, sign_in: SignIn, wang: Actor) -> None:
    here = sign_in.sign_in("王芳", PASSWORD, address="10.0.0.1")
    there = sign_in.sign_in("王芳", PASSWORD, address="10.0.0.2")
    people.change_password(wang, PASSWORD, "a much better one", session=here.token)
    assert sign_in.session(here.token) is not None
    assert sign_in.session(there.token) is None
    with pytest.raises(WrongCredentials):
        sign_in.sign_in("王芳", PASSWORD, address="10.0.0.3")
    assert sign_in.sign_in("王芳", "a much better one", address="10.0.0.3").actor.id == wang.id


def test_without_a_session_to_keep_all_end(people: People, sign_in: SignIn, wang: Actor) -> None:
    here = sign_in.sign_in("王芳", PASSWORD, address="10.0.0.1")
    people.change_password(wang, PASSWORD, "a much better one")
    assert sign_in.session(here.token) is None


def test_a_one_time_password_is_changed_once(people: People, sign_in: SignIn, administrator: Actor) -> None:
    _, made = people.add(administrator, NewUser("li", roles=["staff"]))
    signed = sign_in.sign_in("li", made, address="10.0.0.1")
    people.change_password(signed.actor, made, PASSWORD, session=signed.token)
    session = sign_in.session(signed.token)
    assert session is not None
    assert not session.actor.must_change_password


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("not the old one", "a much better one", ("old", "wrong_password")),
        (PASSWORD, "short", ("new", "password_too_short")),
        (PASSWORD, PASSWORD, ("new", "password_unchanged")),
        (PASSWORD, "abababababab", ("new", "password_too_simple")),
    ],
)
def test_each_fault_of_a_change_leaves_the_old_password(
    people: People, sign_in: SignIn, wang: Actor, old: str, new: str, fault: tuple[str, str]
) -> None:
    with pytest.raises(InvalidInput) as caught:
        people.change_password(wang, old, new)
    assert [(one.path, one.code) for one in caught.value.faults] == [fault]
    assert sign_in.sign_in("王芳", PASSWORD, address="10.0.0.9").actor.id == wang.id


@pytest.mark.requirement("B50")
def test_guessing_the_old_password_has_to_wait(people: People, wang: Actor, clock: Clock) -> None:
    for _ in range(5):
        with pytest.raises(InvalidInput):
            people.change_password(wang, "a wrong guess", "a much better one")
    with pytest.raises(TooManyAttempts):
        people.change_password(wang, PASSWORD, "a much better one")
    clock.advance(seconds=30)
    people.change_password(wang, PASSWORD, "a much better one")


def test_an_actor_without_a_password_cannot_change_it(people: People, administrator: Actor) -> None:
    with pytest.raises(Forbidden):
        people.change_password(replace(administrator, id="local:root"), "a", "b")


def test_a_role_of_a_newer_program_gives_no_right(
    people: People, sign_in: SignIn, administrator: Actor
) -> None:
    view, made = people.add(administrator, NewUser("li", roles=["staff"]))
    User.objects(id=view.id).update_one(set__roles=["staff", "archduke"])
    assert sign_in.sign_in("li", made, address="").actor.roles == {Role.STAFF}
