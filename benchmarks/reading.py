"""Reading a file whole, as workers do in two stages: what it says itself, then its pictured pages."""

from collections.abc import Mapping
from typing import Any

from ingest.jail.warden import Jails
from ingest.jobs.reading import Recognition, together
from ingest.tasks.extract import Finding, finding


def read_file(jails: Jails, order: Mapping[str, Any], file: int, seconds: float) -> Finding:
    """What the open `file` is and says, nothing stored; `seconds` bound each order. Raises what `Jails.run` raises."""
    known = finding(jails.run(order, file, seconds))
    pages = Recognition(list(known.unread))
    while pages.left:
        pages.round(jails, order, file, seconds)
    return together(known, pages)
