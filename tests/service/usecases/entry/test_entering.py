"""Entry from workbooks: templates with lists and comments, findings at their cells, nothing half and nothing twice."""

import io
import zipfile
from dataclasses import replace
from typing import Any

import openpyxl
import pytest

from service.domain.permissions import Actor
from service.errors import Conflict, Fault, Forbidden, InvalidInput, NotFound, TooLarge
from service.models import AuditEvent, EntryLine, Record
from service.wiring import Fonds

ROWS = [
    {"题名": "嘉禾贸易客户档案", "客户类型": "单位", "客户全称": "上海嘉禾贸易有限公司", "手机": 13800138000},
    {"题名": "", "客户类型": "企业", "客户全称": "=1+1", "手机": "1380013"},
    {"题名": "王芳客户档案", "客户类型": "个人", "客户全称": "王芳", "需求类型": "产品采购、售后支持"},
]


def say(fault: Fault) -> str:
    return fault.message % fault.params


@pytest.fixture
def template(fonds: Fonds, salesperson: Actor) -> bytes:
    return fonds.archival.entry.templates.template(salesperson, "KH", "zh")


def filled(template: bytes, rows: list[dict[str, Any]]) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(template))
    sheet = book.worksheets[0]
    places = {str(cell.value).rstrip("*").partition("（")[0]: cell.column for cell in sheet[1]}
    for line, row in enumerate(rows, 2):
        for head, value in row.items():
            sheet.cell(line, places[head]).value = value
    return saved(book)


