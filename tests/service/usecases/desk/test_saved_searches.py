"""Saved searches: kept, opened, told of what is new, and nobody else's."""

import io
from collections.abc import Callable
from datetime import date, datetime

import pytest

from service.domain.holdings import Description, Question
from service.domain.permissions import Actor, Role
from service.errors import Conflict, Forbidden, InvalidInput, NotFound
from service.models import AuditEvent, SavedSearch, SearchHabit
from service.usecases.desk.saved_searches import MAX_SAVED, SavedSearches, SavedSearchView
from service.usecases.desk.search_habits import MAX_RECENT
from service.usecases.people.users import NewUser
from service.wiring import Fonds
from tests.conftest import Clock

Settle = Callable[[], None]
WHOLE = Question(
    text="窜货 类别:合同",
    category=("HT", "HD"),
    family=("pdf",),
    customer=("嘉禾连锁",),
    tag=("返利",),
    state=("archived",),
    date_from=date(2026, 1, 1),
    order="date_desc",
)


@pytest.fixture
def enter(fonds: Fonds, archivist: Actor, settle: Settle) -> Callable[..., str]:
    def entered(text: str = "渠道窜货", **described: object) -> str:
        record = fonds.records.create(archivist, Description(title="备忘", **described)).id  # type: ignore[arg-type]
        fonds.files.add(archivist, record, io.BytesIO(text.encode()), name="备忘.txt")
        settle()
        return record

    return entered


def test_a_question_comes_back_whole(fonds: Fonds, archivist: Actor) -> None:
    saved = fonds.saved_searches.save(archivist, " 华东  窜货 ", WHOLE)
    found = fonds.saved_searches.get(archivist, saved.id)
    assert found == saved
    assert found.name == "华东 窜货"
    assert found.question == Question(**{**vars_of(WHOLE), "facets": ()})


def vars_of(question: Question) -> dict[str, object]:
    return {name: getattr(question, name) for name in question.__slots__}


def test_names_are_told_apart_and_have_an_end(fonds: Fonds, archivist: Actor, marketer: Actor) -> None:
    saved = fonds.saved_searches.save(archivist, "窜货", Question("窜货"))
    other = fonds.saved_searches.save(archivist, "返利", Question("返利"))
    for wrong in ("", "  ", "长" * 61, "坏\x07", "窜货"):
        with pytest.raises(InvalidInput) as refused:
            fonds.saved_searches.save(archivist, wrong, Question())
        assert refused.value.faults[0].path == "name"
    with pytest.raises(InvalidInput):
        fonds.saved_searches.rename(archivist, other.id, "窜货")
    assert fonds.saved_searches.rename(archivist, saved.id, "窜货").name == "窜货"
    assert fonds.saved_searches.save(marketer, "窜货", Question()).name == "窜货"


def test_there_is_an_end_to_saving(fonds: Fonds, archivist: Actor) -> None:
    for n in range(MAX_SAVED):
        fonds.saved_searches.save(archivist, f"检索 {n:02}", Question())
    with pytest.raises(Conflict):
        fonds.saved_searches.save(archivist, "再一条", Question())
    assert [one.name for one in fonds.saved_searches.list(archivist)][:2] == ["检索 00", "检索 01"]


@pytest.mark.requirement("R-SEC-7")
def test_what_is_somebody_elses_does_not_exist(fonds: Fonds, archivist: Actor, marketer: Actor) -> None:
    saved = fonds.saved_searches.save(archivist, "窜货", Question("窜货"))
    assert fonds.saved_searches.list(marketer) == []
    for act in (
        lambda: fonds.saved_searches.get(marketer, saved.id),
        lambda: fonds.saved_searches.open(marketer, saved.id),
        lambda: fonds.saved_searches.rename(marketer, saved.id, "我的"),
        lambda: fonds.saved_searches.watch(marketer, saved.id, False),
        lambda: fonds.saved_searches.delete(marketer, saved.id),
    ):
        with pytest.raises(NotFound):
            act()
    assert fonds.saved_searches.get(archivist, saved.id).name == "窜货"


def test_who_sees_no_records_saves_no_search(fonds: Fonds, administrator: Actor) -> None:
    with pytest.raises(Forbidden):
        fonds.saved_searches.save(administrator, "窜货", Question())


def test_new_matches_are_counted_until_somebody_looks(
    fonds: Fonds, archivist: Actor, clock: Clock, enter: Callable[..., str]
) -> None:
    enter()
    saved = fonds.saved_searches.save(archivist, "窜货", Question("窜货"))
    enter()
    enter("别的")
    assert fonds.saved_searches.list(archivist)[0].fresh == 0  # counted a moment ago
    clock.advance(seconds=61)
    assert fonds.saved_searches.list(archivist)[0].fresh == 1
    assert fonds.saved_searches.open(archivist, saved.id).fresh == 1
    assert fonds.saved_searches.get(archivist, saved.id).fresh == 0
    clock.advance(seconds=61)
    assert fonds.saved_searches.list(archivist)[0].fresh == 0


def test_a_removal_does_not_hide_an_arrival(
    fonds: Fonds, archivist: Actor, clock: Clock, enter: Callable[..., str], settle: Settle
) -> None:
    old = enter()
    fonds.saved_searches.save(archivist, "窜货", Question("窜货"))
    enter()
    fonds.records.delete(archivist, old)
    settle()
    clock.advance(seconds=61)
    assert fonds.saved_searches.list(archivist)[0].fresh == 1


