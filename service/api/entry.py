"""Entry from workbooks 表格录入: templates, findings line by line, and what is right entered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from flask import Response
from pydantic import Field

from service.api import cursors
from service.api.delivery import disposition
from service.api.files import UPLOAD
from service.api.inputs import Found, IdPath, PageQuery, Path, Query, ShortLine
from service.api.lifecycle import FaultShown
from service.api.resource import Listed, Resource, Shown, answer, binary, listed, nothing
from service.api.uploads import received
from service.errors import Fault
from service.identity import actor, fonds
from service.problems import language, said
from service.usecases.entry.entering import EntryView
from service.usecases.entry.lines import EntryLineView
from service.usecases.entry.workbooks import MOST_BYTES

entry = Resource("entry", __name__, "表格录入 / entry from workbooks")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class CodePath(Path):
    """A category."""

    code: ShortLine


class WorkbookQuery(Query):
    """Of which category the workbook is."""

    category: ShortLine = Field("", description="Left out: the one that its template names")
    name: Found = Field("", description="File name; in a form that of the file part is taken without it")


class LinesQuery(PageQuery):
    """Which lines."""

    fate: Literal["", "waiting", "entered", "already", "bad"] = Field("", description="Only these")


@dataclass(frozen=True, slots=True)
class LineShown:
    """A line of a workbook by its number there, in the asker's language."""

    n: int
    title: str
    fate: str
    record_id: str
    faults: Sequence[FaultShown]
    notes: Sequence[FaultShown]


@entry.get("/categories/<code>/entry-template", responses={"200": binary("A workbook to fill in")})
def entry_template(path: CodePath) -> Response:
    """The template of a category: pick lists, comments, required columns with a star."""
    templates = fonds().archival.entry.templates
    made = templates.template(actor(), path.code, language())
    return workbook(made, f"{said('录入模板')} {path.code}.xlsx")


@entry.get("/entry-sheets", responses={"200": Listed[EntryView]})
def list_entry_sheets() -> Response:
    """The workbooks that one has brought in the last month, newest first."""
    items = fonds().archival.entry.entering.sheets(actor())
    return listed(items)


@entry.post("/entry-sheets", responses={"201": Shown[EntryView]}, openapi_extensions={"requestBody": UPLOAD})
def bring_entry_sheet(query: WorkbookQuery) -> Response:
    """Bring a filled-in workbook: it is read and checked line by line; nothing is entered yet."""
    who, upload = actor(), received(query.name)
    data = upload.source.read(MOST_BYTES + 1)
    view = fonds().archival.entry.entering.check(who, query.category, upload.name, data)
    return answer(view, 201, {"Location": f"/api/v1/entry-sheets/{view.id}"})


@entry.get("/entry-sheets/<id>", responses={"200": Shown[EntryView]})
def get_entry_sheet(path: IdPath) -> Response:
    """How many lines wait, were entered, were there already, have faults."""
    return answer(fonds().archival.entry.entering.get(actor(), path.id))


@entry.get("/entry-sheets/<id>/lines", responses={"200": Listed[LineShown]})
def list_entry_lines(path: IdPath, query: LinesQuery) -> Response:
    """The lines of a workbook with what is wrong with each."""
    above = cursors.place(query.cursor) or 0
    entering = fonds().archival.entry.entering
    page = entering.lines(actor(), path.id, above=above, limit=query.limit, fate=query.fate)
    items = [_line(one) for one in page.items]
    return answer({"items": items, "next_cursor": cursors.seal(page.next_cursor), "total": page.total})


@entry.post("/entry-sheets/<id>/enter", responses={"200": Shown[EntryView]})
def enter_sheet(path: IdPath) -> Response:
    """Enter every line that has no fault, as drafts. Again: nothing is entered twice."""
    return answer(fonds().archival.entry.entering.enter(actor(), path.id))


@entry.get("/entry-sheets/<id>/workbook", responses={"200": binary("The workbook with its findings")})
def returned_workbook(path: IdPath) -> Response:
    """The workbook with findings as comments at their cells, and marks where a line was entered."""
    templates = fonds().archival.entry.templates
    made = templates.returned(actor(), path.id, language(), in_words)
    return workbook(made, f"{said('录入结果')}.xlsx")


@entry.delete("/entry-sheets/<id>", responses={"204": None})
def discard_entry_sheet(path: IdPath) -> Response:
    """Forget a workbook; what was entered from it stays."""
    fonds().archival.entry.entering.discard(actor(), path.id)
    return nothing()


def in_words(fault: Fault) -> str:
    """A finding in the asker's language."""
    return said(fault.message, fault.params)


def workbook(made: bytes, name: str) -> Response:
    """A workbook to be saved."""
    response = Response(made, content_type=XLSX)
    response.headers["Content-Disposition"] = disposition("attachment", name)
    return response


def _line(line: EntryLineView) -> LineShown:
    faults, notes = (
        [FaultShown(one.path, one.code, in_words(one)) for one in found]
        for found in (line.faults, line.notes)
    )
    return LineShown(line.n, line.title, line.fate, line.record_id, faults, notes)
