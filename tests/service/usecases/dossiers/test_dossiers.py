"""Dossiers: who may know of them, what is filed in them and in which order, what lacks."""

from datetime import date

import pytest

from service.domain.dossiers import MOST_RECORDS, DossierSaid, DossierView
from service.domain.holdings import Description, RecordView
from service.domain.permissions import Actor, Role
from service.errors import Conflict, Forbidden, InvalidInput, NotFound, StaleRevision
from service.models import AuditEvent, Dossier, Filing, Record
from service.models.reading import by_key, raise_counter
from service.usecases.dossiers.dossiers import LOOKED, SEQ
from service.wiring import Fonds
from tests.conftest import Clock, an_actor


def a_dossier(fonds: Fonds, actor: Actor, title: str = "嘉禾连锁", kind: str = "contract") -> DossierView:
    return fonds.dossiers.create(actor, kind, DossierSaid(title=title, category="WD"))


def a_record(fonds: Fonds, actor: Actor, title: str = "华东区经销商合同") -> RecordView:
    return fonds.records.create(actor, Description(title=title, category="WD", department="市场部"))


def titles(fonds: Fonds, actor: Actor, dossier: DossierView) -> list[str]:
    return [one.title for one in fonds.filing.page(actor, dossier.id).items]


def test_a_dossier_has_its_kinds_category_and_expected_documents(fonds: Fonds, archivist: Actor) -> None:
    dossier = fonds.dossiers.create(archivist, "customer", DossierSaid(title="嘉禾连锁", party="嘉禾连锁"))
    assert (dossier.category, dossier.state, dossier.rev) == ("KH", "open", 1)
    assert [one.key for one in dossier.expected][:2] == ["profile", "licence"]
    assert fonds.dossiers.get(archivist, dossier.id).title == "嘉禾连锁"
    assert [event.act for event in AuditEvent.objects(object_id=dossier.id)] == ["create", "read"]


def test_faults_and_taken_numbers_are_told(fonds: Fonds, archivist: Actor) -> None:
    with pytest.raises(InvalidInput, match="必填"):
        fonds.dossiers.create(archivist, "contract", DossierSaid())
    with pytest.raises(InvalidInput, match="没有类别"):
        fonds.dossiers.create(archivist, "contract", DossierSaid(title="x", category="ZZ"))
    with pytest.raises(InvalidInput, match="四种"):
        fonds.dossiers.create(archivist, "box", DossierSaid(title="x"))
    fonds.dossiers.create(archivist, "contract", DossierSaid(title="x", code="AJ-1"))
    with pytest.raises(InvalidInput, match="案卷号"):
        fonds.dossiers.create(archivist, "contract", DossierSaid(title="y", code="AJ-1"))
    other = fonds.dossiers.create(archivist, "contract", DossierSaid(title="z"))
    with pytest.raises(InvalidInput, match="案卷号"):
        fonds.dossiers.change(archivist, other.id, 1, DossierSaid(code="AJ-1"))


@pytest.mark.requirement("R-SEC-7")
def test_what_one_may_not_know_of_is_absent(
    fonds: Fonds, salesperson: Actor, marketer: Actor, administrator: Actor
) -> None:
    secret = fonds.dossiers.create(marketer, "contract", DossierSaid(title="华东合同"))
    assert secret.secrecy == "L1"
    shared = a_dossier(fonds, marketer)
    for stranger in (salesperson, administrator):
        for dossier in (secret, shared):
            with pytest.raises(NotFound):
                fonds.dossiers.get(stranger, dossier.id)
        assert not fonds.dossiers.page(stranger).items
        assert not fonds.dossiers.named(stranger, "华东合同")
    colleague = an_actor("colleague", Role.STAFF, department="市场部")
    assert [one.id for one in fonds.dossiers.page(colleague).items] == [shared.id]
    assert [one.id for one in fonds.dossiers.some(colleague, [secret.id, shared.id])] == [shared.id]
    with pytest.raises(Forbidden):
        a_dossier(fonds, administrator)


def test_lists_go_on_by_cursor_and_narrow(fonds: Fonds, archivist: Actor) -> None:
    made = [a_dossier(fonds, archivist, f"卷 {n}") for n in range(5)]
    a_dossier(fonds, archivist, "活动卷", "activity")
    first = fonds.dossiers.page(archivist, kind="contract", limit=3)
    rest = fonds.dossiers.page(archivist, kind="contract", limit=3, below=int(first.next_cursor))
    assert [one.id for one in [*first.items, *rest.items]] == [one.id for one in reversed(made)]
    assert not rest.next_cursor


def test_a_change_names_its_revision(fonds: Fonds, archivist: Actor) -> None:
    dossier = a_dossier(fonds, archivist)
    said = DossierSaid(title="嘉禾连锁 2026", start=date(2026, 1, 1), end=date(2026, 12, 31))
    changed = fonds.dossiers.change(archivist, dossier.id, 1, said)
    assert (changed.rev, changed.title, changed.end) == (2, "嘉禾连锁 2026", date(2026, 12, 31))
    assert fonds.dossiers.change(archivist, dossier.id, 2, said).rev == 2
    with pytest.raises(StaleRevision):
        fonds.dossiers.change(archivist, dossier.id, 1, DossierSaid(title="x"))
    with pytest.raises(InvalidInput, match="早于"):
        fonds.dossiers.change(archivist, dossier.id, 2, DossierSaid(end=date(2025, 1, 1)))
    assert fonds.dossiers.change(archivist, dossier.id, 2, DossierSaid(clear_end=True)).end is None


