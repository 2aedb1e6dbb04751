"""Records: description, revisions, who may know of them."""

import threading
from datetime import date

import pytest

from service.domain.holdings import Description
from service.domain.permissions import Actor
from service.errors import Forbidden, InvalidInput, NotFound, StaleRevision
from service.models import AuditEvent, Record
from service.models.reading import by_key
from service.wiring import Fonds
from tests.conftest import Clock

MINUTES = Description(title="三月渠道例会纪要", category="WD", date=date(2026, 3, 1))


def codes(fault: pytest.ExceptionInfo[InvalidInput]) -> set[tuple[str, str]]:
    return {(one.path, one.code) for one in fault.value.faults}


def test_a_draft_has_its_categorys_defaults(fonds: Fonds, archivist: Actor) -> None:
    record = fonds.records.create(archivist, Description(title="购销合同", category="HT"))
    category = fonds.categories.get("HT")
    assert (record.secrecy, record.retention, record.life) == (category.secrecy, category.retention, "draft")
    assert record.category_version == category.version
    assert (record.rev, record.ref_code) == (1, "")
    assert record.missing


@pytest.mark.requirement("R-ACT-6")
def test_the_class_of_an_activity_decides_how_long_and_where_it_is_kept(
    fonds: Fonds, archivist: Actor
) -> None:
    """Until somebody says otherwise: a room or a retention that a person has chosen stays."""
    general = {"activity_name": "春季推介会", "activity_class": "general", "starts_on": "2026-03-01"}
    important = general | {"activity_class": "important"}
    record = fonds.records.create(archivist, Description(title="推介会方案", category="HD", fields=general))
    assert (record.retention, record.room) == ("D10", "一般活动区")
    raised = fonds.records.change(archivist, record.id, record.rev, Description(fields=important))
    assert (raised.retention, raised.room) == ("D30", "重要活动区")
    moved = fonds.records.change(
        archivist, record.id, raised.rev, Description(room="二库", retention="PERMANENT")
    )
    assert (moved.retention, moved.room) == ("PERMANENT", "二库")
    again = fonds.records.change(
        archivist, record.id, moved.rev, Description(fields=important | {"place": "上海"})
    )
    assert (again.retention, again.room) == ("PERMANENT", "二库")
    lowered = fonds.records.change(archivist, record.id, again.rev, Description(fields=general))
    assert lowered.room == "二库"


@pytest.mark.requirement("S-MD-1")
def test_faults_are_told_all_at_once(fonds: Fonds, archivist: Actor) -> None:
    described = Description(title="", category="KH", secrecy="L9", fields={"nonsense": 1})
    with pytest.raises(InvalidInput) as fault:
        fonds.records.create(archivist, described)
    assert {"title", "secrecy", "fields.nonsense"} <= {path for path, _ in codes(fault)}


def test_an_unknown_category_is_refused(fonds: Fonds, archivist: Actor) -> None:
    with pytest.raises(InvalidInput) as fault:
        fonds.records.create(archivist, Description(title="x", category="ZZ"))
    assert codes(fault) == {("category", "unknown_category")}


def test_a_title_is_required(fonds: Fonds, archivist: Actor) -> None:
    with pytest.raises(InvalidInput) as fault:
        fonds.records.create(archivist, Description())
    assert ("title", "required") in codes(fault)


def test_fields_without_a_category_are_refused(fonds: Fonds, archivist: Actor) -> None:
    with pytest.raises(InvalidInput) as fault:
        fonds.records.create(archivist, Description(title="x", fields={"amount": 1}))
    assert codes(fault) == {("fields.amount", "unknown_field")}


def test_a_change_raises_the_revision_and_is_kept_in_the_history(
    fonds: Fonds, archivist: Actor, clock: Clock
) -> None:
    record = fonds.records.create(archivist, MINUTES)
    clock.advance(minutes=5)
    changed = fonds.records.change(
        archivist, record.id, 1, Description(title="三月例会纪要", keywords=("窜货",))
    )
    assert (changed.rev, changed.title, changed.keywords) == (2, "三月例会纪要", ("窜货",))
    (line,) = fonds.records.history(archivist, record.id)
    assert line.changes["title"] == ("三月渠道例会纪要", "三月例会纪要")
    fonds.housekeeping.once()
    assert [one.changes for one in fonds.records.history(archivist, record.id)] == [line.changes]


def test_a_change_that_changes_nothing_makes_no_revision(fonds: Fonds, archivist: Actor) -> None:
    record = fonds.records.create(archivist, MINUTES)
    assert fonds.records.change(archivist, record.id, 1, MINUTES).rev == 1


