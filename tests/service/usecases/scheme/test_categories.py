"""Categories: seeding that respects edits, tree order, and a cache that forgets in time."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from service.errors import NotFound
from service.models import Category
from service.scheme import starting_scheme
from service.usecases.scheme.categories import FRESH_SECONDS, Categories
from tests.conftest import Clock

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def categories(clock: Clock) -> Categories:
    return Categories(clock)


def enter(code: str, parent: str = "", order: int = 0, **values: Any) -> None:
    Category(code=code, parent=parent, order=order, name=code, **values).save()


@pytest.mark.requirement("R-CAT-1")
def test_seeding_enters_the_starting_scheme(categories: Categories) -> None:
    categories.seed()
    views = categories.all()
    assert [view.code for view in views] == [shipped.code for shipped in starting_scheme()]
    contract = categories.get("HT")
    assert (contract.name, contract.secrecy, contract.core_secret, contract.retention) == (
        "合同",
        "L1",
        True,
        "D30",
    )
    assert contract.schema == next(shipped.schema for shipped in starting_scheme() if shipped.code == "HT")


def test_fields_come_back_in_the_order_of_the_form(categories: Categories) -> None:
    categories.seed()
    order = [hints["x-order"] for hints in categories.get("HT").schema["properties"].values()]
    assert order == sorted(order)


def test_seeding_again_leaves_an_edited_category_alone(categories: Categories) -> None:
    categories.seed()
    Category.objects(code="HT").update_one(set__name="合同协议", inc__version=1)
    Categories(categories._clock).seed()
    categories.seed()
    assert categories.get("HT").name == "合同协议"
    assert len(categories.all()) == len(starting_scheme())


def test_seeding_brings_an_unedited_category_up_to_date(categories: Categories) -> None:
    categories.seed()
    Category.objects(code="HT").update_one(set__name="旧名", set__version=0, set__shipped_version=0)
    categories.seed()
    shipped = next(one for one in starting_scheme() if one.code == "HT")
    assert (categories.get("HT").name, categories.get("HT").version) == ("合同", shipped.version)


def test_an_edited_category_of_an_older_version_stays_as_it_is(categories: Categories) -> None:
    categories.seed()
    Category.objects(code="HT").update_one(set__name="合同协议", set__version=0, set__shipped_version=-1)
    categories.seed()
    assert categories.get("HT").name == "合同协议"


def test_a_category_that_the_company_took_out_is_not_mixed_up_with_others(categories: Categories) -> None:
    enter("ZZ", order=999)
    categories.seed()
    assert categories.all()[-1].code == "ZZ"


def test_servers_that_start_at_the_same_moment_seed_once(clock: Clock) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: Categories(clock).seed(), range(4)))
    assert len(Categories(clock).all()) == len(starting_scheme())


def test_children_follow_their_parent_and_siblings_their_order(categories: Categories) -> None:
    enter("B", order=1)
    enter("A", order=2)
    enter("A-2", "A", 2)
    enter("A-1", "A", 3)
    enter("A-2-1", "A-2", 1)
    assert [view.code for view in categories.all()] == ["B", "A", "A-2", "A-2-1", "A-1"]
    assert categories.path("A-2-1") == ("A", "A-2", "A-2-1")
    assert categories.path("B") == ("B",)


def test_a_lost_parent_and_a_ring_of_parents_are_no_trap(categories: Categories) -> None:
    enter("A", parent="gone")
    enter("B", parent="C")
    enter("C", parent="B")
    assert {view.code for view in categories.all()} == {"A", "B", "C"}
    assert categories.path("A") == ("A",)
    assert categories.path("B") == ("C", "B")


@pytest.mark.parametrize("code", ["", "XX", "ht", "x" * 5000])
def test_an_unknown_code_is_not_found(categories: Categories, code: str) -> None:
    categories.seed()
    for ask in (categories.get, categories.path):
        with pytest.raises(NotFound):
            ask(code)


def test_a_change_is_seen_after_a_few_seconds(categories: Categories, clock: Clock) -> None:
    categories.seed()
    categories.all()
    Category.objects(code="HT").update_one(set__name="合同协议")
    clock.advance(seconds=FRESH_SECONDS - 1)
    assert categories.get("HT").name == "合同"
    clock.advance(seconds=1)
    assert categories.get("HT").name == "合同协议"


def test_a_clock_set_back_does_not_freeze_the_scheme(categories: Categories, clock: Clock) -> None:
    categories.seed()
    categories.all()
    Category.objects(code="HT").update_one(set__name="合同协议")
    clock.advance(hours=-1)
    assert categories.get("HT").name == "合同协议"


def test_views_are_plain_values_that_threads_can_share(categories: Categories) -> None:
    categories.seed()
    schema = categories.get("HT").schema
    assert type(schema) is dict
    assert type(schema["properties"]["party_a"]) is dict
    assert type(schema["required"]) is list
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda _: categories.get("HT") is categories.get("HT"), range(200)))
