"""Roles of relations: one row for one relation, seen rightly from both sides."""

from typing import get_args

import pytest

from service.domain.relations import FIRST, OPPOSITES, Role, seen_from, tie


def test_every_role_has_its_opposite() -> None:
    assert set(OPPOSITES) == set(get_args(Role))
    assert all(OPPOSITES[OPPOSITES[role]] == role for role in OPPOSITES)
    assert all((role in FIRST) != (OPPOSITES[role] in FIRST) for role in OPPOSITES if role != "related")


@pytest.mark.requirement("R-SRC-3")
@pytest.mark.parametrize("role", get_args(Role))
def test_a_relation_is_the_same_from_both_sides(role: Role) -> None:
    one = tie("a", role, "b")
    assert one == tie("b", OPPOSITES[role], "a")
    assert seen_from("a", one) == (role, "b")
    assert seen_from("b", one) == (OPPOSITES[role], "a")
