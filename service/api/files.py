"""Files: upload in one request, bytes with ranges, preview, text, another try."""

import re
from typing import Annotated, Literal

from flask import Response, request
from pydantic import Field, StringConstraints

from search.port import Passage
from service.api import cursors, delivery
from service.api.inputs import Found, IdPath, Limit, Line, PageQuery, Query, Switch
from service.api.resource import Listed, Resource, Shown, answer, binary, listed
from service.api.uploads import received
from service.domain.holdings import FileView
from service.errors import Fault, InvalidInput
from service.identity import actor, fonds
from service.usecases.contents.files import PreviewSize
from service.usecases.contents.intake import Arrival

files = Resource("files", __name__, "电子原文 / files of records")

UPLOAD = {
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {"file": {"type": "string", "format": "binary"}},
                "required": ["file"],
            }
        },
        "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
    },
    "required": True,
}
"""The body of an upload in OpenAPI: a form with one file, or just its bytes."""

IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,200}")


class UploadQuery(Query):
    """What is said of a file beside its bytes."""

    name: Found = Field("", description="File name; in a form that of the file part is taken without it")
    sha256: Annotated[str, StringConstraints(pattern=r"^([0-9a-fA-F]{64})?$")] = Field(
        "", description="Digest that the bytes must have"
    )


class ContentQuery(Query):
    """How a content is wanted."""

    download: Switch = Field(False, description="1 = to be saved, never shown")


@files.post(
    "/records/<id>/files",
    responses={"201": Shown[FileView]},
    openapi_extensions={"requestBody": UPLOAD},
)
def add_file(path: IdPath, query: UploadQuery) -> Response:
    """Add a file; answered when it is stored. The same Idempotency-Key again gives the same file."""
    who, key = actor(), idempotency_key()
    upload = received(query.name)
    promised = Arrival(
        name=upload.name, sha256=query.sha256.lower() or None, size=upload.size, upload_key=key
    )
    file = fonds().files.add(who, path.id, upload.source, name=upload.name, promised=promised)
    return answer(file, 201, {"Location": f"/api/v1/files/{file.id}"})


class VersionQuery(UploadQuery):
    """What is said of a new version beside its bytes."""

    why: Line = Field("", description="What is new in it")


@files.post(
    "/files/<id>/versions",
    responses={"201": Shown[FileView]},
    openapi_extensions={"requestBody": UPLOAD},
)
def add_version(path: IdPath, query: VersionQuery) -> Response:
    """Add the next version of a file; the old one stays readable. 409 if there is a newer one already."""
    who, key = actor(), idempotency_key()
    upload = received(query.name)
    promised = Arrival(
        name=upload.name,
        sha256=query.sha256.lower() or None,
        size=upload.size,
        upload_key=key,
        why=query.why.strip(),
    )
    file = fonds().files.add_version(who, path.id, upload.source, name=upload.name, promised=promised)
    return answer(file, 201, {"Location": f"/api/v1/files/{file.id}"})


@files.get("/files/<id>/versions", responses={"200": Listed[FileView]})
def list_versions(path: IdPath) -> Response:
    """Every version of a file with who, when and why, newest first."""
    found = fonds().files.versions(actor(), path.id)
    return listed(found)


class MembersQuery(PageQuery):
    """Which files inside a file."""

    limit: Limit = Field(200, description="At most this many items")


@files.get("/files/<id>/members", responses={"200": Listed[FileView]})
def list_members(path: IdPath, query: MembersQuery) -> Response:
    """Files that lie inside this one: members of an archive, attachments of a mail. Each is a file like any other."""
    after = cursors.place(query.cursor) or 0
    page = fonds().files.members(actor(), path.id, after=after, limit=query.limit)
    return answer({"items": page.items, "next_cursor": cursors.seal(page.next_cursor), "total": page.total})


@files.get("/files/<id>", responses={"200": Shown[FileView]})
def get_file(path: IdPath) -> Response:
    """One file and how far it has been processed."""
    return answer(fonds().files.get(actor(), path.id))


@files.get("/files/<id>/content", responses={"200": binary("The bytes"), "206": binary("A range of them")})
def get_content(path: IdPath, query: ContentQuery) -> Response:
    """The original, byte for byte. One range is honoured; ETag is the SHA-256."""
    who = actor()
    start, end = delivery.asked_range()
    if start is not None and not delivery.range_still_fits(fonds().files.get(who, path.id).sha256):
        start, end = None, None
    content = fonds().files.content(who, path.id, start=start, end=end, download=query.download)
    return delivery.deliver(content, download=query.download)


class PreviewQuery(Query):
    """How large a preview is wanted."""

    size: PreviewSize = Field("large", description="The next larger one is given where it was not made")


class RenditionPath(IdPath):
    """Something that was made of a file."""

    name: str = Field(
        description="strip, wave, pages (PDF of an Office file), proxy (film for browsers) "
        "or searchable (scan with the recognised text over its pages)"
    )


@files.get("/files/<id>/preview", responses={"200": binary("A picture of the first page")})
def get_preview(path: IdPath, query: PreviewQuery) -> Response:
    """A picture of the first page."""
    return delivery.deliver(fonds().files.preview(actor(), path.id, query.size), download=False)


@files.get("/files/<id>/renditions/<name>", responses={"200": binary("The bytes"), "206": binary("A range")})
def get_rendition(path: RenditionPath, query: ContentQuery) -> Response:
    """What was made of a file for looking at. One range is honoured."""
    start, end = delivery.asked_range()
    content = fonds().files.rendition(
        actor(), path.id, path.name, start=start, end=end, download=query.download
    )
    return delivery.deliver(content, download=query.download)


@files.get("/files/<id>/text", responses={"200": Listed[Passage]})
def get_text(path: IdPath) -> Response:
    """The text, passage by passage, with its places."""
    passages = list(fonds().files.text(actor(), path.id))
    return listed(passages)


class RetryQuery(Query):
    """How a file is to be read this time."""

    setting: Literal["", "careful", "text_only"] = Field(
        "",
        description="careful = step by step, what breaks is left out; text_only = no preview, no recognition",
    )


@files.post("/files/<id>/retry", responses={"200": Shown[FileView]})
def retry_file(path: IdPath, query: RetryQuery) -> Response:
    """Process a file again that failed or was quarantined for its behaviour, as usual or in another way."""
    return answer(fonds().files.retry(actor(), path.id, setting=query.setting))


def idempotency_key() -> str:
    """What makes a repeated upload the same one; "" for none."""
    key = request.headers.get("Idempotency-Key", "")
    if key and not IDEMPOTENCY_KEY.fullmatch(key):
        raise InvalidInput([Fault("Idempotency-Key", "bad_key", "应为 1 至 200 个可见 ASCII 字符")])
    return key
