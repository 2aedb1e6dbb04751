"""Pages: what the server needs for each page with a list, on an archive of many records, and how often it asks.

`python -m benchmarks.pages` prints the whole table. FONDS_BENCH_RECORDS says how many records, 100,000 unless given.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
from flask import Flask
from flask.testing import FlaskClient
from pymongo import monitoring

from benchmarks.figure import Figure
from benchmarks.filling import DEPARTMENTS, WORDS, Filling
from service.app import create_app
from service.domain.permissions import Actor, Role
from service.embedded.database import started_in
from service.embedded.home import Home
from service.models import Notices, Recents, SavedSearch, Shelf
from service.models.changes import Changes
from service.settings import Settings
from service.usecases.people.users import NewUser
from service.wiring import Addresses, Fonds, Outside, connect

RECORDS = 100_000
ROUNDS = 7
WANTED_MS = 300
PASSWORD = "bench-渠道建设与回款-2026"
ASKED = (
    "/search?q=渠道",
    "/search?q=合同 华东区&order=newest",
    "/search?q=促销&view=grid",
    "/search?q=促销&view=table",
    "/search?state=archived&department=市场部",
    "/browse?by=category",
    "/browse?by=customer",
    "/browse?by=department",
    "/browse?by=year",
    "/browse?by=tag",
    "/dossiers?kind=contract",
    "/admin/queue?state=failed",
    "/admin/queue?state=quarantined",
    "/search/box?q=渠道",
    "/palette?q=合同",
    "/tasks?queue=draft",
    "/tasks?queue=reviewed",
    "/dossiers?below=400",
    f"/dossiers/{1:032x}",
    f"/dossiers/{1:032x}/edit",
    f"/records/{1:032x}",
    f"/records/{3:032x}",
    f"/records/{1:032x}/access",
    f"/records/{1:032x}/check",
    f"/records/{1:032x}/peek",
)
"""Beside every page that needs nothing in its address."""
NO_PAGES = ("/search/export", "/tasks/handover")
"""Lists to take away."""


@dataclass(frozen=True, slots=True)
class Line:
    """A page as one person got it: seconds of each round, seconds of processor of one (this process and the database
    together), and questions to the database in the last one."""

    page: str
    who: str
    seconds: Sequence[float]
    busy: float
    queries: int

    @property
    def middle(self) -> float:
        """The median, in milliseconds."""
        return statistics.median(self.seconds) * 1000


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in."""

    id: str
    name: str
    client: FlaskClient


