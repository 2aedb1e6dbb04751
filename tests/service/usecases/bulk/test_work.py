"""Bulk work: previews, lots, what changed meanwhile, and the way back."""

from collections.abc import Callable
from datetime import date
from io import BytesIO

import pytest

from service.domain.bulk import BulkChange, BulkView
from service.domain.dossiers import DossierSaid
from service.domain.holdings import Description, Question, RecordView
from service.domain.permissions import Actor, Role
from service.errors import Conflict, Forbidden, InvalidInput, NotFound
from service.models import AuditEvent, BulkLine, BulkRun, File, Record
from service.models.reading import by_key
from service.wiring import Fonds
from tests.conftest import Clock, an_actor

Settle = Callable[[], None]


def notes(fonds: Fonds, actor: Actor, count: int) -> list[RecordView]:
    said = Description(title="巡查备忘", category="WD", department="市场部", keywords=("旧",))
    return [fonds.records.create(actor, said) for _ in range(count)]


def chosen(fonds: Fonds, actor: Actor, records: list[RecordView], act: str = "edit") -> BulkView:
    return fonds.bulk.choose(actor, act, ids=[one.id for one in records])


def finished(fonds: Fonds, actor: Actor, run: BulkView, *, typed: int | None = None) -> BulkView:
    while run.state != "done":
        run = fonds.bulk.apply(actor, run.id, typed=typed)
    return run


def edited(fonds: Fonds, actor: Actor, records: list[RecordView], change: BulkChange) -> BulkView:
    run = chosen(fonds, actor, records)
    fonds.bulk.plan(actor, run.id, change)
    return finished(fonds, actor, fonds.bulk.get(actor, run.id))


def test_a_preview_says_what_would_change_and_changes_nothing(fonds: Fonds, archivist: Actor) -> None:
    records = notes(fonds, archivist, 2)
    other = fonds.records.create(archivist, Description(title="x", department="销售部"))
    run = chosen(fonds, archivist, [*records, other])
    planned = fonds.bulk.plan(archivist, run.id, BulkChange(department="销售部"))
    assert (planned.state, planned.plans) == ("planned", {"change": 2, "same": 1})
    lines = fonds.bulk.lines(archivist, run.id).items
    assert [line.changes for line in lines] == [{"department": ("市场部", "销售部")}] * 2 + [{}]
    assert [one.rev for one in fonds.records.some(archivist, [one.id for one in records])] == [1, 1]
    anew = fonds.bulk.plan(archivist, run.id, BulkChange(department="市场部"))
    assert anew.plans == {"change": 1, "same": 2}


def test_many_are_changed_in_lots_audited_and_each_has_its_history(
    fonds: Fonds, archivist: Actor, settle: Settle
) -> None:
    records = notes(fonds, archivist, 120)
    change = BulkChange(
        date=date(2026, 3, 1), responsible="赵磊", retention="D30", tags_add=("窜货",), tags_remove=("旧",)
    )
    run = edited(fonds, archivist, records, change)
    assert (run.fates, run.done, run.undoable) == ({"done": 120}, 120, True)
    settle()
    one = fonds.records.get(archivist, records[-1].id)
    assert (one.rev, one.date, one.year, one.responsible) == (2, date(2026, 3, 1), 2026, "赵磊")
    assert (one.retention, one.keywords) == ("D30", ("窜货",))
    (line,) = fonds.records.history(archivist, one.id)
    assert line.changes["responsible"] == ("", "赵磊")
    (event,) = AuditEvent.objects(object_id=one.id, act="change")
    assert event.facts["bulk"] == run.id
    (begun,) = AuditEvent.objects(act="bulk_edit")
    assert (begun.object_id, begun.facts) == (run.id, {"count": 120})