def test_nobody_closes_himself_out(fonds: Fonds, marketer: Actor) -> None:
    dossier = fonds.dossiers.create(marketer, "contract", DossierSaid(title="x"))
    with pytest.raises(InvalidInput, match="无权查看"):
        fonds.dossiers.change(marketer, dossier.id, 1, DossierSaid(secrecy="L3"))


@pytest.mark.requirement("R-CUS-19")
def test_records_are_filed_in_order_and_found_again(fonds: Fonds, archivist: Actor) -> None:
    dossier = a_dossier(fonds, archivist)
    records = [a_record(fonds, archivist, f"合同 {n}") for n in range(3)]
    assert fonds.filing.put(archivist, dossier.id, [one.id for one in records]) == 3
    assert fonds.filing.put(archivist, dossier.id, [records[0].id]) == 0
    assert titles(fonds, archivist, dossier) == ["合同 0", "合同 1", "合同 2"]
    fonds.filing.move(archivist, dossier.id, records[2].id, records[0].id)
    assert titles(fonds, archivist, dossier) == ["合同 2", "合同 0", "合同 1"]
    fonds.filing.move(archivist, dossier.id, records[2].id, "")
    assert titles(fonds, archivist, dossier) == ["合同 0", "合同 1", "合同 2"]
    assert [one.id for one in fonds.filing.of_record(archivist, records[1].id)] == [dossier.id]
    row = by_key(Record, id=records[1].id)
    assert (row.dossiers, row.rev, row.index_seq) == ([dossier.id], 1, 2)
    assert fonds.filing.take(archivist, dossier.id, [records[1].id]) == 1
    assert titles(fonds, archivist, dossier) == ["合同 0", "合同 2"]
    assert by_key(Record, id=records[1].id).dossiers == []
    fonds.housekeeping.once()
    assert [event.act for event in AuditEvent.objects(object_id=records[1].id)] == [
        "create",
        "file",
        "unfile",
    ]
    acts = [event.act for event in AuditEvent.objects(object_id=dossier.id)]
    assert acts == ["create", "file", "order", "order", "unfile"]


def test_many_moves_to_one_place_find_room(fonds: Fonds, archivist: Actor) -> None:
    dossier = a_dossier(fonds, archivist)
    records = [a_record(fonds, archivist, f"{n}") for n in range(3)]
    fonds.filing.put(archivist, dossier.id, [one.id for one in records])
    for one, place in ((records[0], 1.0), (records[1], 1.0 + 2**-52)):
        Filing.objects(id=f"{one.id}:contract").update(set__place=place)
    fonds.filing.move(archivist, dossier.id, records[2].id, records[1].id)
    assert titles(fonds, archivist, dossier) == ["0", "2", "1"]


def test_a_record_is_in_one_dossier_of_a_kind(fonds: Fonds, archivist: Actor) -> None:
    first, second = a_dossier(fonds, archivist), a_dossier(fonds, archivist)
    project = a_dossier(fonds, archivist, "项目", "project")
    record = a_record(fonds, archivist)
    for dossier in (first, project, second):
        fonds.filing.put(archivist, dossier.id, [record.id])
    assert titles(fonds, archivist, first) == []
    assert titles(fonds, archivist, second) == titles(fonds, archivist, project) == ["华东区经销商合同"]
    assert sorted(by_key(Record, id=record.id).dossiers) == sorted([second.id, project.id])


@pytest.mark.requirement("R-SEC-7")
def test_a_dossier_shows_and_counts_only_what_one_may_know(
    fonds: Fonds, archivist: Actor, marketer: Actor
) -> None:
    dossier = fonds.dossiers.create(archivist, "activity", DossierSaid(title="大会", department="市场部"))
    seen = a_record(fonds, archivist, "活动方案")
    hidden = fonds.records.create(archivist, Description(title="预算", category="HT"))
    fonds.filing.put(archivist, dossier.id, [hidden.id, seen.id])
    page = fonds.filing.page(marketer, dossier.id)
    assert ([one.title for one in page.items], page.total) == (["活动方案"], 1)
    lacks = {one.expected.key for one in fonds.dossiers.standings(marketer, dossier) if one.lacks}
    assert "budget" in lacks
    assert "plan" not in lacks
    with pytest.raises(NotFound):
        fonds.filing.put(marketer, dossier.id, [hidden.id])
    with pytest.raises(NotFound):
        fonds.filing.take(marketer, dossier.id, [hidden.id])