@pytest.mark.requirement("R-SEC-7")
def test_the_round_tells_owners_once_and_with_their_own_rights(
    fonds: Fonds, archivist: Actor, administrator: Actor, clock: Clock
) -> None:
    said: list[tuple[str, str, int]] = []

    def tell(owner: Actor, search: SavedSearchView, _at: datetime) -> None:
        said.append((owner.name, search.name, search.fresh))

    searches = SavedSearches(fonds.finding, fonds.audit, clock, tell)
    li, wang = (
        actor_of_name(fonds, administrator, name, *roles)
        for name, roles in (("liqian", (Role.ARCHIVIST,)), ("wangfang", (Role.STAFF,)))
    )
    searches.save(li, "窜货", Question("窜货"))
    searches.save(li, "静默", Question("窜货"), watched=False)
    searches.save(wang, "窜货", Question("窜货"))
    arrive(fonds, archivist, clock)
    assert searches.look_round() == 2
    assert said == [("liqian", "窜货", 1)]
    searches.look_round()
    assert len(said) == 1
    arrive(fonds, archivist, clock)
    searches.look_round()
    assert said[1:] == [("liqian", "窜货", 2)]


@pytest.mark.requirement("R-SEC-7")
def test_what_a_saved_search_finds_is_one_notice_until_it_is_read(
    fonds: Fonds, archivist: Actor, administrator: Actor, clock: Clock
) -> None:
    li = actor_of_name(fonds, administrator, "liqian", Role.ARCHIVIST)
    wang = actor_of_name(fonds, administrator, "wangfang", Role.STAFF)
    saved = fonds.saved_searches.save(li, "窜货", Question("窜货"))
    fonds.saved_searches.save(wang, "窜货", Question("窜货"))
    for _ in range(2):
        arrive(fonds, archivist, clock)
        clock.advance(seconds=31)
        fonds.saved_searches.look_round()
    (told,) = fonds.notices.list(li).items
    assert (told.kind, told.title, told.count, told.search_id) == ("found", "窜货", 2, saved.id)
    assert fonds.notices.bell(li).unread == 1
    assert fonds.notices.bell(wang).unread == 0
    fonds.notices.opened(li, saved.id)
    assert fonds.notices.bell(li).unread == 0
    fonds.saved_searches.delete(li, saved.id)
    assert not fonds.notices.list(li).items


def arrive(fonds: Fonds, actor: Actor, clock: Clock) -> None:
    """A record that others may not know of, indexed without a round of housekeeping."""
    fonds.records.create(actor, Description(title="渠道窜货", secrecy="L2"))
    fonds.indexing.settle(clock())


def actor_of_name(fonds: Fonds, administrator: Actor, name: str, *roles: Role) -> Actor:
    view, _ = fonds.people.add(administrator, NewUser(name, "", roles, ("客服部",), "渠道建设与回款-2026"))
    return Actor(
        id=view.id,
        name=name,
        display_name=name,
        roles=frozenset(roles),
        departments=frozenset({"客服部"}),
        circle=f"circle:{view.id}",
    )


def test_nobody_is_told_who_does_not_want_to_be(
    fonds: Fonds, archivist: Actor, clock: Clock, enter: Callable[..., str]
) -> None:
    saved = fonds.saved_searches.save(archivist, "窜货", Question("窜货"))
    assert not fonds.saved_searches.watch(archivist, saved.id, False).watched
    enter()
    clock.advance(seconds=61)
    assert fonds.saved_searches.look_round() == 0
    assert fonds.saved_searches.list(archivist)[0].fresh == 0
    assert fonds.saved_searches.watch(archivist, saved.id, True).watched
    assert fonds.saved_searches.list(archivist)[0].fresh == 1


def test_acts_are_entered_without_the_texts(fonds: Fonds, archivist: Actor) -> None:
    saved = fonds.saved_searches.save(archivist, "王总", Question("王总的电话"))
    fonds.saved_searches.rename(archivist, saved.id, "王某")
    fonds.saved_searches.watch(archivist, saved.id, False)
    fonds.saved_searches.delete(archivist, saved.id)
    events = [event for event in AuditEvent.objects() if event.object_kind == "saved_search"]
    acts = {event.act for event in events}
    assert acts == {"save_search", "rename_search", "watch_search", "delete_search"}
    assert "王" not in " ".join(str(event.facts) for event in events)
    assert not list(SavedSearch.objects())


def test_recent_searches_are_few_newest_first_and_forgotten_at_a_word(
    fonds: Fonds, archivist: Actor, marketer: Actor
) -> None:
    habits = fonds.search_habits
    for text in ("窜货", "返利", "  窜货 ", "", "长" * 201):
        habits.note(archivist, text, habits.of(archivist))
    assert habits.of(archivist).recent == ("窜货", "返利")
    assert habits.of(marketer).recent == ()
    for n in range(MAX_RECENT + 5):
        habits.note(archivist, f"第 {n} 问", habits.of(archivist))
    assert len(habits.of(archivist).recent) == MAX_RECENT
    habits.forget(archivist)
    assert habits.of(archivist).recent == ()


def test_the_way_to_see_results_is_remembered(fonds: Fonds, archivist: Actor) -> None:
    fonds.search_habits.choose_view(archivist, "table")
    assert fonds.search_habits.of(archivist).view == "table"
    with pytest.raises(InvalidInput):
        fonds.search_habits.choose_view(archivist, "cloud")
    SearchHabit.objects(id=archivist.id).update_one(set__view="of a newer program")
    assert fonds.search_habits.of(archivist).view == "list"
