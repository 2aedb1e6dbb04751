"""Uploads: one file per request, as a form or as the bare body, streamed (R-CAP-3)."""

import base64
import binascii
from dataclasses import dataclass
from typing import Annotated, BinaryIO, cast

from flask import request
from pydantic import StringConstraints

from service.api.bodies import Body
from service.api.multipart import OVERHEAD, FilePart
from service.errors import Fault, InvalidInput
from service.identity import fonds

MULTIPART = "multipart/form-data"

RawPath = Annotated[str, StringConstraints(max_length=8192)]
"""base64url of a path's bytes, where they are not UTF-8."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way in. `size` in bytes where it was announced; `name` as it was given, "" if it was not."""

    name: str
    source: BinaryIO
    size: int | None


def received(name: str = "") -> Upload:
    """The file that this request brings; `name` (a query parameter) goes before the form's own.

    Nothing of the file is read yet. `TooLarge` if the announced length alone is too much; reading raises
    `MalformedRequest` if the body is cut.
    """
    limit = fonds().settings.max_file_bytes
    if request.mimetype != MULTIPART:
        body = Body(request, limit)
        return Upload(name, cast("BinaryIO", body), body.expected)
    body = Body(request, limit + OVERHEAD)
    part = FilePart(cast("BinaryIO", body), request.headers.get("Content-Type", ""))
    return Upload(name or part.name, cast("BinaryIO", part), None)


def from_base64url(text: str, path: str) -> bytes:
    """Bytes that stand in a query or in JSON, with or without padding."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as fault:
        raise InvalidInput([Fault(path, "base64", "不是有效的 base64url")]) from fault