def saved(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def kept() -> list[Any]:
    return sorted(Record.objects(), key=lambda row: row.seq)


@pytest.mark.requirement("R-CAP-4")
def test_a_template_offers_lists_and_comments_and_stars_and_is_always_the_same(
    fonds: Fonds, salesperson: Actor, template: bytes, administrator: Actor
) -> None:
    book = openpyxl.load_workbook(io.BytesIO(template))
    sheet = book.worksheets[0]
    heads = {cell.value: cell for cell in sheet[1]}
    assert {"录入结果", "题名*", "客户类型*", "客户全称*", "注册资本（元）"} <= set(heads)
    assert "11 位数字" in heads["手机"].comment.text
    lists = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    column = heads["客户类型*"].column_letter
    rule = lists[f"{column}2:{column}1001"]
    title, _, cells = rule.formula1.rpartition("!")
    assert [cell[0].value for cell in book[title.strip("'")][cells.replace("$", "")]] == ["单位", "个人"]
    again = type(fonds.archival.entry.templates)(
        fonds.categories, fonds.archival.entry.entering._workbooks
    ).template(salesperson, "KH", "zh")
    assert again == template
    with pytest.raises(Forbidden):
        fonds.archival.entry.templates.template(administrator, "KH", "zh")


@pytest.mark.requirement("R-CAP-4", "R-VAL-2", "R-VAL-6")
def test_what_is_right_is_entered_whole_and_the_rest_says_what_is_wrong(
    fonds: Fonds, salesperson: Actor, template: bytes
) -> None:
    entering = fonds.archival.entry.entering
    view = entering.check(salesperson, "KH", "客户.xlsx", filled(template, ROWS))
    assert (view.lines, view.waiting, view.bad) == (3, 2, 1)
    assert kept() == []
    bad = entering.lines(salesperson, view.id, fate="bad").items[0]
    assert bad.n == 3
    assert {(one.path, one.code) for one in bad.faults} >= {
        ("title", "required"),
        ("fields.customer_kind", "not_in_list"),
        ("fields.full_name", "formula"),
        ("fields.mobile", "bad_phone"),
    }
    done = entering.enter(salesperson, view.id)
    assert (done.waiting, done.entered, done.bad) == (0, 2, 1)
    first, second = kept()
    assert first.fields == {
        "customer_kind": "organisation",
        "full_name": "上海嘉禾贸易有限公司",
        "mobile": "13800138000",
    }
    assert second.fields["need_type"] == ["purchase", "after_sales"]
    assert (first.life, first.turn, first.department) == (
        "draft",
        f"draft:{salesperson.id}#{first.seq:010d}",
        "销售部",
    )
    assert [entry["act"] for entry in first.outbox] == ["create"]
    assert AuditEvent.objects(act="enter_sheet", object_id="KH").count() == 1


@pytest.mark.requirement("R-CAP-4")
def test_the_same_workbook_twice_makes_nothing_twice_and_what_was_cut_off_goes_on(
    fonds: Fonds, salesperson: Actor, marketer: Actor, archivist: Actor, template: bytes
) -> None:
    entering = fonds.archival.entry.entering
    book = filled(template, [ROWS[0], ROWS[2]])
    first = entering.check(salesperson, "", "客户.xlsx", book)
    second = entering.check(salesperson, "", "客户.xlsx", book)
    entering.enter(salesperson, first.id)
    # what a server that was killed between writing and answering leaves: lines that still wait
    EntryLine.objects(sheet_id=first.id, n=3).update_one(set__fate="", set__record_id="")
    again = entering.enter(salesperson, first.id)
    assert (again.entered, again.already, again.waiting) == (1, 1, 0)
    late = entering.enter(salesperson, second.id)
    assert (late.entered, late.already) == (0, 2)
    third = entering.check(salesperson, "", "客户.xlsx", book)
    assert third.already == 2
    assert len(kept()) == 2
    gone = kept()[0]
    fonds.records.delete(salesperson, gone.id)
    assert entering.enter(salesperson, entering.check(salesperson, "", "客户.xlsx", book).id).entered == 1
    other = entering.check(marketer, "", "客户.xlsx", book)
    assert other.already == 0  # what others entered is not told
    with pytest.raises(NotFound):
        entering.get(archivist, other.id)


@pytest.mark.requirement("R-CAP-4")
def test_the_workbook_comes_back_with_its_findings_and_calculates_nothing(
    fonds: Fonds, salesperson: Actor, template: bytes
) -> None:
    entering, templates = fonds.archival.entry.entering, fonds.archival.entry.templates
    rows = [ROWS[0], ROWS[1], ROWS[0] | {"题名": "'=cmd|calc"}, ROWS[0]]
    view = entering.check(salesperson, "KH", "客户.xlsx", filled(template, rows))
    entering.enter(salesperson, view.id)
    back = templates.returned(salesperson, view.id, "zh", say)
    book = openpyxl.load_workbook(io.BytesIO(back))
    sheet = book.worksheets[0]
    places = {str(cell.value).rstrip("*"): cell.column for cell in sheet[1]}
    assert [sheet.cell(line, 1).value for line in (2, 3, 5)] == ["已录入", "有误", "有误"]
    assert "必填" in sheet.cell(3, places["题名"]).comment.text
    assert "公式" in sheet.cell(3, places["客户全称"]).comment.text
    assert "与第 2 行内容相同" in sheet.cell(5, 1).comment.text
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    assert (
        sheet.cell(2, places["手机"]).value == "13800138000"
        or sheet.cell(2, places["手机"]).value == 13800138000
    )
    # mended and brought again: what was entered stays, what was mended comes in, what was changed is told
    sheet.cell(3, places["题名"]).value = "补正"
    sheet.cell(3, places["客户类型"]).value = "个人"
    sheet.cell(3, places["客户全称"]).value = "李强"
    sheet.cell(3, places["手机"]).value = "13900139000"
    sheet.cell(2, places["题名"]).value = "改了题名"
    mended = entering.check(salesperson, "KH", "客户.xlsx", saved(book))
    told = {
        one.n: [fault.code for fault in one.faults] for one in entering.lines(salesperson, mended.id).items
    }
    assert told[2] == ["changed_since"]
    assert told[3] == []


@pytest.mark.requirement("R-CAP-4")
def test_what_is_no_workbook_of_this_category_is_refused_with_what_to_do(
    fonds: Fonds, salesperson: Actor, template: bytes, administrator: Actor
) -> None:
    entering = fonds.archival.entry.entering

    def fault(data: bytes, category: str = "KH") -> Fault:
        with pytest.raises(InvalidInput) as refused:
            entering.check(salesperson, category, "x.xlsx", data)
        return refused.value.faults[0]

    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as package:
        package.writestr("word/document.xml", "<x/>")
    broken = io.BytesIO()
    with zipfile.ZipFile(broken, "w") as package:
        package.writestr("xl/workbook.xml", "<broken")
    assert fault(b"not a workbook").code == "no_workbook"
    assert fault(other.getvalue()).code == "no_workbook"
    assert fault(broken.getvalue()).code == "damaged"
    assert fault(filled(template, ROWS), "HT").code == "other_category"
    assert fault(template).code == "empty"
    assert fault(saved(openpyxl.Workbook())).code in ("empty", "missing_head")
    assert fault(filled(template, ROWS), "XX").code == "unknown_category"
    many = openpyxl.Workbook()
    for _ in range(1002):
        many.active.append(["题名"])
    assert fault(saved(many)).code == "too_many"
    with pytest.raises(TooLarge):
        entering.check(salesperson, "KH", "x.xlsx", b"x" * ((1 << 20) + 1))
    with pytest.raises(Forbidden):
        entering.check(administrator, "KH", "x.xlsx", b"x")


def test_a_workbook_of_ones_own_making_is_read_by_its_heads(fonds: Fonds, salesperson: Actor) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["客户全称 ", "题 名", "Kind of customer", "成立日期", "年龄", "随便一列", "关键词"])
    sheet.append(["张三", "张三档案", "Person", "2020年3月5日", "３５", "x", "重点，华东"])
    entering = fonds.archival.entry.entering
    view = entering.check(salesperson, "KH", "own.xlsx", saved(book))
    assert (view.waiting, view.unknown) == (1, ("随便一列",))
    entering.enter(salesperson, view.id)
    row = kept()[0]
    assert row.fields == {"full_name": "张三", "customer_kind": "person", "founded": "2020-03-05", "age": 35}
    assert row.keywords == ["重点", "华东"]
    entering.discard(salesperson, view.id)
    assert entering.sheets(salesperson) == []
    assert EntryLine.objects(sheet_id=view.id).count() == 0