def test_a_slice_is_done_at_a_time_and_repeating_does_nothing_twice(fonds: Fonds, archivist: Actor) -> None:
    records = notes(fonds, archivist, 201)
    run = chosen(fonds, archivist, records)
    fonds.bulk.plan(archivist, run.id, BulkChange(department="销售部"))
    half = fonds.bulk.apply(archivist, run.id)
    assert (half.state, half.done, half.fates) == ("running", 200, {"done": 200})
    BulkRun.objects(id=run.id).update_one(
        set__at=150
    )  # a server that stopped before it had noted its progress
    whole = finished(fonds, archivist, half)
    assert whole.fates == {"done": 201}
    assert {row.rev for row in Record.objects} == {2}
    assert fonds.bulk.apply(archivist, run.id).state == "done"
    with pytest.raises(Conflict, match="已经开始"):
        fonds.bulk.plan(archivist, run.id, BulkChange(department="x"))


@pytest.mark.requirement("R-AUD-1")
def test_what_somebody_changed_after_the_preview_is_left_alone(fonds: Fonds, archivist: Actor) -> None:
    first, second, third = notes(fonds, archivist, 3)
    run = chosen(fonds, archivist, [first, second, third])
    fonds.bulk.plan(archivist, run.id, BulkChange(department="销售部"))
    fonds.records.change(archivist, second.id, 1, Description(title="别人改的"))
    fonds.records.delete(archivist, third.id)
    done = finished(fonds, archivist, run)
    assert done.fates == {"done": 1, "stale": 1, "skipped": 1}
    assert fonds.records.get(archivist, second.id).department == "市场部"
    lines = fonds.bulk.lines(archivist, run.id, fates=("stale", "skipped")).items
    assert [line.reason for line in lines] == [
        "预览之后有人改过，未动",
        "没有这件档案，或没有查看的权限",
    ]
    assert [line.record is None for line in lines] == [False, True]


@pytest.mark.requirement("R-SEC-7")
def test_only_what_one_knows_is_chosen_and_only_what_is_his_is_changed(
    fonds: Fonds, archivist: Actor, marketer: Actor
) -> None:
    hidden = fonds.records.create(archivist, Description(title="合同", category="HT"))
    mine = notes(fonds, marketer, 1)
    run = fonds.bulk.choose(marketer, "edit", ids=[hidden.id, mine[0].id, "none"])
    assert run.count == 1
    with pytest.raises(InvalidInput, match="还没有选定"):
        fonds.bulk.choose(marketer, "edit", ids=[hidden.id])
    director = an_actor("director", Role.OFFICE_DIRECTOR)
    theirs = chosen(fonds, director, mine)
    planned = fonds.bulk.plan(director, theirs.id, BulkChange(department="x"))
    assert planned.plans == {"skip": 1}
    assert fonds.bulk.lines(director, theirs.id).items[0].reason == "无权修改"
    assert finished(fonds, director, planned).fates == {"skipped": 1}


def test_a_run_is_its_owners_alone(
    fonds: Fonds, archivist: Actor, marketer: Actor, administrator: Actor
) -> None:
    run = chosen(fonds, archivist, notes(fonds, archivist, 1))
    for call in (fonds.bulk.get, fonds.bulk.apply, fonds.bulk.undo, fonds.bulk.lines):
        with pytest.raises(NotFound):
            call(marketer, run.id)
    with pytest.raises(Forbidden):
        fonds.bulk.choose(administrator, "edit", ids=["x"])


def test_an_empty_or_faulty_change_is_refused(fonds: Fonds, archivist: Actor) -> None:
    run = chosen(fonds, archivist, notes(fonds, archivist, 1))
    for change, word in (
        (BulkChange(carry=True), "还没有填写"),
        (BulkChange(category="ZZ"), "没有类别"),
        (BulkChange(retention="D99"), "应为"),
        (BulkChange(tags_add=("x" * 51,)), "最多"),
    ):
        with pytest.raises(InvalidInput, match=word):
            fonds.bulk.plan(archivist, run.id, change)
    with pytest.raises(Conflict, match="先预览"):
        fonds.bulk.apply(archivist, run.id)
    with pytest.raises(InvalidInput, match="批量"):
        fonds.bulk.choose(archivist, "burn", ids=["x"])


