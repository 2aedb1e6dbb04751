"""Batches: many small files in one body, each behind a line of JSON that says what it is (R-CAP-3)."""

import io
from collections.abc import Iterator
from typing import Annotated, Any, BinaryIO, cast

from flask import Request
from pydantic import Field, ValidationError

from ingest.port import Offer
from service.api.bodies import Body, json_object
from service.api.inputs import Found, Input, ShortLine, moment_of, refuse
from service.api.uploads import RawPath, from_base64url
from service.errors import MalformedRequest, TooLarge

BATCH_FILES = 200
BATCH_BYTES = 4 << 20
"""Of one body; all of it is held in memory."""
LINE_BYTES = 64 << 10
MEDIA_TYPE = "application/vnd.fonds.files"

BODY: dict[str, Any] = {
    "description": "For each file a line of JSON (name, path, raw_path, modified, size), a line feed, and its bytes",
    "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    "required": True,
}


class BatchedFile(Input):
    """What is known of a file of a batch; `size` bytes follow its line."""

    name: Found
    size: Annotated[int, Field(ge=0, le=BATCH_BYTES)]
    path: Found = ""
    raw_path: RawPath = ""
    modified: ShortLine = ""
    stamp: ShortLine = ""
    owner: ShortLine = ""


def offered(request: Request, import_id: str) -> list[tuple[BinaryIO, Offer]]:
    """The files of the request with what is known of them; all of them, or a fault and none."""
    body = io.BufferedReader(cast("io.RawIOBase", Body(request, BATCH_BYTES)), 256 << 10)
    return list(_files(body, import_id))


def _files(body: "io.BufferedReader[Any]", import_id: str) -> Iterator[tuple[BinaryIO, Offer]]:
    number = 0
    while line := body.readline(LINE_BYTES):
        number += 1
        if number > BATCH_FILES:
            raise TooLarge("一次最多 %(limit)s 个文件", limit=BATCH_FILES)
        said = _said(line)
        content = body.read(said.size)
        if len(content) != said.size:
            raise MalformedRequest("请求体中断，请重新发送")
        yield io.BytesIO(content), offer_of(said, import_id)


def _said(line: bytes) -> BatchedFile:
    if not line.endswith(b"\n"):
        raise MalformedRequest("请求体中断，请重新发送")
    try:
        return BatchedFile.model_validate(json_object(line))
    except ValidationError as fault:
        refuse(fault)


def offer_of(said: Any, import_id: str) -> Offer:
    """What is known of a file as the desk takes it; `said` has name, path, raw_path and modified as texts."""
    return Offer(
        name=said.name,
        path=said.path,
        raw_path=from_base64url(said.raw_path, "raw_path"),
        modified=moment_of(said.modified),
        import_id=import_id,
        size=said.size,
        stamp=said.stamp,
        owner=said.owner,
    )
