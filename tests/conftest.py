"""What every test may ask for: an empty database, a clock that obeys, a wired program on embedded adapters."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.models import DOCUMENTS
from service.models.connection import connect, disconnect


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
        process.wait(20)


def _port(log: Path) -> int:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if found := re.search(r"listening on 127\.0\.0\.1:(\d+)", log.read_text(errors="replace")):
            return int(found[1])
        time.sleep(0.02)
    raise AssertionError(f"the database did not start: {log.read_text(errors='replace')}")


@pytest.fixture(scope="session")
def _connected(mongo_url: str) -> Iterator[None]:
    connect(mongo_url)
    yield
    disconnect()


@pytest.fixture
def database(_connected: None) -> None:
    """Every collection is there, with its indexes, and empty."""
    for document in DOCUMENTS:
        if document.__name__ != "SchemaVersion":
            document._get_collection().delete_many({})
