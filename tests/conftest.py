"""What every test may ask for: an empty database, a clock that obeys, a wired program on embedded adapters."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from flask import Flask
from pymongo import monitoring
from werkzeug.local import LocalProxy

from ingest.jail.warden import Jails
from ingest.jobs.pipeline import Keeping, Worker
from ingest.port import Stage
from service.api.metrics import Metrics, figures
from service.app import create_app
from service.domain.permissions import Actor, Role
from service.hashing import PasswordHashes
from service.models import DOCUMENTS
from service.models.connection import connect, disconnect
from service.settings import Settings
from service.usecases.contents.members import MongoMembers
from service.usecases.contents.transcripts import MongoTranscripts
from service.wiring import Addresses, Fonds, Outside, wire
from tests.losing import LostAnswers

CHEAP = PasswordHashes(time_cost=1, memory_kib=8)
"""Nobody guesses at the tests' passwords, and most tests make one."""

DEAR = (
    "tests/torture",
    "tests/service/cli",
    "tests/service/test_leaks.py",
    "tests/service/sample",
    "tests/service/embedded",
    "tests/service/usecases/contents/test_every_step.py",
    "tests/test_compose.py",
    "tests/service/web",
    "tests/ingest/migrate",
    "tests/e2e/test_uploading.py",
    "tests/e2e/test_six_people.py",
    "tests/e2e/test_everywhere.py",
    "tests/contract/test_search_engine.py",
    "tests/contract/test_deployments.py",
)
"""What takes longest, first: a file that is begun last keeps one processor busy while the others wait."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the files, each of them whole."""
    items.sort(
        key=lambda item: next((n for n, path in enumerate(DEAR) if item.nodeid.startswith(path)), len(DEAR))
    )


@pytest.fixture(scope="session")
def mongo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database server for the whole run: the one named by FONDS_TEST_MONGO_URL, or SecantusDB on a free port."""
    if given := os.environ.get("FONDS_TEST_MONGO_URL"):
        yield given
        return
    home = tmp_path_factory.mktemp("database")
    (home / "config.toml").touch()
    command = [
        Path(sys.executable).parent / "secantusd-py",
        *("--host", "127.0.0.1", "--port", "0", "--cache-size", "64M"),
        *("--storage-path", home / "data", "--config", home / "config.toml"),
    ]
    log = home / "log"
    with log.open("wb") as output:
        process = subprocess.Popen([str(word) for word in command], stdout=output, stderr=output)
    try:
        yield f"mongodb://127.0.0.1:{_port(log)}/fonds_test"
    finally:
        process.terminate()
        process.wait(180)


def _port(log: Path) -> int:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        if found := re.search(r"listening on 127\.0\.0\.1:(\d+)", log.read_text(errors="replace")):
            return int(found[1])
        time.sleep(0.02)
    raise AssertionError(f"the database did not start: {log.read_text(errors='replace')}")


@pytest.fixture(scope="session")
def _connected(mongo_url: str) -> Iterator[None]:
    connect(mongo_url)
    _keep_what_expires()
    yield
    disconnect()


def _keep_what_expires() -> None:
    """The tests' clock stands months behind the database's own, by which it clears what has expired."""
    for document in DOCUMENTS:
        rows = document._get_collection()
        for index in rows.index_information().values():
            if "expireAfterSeconds" in index:
                longest = {"keyPattern": dict(index["key"]), "expireAfterSeconds": 2_000_000_000}
                rows.database.command("collMod", rows.name, index=longest)


class Written(monitoring.CommandListener):
    """Hears which collections this process writes to, by whatever connection."""

    def __init__(self) -> None:
        self.collections: set[str] = set()
        self.swept: object = None

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name in {"insert", "update", "findAndModify"}:
            self.collections.add(str(event.command[event.command_name]))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Who wrote is known from the start."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """It may have written."""


WRITTEN = Written()
monitoring.register(WRITTEN)


@pytest.fixture
def database(_connected: None, request: pytest.FixtureRequest) -> None:
    """Every collection is there, with its indexes, and empty.

    Sixty collections are swept once for each file of tests, and between its tests only those that were written to.
    """
    whole, WRITTEN.swept = WRITTEN.swept != request.path, request.path
    written, WRITTEN.collections = WRITTEN.collections, set()
    for document in DOCUMENTS:
        rows = document._get_collection()
        if document.__name__ != "SchemaVersion" and (whole or rows.name in written):
            rows.delete_many({})


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))


@pytest.fixture
def fonds(database: None, mongo_url: str, tmp_path: Path, clock: Clock) -> Iterator[Fonds]:
    """The whole program on embedded adapters in a folder of its own; housekeeping is done by `settle`."""
    settings = Settings(home=tmp_path, listen=("127.0.0.1", 0), reserve_bytes=0)
    addresses = Addresses.of(
        settings, mongo_url=mongo_url, secret="test-secret-" * 4, base_url=lambda: "http://127.0.0.1:1"
    )
    wired = wire(settings, addresses, Outside(clock=clock, alone=True, hashes=CHEAP))
    yield wired
    wired.unlocking.close()
    wired.archival.entry.entering.close()
    wired.engine.close()


@pytest.fixture(scope="session")
def applied() -> Callable[[Fonds], Flask]:
    """The application over an archive: one for the whole run, whose routes and templates cost more than most tests."""
    archives: list[Fonds] = []
    made: list[Flask] = []

    def over(fonds: Fonds) -> Flask:
        archives[:] = [fonds]
        if not made:
            made.append(create_app(cast("Fonds", LocalProxy(lambda: archives[0]))))
        made[0].extensions["fonds.metrics"] = Metrics(figures)
        made[0].test_client_class = None
        return made[0]

    return over


@pytest.fixture(scope="session")
def jails() -> Iterator[Jails]:
    """Warm jails for the whole run."""
    warm = Jails()
    yield warm
    warm.close()


@pytest.fixture
def lost(monkeypatch: pytest.MonkeyPatch) -> LostAnswers:
    """Answers of the database to lose."""
    return LostAnswers(monkeypatch)


STAGES: tuple[Stage, ...] = ("reading", "recognition")


@pytest.fixture
def settle(fonds: Fonds, jails: Jails, clock: Clock) -> Callable[[], None]:
    """Bring to an end whatever waits: ingest, events, indexing."""
    worker = Worker(
        fonds.ledger, fonds.store, jails, keeping=Keeping(MongoTranscripts(), MongoMembers(clock))
    )

    def work() -> None:
        for stage in STAGES:
            while waiting := fonds.ledger.pending(100, stage):
                for file_id in waiting:
                    worker.process(file_id, stage)
        fonds.housekeeping.once()

    return work


def an_actor(name: str, *roles: Role, department: str = "") -> Actor:
    """Somebody with these roles, in one department or none."""
    return Actor(
        id=f"id-{name}",
        name=name,
        display_name=name,
        roles=frozenset(roles),
        departments=frozenset({department} if department else ()),
        circle=f"circle:id-{name}",
    )


@pytest.fixture
def archivist() -> Actor:
    return an_actor("李档案", Role.ARCHIVIST, Role.STAFF, department="综合管理部")


@pytest.fixture
def salesperson() -> Actor:
    return an_actor("王芳", Role.STAFF, department="销售部")


@pytest.fixture
def marketer() -> Actor:
    return an_actor("赵磊", Role.STAFF, department="市场部")


@pytest.fixture
def administrator() -> Actor:
    return an_actor("admin", Role.SYSADMIN)


@pytest.fixture
def director() -> Actor:
    """Reads what is no secret, and changes nothing."""
    return an_actor("主任", Role.OFFICE_DIRECTOR)
