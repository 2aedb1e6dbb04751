"""Records: describe, read, list, change with If-Match, delete as a tombstone (S-MD-1)."""

import re
from typing import Annotated, Any

from flask import Response, request
from pydantic import Field

from service.api import cursors
from service.api.files import idempotency_key
from service.api.inputs import Day, IdPath, Input, Line, PageQuery, ShortLine, Text
from service.api.resource import Listed, Resource, Shown, answer, listed, nothing
from service.domain.holdings import Description, RecordView
from service.errors import Fault, InvalidInput, RevisionRequired
from service.identity import actor, fonds
from service.usecases.describing.records import HistoryLine

records = Resource("records", __name__, "档案著录 / descriptions")

REVISION = re.compile(r'"(\d{1,15})"', re.ASCII)


class DescriptionBody(Input):
    """What a person says of a record. What is left out or null stays as it is; a null date takes the date away."""

    title: Line | None = None
    category: ShortLine | None = None
    date: Day | None = None
    department: ShortLine | None = None
    responsible: Line | None = None
    doc_no: Line | None = None
    secrecy: ShortLine | None = None
    retention: ShortLine | None = None
    grade: ShortLine | None = None
    openness: ShortLine | None = None
    room: ShortLine | None = None
    cabinet: ShortLine | None = None
    shelf: ShortLine | None = None
    box: ShortLine | None = None
    copy_status: ShortLine | None = None
    original_place: Line | None = None
    language: ShortLine | None = None
    keywords: Annotated[list[ShortLine], Field(max_length=100)] | None = None
    fields: Annotated[dict[ShortLine, Any], Field(max_length=200)] | None = None
    note: Text | None = None

    def description(self) -> Description:
        """As the use cases take it."""
        said = {name: getattr(self, name) for name in self.model_fields_set}
        if said.get("keywords") is not None:
            said["keywords"] = tuple(said["keywords"])
        return Description(**said, clear_date="date" in said and said["date"] is None)


class RecordsQuery(PageQuery):
    """A page of records, newest first."""

    category: ShortLine | None = Field(None, description="Only of this category; empty = the inbox")


@records.get("/records", responses={"200": Listed[RecordView]})
def list_records(query: RecordsQuery) -> Response:
    """Records that the asker may know of."""
    page = fonds().records.list(
        actor(), category=query.category, below=cursors.place(query.cursor), limit=query.limit
    )
    return answer({"items": page.items, "next_cursor": cursors.seal(page.next_cursor), "total": page.total})


@records.post("/records", responses={"201": Shown[RecordView]})
def create_record(body: DescriptionBody) -> Response:
    """Enter a draft. The same Idempotency-Key again gives the same draft."""
    record = fonds().records.create(actor(), body.description(), idempotency_key())
    return described(record, 201, {"Location": f"{request.path}/{record.id}"})


@records.get("/records/<id>", responses={"200": Shown[RecordView]})
def get_record(path: IdPath) -> Response:
    """One record with its files. ETag is the revision of its description."""
    return described(fonds().records.get(actor(), path.id))


@records.patch("/records/<id>", responses={"200": Shown[RecordView]})
def change_record(path: IdPath, body: DescriptionBody) -> Response:
    """Change the description; If-Match names the revision that was read."""
    return described(fonds().records.change(actor(), path.id, revision(), body.description()))


@records.delete("/records/<id>", responses={"204": None})
def delete_record(path: IdPath) -> Response:
    """Delete a draft; If-Match names the revision that was read."""
    fonds().records.delete(actor(), path.id, revision())
    return nothing()


@records.get("/records/<id>/history", responses={"200": Listed[HistoryLine]})
def get_history(path: IdPath) -> Response:
    """Every change of the description, newest first."""
    return listed(fonds().records.history(actor(), path.id), counted=False)


def revision() -> int:
    """The revision that If-Match names: `"7"`; `RevisionRequired` without one, `*` is none."""
    given = request.headers.get("If-Match", "").strip()
    if not given or given == "*":
        raise RevisionRequired('带上读取时的 ETag，例如 If-Match: "7"')
    found = REVISION.fullmatch(given)
    if found is None:
        raise InvalidInput([Fault("If-Match", "bad_revision", '应为读取时的 ETag，例如 "7"')])
    return int(found[1])


def described(record: RecordView, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A record as an answer; its ETag is the revision of its description."""
    return answer(record, status, {"ETag": f'"{record.rev}"'} | (headers or {}))
