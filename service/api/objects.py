"""Objects: the bytes behind links that our own disk store has signed; the link is the permission (B46)."""

from collections.abc import Mapping
from typing import BinaryIO, Protocol, cast

from flask import Blueprint, Response, request

from service import identity
from service.api import delivery
from service.api.bodies import Body
from service.domain.holdings import Content
from service.errors import Conflict, Forbidden, MalformedRequest, NotFound
from storage.port import ChecksumMismatch, ObjectExists, ObjectMissing

objects = Blueprint("objects", __name__)

REFUSED = "链接无效或已过期，重新打开文件以取得新的链接"


class ServedHere(Protocol):
    """What a store whose signed URLs lead to us can do more."""

    served_here: bool

    def verify(self, method: str, key: str, query: Mapping[str, str]) -> None:
        """Return if the request was signed, else `PresignRefused`."""
        ...


@objects.get("/objects/<path:key>")
def get_object(key: str) -> Response:
    """The object, or one range of it."""
    _require_signature("GET", key)
    store = identity.fonds().store
    start, end = delivery.asked_range()
    try:
        size = store.stat(key).size
        first, behind = _span(start, end, size)
        chunks = store.open(key, start=first, end=behind)
    except ObjectMissing as fault:
        raise NotFound("文件已不在") from fault
    name = request.args.get("filename", "") or key.rpartition("/")[2]
    content = Content(name, "", size, first, behind, "", chunks)
    return delivery.deliver(content, download=True)


@objects.put("/objects/<path:key>")
def put_object(key: str) -> Response:
    """Store an object once."""
    _require_signature("PUT", key)
    body = Body(request, identity.fonds().settings.max_file_bytes)
    try:
        identity.fonds().store.put(key, cast("BinaryIO", body), size=body.expected)
    except ObjectExists as fault:
        raise Conflict("此链接已用过") from fault
    except ChecksumMismatch as fault:
        raise MalformedRequest("请求体中断，请重新发送") from fault
    return Response(status=200)


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