def test_of_four_changes_of_one_revision_one_wins(fonds: Fonds, archivist: Actor) -> None:
    """F26."""
    record = fonds.records.create(archivist, MINUTES)
    outcomes: list[str] = []

    def change(title: str) -> None:
        try:
            fonds.records.change(archivist, record.id, 1, Description(title=title))
            outcomes.append("changed")
        except StaleRevision:
            outcomes.append("stale")

    threads = [threading.Thread(target=change, args=(f"第{n}版",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["changed", "stale", "stale", "stale"]


def test_a_stale_revision_says_the_current_one(fonds: Fonds, archivist: Actor) -> None:
    record = fonds.records.create(archivist, MINUTES)
    fonds.records.change(archivist, record.id, 1, Description(title="新"))
    with pytest.raises(StaleRevision) as stale:
        fonds.records.change(archivist, record.id, 1, Description(title="旧"))
    assert stale.value.current == 2


@pytest.mark.requirement("R-SEC-7", "B44")
def test_a_record_of_another_department_does_not_exist(
    fonds: Fonds, marketer: Actor, salesperson: Actor, archivist: Actor
) -> None:
    record = fonds.records.create(marketer, MINUTES)
    assert fonds.records.get(archivist, record.id).id == record.id
    for act in (
        lambda: fonds.records.get(salesperson, record.id),
        lambda: fonds.records.change(salesperson, record.id, 1, Description(title="x")),
        lambda: fonds.records.delete(salesperson, record.id),
        lambda: fonds.records.history(salesperson, record.id),
        lambda: fonds.records.get(salesperson, "0" * 32),
    ):
        with pytest.raises(NotFound) as unknown:
            act()
        assert str(unknown.value) == NotFound.title


@pytest.mark.requirement("R-SEC-4")
def test_core_secrets_are_known_to_their_circle_alone(
    fonds: Fonds, salesperson: Actor, marketer: Actor, archivist: Actor
) -> None:
    colleague = type(salesperson)(**{name: getattr(salesperson, name) for name in salesperson.__slots__} | {
        "id": "id-2", "circle": "circle:id-2"})  # fmt: skip
    record = fonds.records.create(salesperson, Description(title="客户", category="KH"))
    assert fonds.records.get(salesperson, record.id)
    assert fonds.records.get(archivist, record.id)
    with pytest.raises(NotFound):
        fonds.records.get(colleague, record.id)


def test_the_system_administrator_sees_no_content(
    fonds: Fonds, administrator: Actor, archivist: Actor
) -> None:
    record = fonds.records.create(archivist, MINUTES)
    with pytest.raises(NotFound):
        fonds.records.get(administrator, record.id)
    with pytest.raises(Forbidden):
        fonds.records.create(administrator, MINUTES)


def test_a_change_may_not_lock_its_author_out(fonds: Fonds, marketer: Actor) -> None:
    record = fonds.records.create(marketer, MINUTES)
    with pytest.raises(InvalidInput) as fault:
        fonds.records.change(marketer, record.id, 1, Description(secrecy="L3"))
    assert codes(fault) == {("secrecy", "out_of_reach")}


def test_a_deleted_record_is_gone(fonds: Fonds, archivist: Actor) -> None:
    record = fonds.records.create(archivist, MINUTES)
    fonds.records.delete(archivist, record.id, 1)
    with pytest.raises(NotFound):
        fonds.records.get(archivist, record.id)
    assert by_key(Record, id=record.id).deleted_at
    with pytest.raises(NotFound):
        fonds.records.delete(archivist, record.id)


def test_the_list_pages_through_everything_once(fonds: Fonds, archivist: Actor) -> None:
    made = [fonds.records.create(archivist, Description(title=f"第 {n} 件")).id for n in range(23)]
    seen: list[str] = []
    below = None
    while True:
        page = fonds.records.list(archivist, below=below, limit=10)
        seen += [record.id for record in page.items]
        if not page.next_cursor:
            break
        below = int(page.next_cursor)
    assert seen == made[::-1]


@pytest.mark.requirement("R-SEC-7")
def test_the_list_shows_only_what_one_may_know(fonds: Fonds, marketer: Actor, salesperson: Actor) -> None:
    fonds.records.create(marketer, MINUTES)
    mine = fonds.records.create(salesperson, Description(title="我的"))
    assert [record.id for record in fonds.records.list(salesperson).items] == [mine.id]


def test_the_list_of_a_category(fonds: Fonds, archivist: Actor) -> None:
    inbox = fonds.records.create(archivist, Description(title="待著录"))
    filed = fonds.records.create(archivist, MINUTES)
    assert [record.id for record in fonds.records.list(archivist, category="WD").items] == [filed.id]
    assert [record.id for record in fonds.records.list(archivist, category="").items] == [inbox.id]


@pytest.mark.requirement("R-AUD-1")
def test_every_act_is_entered_once(fonds: Fonds, archivist: Actor) -> None:
    record = fonds.records.create(archivist, MINUTES)
    fonds.records.change(archivist, record.id, 1, Description(title="新"))
    fonds.records.get(archivist, record.id)
    fonds.records.delete(archivist, record.id)
    fonds.housekeeping.once()
    fonds.housekeeping.once()
    events = sorted(event.act for event in AuditEvent.objects(object_id=record.id))
    assert events == ["change", "create", "delete", "read"]
    row = by_key(Record, id=record.id)
    assert (row.outbox, row.outbox_slot) == ([], None)
