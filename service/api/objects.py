"""Objects: the bytes behind links that our own disk store has signed; the link is the permission (B46)."""

import base64
from collections.abc import Mapping
from typing import BinaryIO, Protocol, cast

from flask import Blueprint, Response, request

from service import identity
from service.api import delivery
from service.api.bodies import Body
from service.domain.holdings import Content
from service.errors import Conflict, Forbidden, MalformedRequest, NotFound
from storage.port import ChecksumMismatch, ComingPart, ObjectExists, ObjectMissing, PartStore

objects = Blueprint("objects", __name__)

PART_LIMIT = 5 << 30
"""The largest part that S3 knows; a disk takes no byte more than the part has."""
REFUSED = "链接无效或已过期，重新打开文件以取得新的链接"


class ServedHere(Protocol):
    """What a store whose signed URLs lead to us can do more."""

    served_here: bool

    def verify(self, method: str, key: str, query: Mapping[str, str]) -> None:
        """Return if the request was signed, else `PresignRefused`."""
        ...


class TakesParts(Protocol):
    """A store that takes objects in parts."""

    parts: PartStore


@objects.get("/objects/<path:key>")
def get_object(key: str) -> Response:
    """The object, or one range of it."""
    _require_signature("GET", key)
    store = identity.fonds().store
    start, end = delivery.asked_range()
    try:
        size = store.stat(key).size
        first, behind = _span(start, end, size)
        proved = store.blocks.open(key, first, behind)
        chunks = store.open(key, start=first, end=behind) if proved is None else proved
    except ObjectMissing as fault:
        raise NotFound("文件已不在") from fault
    name = request.args.get("filename", "") or key.rpartition("/")[2]
    content = Content(name, "", size, first, behind, "", chunks)
    return delivery.deliver(content, download=True)


@objects.put("/objects/<path:key>")
def put_object(key: str) -> Response:
    """Store an object once, or one part of an upload."""
    if "upload" in request.args:
        return _put_part(key)
    _require_signature("PUT", key)
    body = Body(request, identity.fonds().settings.max_file_bytes)
    try:
        identity.fonds().store.put(key, cast("BinaryIO", body), size=body.expected)
    except ObjectExists as fault:
        raise Conflict("此链接已用过") from fault
    except ChecksumMismatch as fault:
        raise MalformedRequest("请求体中断，请重新发送") from fault
    return Response(status=200)


def _put_part(key: str) -> Response:
    """Store a part; its ETag names it, as a store's own would."""
    parts = cast("TakesParts", identity.fonds().store).parts
    upload, number = parts.verify(key, request.args.to_dict())
    body = Body(request, PART_LIMIT)
    coming = ComingPart(number, cast("BinaryIO", body), _promised_md5(), body.expected)
    try:
        part = parts.send(key, upload, coming)
    except ObjectMissing as fault:
        raise NotFound("没有这次上传") from fault
    except ChecksumMismatch as fault:
        raise MalformedRequest("收到的分段与声明的摘要或长度不符，未收。重新传这一段") from fault
    return Response(status=200, headers={"ETag": f'"{part.etag.strip(chr(34))}"'})


def _promised_md5() -> bytes | None:
    given = request.headers.get("Content-MD5", "")
    if not given:
        return None
    try:
        digest = base64.b64decode(given, validate=True)
    except ValueError:
        digest = b""
    if len(digest) != 16:
        raise MalformedRequest("Content-MD5 应为 16 字节摘要的 base64")
    return digest


def _require_signature(method: str, key: str) -> None:
    store = identity.fonds().store
    if not getattr(store, "served_here", False):
        raise Forbidden(REFUSED)
    cast("ServedHere", store).verify(method, key, request.args.to_dict())


def _span(start: int | None, end: int | None, size: int) -> tuple[int, int]:
    if start is None:
        return 0, size
    first = max(0, size + start) if start < 0 else start
    return first, size if end is None else min(end, size)
