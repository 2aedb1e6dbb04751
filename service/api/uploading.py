"""Uploads: announced, sent in parts to signed URLs, completed; or a small file whole in one request."""

from typing import Annotated, Any

from flask import Response
from pydantic import Field, StringConstraints

from service.api import cursors
from service.api.files import UPLOAD, idempotency_key
from service.api.inputs import Found, IdPath, Input, Number, PageQuery, Query, ShortLine, moment_of
from service.api.resource import Listed, Resource, Shown, answer, listed, nothing
from service.api.uploads import received
from service.domain.uploads import NewUpload, PartLink, PartView, Presets, UploadView
from service.identity import actor, fonds

uploads = Resource("uploads", __name__, "上传 / uploads")

Digest = Annotated[str, StringConstraints(pattern=r"^([0-9a-fA-F]{64})?$")]


class NewUploadBody(Input):
    """A file that is to come, and what is said of the drop that it belongs to."""

    name: Found
    size: Annotated[int, Field(ge=0, lt=1 << 50)]
    sha256: Digest = Field("", description="If it is known; the content must then have it")
    path: Found = Field("", description="Path inside the folder that was dropped")
    modified: ShortLine = Field("", description="When the file was last changed, ISO 8601")
    drop: ShortLine = Field("", description="The same for everything that came together")
    category: ShortLine = ""
    department: ShortLine = ""
    customer: ShortLine = ""
    keywords: Annotated[list[ShortLine], Field(max_length=50, default_factory=list)]
    record: ShortLine = Field("", description="Id of the record to join; else a new one is entered")


class WholeQuery(Query):
    """What is said of a file that comes whole, beside its bytes."""

    name: Found = Field("", description="File name; in a form that of the file part is taken without it")
    sha256: Digest = ""
    path: Found = ""
    modified: ShortLine = ""
    drop: ShortLine = ""
    category: ShortLine = ""
    department: ShortLine = ""
    customer: ShortLine = ""
    keywords: Found = Field("", description="Separated by line feeds or 、")
    record: ShortLine = ""


class PresetsBody(Input):
    """What is to be said of an upload's record instead."""

    category: ShortLine = ""
    department: ShortLine = ""
    customer: ShortLine = ""
    keywords: Annotated[list[ShortLine], Field(max_length=50, default_factory=list)]


class LinksQuery(Query):
    """Which parts are to be sent next."""

    first: Number = Field(1, description="Number of the first part")
    last: Number = Field(1, description="Number of the last one, at most 100 together")


@uploads.post("/uploads", responses={"201": Shown[UploadView]})
def create_upload(body: NewUploadBody) -> Response:
    """Announce a file; the answer has URLs for its first parts. The same Idempotency-Key again gives the same upload."""
    view = fonds().uploads.create(actor(), _announced(body, body.size, body.keywords), idempotency_key())
    return answer(view, 201, {"Location": f"/api/v1/uploads/{view.id}"})


@uploads.post(
    "/uploads/whole",
    responses={"201": Shown[UploadView], "202": Shown[UploadView]},
    openapi_extensions={"requestBody": UPLOAD},
)
def upload_whole(query: WholeQuery) -> Response:
    """A small file in one request, as a form or as its bytes, with the guarantees of an upload in parts."""
    who, key = actor(), idempotency_key()
    upload = received(query.name)
    words = [word.strip() for word in query.keywords.replace("、", "\n").split("\n") if word.strip()]
    new = _announced(query, -1 if upload.size is None else upload.size, words, name=upload.name)
    view = fonds().uploads.whole(who, new, upload.source, key)
    headers = {"Location": f"/api/v1/uploads/{view.id}", "ETag": f'"{view.sha256}"'}
    return answer(view, _status(view, 201), headers)


@uploads.get("/uploads", responses={"200": Listed[UploadView]})
def list_uploads(query: PageQuery) -> Response:
    """One's own uploads, newest first, with what became of them."""
    page = fonds().uploads.list(actor(), below=cursors.place(query.cursor), limit=query.limit)
    return answer({"items": page.items, "next_cursor": cursors.seal(page.next_cursor), "total": page.total})


@uploads.get("/uploads/<id>", responses={"200": Shown[UploadView]})
def get_upload(path: IdPath) -> Response:
    """One upload, and how far its file has been processed."""
    return answer(fonds().uploads.get(actor(), path.id))


@uploads.get("/uploads/<id>/links", responses={"200": Listed[PartLink]})
def get_links(path: IdPath, query: LinksQuery) -> Response:
    """URLs that take the bytes of parts by PUT, best with Content-MD5; any order, eight at once."""
    links = fonds().uploads.links(actor(), path.id, first=query.first, last=query.last)
    return listed(links)


@uploads.get("/uploads/<id>/parts", responses={"200": Listed[PartView]})
def get_parts(path: IdPath) -> Response:
    """The parts that have come: what is missing is to be sent."""
    parts = fonds().uploads.parts(actor(), path.id)
    return listed(parts)


@uploads.post("/uploads/<id>/complete", responses={"200": Shown[UploadView], "202": Shown[UploadView]})
def complete_upload(path: IdPath) -> Response:
    """Make a file of the parts: 200 `stored`, or 202 `verifying` while a large one is read again. May be repeated."""
    view = fonds().uploads.complete(actor(), path.id)
    return answer(view, _status(view, 200))


@uploads.put("/uploads/<id>/presets", responses={"200": Shown[UploadView]})
def preset_upload(path: IdPath, body: PresetsBody) -> Response:
    """Say something else of an upload, also when its record is there already."""
    presets = Presets(
        category=body.category,
        department=body.department,
        customer=body.customer,
        keywords=tuple(body.keywords),
    )
    return answer(fonds().uploads.preset(actor(), path.id, presets))


@uploads.delete("/uploads/<id>", responses={"204": None})
def abort_upload(path: IdPath) -> Response:
    """Give up an upload and drop what has come."""
    fonds().uploads.abort(actor(), path.id)
    return nothing()


def _announced(said: Any, size: int, keywords: list[str], *, name: str = "") -> NewUpload:
    return NewUpload(
        name=name or said.name,
        size=size,
        path=said.path,
        sha256=said.sha256.lower(),
        modified=moment_of(said.modified),
        drop=said.drop,
        presets=Presets(
            category=said.category,
            department=said.department,
            customer=said.customer,
            keywords=tuple(keywords),
            record_id=said.record,
        ),
    )


def _status(view: UploadView, done: int) -> int:
    return 202 if view.state == "verifying" else done