class Queries(monitoring.CommandListener):
    """Counts what is asked of the database."""

    count = 0

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """See `CommandListener`."""
        self.count += event.command_name in ("find", "aggregate", "count", "distinct", "getMore")

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """See `CommandListener`."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """See `CommandListener`."""


def measure() -> Figure:
    """The slowest page of all, by its median."""
    lines, records = table()
    slowest = max(lines, key=lambda line: line.middle)
    parts = f"{records} records, {len(lines)} pages; {slowest.who} {slowest.page}, {slowest.queries} queries"
    return Figure("pages", slowest.middle, " ms", "≤", WANTED_MS, parts)


def table() -> tuple[Sequence[Line], int]:
    """Every page for each kind of person, and the number of records."""
    records = int(os.environ.get("FONDS_BENCH_RECORDS", RECORDS))
    queries = Queries()
    with tempfile.TemporaryDirectory(prefix="fonds-bench-") as folder, opened(Path(folder), queries) as fonds:
        app = create_app(fonds)
        people = _people(app, fonds)
        begin = time.perf_counter()
        Filling(fonds, records, datetime.now(UTC).date(), [one.id for one in people]).enter()
        sys.stderr.write(f"{records} records in {time.perf_counter() - begin:.0f} s\n")
        lines = [
            _line(one.client, one.name, page, queries)
            for one in people
            for page in [*plain_pages(app), *ASKED]
            if one.client.get(page).status_code == 200
        ]
    return lines, records


@contextmanager
def opened(folder: Path, queries: Queries) -> Iterator[Fonds]:
    """The program over an embedded database in this folder, without workers and housekeeping, which would interfere."""
    home, settings = Home(folder / "home"), Settings(home=folder / "home", listen=("127.0.0.1", 0))
    home.prepare()
    monitoring.register(queries)
    with ExitStack() as parts:
        url = started_in(home, parts)
        addresses = Addresses.of(
            settings, mongo_url=url, secret=home.secret(), base_url=lambda: "http://localhost"
        )
        fonds = connect(settings, addresses, Outside(alone=True, journal=home.journal, changes=Changes()))
        parts.callback(fonds.close)
        yield fonds


def _people(app: Flask, fonds: Fonds) -> list[Person]:
    """An archivist who sees everything, a reader with the narrowest rights, and who runs the machine."""
    people = []
    root = Actor("bench", "bench", "bench", frozenset({Role.SYSADMIN}))
    for name, roles in (
        ("archivist", (Role.ARCHIVIST, Role.STAFF)),
        ("reader", (Role.STAFF,)),
        ("machine", (Role.SYSADMIN,)),
    ):
        user, _ = fonds.people.add(root, NewUser(name, "", roles, DEPARTMENTS[:1], PASSWORD))
        _furnish(user.id, fonds)
        client = app.test_client()
        near = {"Origin": "http://localhost"}
        client.post("/sign-in", data={"name": name, "password": PASSWORD}, headers=near)
        people.append(Person(user.id, name, client))
    return people


def _furnish(user: str, fonds: Fonds) -> None:
    """What a person gathers: stars, notices, records opened lately, saved searches, as many as there may be."""
    now, ids = fonds.clock(), [f"{number:032x}" for number in range(1, 201)]
    Shelf(id=user, favourites=dict.fromkeys(ids, now)).save()
    Recents(id=user, records=ids[:20]).save()
    entries = [
        {"id": one, "at": now, "kind": "change", "by": user, "record_id": one, "file_id": "", "read": False}
        for one in ids
    ]
    Notices(id=user, entries=entries, unread=len(entries), rev=1).save()
    for number, word in enumerate(WORDS * 2):
        SavedSearch(
            id=f"{user}{number}",
            owner=user,
            name=f"{word} {number}",
            question={"text": word},
            seen_at=now,
            counted_at=now,
            created_at=now,
        ).save()


def plain_pages(app: Flask) -> list[str]:
    """Every page that needs nothing in its address."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("web.")]
    plain = {str(rule) for rule in rules if "GET" in (rule.methods or ()) and not rule.arguments}
    return sorted(plain - set(NO_PAGES))


def _line(client: FlaskClient, who: str, page: str, queries: Queries) -> Line:
    seconds, busy = [], processor_seconds()
    for _ in range(ROUNDS):
        before, begin = queries.count, time.perf_counter()
        client.get(page)
        seconds.append(time.perf_counter() - begin)
    return Line(page, who, seconds, (processor_seconds() - busy) / ROUNDS, queries.count - before)


def processor_seconds() -> float:
    """What this process and its children have used of processors so far."""
    own = psutil.Process()
    used = [one.cpu_times() for one in (own, *own.children(recursive=True))]
    return sum(one.user + one.system for one in used)


def main() -> int:
    """Print every page, the slowest first; 1 if one takes longer than is wanted."""
    lines, records = table()
    sys.stdout.write(
        f"{records} records\n| page | who | processor | median | worst | queries |\n|---|---|---|---|---|---|\n"
    )
    for line in sorted(lines, key=lambda line: -line.middle):
        worst = max(line.seconds) * 1000
        sys.stdout.write(
            f"| {line.page} | {line.who} | {line.busy * 1000:.0f} | {line.middle:.0f} | {worst:.0f} | {line.queries} |\n"
        )
    return int(any(line.middle > WANTED_MS for line in lines))


if __name__ == "__main__":
    sys.exit(main())
