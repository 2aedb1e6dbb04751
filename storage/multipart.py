"""Multipart: one large object sent in parts, each with its MD5, and made visible at the end or not at all."""

import base64
import hashlib
from contextlib import suppress
from xml.sax.saxutils import escape

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from storage.port import StorageError, StoreUnavailable
from storage.wire import Ask, Wire, required

MIB = 1 << 20
MOST_PARTS = 10_000


def part_size(size: int | None) -> int:
    """Bytes of a part for an object of `size` bytes: 8 MiB, 16 MiB if unknown, more for more than 78 GiB."""
    if size is None:
        return 16 * MIB
    return max(8 * MIB, -(-size // (MOST_PARTS * MIB)) * MIB)


def md5_header(body: bytes | bytearray) -> dict[str, str]:
    """Header that makes the store refuse bytes altered on the way."""
    digest = hashlib.md5(body, usedforsecurity=False).digest()
    return {"Content-MD5": base64.b64encode(digest).decode()}


class MultipartUpload:
    """Begun at construction; ends with `complete` or `abort`. Parts are sent in order."""

    def __init__(self, wire: Wire, name: str) -> None:
        self._wire, self._name = wire, name
        answer = wire.ask(Ask("POST", name, {"uploads": ""}))
        self._id = _text(answer.data, "InitiateMultipartUploadResult", "UploadId")
        self._etags: list[str] = []

    def send(self, part: bytes | bytearray) -> None:
        """Store the next part; repeating it is harmless, so a passing fault is."""
        number = len(self._etags) + 1
        if number > MOST_PARTS:
            raise StorageError(f"an object of unknown size ends at {MOST_PARTS} parts of {len(part)} bytes")
        query = {"partNumber": str(number), "uploadId": self._id}
        answer = self._wire.ask(Ask("PUT", self._name, query, md5_header(part), part))
        self._etags.append(required(answer, "ETag"))

    def complete(self) -> None:
        """Make the object appear unless its name is taken (`ObjectExists`); asked once, the caller repeats.

        After a lost answer the upload may be complete: then a repetition raises `ObjectMissing`.
        """
        parts = "".join(
            f"<Part><PartNumber>{number}</PartNumber><ETag>{escape(etag)}</ETag></Part>"
            for number, etag in enumerate(self._etags, 1)
        )
        body = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()
        answer = self._wire.once(
            Ask("POST", self._name, {"uploadId": self._id}, {"If-None-Match": "*"}, body)
        )
        # S3 may answer 200 at first and tell the failure in the body.
        _text(answer.data, "CompleteMultipartUploadResult", "ETag")

    def abort(self) -> None:
        """Drop the parts, as far as the store answers; it drops the rest after its own time."""
        with suppress(StorageError):
            self._wire.ask(Ask("DELETE", self._name, {"uploadId": self._id}))


def _text(document: bytes, root: str, child: str) -> str:
    try:
        element = ElementTree.fromstring(document.decode())
    except (ElementTree.ParseError, DefusedXmlException, UnicodeDecodeError) as fault:
        raise StoreUnavailable("the object store answers with no XML") from fault
    found = element.find(f"{{*}}{child}") if element.tag.rpartition("}")[2] == root else None
    if found is None or not found.text:
        raise StoreUnavailable(f"the object store answers with {element.tag!r} where {root} was due")
    return str(found.text)