def test_filing_needs_the_right_to_change_both(fonds: Fonds, archivist: Actor, marketer: Actor) -> None:
    mine = fonds.dossiers.create(marketer, "activity", DossierSaid(title="大会"))
    director = an_actor("director", Role.OFFICE_DIRECTOR)
    record = a_record(fonds, marketer)
    with pytest.raises(Forbidden):
        fonds.filing.put(director, mine.id, [record.id])
    theirs = fonds.dossiers.create(
        archivist, "activity", DossierSaid(title="别卷", category="WD", department="综合管理部")
    )
    fonds.filing.put(archivist, theirs.id, [record.id])
    with pytest.raises(Forbidden, match="另一案卷"):
        fonds.filing.put(marketer, mine.id, [record.id])


def test_a_closed_dossier_takes_and_gives_nothing(fonds: Fonds, archivist: Actor, marketer: Actor) -> None:
    dossier = fonds.dossiers.create(marketer, "activity", DossierSaid(title="大会"))
    record, other = a_record(fonds, marketer), a_record(fonds, marketer)
    fonds.filing.put(marketer, dossier.id, [record.id])
    closed = fonds.dossiers.turn(marketer, dossier.id, 1, "closed")
    assert (closed.state, closed.may) == ("closed", frozenset())
    for act in (
        lambda: fonds.filing.put(archivist, dossier.id, [other.id]),
        lambda: fonds.filing.take(archivist, dossier.id, [record.id]),
        lambda: fonds.filing.move(archivist, dossier.id, record.id, ""),
    ):
        with pytest.raises(Conflict, match="结卷"):
            act()
    with pytest.raises(Forbidden):
        fonds.dossiers.turn(marketer, dossier.id, 2, "open")
    assert fonds.dossiers.turn(archivist, dossier.id, 2, "open").state == "open"


def test_only_an_empty_dossier_is_deleted(fonds: Fonds, archivist: Actor) -> None:
    dossier, record = a_dossier(fonds, archivist), a_record(fonds, archivist)
    fonds.filing.put(archivist, dossier.id, [record.id])
    with pytest.raises(Conflict, match="先移出"):
        fonds.dossiers.delete(archivist, dossier.id, 1)
    fonds.filing.take(archivist, dossier.id, [record.id])
    fonds.dossiers.delete(archivist, dossier.id, 1)
    with pytest.raises(NotFound):
        fonds.dossiers.get(archivist, dossier.id)


def test_expected_documents_can_be_waived(fonds: Fonds, archivist: Actor) -> None:
    dossier = a_dossier(fonds, archivist)
    changed = fonds.dossiers.change(archivist, dossier.id, 1, DossierSaid(waived=("payment",)))
    lacking = [one.expected.key for one in fonds.dossiers.standings(archivist, changed) if one.lacks]
    assert lacking == ["text", "approval", "supplier", "performance"]


@pytest.mark.requirement("R-SEC-7")
def test_a_full_dossier_says_so_to_who_may_know_that_it_is(
    fonds: Fonds, archivist: Actor, clock: Clock
) -> None:
    dossier, record = a_dossier(fonds, archivist), a_record(fonds, archivist)
    rows = [
        {"_id": f"{n}:contract", "dossier_id": dossier.id, "record_id": str(n), "kind": "contract"}
        | {"place": float(n), "at": clock(), "by": archivist.id}
        for n in range(MOST_RECORDS)
    ]
    Filing._get_collection().insert_many(rows)
    Record._get_collection().insert_many(
        [{"_id": row["record_id"], "seq": 10_000 + n} for n, row in enumerate(rows)]
    )
    with pytest.raises(Conflict, match="最多"):
        fonds.filing.put(archivist, dossier.id, [record.id])
    assert by_key(Record, id=record.id).dossiers == []
    Record._get_collection().update_one({"_id": "7"}, {"$set": {"secrecy": "L3"}})
    assert fonds.filing.put(archivist, dossier.id, [record.id]) == 1


def test_dossiers_are_found_by_number_title_and_party(fonds: Fonds, archivist: Actor) -> None:
    made = fonds.dossiers.create(archivist, "customer", DossierSaid(title="卷", code="KH-7", party="嘉禾"))
    for name in ("KH-7", "卷", "嘉禾", made.id):
        assert [one.id for one in fonds.dossiers.named(archivist, f" {name} ")] == [made.id]
    assert fonds.dossiers.named(archivist, "") == fonds.dossiers.named(archivist, "别的") == []


def test_a_page_looks_through_a_bounded_number_and_goes_on(
    fonds: Fonds, marketer: Actor, salesperson: Actor
) -> None:
    own = a_dossier(fonds, salesperson, "销售的卷")
    now, number = own.created_at, by_key(Dossier, id=own.id).seq
    rows = [
        Dossier(
            id=f"{n:032x}", seq=number + n, kind="contract", title="x", department="市场部", created_at=now
        )
        for n in range(1, LOOKED + 2)
    ]
    Dossier._get_collection().insert_many([row.to_mongo() for row in rows])
    raise_counter(SEQ, len(rows))
    first = fonds.dossiers.page(salesperson)
    assert not first.items
    assert int(first.next_cursor) > number
    assert [one.id for one in fonds.dossiers.page(salesperson, below=int(first.next_cursor)).items] == [
        own.id
    ]
    assert len(fonds.dossiers.page(marketer, limit=50).items) == 50