@pytest.mark.requirement("R-SEC-3")
def test_secrecy_is_never_lowered_in_bulk(fonds: Fonds, archivist: Actor) -> None:
    secret = fonds.records.create(archivist, Description(title="x", category="WD", secrecy="L2"))
    plain = notes(fonds, archivist, 1)[0]
    run = edited(fonds, archivist, [secret, plain], BulkChange(secrecy="L1"))
    assert run.fates == {"skipped": 1, "done": 1}
    moved = edited(fonds, archivist, [secret], BulkChange(category="HT"))
    assert moved.fates == {"done": 1}
    assert fonds.records.get(archivist, secret.id).secrecy == "L2"
    assert fonds.records.get(archivist, plain.id).secrecy == "L1"


def test_fields_that_the_new_category_lacks_stop_a_move_or_go_into_the_note(
    fonds: Fonds, archivist: Actor
) -> None:
    def channel() -> RecordView:
        said = Description(title="嘉禾", category="QD", fields={"channel_name": "嘉禾连锁"}, note="旧注")
        return fonds.records.create(archivist, said)

    stays, goes = channel(), channel()
    run = edited(fonds, archivist, [stays], BulkChange(category="WD"))
    assert run.fates == {"skipped": 1}
    (line,) = fonds.bulk.lines(archivist, run.id).items
    assert line.reason.startswith("新类别没有")
    assert line.params["count"] == 1
    assert edited(fonds, archivist, [goes], BulkChange(category="WD", carry=True)).fates == {"done": 1}
    moved = fonds.records.get(archivist, goes.id)
    assert (moved.category, moved.fields) == ("WD", {})
    assert moved.note.startswith("旧注\n")
    assert moved.note.endswith("：嘉禾连锁")


def test_a_run_is_taken_back_but_not_over_others(fonds: Fonds, archivist: Actor) -> None:
    records = notes(fonds, archivist, 3)
    change = BulkChange(category="HT", tags_add=("新",), date=date(2026, 1, 1))
    run = edited(fonds, archivist, records, change)
    assert fonds.records.get(archivist, records[0].id).secrecy == "L1"
    fonds.records.change(archivist, records[2].id, 2, Description(title="别人改的"))
    back = finished(fonds, archivist, fonds.bulk.undo(archivist, run.id))
    assert (back.act, back.fates, back.undoable) == ("undo", {"done": 2, "stale": 1}, False)
    one = fonds.records.get(archivist, records[0].id)
    assert (one.category, one.keywords, one.date, one.secrecy) == ("WD", ("旧",), None, "L0")
    assert one.retention == records[0].retention
    assert fonds.records.get(archivist, records[2].id).category == "HT"
    with pytest.raises(Conflict, match="已撤销"):
        fonds.bulk.undo(archivist, run.id)


def test_records_are_filed_in_a_dossier_and_given_back(fonds: Fonds, archivist: Actor) -> None:
    old, new = (
        fonds.dossiers.create(archivist, "contract", DossierSaid(title=title, category="WD"))
        for title in ("旧卷", "新卷")
    )
    records = notes(fonds, archivist, 3)
    fonds.filing.put(archivist, old.id, [records[0].id])
    fonds.filing.put(archivist, new.id, [records[2].id])
    run = chosen(fonds, archivist, records, "move")
    planned = fonds.bulk.plan(archivist, run.id, BulkChange(dossier=new.id))
    assert planned.plans == {"change": 2, "same": 1}
    assert [line.dossier for line in fonds.bulk.lines(archivist, run.id).items] == [
        (old.id, new.id),
        ("", new.id),
        None,
    ]
    done = finished(fonds, archivist, planned)
    assert done.fates == {"done": 2, "same": 1}
    assert fonds.filing.known_ids(archivist, new.id) == [records[2].id, records[0].id, records[1].id]
    back = finished(fonds, archivist, fonds.bulk.undo(archivist, run.id))
    assert back.fates == {"done": 2}
    assert fonds.filing.known_ids(archivist, new.id) == [records[2].id]
    assert fonds.filing.known_ids(archivist, old.id) == [records[0].id]


