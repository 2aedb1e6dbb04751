"""Exporting: every hit of a question that one may know of, as texts that nothing calculates."""

import csv
import io
from collections.abc import Callable

import pytest
from openpyxl import load_workbook

from service.domain.holdings import Description, Finding, Question
from service.domain.permissions import Actor
from service.errors import Forbidden
from service.models import AuditEvent
from service.usecases import tables
from service.usecases.searching.exporting import Exporting, Table
from service.usecases.tables import guarded
from service.wiring import Fonds

Settle = Callable[[], None]


def cells(hit: Finding) -> list[str]:
    return [hit.title, hit.customer]


TABLE = Table(["题名", "客户"], cells)


def rows_of_csv(pieces: object) -> list[list[str]]:
    text = b"".join(pieces).decode("utf-8-sig")  # type: ignore[call-overload]
    return list(csv.reader(io.StringIO(text, newline="")))


def rows_of_workbook(pieces: object) -> list[list[object]]:
    book = load_workbook(io.BytesIO(b"".join(pieces)))  # type: ignore[call-overload]
    return [[cell.value for cell in row] for row in book.active.rows]


def test_both_kinds_hold_every_hit(fonds: Fonds, archivist: Actor, settle: Settle) -> None:
    fields = {"party_a": "本公司", "party_b": "嘉禾连锁"}
    for n in range(3):
        described = Description(title=f"合同 {n}", category="HT", responsible="本公司", fields=fields)
        fonds.records.create(archivist, described)
    fonds.records.create(archivist, Description(title="纪要"))
    settle()
    question = Question(text="合同", order="newest")
    wanted = [["题名", "客户"], *([f"合同 {n}", "嘉禾连锁"] for n in (2, 1, 0))]
    assert rows_of_csv(fonds.exporting.csv(archivist, question, TABLE)) == wanted
    assert rows_of_workbook(fonds.exporting.workbook(archivist, question, TABLE)) == wanted
    events = [event for event in AuditEvent.objects() if event.act == "export_search"]
    assert sorted((event.facts["format"], event.facts["rows"]) for event in events) == [
        ("csv", 3),
        ("xlsx", 3),
    ]


def test_an_export_goes_on_over_pages_to_its_end(fonds: Fonds, archivist: Actor, settle: Settle) -> None:
    for n in range(5):
        fonds.records.create(archivist, Description(title=f"备忘 {n}"))
    settle()
    short = [hit.title for hit in fonds.finding.each(archivist, Question(order="title"), most=3)]
    assert short == ["备忘 0", "备忘 1", "备忘 2"]
    whole = [hit.title for hit in fonds.finding.each(archivist, Question(order="title"), most=100)]
    assert len(whole) == 5


@pytest.mark.requirement("R-SEC-7")
def test_what_one_may_not_know_of_is_not_exported(
    fonds: Fonds, archivist: Actor, marketer: Actor, administrator: Actor, settle: Settle
) -> None:
    fonds.records.create(archivist, Description(title="机密备忘", secrecy="L2"))
    settle()
    assert rows_of_csv(fonds.exporting.csv(marketer, Question(), TABLE)) == [["题名", "客户"]]
    with pytest.raises(Forbidden):
        fonds.exporting.csv(administrator, Question(), TABLE)
    with pytest.raises(Forbidden):
        fonds.exporting.workbook(administrator, Question(), TABLE)


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-2+3", "@SUM(A1)", "＝1+1", " =1", "\t=1"])
def test_nothing_becomes_a_formula(fonds: Fonds, archivist: Actor, settle: Settle, text: str) -> None:
    assert guarded(text) == "'" + text
    fonds.records.create(archivist, Description(title=text.strip() + " 备忘"))
    settle()
    title = text.strip() + " 备忘"
    assert rows_of_csv(fonds.exporting.csv(archivist, Question(), TABLE))[1][0] == "'" + title
    data = b"".join(fonds.exporting.workbook(archivist, Question(), TABLE))
    cell = load_workbook(io.BytesIO(data)).active["A2"]
    assert (cell.value, cell.data_type) == (title, "s")


def test_ordinary_texts_are_left_as_they_are() -> None:
    for text in ("", "渠道窜货", "2026-03", "a=b", "“=”"):
        assert guarded(text) == text


def test_what_a_spreadsheet_cannot_hold_is_shown_as_missing(fonds: Fonds, archivist: Actor) -> None:
    class Odd:
        def each(self, *_: object, **__: object) -> object:
            return iter([object()])

    export = Exporting(Odd(), fonds.audit)  # type: ignore[arg-type]
    table = Table(["题名"], lambda _: ["坏\x00\ud800字" + "长" * 40_000])
    cell = rows_of_workbook(export.workbook(archivist, Question(), table))[1]
    assert str(cell[0]).startswith("坏\ufffd\ufffd字")
    assert tables.MAX_CELL == 32_767
