"""Missed questions: from the second person on, without a person, and only for who may search as far."""

from dataclasses import replace

import pytest

from service.domain.dates import day_of
from service.domain.holdings import Question
from service.domain.permissions import Actor, Role
from service.errors import Forbidden
from service.models import AuditEvent, MissedQuestion
from service.usecases.searching.missed import MONTHS, Missed
from service.wiring import Fonds
from tests.conftest import Clock, an_actor

FIRST, SECOND, THIRD = (an_actor(name, Role.STAFF, department="市场部") for name in ("甲", "乙", "丙"))


def ask(fonds: Fonds, actor: Actor, text: str, **more: object) -> None:
    assert fonds.finding.search(actor, Question(text=text, **more)).total == 0  # type: ignore[arg-type]


def listed(fonds: Fonds, actor: Actor) -> list[tuple[str, int]]:
    return [(one.text, one.count) for one in fonds.finding.missed.month(actor).items]


@pytest.mark.requirement("R-PRV-3")
def test_a_question_is_kept_from_the_second_person_on_and_nobody_with_it(
    fonds: Fonds, archivist: Actor, clock: Clock
) -> None:
    for _ in range(3):
        ask(fonds, FIRST, "独角兽促销")
    assert listed(fonds, archivist) == []
    ask(fonds, SECOND, " 獨角獸促銷 ")
    ask(fonds, SECOND, "独角兽促销")
    assert listed(fonds, archivist) == [("独角兽促销", 2)]
    ask(fonds, THIRD, "独角兽促销")
    ask(fonds, FIRST, "独角兽促销")
    today = day_of(clock())
    assert fonds.finding.missed.month(archivist).items == [Missed("独角兽促销", 3, today)]
    rows = list(MissedQuestion._get_collection().find({}))
    assert len(rows) == 1
    assert set(rows[0]) == {"_id", "month", "text", "count", "last", "places"}


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("电话13800138000", {}),
        ("a@b.cn", {}),
        ("身份证440301199001011234", {}),
        ("独", {}),
        ("独角兽" * 20, {}),
        ("独角兽促销", {"department": ("市场部",)}),
        ("", {}),
    ],
)
def test_what_may_be_somebodys_own_or_is_no_question_of_words_is_not_noted(
    fonds: Fonds, text: str, more: dict[str, object]
) -> None:
    for actor in (FIRST, SECOND):
        ask(fonds, actor, text, **more)
    assert not MissedQuestion._get_collection().find_one({})


@pytest.mark.requirement("R-SEC-7")
def test_words_of_who_may_search_further_are_not_shown(fonds: Fonds, archivist: Actor) -> None:
    """They may be the name of what nobody else knows of; as soon as somebody with less types them they are no secret."""
    bosses = [an_actor(name, Role.GENERAL_MANAGER) for name in ("总一", "总二")]
    less = replace(archivist, clearance="L0")
    for actor in bosses:
        ask(fonds, actor, "海豚计划")
    assert listed(fonds, less) == []
    ask(fonds, replace(FIRST, clearance="L0"), "海豚计划")
    assert listed(fonds, less) == [("海豚计划", 3)]


def test_only_who_looks_after_the_archive_sees_them_and_no_event_is_entered(
    fonds: Fonds, archivist: Actor
) -> None:
    before = AuditEvent._get_collection().estimated_document_count()
    fonds.finding.missed.month(archivist)
    assert AuditEvent._get_collection().estimated_document_count() == before
    for role in (Role.STAFF, Role.SYSADMIN, Role.AUDITOR, Role.DEPT_HEAD):
        with pytest.raises(Forbidden):
            fonds.finding.missed.month(an_actor("某", role))


def test_months_stand_apart_and_go_after_a_year(fonds: Fonds, archivist: Actor, clock: Clock) -> None:
    def both(text: str) -> None:
        ask(fonds, FIRST, text)
        ask(fonds, SECOND, text)

    both("独角兽促销")
    first = fonds.finding.missed.month(archivist).month
    clock.advance(days=32)
    both("麒麟促销")
    assert listed(fonds, archivist) == [("麒麟促销", 2)]
    found = fonds.finding.missed.month(archivist, first)
    assert [one.text for one in found.items] == ["独角兽促销"]
    assert list(found.months) == [fonds.finding.missed.month(archivist).month, first]
    clock.advance(days=31 * MONTHS)
    both("凤凰促销")
    assert {row["text"] for row in MissedQuestion._get_collection().find({})} == {"凤凰促销"}