def test_undoing_a_filing_takes_no_older_description_back(fonds: Fonds, archivist: Actor) -> None:
    dossier = fonds.dossiers.create(archivist, "contract", DossierSaid(title="卷", category="WD"))
    (record,) = notes(fonds, archivist, 1)
    fonds.records.change(archivist, record.id, 1, Description(title="改过的题名", department="销售部"))
    run = edited(fonds, archivist, [record], BulkChange(department="销售部", dossier=dossier.id))
    assert run.fates == {"done": 1}
    assert finished(fonds, archivist, fonds.bulk.undo(archivist, run.id)).fates == {"done": 1}
    one = fonds.records.get(archivist, record.id)
    assert (one.title, one.department, one.rev) == ("改过的题名", "销售部", 2)
    assert fonds.filing.known_ids(archivist, dossier.id) == []


def test_where_a_lot_is_refused_only_the_culprit_fails(fonds: Fonds, archivist: Actor) -> None:
    closed, new = (
        fonds.dossiers.create(archivist, "contract", DossierSaid(title=title, category="WD"))
        for title in ("结卷", "新卷")
    )
    records = notes(fonds, archivist, 2)
    fonds.filing.put(archivist, closed.id, [records[0].id])
    fonds.dossiers.turn(archivist, closed.id, 1, "closed")
    run = edited(fonds, archivist, records, BulkChange(dossier=new.id))
    assert run.fates == {"failed": 1, "done": 1}
    (failed,) = fonds.bulk.lines(archivist, run.id, fates=("failed",)).items
    assert (failed.record_id, failed.reason) == (records[0].id, "已在同类的另一案卷，那一卷已结卷")


def test_drafts_are_deleted_and_brought_back_with_their_files(
    fonds: Fonds, archivist: Actor, settle: Settle
) -> None:
    records = notes(fonds, archivist, 2)
    fonds.files.add(archivist, records[0].id, BytesIO(b"text"), name="a.txt")
    fonds.files.add(archivist, records[1].id, BytesIO(b"more"), name="b.txt")
    settle()
    Record.objects(id=records[1].id).update_one(set__life="archived")
    run = finished(fonds, archivist, chosen(fonds, archivist, records, "delete"))
    assert (run.fates, run.undoable) == ({"done": 1, "skipped": 1}, True)
    with pytest.raises(NotFound):
        fonds.records.get(archivist, records[0].id)
    settle()
    assert fonds.finding.search(archivist, Question("巡查备忘")).total == 1
    back = finished(fonds, archivist, fonds.bulk.undo(archivist, run.id))
    assert (back.act, back.fates) == ("restore", {"done": 1})
    assert [file.name for file in fonds.records.get(archivist, records[0].id).files] == ["a.txt"]
    settle()
    assert fonds.finding.search(archivist, Question("巡查备忘")).total == 2
    assert by_key(File, record_id=records[0].id).state == "done"


def test_a_large_deletion_wants_its_number_typed(fonds: Fonds, archivist: Actor) -> None:
    run = chosen(fonds, archivist, notes(fonds, archivist, 100), "delete")
    for typed in (None, 99):
        with pytest.raises(InvalidInput, match="输入要删除的件数"):
            fonds.bulk.apply(archivist, run.id, typed=typed)
    assert finished(fonds, archivist, run, typed=100).fates == {"done": 100}


def test_everything_that_answers_a_question_is_chosen(fonds: Fonds, archivist: Actor, settle: Settle) -> None:
    notes(fonds, archivist, 3)
    fonds.records.create(archivist, Description(title="别的"))
    settle()
    run = fonds.bulk.choose(archivist, "edit", question=Question("巡查备忘"), back="/search?q=x")
    assert (run.count, run.beyond, run.back) == (3, 0, "/search?q=x")


def test_a_run_is_forgotten_after_a_week(fonds: Fonds, archivist: Actor, clock: Clock) -> None:
    run = chosen(fonds, archivist, notes(fonds, archivist, 1))
    assert (by_key(BulkRun, id=run.id).expires_at - clock()).days == 7
    (line,) = BulkLine.objects(run_id=run.id)
    assert (line.expires_at - clock()).days == 7
