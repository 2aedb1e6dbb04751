"""Verifying the audit trail: events a second of an exported file, and of the database compared with mere reading."""

import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.figure import Figure
from service.domain.chain import Head, Link, Verifier, breaks_of_file, canonical, linked, salted, sealed, told
from service.embedded.database import started_in
from service.embedded.home import Home
from service.models.chain import Chain, link_of, rows_between
from service.models.connection import connect, disconnect

IN_FILE = 200_000
IN_DATABASE = 5000
ROUNDS = 3
BEGIN = datetime(2026, 3, 2, tzinfo=UTC)


def event(number: int) -> dict[str, Any]:
    """A reading, a search or a change, with an address."""
    return {
        "_id": f"{number:024x}",
        "at": BEGIN + timedelta(milliseconds=700 * number),
        "actor_id": f"{number % 40:032x}",
        "act": ("read", "search", "change")[number % 3],
        "object_kind": "record",
        "object_id": f"{number % 5000:032x}",
        "result": "done",
        "facts": {"rev": number % 7, "fields": ["title", "note"]} if number % 3 == 2 else {},
        "private": salted({"address": "192.0.2.17"}),
    }


def measure_file() -> Figure:
    """Events a second of processor from a file, without a server; beside it what the clock says."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "audit.jsonl")
        _write(file)
        seconds, worked = [], time.process_time()
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            with file.open("rb") as lines:
                verdict = breaks_of_file(lines)
            seconds.append(time.perf_counter() - begun)
            if not verdict.whole or verdict.events != IN_FILE:
                raise AssertionError(f"the export is not whole: {verdict}")
        worked = (time.process_time() - worked) / ROUNDS
        size = file.stat().st_size / 1e6
    rates = [IN_FILE / one for one in seconds]
    parts = f"{IN_FILE} events, {size:.0f} MB; by the clock {min(rates):.0f}–{max(rates):.0f}/s"
    return Figure("audit file", IN_FILE / worked, "/s", "≥", 50_000, parts)


def measure_database() -> Figure:
    """The speed of verifying from the embedded database, as a part of that of reading the same rows."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as parts:
        home = Home(Path(folder, "home"))
        home.prepare()
        parts.enter_context(home.hold())
        connect(started_in(home, parts))
        parts.callback(disconnect)
        chain = Chain()
        chain.enter([event(number) for number in range(IN_DATABASE)])
        pairs = [(_read(), _verify(chain.head())) for _ in range(ROUNDS)]
    read, verified = sorted(pairs, key=lambda pair: pair[0] / pair[1])[ROUNDS // 2]
    told = f"reading {IN_DATABASE / read:.0f}/s, verifying {IN_DATABASE / verified:.0f}/s"
    return Figure("audit database", read / verified, "", "≥", 0.5, told)


def _write(file: Path) -> None:
    last = Head()
    with file.open("w", encoding="utf-8") as out:
        out.write(canonical({"after": {"hash": last.hash, "seq": 0}}) + "\n")
        for number in range(1, IN_FILE + 1):
            row = {**event(number), "seq": number}
            row["sealed"] = sealed(row["private"])
            body = told(row)
            link = Link(number, body, linked(last.hash, body), last.hash, canonical(row["private"]))
            out.write(link.line + "\n")
            last = Head(number, link.hash)
        out.write(canonical({"head": {"hash": last.hash, "seq": last.seq}}) + "\n")


def _read() -> float:
    begun = time.perf_counter()
    count = sum(1 for _ in rows_between(0, IN_DATABASE))
    if count != IN_DATABASE:
        raise AssertionError(f"{count} of {IN_DATABASE} events were read")
    return time.perf_counter() - begun


def _verify(head: Head) -> float:
    begun = time.perf_counter()
    verifier = Verifier(Head())
    for row in rows_between(0, IN_DATABASE):
        verifier.link(link_of(row))
    if not verifier.end(head).whole:
        raise AssertionError("the chain is not whole")
    return time.perf_counter() - begun
