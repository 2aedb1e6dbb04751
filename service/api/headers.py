"""Headers that every answer carries: what a browser may load, frame, guess, keep and tell of it."""

import functools
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from flask import Response, request

from service.identity import secure
from service.settings import Settings

FIXED: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
STATIC = "/assets/"


def content_security_policy(settings: Settings) -> str:
    """Nothing from elsewhere and nothing inline; the object store where browsers go there themselves."""
    parts = urlsplit(settings.objects_public_url)
    store = f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""
    rules = {
        "default-src": "'self'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": f"'self' data: blob:{store}",
        "media-src": f"'self' blob:{store}",
        "connect-src": f"'self'{store}",
        "font-src": "'self' data:",
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def protect(response: Response, settings: Settings) -> Response:
    """Add the headers; what a route has set itself is stricter and stays."""
    there = {name.lower() for name, _ in response.headers}
    for name, value in _wanted(settings, stays=not request.path.startswith(STATIC), tls=secure()):
        if name.lower() not in there:
            response.headers.add(name, value)
    return response


@functools.lru_cache(maxsize=8)
def _wanted(settings: Settings, *, stays: bool, tls: bool) -> Sequence[tuple[str, str]]:
    """The same for every answer of its kind, so they are put together once."""
    wanted = [*FIXED.items(), ("Content-Security-Policy", content_security_policy(settings))]
    if stays:
        wanted.append(("Cache-Control", "private, no-store"))
    if tls:
        wanted.append(("Strict-Transport-Security", "max-age=31536000"))
    return wanted
