"""The archive's own synonyms: changed by who looks after it, in force with the next search."""

import pytest

from search.words.synonyms import shipped
from service.domain.holdings import Description, Question
from service.domain.permissions import Role
from service.errors import Conflict, Forbidden, InvalidInput
from service.models import AuditEvent
from service.wiring import Fonds
from tests.conftest import an_actor

LI = an_actor("lidangan", Role.ARCHIVIST)
OWN = [["小橙瓶", "橙意气泡水"], ["签约", "签署"]]


@pytest.mark.requirement("R-SRC-1")
def test_a_changed_list_counts_from_the_next_search_on_and_the_answer_names_the_group(fonds: Fonds) -> None:
    fonds.records.create(LI, Description(title="橙意气泡水试饮安排"))
    fonds.indexing.settle(fonds.clock())
    question = Question(text="小橙瓶 试饮")
    assert fonds.finding.search(LI, question).total == 0
    assert fonds.finding.synonyms.view(LI).rev == 0
    fonds.finding.synonyms.change(LI, 0, OWN)
    found = fonds.finding.search(LI, question)
    assert (found.total, found.widened) == (1, "synonyms")
    assert "“小橙瓶” OR “橙意气泡水”" in found.searched
    assert fonds.finding.search(LI, Question(text="“小橙瓶” 试饮")).total == 0
    fonds.finding.synonyms.change(LI, 1, OWN[1:])
    assert fonds.finding.search(LI, question).total == 0


def test_the_list_of_the_program_stands_until_somebody_changes_it_then_only_his(fonds: Fonds) -> None:
    synonyms = fonds.finding.synonyms
    assert synonyms.groups() == shipped()
    made = synonyms.change(LI, 0, [["签约 ", "簽署", "签署"], [], [" "]])
    assert (made.rev, made.by, [list(one) for one in made.groups]) == (1, LI.name, [["签约", "签署"]])
    assert synonyms.groups() == [("签约", "签署")]
    assert synonyms.change(LI, 1, [["签约", "签署"]]).rev == 1
    (event,) = AuditEvent.objects(object_id="synonyms")
    assert (event.act, event.actor_id, event.facts["added"]) == ("change", LI.id, ["签约 签署"])


def test_two_who_change_it_at_once_do_not_overwrite_each_other(fonds: Fonds) -> None:
    synonyms = fonds.finding.synonyms
    synonyms.change(LI, 0, OWN)
    for stale in (0, 2, -1):
        with pytest.raises(Conflict):
            synonyms.change(LI, stale, OWN[:1])
    assert synonyms.view(LI).rev == 1


def test_what_is_no_group_is_told_with_its_number_and_nothing_is_kept(fonds: Fonds) -> None:
    synonyms = fonds.finding.synonyms
    wrong = [
        ["签约", "签署"],
        ["孤词"],
        ["甲", "乙方"],
        ["渠道，合同", "渠道"],
        [f"词语{n}" for n in range(13)],
    ]
    with pytest.raises(InvalidInput) as fault:
        synonyms.change(LI, 0, wrong)
    assert [(one.code, one.params["line"]) for one in fault.value.faults] == [
        ("too_few", 2),
        ("word", 3),
        ("word", 4),
        ("too_many", 5),
    ]
    with pytest.raises(InvalidInput):
        synonyms.change(LI, 0, [[f"词语{n}", f"语词{n}"] for n in range(1001)])
    assert synonyms.view(LI).rev == 0


@pytest.mark.parametrize("role", [Role.STAFF, Role.SYSADMIN])
def test_only_who_looks_after_the_archive_sees_or_changes_it(fonds: Fonds, role: Role) -> None:
    other = an_actor("某", role)
    with pytest.raises(Forbidden):
        fonds.finding.synonyms.view(other)
    with pytest.raises(Forbidden):
        fonds.finding.synonyms.change(other, 0, OWN)
