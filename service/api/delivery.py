"""Delivery: bytes of files on their way out, named, ranged, and never able to run in our pages (B09, B10)."""

import logging
import re
from collections.abc import Iterator
from urllib.parse import quote

from flask import Response, request

from service import logs
from service.domain.holdings import Content
from service.problems import trace_id

log = logging.getLogger("fonds.delivery")

INLINE = {
    "application/pdf": "application/pdf",
    "image/png": "image/png",
    "image/jpeg": "image/jpeg",
    "image/gif": "image/gif",
    "image/webp": "image/webp",
    "text/plain": "text/plain; charset=utf-8",
    "video/mp4": "video/mp4",
    "video/webm": "video/webm",
    "audio/mpeg": "audio/mpeg",
    "audio/mp4": "audio/mp4",
    "audio/ogg": "audio/ogg",
    "audio/x-wav": "audio/wav",
    "audio/wav": "audio/wav",
}
"""Detected types that a browser shows by itself; everything else is an attachment of no type."""

OPAQUE = "application/octet-stream"
SANDBOX = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
"""Styles are those of the browser's own viewers of pictures and sound."""

RANGE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})", re.ASCII)
ATTR_CHAR = "!#$&+-.^_`|~"
"""RFC 8187: what stands in `filename*` as itself, beside letters and digits."""


def asked_range() -> tuple[int | None, int | None]:
    """(start, end) of the one range that is asked for, as `Files.content` takes them; (None, None) for the whole.

    Several ranges, other units and nonsense are answered with the whole (RFC 9110, 14.2).
    """
    found = RANGE.fullmatch(request.headers.get("Range", "").strip())
    if found is None or request.method not in ("GET", "HEAD"):
        return None, None
    first, last = found[1], found[2]
    if not first:
        return (-int(last), None) if last else (None, None)
    if last and int(last) < int(first):
        return None, None
    return int(first), int(last) + 1 if last else None


def entity_tag(sha256: str) -> str:
    """The strong tag of a content."""
    return f'"{sha256}"'


def range_still_fits(sha256: str) -> bool:
    """Whether `If-Range`, if any, names this content: else the whole is sent."""
    condition = request.headers.get("If-Range")
    return condition is None or condition.strip() == entity_tag(sha256)


def deliver(content: Content, *, download: bool) -> Response:
    """The answer that carries `content`: 200, 206, 304, or the way to where the bytes are."""
    if content.redirect:
        return Response(status=307, headers={"Location": content.redirect})
    tag = entity_tag(content.sha256) if content.sha256 else ""
    if tag and tag in [each.strip() for each in request.headers.get("If-None-Match", "").split(",")]:
        _close(content.chunks)
        response = Response(status=304)
        response.headers["ETag"] = tag
    else:
        response = _with_bytes(content, download=download)
        if tag:
            response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _with_bytes(content: Content, *, download: bool) -> Response:
    partial = (content.start, content.end) != (0, content.size)
    shown = "" if download else INLINE.get(content.media_type, "")
    if request.method == "HEAD":
        _close(content.chunks)
        body: Iterator[bytes] = iter(())
    else:
        body = begun(content.chunks)
    response = Response(body, status=206 if partial else 200, content_type=shown or OPAQUE)
    response.headers["Content-Length"] = str(content.end - content.start)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Content-Disposition"] = disposition("inline" if shown else "attachment", content.name)
    response.headers["Content-Security-Policy"] = SANDBOX
    if partial:
        response.headers["Content-Range"] = f"bytes {content.start}-{content.end - 1}/{content.size}"
    return response


def begun(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """`chunks` with the first one read already: what fails at once is a problem, not a broken answer."""
    first = next(chunks, b"")
    return _Rest(first, chunks)


class _Rest:
    """What is sent. A fault in the middle breaks the connection off: the length promised is then not reached."""

    def __init__(self, first: bytes, chunks: Iterator[bytes]) -> None:
        self._first: bytes | None = first
        self._chunks = chunks
        self._trace = trace_id()

    def __iter__(self) -> "_Rest":
        return self

    def __next__(self) -> bytes:
        if self._first is not None:
            first, self._first = self._first, None
            return first
        try:
            return next(self._chunks)
        except StopIteration:
            raise
        except Exception:
            log.exception("content_broken_off", extra=logs.facts(trace_id=self._trace))
            raise

    def close(self) -> None:
        """Called by the server at the end, however that came."""
        _close(self._chunks)


def _close(chunks: Iterator[bytes]) -> None:
    close = getattr(chunks, "close", None)
    if close is not None:
        close()


def disposition(kind: str, name: str) -> str:
    """`Content-Disposition` by RFC 6266: an ASCII name for the old, the exact one in `filename*` (B23)."""
    fallback = "".join(
        char if char.isascii() and char.isprintable() and char not in '"\\%' else "_" for char in name
    )
    exact = quote(name.encode("utf-8", "replace"), safe=ATTR_CHAR)
    return f"{kind}; filename=\"{fallback}\"; filename*=UTF-8''{exact}"
