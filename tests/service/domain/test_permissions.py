"""Permissions: requirements §3.3 for records, G4, and that search sees exactly what one may know of."""

from dataclasses import replace
from itertools import product

import pytest

from service.domain.permissions import (
    COMPARTMENTS,
    SECRECY,
    STARTING_ACTS,
    Act,
    Actor,
    Guarded,
    Role,
    access_terms,
    audience,
    compartment,
    joined_rights,
    knows,
    listening,
    may,
    search_scope,
    separated,
)


def person(*roles: Role, department: str = "sales", circle: str = "circle:me") -> Actor:
    return Actor("me", "me", "我", frozenset(roles), frozenset({department} if department else ()), circle)


def paper(
    secrecy: str = "L0",
    *,
    core: bool = False,
    department: str = "sales",
    circles: tuple[str, ...] = (),
    life: str = "draft",
) -> Guarded:
    return Guarded(secrecy, core_secret=core, department=department, circles=frozenset(circles), life=life)


def test_compartments_are_levels_with_and_without_core_secrets() -> None:
    assert COMPARTMENTS == ("L0", "L0C", "L1", "L1C", "L2", "L2C", "L3", "L3C")
    assert compartment("L1", core_secret=True) == "L1C"


def test_index_terms_name_departments_and_circles_only() -> None:
    assert access_terms(paper(circles=("circle:a",))) == {"dept:sales", "circle:a"}
    assert access_terms(paper(department="")) == frozenset()


@pytest.mark.requirement("R-SEC-7")
@pytest.mark.parametrize("role", [Role.STAFF, Role.DEPT_ARCHIVIST, Role.DEPT_HEAD])
def test_unclassified_papers_are_known_in_their_department_only(role: Role) -> None:
    assert knows(person(role), paper())
    assert not knows(person(role), paper(department="marketing"))
    assert not knows(person(role, department=""), paper(department=""))


@pytest.mark.parametrize("role", [Role.OFFICE_DIRECTOR, Role.GENERAL_MANAGER, Role.ARCHIVIST])
def test_directors_and_the_archivist_know_unclassified_papers_of_all_departments(role: Role) -> None:
    assert knows(person(role), paper(department="marketing"))


@pytest.mark.requirement("R-SEC-4")
@pytest.mark.parametrize(
    "role", [Role.STAFF, Role.DEPT_ARCHIVIST, Role.OFFICE_DIRECTOR, Role.GENERAL_MANAGER]
)
@pytest.mark.parametrize(
    ("secrecy", "core"), [("L0", True), ("L1", False), ("L1", True), ("L2", False), ("L2", True)]
)
def test_core_secrets_and_classified_papers_are_known_in_their_circle_only(
    role: Role, secrecy: str, core: bool
) -> None:
    assert not knows(person(role), paper(secrecy, core=core))
    assert knows(person(role), paper(secrecy, core=core, circles=("circle:me",), department="marketing"))
    assert not knows(person(role, circle=""), paper(secrecy, core=core, circles=("circle:other",)))


def test_a_department_head_knows_classified_papers_of_his_own_department() -> None:
    assert knows(person(Role.DEPT_HEAD), paper("L1", core=True))
    assert not knows(person(Role.DEPT_HEAD), paper("L1", core=True, department="marketing"))


@pytest.mark.requirement("R-BOR-3")
@pytest.mark.parametrize(("role", "core"), list(product(Role, (False, True))))
def test_top_secret_papers_are_found_by_nobody(role: Role, core: bool) -> None:
    assert not knows(person(role), paper("L3", core=core, circles=("circle:me",)))
    assert not [place for place in search_scope(person(role)) if place.startswith("L3")]


@pytest.mark.requirement("S-ER-2")
@pytest.mark.parametrize("role", [Role.AUDITOR, Role.SYSADMIN])
def test_auditor_and_system_administrator_see_no_content(role: Role) -> None:
    assert search_scope(person(role)) == {}
    for act in (Act.READ, Act.READ_CONTENT, Act.CHANGE, Act.DELETE):
        assert not may(person(role), act, paper(circles=("circle:me",)))
    assert not may(person(role), Act.CREATE)
    assert not may(person(role), Act.IMPORT)


@pytest.mark.requirement("S-ER-2")
@pytest.mark.parametrize("act", [Act.MANAGE_USERS, Act.OPERATE])
def test_only_the_system_administrator_runs_the_machine(act: Act) -> None:
    assert {role for role in Role if may(person(role), act)} == {Role.SYSADMIN}


@pytest.mark.parametrize("act", [Act.CREATE, Act.IMPORT])
def test_who_may_bring_papers_in(act: Act) -> None:
    makers = {Role.STAFF, Role.DEPT_ARCHIVIST, Role.ARCHIVIST, Role.DEPT_HEAD}
    assert {role for role in Role if may(person(role), act)} == makers


