"""Imports: runs that bring many files, and the report that gives every entry its fate."""

from typing import Annotated, Literal

from flask import Response, request
from pydantic import BeforeValidator, Field, StringConstraints

from service.api import cursors
from service.api.batches import BODY, MEDIA_TYPE, offer_of, offered
from service.api.files import UPLOAD
from service.api.inputs import Found, Id, IdPath, Input, PageQuery, Query, ShortLine, whole
from service.api.resource import Listed, Resource, Shown, answer, nothing
from service.api.uploads import RawPath, from_base64url, received
from service.domain.holdings import ImportLine, ImportView
from service.errors import UnsupportedMedia
from service.identity import actor, fonds
from service.usecases.moving_in.imports import NotedEntry
from service.usecases.moving_in.near_groups import Decision, NearGroupView

imports = Resource("imports", __name__, "导入 / import runs")

Size = Annotated[int, Field(ge=0, lt=1 << 63)]
ListedSize = Annotated[int, BeforeValidator(whole), Field(ge=0, lt=1 << 63)]


class NewImport(Input):
    """A run to be. `source` says in words where the files come from."""

    source: Annotated[Found, StringConstraints(min_length=1)]
    category: ShortLine = ""


class OfferQuery(Query):
    """What is known of a file that is offered."""

    name: Found
    path: Found = ""
    raw_path: RawPath = Field("", description="base64url of the path's bytes, where they are not UTF-8")
    modified: ShortLine = Field("", description="When the file was last changed, ISO 8601")
    size: ListedSize = Field(0, description="Its size when it was listed")
    stamp: ShortLine = Field("", description="What tells this version from another: a time in ns, an ETag")
    owner: ShortLine = Field("", description="Whose it was, as the source says")


class EntryBody(Input):
    """An entry that brings no bytes."""

    path: Found
    fate: Literal["set_aside", "failed"]
    reason: ShortLine
    raw_path: RawPath = ""
    size: Size = 0
    stamp: ShortLine = ""


class EntriesBody(Input):
    """Entries that bring no bytes, at most 1000 at once."""

    entries: Annotated[list[EntryBody], Field(max_length=1000)]


class LinesQuery(PageQuery):
    """A page of a report."""

    fate: (
        Literal["archived", "duplicates", "set_aside", "quarantined", "failed", "planned", "waiting"] | None
    ) = None


class GroupPath(IdPath):
    """One group of a run."""

    group_id: Id


class DecisionBody(Input):
    """What is decided over a group of near copies."""

    decision: Decision = Field(description="one, all, copies or versions")
    keep: ShortLine = Field("", description="The file that stays; not for `all`")


@imports.post("/imports", responses={"201": Shown[ImportView]})
def start_import(body: NewImport) -> Response:
    """Open a run."""
    run = fonds().imports.start(actor(), source=body.source, category=body.category)
    return answer(run, 201, {"Location": f"/api/v1/imports/{run.id}"})


@imports.get("/imports", responses={"200": Listed[ImportView]})
def list_imports(query: PageQuery) -> Response:
    """Runs, newest first."""
    page = fonds().imports.list(actor(), below=cursors.place(query.cursor), limit=query.limit)
    return answer({"items": page.items, "next_cursor": cursors.seal(page.next_cursor), "total": page.total})


@imports.get("/imports/<id>", responses={"200": Shown[ImportView]})
def get_import(path: IdPath) -> Response:
    """A run with its sums now."""
    return answer(fonds().imports.get(actor(), path.id))


@imports.post(
    "/imports/<id>/files", responses={"200": Shown[ImportLine]}, openapi_extensions={"requestBody": UPLOAD}
)
def offer_file(path: IdPath, query: OfferQuery) -> Response:
    """Offer a file; the answer is its line. The same path again gives the same line."""
    who = actor()
    offer = offer_of(query, path.id)
    return answer(fonds().imports.offer(who, path.id, received(query.name).source, offer))


@imports.post(
    "/imports/<id>/batch",
    responses={"200": Shown[list[ImportLine]]},
    openapi_extensions={"requestBody": BODY},
)
def offer_batch(path: IdPath) -> Response:
    """Offer many small files; the answer is their lines, in their order, when all of them are durable. A body that
    is cut enters nothing; the same paths again give the same lines."""
    who = actor()
    if request.mimetype != MEDIA_TYPE:
        raise UnsupportedMedia("请求体应为 %(type)s", type=MEDIA_TYPE)
    return answer(fonds().imports.offer_many(who, path.id, offered(request, path.id)))


@imports.post("/imports/<id>/entries", responses={"204": None})
def note_entries(path: IdPath, body: EntriesBody) -> Response:
    """Enter what was found and brings no bytes."""
    noted = [
        NotedEntry(
            path=entry.path,
            fate=entry.fate,
            reason=entry.reason,
            raw_path=from_base64url(entry.raw_path, f"entries.{n}.raw_path"),
            size=entry.size,
            stamp=entry.stamp,
        )
        for n, entry in enumerate(body.entries)
    ]
    fonds().imports.note(actor(), path.id, noted)
    return nothing()


@imports.get("/imports/<id>/near-copies", responses={"200": Listed[NearGroupView]})
def list_near_groups(path: IdPath, query: PageQuery) -> Response:
    """Of a migration's run that has ended: files that look like copies or versions of each other, as groups to decide."""
    page = fonds().migrations.copies.list(
        actor(), path.id, above=cursors.place(query.cursor) or 0, limit=query.limit
    )
    return answer({"items": page.items, "next_cursor": cursors.seal(page.next_cursor), "total": page.total})


@imports.post("/imports/<id>/near-copies/<group_id>", responses={"200": Shown[NearGroupView]})
def decide_near_group(path: GroupPath, body: DecisionBody) -> Response:
    """Decide over a group, once; with `one` the records of the others are deleted."""
    copies = fonds().migrations.copies
    return answer(copies.decide(actor(), path.id, path.group_id, body.decision, body.keep))


@imports.post("/imports/<id>/close", responses={"200": Shown[ImportView]})
def close_import(path: IdPath) -> Response:
    """Say that nothing more comes."""
    return answer(fonds().imports.close(actor(), path.id))


@imports.get("/imports/<id>/lines", responses={"200": Listed[ImportLine]})
def list_lines(path: IdPath, query: LinesQuery) -> Response:
    """The report, in the order of arrival."""
    fate = "" if query.fate == "waiting" else query.fate
    page = fonds().imports.lines(
        actor(), path.id, fate=fate, above=cursors.place(query.cursor) or 0, limit=query.limit
    )
    return answer({"items": page.items, "next_cursor": cursors.seal(page.next_cursor), "total": page.total})
