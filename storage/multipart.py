"""Multipart: one large object sent in parts, each with its MD5, and made visible at the end or not at all."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from xml.sax.saxutils import escape

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from storage.parting import MOST_PARTS
from storage.port import Part, StorageError, StoreUnavailable
from storage.wire import Ask, Wire, required


def md5_header(body: bytes | bytearray) -> dict[str, str]:
    """Header that makes the store refuse bytes altered on the way."""
    digest = hashlib.md5(body, usedforsecurity=False).digest()
    return {"Content-MD5": base64.b64encode(digest).decode()}


class MultipartUpload:
    """Begun at construction; ends with `complete` or `abort`. Parts are sent in order."""

    def __init__(self, wire: Wire, name: str) -> None:
        self._wire, self._name = wire, name
        self._id = begin(wire, name)
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
        complete(self._wire, self._name, self._id, self._etags)

    def abort(self) -> None:
        """Drop the parts, as far as the store answers; it drops the rest after its own time."""
        with suppress(StorageError):
            self._wire.ask(Ask("DELETE", self._name, {"uploadId": self._id}))


def begin(wire: Wire, name: str) -> str:
    """Open an upload; its id."""
    answer = wire.ask(Ask("POST", name, {"uploads": ""}))
    return _text(answer.data, "InitiateMultipartUploadResult", "UploadId")


def complete(wire: Wire, name: str, upload: str, etags: Sequence[str]) -> None:
    """Ask once to make the object out of its parts, which are numbered from 1; see `MultipartUpload.complete`."""
    parts = "".join(
        f"<Part><PartNumber>{number}</PartNumber><ETag>{escape(etag)}</ETag></Part>"
        for number, etag in enumerate(etags, 1)
    )
    body = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()
    answer = wire.once(Ask("POST", name, {"uploadId": upload}, {"If-None-Match": "*"}, body))
    # S3 may answer 200 at first and tell the failure in the body.
    _text(answer.data, "CompleteMultipartUploadResult", "ETag")


def listed(document: bytes) -> tuple[list[Part], str]:
    """Parts of one page of a listing, and the number behind which the next page goes on ("" at the end)."""
    root = _parsed(document)
    if root.tag.rpartition("}")[2] != "ListPartsResult":
        raise StoreUnavailable(f"the object store answers with {root.tag!r} where ListPartsResult was due")
    told = [
        {field.tag.rpartition("}")[2]: field.text or "" for field in part}
        for part in root.iterfind("{*}Part")
    ]
    try:
        parts = _standing(told)
    except (KeyError, ValueError) as fault:
        raise StoreUnavailable("the object store lists parts without number, size or ETag") from fault
    more = (root.findtext("{*}IsTruncated") or "").strip().lower() == "true"
    return parts, (root.findtext("{*}NextPartNumberMarker") or "").strip() if more else ""


def _standing(told: Sequence[Mapping[str, str]]) -> list[Part]:
    """One part for each number. SeaweedFS lists every version of a part that was sent again: the newest stands, and
    of two of the same second none does, so that it is sent once more rather than guessed."""
    found: dict[int, tuple[str, Part | None]] = {}
    for one in told:
        part = Part(int(one["PartNumber"]), int(one["Size"]), one["ETag"])
        at = one.get("LastModified", "")
        before, known = found.get(part.number, ("", None))
        if part.number not in found or at > before:
            found[part.number] = (at, part)
        elif at == before and known is not None and known.etag != part.etag:
            found[part.number] = (at, None)
    return [part for _, part in found.values() if part is not None]


def _text(document: bytes, root: str, child: str) -> str:
    element = _parsed(document)
    found = element.find(f"{{*}}{child}") if element.tag.rpartition("}")[2] == root else None
    if found is None or not found.text:
        raise StoreUnavailable(f"the object store answers with {element.tag!r} where {root} was due")
    return str(found.text)


def _parsed(document: bytes) -> Any:
    try:
        return ElementTree.fromstring(document.decode())
    except (ElementTree.ParseError, DefusedXmlException, UnicodeDecodeError) as fault:
        raise StoreUnavailable("the object store answers with no XML") from fault