@pytest.mark.requirement("R-SEC-6")
@pytest.mark.parametrize("act", [Act.CHANGE, Act.DELETE])
def test_viewing_and_editing_are_rights_apart(act: Act) -> None:
    for role in (Role.OFFICE_DIRECTOR, Role.GENERAL_MANAGER):
        assert may(person(role), Act.READ, paper(circles=("circle:me",)))
        assert not may(person(role), act, paper(circles=("circle:me",)))


@pytest.mark.parametrize("act", [Act.CHANGE, Act.DELETE])
def test_people_change_drafts_of_their_own_and_the_archivist_all(act: Act) -> None:
    assert may(person(Role.STAFF), act, paper())
    assert may(person(Role.STAFF), act, paper(department="marketing", circles=("circle:me",)))
    assert not may(person(Role.STAFF), act, paper(department="marketing"))
    assert not may(person(Role.STAFF), act, paper(life="archived"))
    assert may(person(Role.ARCHIVIST), act, paper(department="marketing", life="archived"))
    assert not may(person(Role.ARCHIVIST), act, paper("L3"))


def test_an_act_on_a_record_needs_a_record() -> None:
    assert not may(person(Role.ARCHIVIST), Act.READ)


def test_nobody_without_a_role_knows_anything() -> None:
    assert search_scope(person()) == {}
    assert not any(may(person(), act, paper(circles=("circle:me",))) for act in Act)


@pytest.mark.requirement("R-SEC-7")
@pytest.mark.parametrize("role", list(Role))
def test_search_finds_exactly_what_may_be_read(role: Role) -> None:
    """The decision for one object and the filter for search agree on every kind of record."""
    actor = person(role)
    for secrecy, core, department, circles in product(
        SECRECY, (False, True), ("", "sales", "marketing"), ((), ("circle:me",), ("circle:other",))
    ):
        guarded = paper(secrecy, core=core, department=department, circles=circles)
        scope = search_scope(actor)
        place = compartment(secrecy, core_secret=core)
        terms = scope.get(place)
        found = place in scope and (terms is None or bool(terms & access_terms(guarded)))
        assert found == may(actor, Act.READ, guarded) == knows(actor, guarded)
        assert found == (not set(listening(actor)).isdisjoint(audience(guarded)))


@pytest.mark.requirement("S-ER-2")
def test_every_starting_role_does_one_kind_of_work() -> None:
    assert [role for role, acts in STARTING_ACTS.items() if not separated(acts)] == []
    assert not separated({Act.READ, Act.MANAGE_USERS})
    assert not separated({Act.WATCH, Act.OPERATE})


@pytest.mark.requirement("S-ER-2")
def test_the_auditor_is_told_who_knows_of_a_record_and_not_what_it_says() -> None:
    assert may(person(Role.AUDITOR), Act.EXPLAIN, paper("L2", core=True))
    assert not knows(person(Role.AUDITOR), paper())
    assert not may(person(Role.GENERAL_MANAGER), Act.EXPLAIN, paper("L2"))


@pytest.mark.requirement("R-SEC-6")
def test_rights_count_where_the_role_is_held() -> None:
    rights = joined_rights([({Act.READ}, frozenset({"sales"})), ({Act.READ, Act.CHANGE}, frozenset({"hr"}))])
    assert rights == {Act.READ: {"sales", "hr"}, Act.CHANGE: {"hr"}}
    part_time = replace(person(department=""), rights=rights)
    assert knows(part_time, paper())
    assert not may(part_time, Act.CHANGE, paper())
    assert may(part_time, Act.CHANGE, paper(department="hr"))
    assert joined_rights([({Act.READ}, None), ({Act.READ}, frozenset({"hr"}))]) == {Act.READ: None}


@pytest.mark.requirement("R-SEC-4")
@pytest.mark.parametrize("clearance", ["L0", "L1", "L2"])
def test_circles_and_grants_open_what_one_is_cleared_for(clearance: str) -> None:
    one = replace(person(Role.STAFF, department=""), clearance=clearance, circles=frozenset({"circle:bid"}))
    one = replace(one, grants=frozenset({"g1"}))
    for level in ("L0", "L1", "L2"):
        assert knows(one, paper(level, core=True, circles=("circle:bid",))) == (level <= clearance)
        assert knows(one, replace(paper(level), grants=frozenset({"g1"}))) == (level <= clearance)
        assert not knows(one, replace(paper(level), grants=frozenset({"g2"})))
        assert not may(one, Act.CHANGE, replace(paper(level), grants=frozenset({"g1"})))


def test_has_asks_for_any_of_the_roles() -> None:
    assert person(Role.STAFF).has(Role.ARCHIVIST, Role.STAFF)
    assert not person(Role.STAFF).has(Role.ARCHIVIST)
