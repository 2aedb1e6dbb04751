"""Built files of the front end: names without their hashes, and how they are served."""

import json
from functools import cache
from pathlib import Path

from flask import Response, send_from_directory

DIST = Path(__file__).parent / "static/dist"
YEAR = 365 * 24 * 3600
PDF_WORKER = "pdf.worker.min.mjs"
WORKER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
"""The worker of pdf.js unpacks scans (JBIG2, JPEG 2000, fax) by WebAssembly; a worker has its own policy, and no page
may do this."""


class NotBuilt(RuntimeError):
    """The front end was never bundled: `pip install -e .` does it."""


@cache
def manifest() -> dict[str, str]:
    """Name → file name with the hash of its contents. Raises `NotBuilt`."""
    try:
        names: dict[str, str] = json.loads((DIST / "manifest.json").read_text("utf-8"))
    except FileNotFoundError as fault:
        raise NotBuilt("the front end is not built: run `pip install --no-deps -e .`") from fault
    return names


def address(name: str) -> str:
    """Where browsers find the built file `name`."""
    return f"/assets/{manifest()[name]}"


def serve(name: str) -> Response:
    """A built file: its name changes with its contents, so it may be kept for good."""
    response = send_from_directory(DIST, name, max_age=YEAR)
    response.cache_control.immutable = True
    response.cache_control.public = True
    if name == manifest()[PDF_WORKER]:
        response.headers["Content-Security-Policy"] = WORKER_POLICY
    return response
