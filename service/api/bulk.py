"""Bulk work: choose, plan, apply slice by slice, undo; and the originals of many records as one zip."""

from typing import Annotated, Literal

from flask import Response, request
from pydantic import Field

from service.api import cursors
from service.api.delivery import begun, disposition
from service.api.inputs import Day, Id, IdPath, Input, PageQuery, ShortLine, Switch
from service.api.questions import Conditions, Several
from service.api.resource import Listed, Resource, Shown, answer
from service.domain.bulk import BulkChange, BulkLineView, BulkView
from service.domain.holdings import Question
from service.identity import actor, fonds

bulk = Resource("bulk", __name__, "批量操作 / bulk work")

ZIP = {
    "description": "The originals with a list, 目录.csv",
    "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
}


class BulkQuestion(Conditions, Input):
    """Everything that answers a question, as GET /search asks it."""

    def question(self) -> Question:
        """As the use cases take it."""
        return Question(**self.conditions())


class BulkBody(Input):
    """What to do, and with which records: by id, or everything that answers a question."""

    act: Literal["edit", "move", "delete", "download"]
    ids: Annotated[list[Id], Field(max_length=2000, default_factory=list)]
    question: BulkQuestion | None = None


class BulkChangeBody(Input):
    """What to change in each; what is left out stays."""

    category: ShortLine | None = None
    department: ShortLine | None = None
    responsible: ShortLine | None = None
    date: Day | None = None
    retention: ShortLine | None = None
    secrecy: ShortLine | None = Field(None, description="Only upwards")
    tags_add: Several
    tags_remove: Several
    dossier: Id | None = None
    carry: Switch = Field(False, description="Write fields that the new category lacks into the note")

    def change(self) -> BulkChange:
        """As the use cases take it."""
        return BulkChange(
            category=self.category,
            department=self.department,
            responsible=self.responsible,
            date=self.date,
            retention=self.retention,
            secrecy=self.secrecy,
            tags_add=tuple(self.tags_add),
            tags_remove=tuple(self.tags_remove),
            dossier=self.dossier or "",
            carry=self.carry,
        )


class BulkApplyBody(Input):
    """`typed`: the number of records, which a deletion of 100 and more wants."""

    typed: int | None = None


class BulkLinesQuery(PageQuery):
    """A page of the lines of a run."""

    fate: Annotated[
        list[Literal["done", "same", "skipped", "stale", "failed"]],
        Field(max_length=5, default_factory=list),
    ]


@bulk.post("/bulk", responses={"201": Shown[BulkView]})
def choose_records(body: BulkBody) -> Response:
    """Choose records; what the asker may not know of is left out."""
    question = body.question.question() if body.question else None
    run = fonds().bulk.choose(actor(), body.act, ids=body.ids, question=question)
    return answer(run, 201, {"Location": f"{request.path}/{run.id}"})


@bulk.get("/bulk/<id>", responses={"200": Shown[BulkView]})
def get_bulk(path: IdPath) -> Response:
    """A run of one's own, kept for a week."""
    return answer(fonds().bulk.get(actor(), path.id))


@bulk.get("/bulk/<id>/lines", responses={"200": Listed[BulkLineView]})
def list_bulk_lines(path: IdPath, query: BulkLinesQuery) -> Response:
    """What would change in each record, or what became of it and why."""
    start = cursors.place(query.cursor) or 0
    page = fonds().bulk.lines(actor(), path.id, start=start, limit=query.limit, fates=tuple(query.fate))
    return answer({"items": page.items, "next_cursor": cursors.seal(page.next_cursor), "total": page.total})


@bulk.post("/bulk/<id>/plan", responses={"200": Shown[BulkView]})
def plan_bulk(path: IdPath, body: BulkChangeBody) -> Response:
    """See what would change; each record's revision is noted, so that later changes of others are not overwritten."""
    return answer(fonds().bulk.plan(actor(), path.id, body.change()))


@bulk.post("/bulk/<id>/apply", responses={"200": Shown[BulkView]})
def apply_bulk(path: IdPath, body: BulkApplyBody) -> Response:
    """Work on the next 200 records; repeat until `state` is done."""
    return answer(fonds().bulk.apply(actor(), path.id, typed=body.typed))


@bulk.post("/bulk/<id>/undo", responses={"201": Shown[BulkView]})
def undo_bulk(path: IdPath) -> Response:
    """Begin the run that takes this one back; apply that one."""
    return answer(fonds().bulk.undo(actor(), path.id), 201)


@bulk.get("/bulk/<id>/bag", responses={"200": ZIP})
def bag_bulk(path: IdPath) -> Response:
    """The same as a bag (RFC 8493) in a zip: originals, descriptions, histories and their digests."""
    run = fonds().bulk.get(actor(), path.id)
    response = Response(begun(fonds().bulk_download.bag(actor(), path.id)), content_type="application/zip")
    response.headers["Content-Disposition"] = disposition("attachment", f"{run.id}-bagit.zip")
    return response


@bulk.get("/bulk/<id>/archive", responses={"200": ZIP})
def download_bulk(path: IdPath) -> Response:
    """The originals as one zip that is made while it is sent."""
    run = fonds().bulk.get(actor(), path.id)
    response = Response(
        begun(fonds().bulk_download.archive(actor(), path.id)), content_type="application/zip"
    )
    response.headers["Content-Disposition"] = disposition("attachment", f"{run.id}.zip")
    return response