@pytest.mark.requirement("R-CAP-4", "R-CAT-1")
def test_a_workbook_of_an_older_version_enters_nothing_wrong(
    fonds: Fonds, salesperson: Actor, archivist: Actor, template: bytes
) -> None:
    """What stands in a column that is gone, or in another unit, would be lost or be another amount."""
    entering = fonds.archival.entry.entering
    book = filled(template, [ROWS[0]])
    before = entering.check(salesperson, "KH", "客户.xlsx", book)
    fields = fonds.scheming.draft(archivist, "KH").fields
    other = [replace(one, unit="万元") if one.key == "registered_capital" else one for one in fields]
    assert other != fields
    fonds.scheming.publish(
        archivist, "KH", rev=fonds.scheming.save(archivist, "KH", other, rev=0).rev, reason="按万元"
    )
    with pytest.raises(Conflict, match="新版"):
        entering.enter(salesperson, before.id)
    with pytest.raises(InvalidInput, match="新模板"):
        entering.check(salesperson, "KH", "客户.xlsx", book)
    fresh = fonds.archival.entry.templates.template(salesperson, "KH", "zh")
    rows = [{name.replace("（元）", "（万元）"): value for name, value in ROWS[0].items()}]
    assert (
        entering.enter(
            salesperson, entering.check(salesperson, "", "客户.xlsx", filled(fresh, rows)).id
        ).entered
        == 1
    )
