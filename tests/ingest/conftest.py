"""Warm jails, a store on disk and a ledger in memory for the tests of ingest."""

import hashlib
import io
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.jail.launch import Launch
from ingest.jail.warden import Jails
from ingest.jobs.pipeline import Conduct, Keeping, Worker
from ingest.jobs.reading import Extraction, Recognition, together
from ingest.jobs.scan import Scanner
from ingest.tasks.extract import Finding, extract, finding
from storage.disk import DiskStore
from storage.keys import new_key
from tests.ingest.fakes import FakeLedger, FakeMembers, FakeTranscripts

ROOT = Path(__file__).parent.parent.parent


def read_file(jails: Extraction, order: Mapping[str, Any], file: int, seconds: float) -> Finding:
    """What the open `file` says itself, and what is recognised of it."""
    known = finding(jails.run(order, file, seconds))
    found = Recognition(list(known.unread))
    while found.left:
        found.round(jails, order, file, seconds)
    return together(known, found) if known.unread else known


@pytest.fixture(scope="session")
def jails() -> Iterator[Jails]:
    """Jails that run real extraction."""
    warm = Jails()
    yield warm
    warm.close()


@pytest.fixture(scope="session")
def hostile_jails() -> Iterator[Jails]:
    """Jails whose inmates try to break out."""
    warm = Jails(Launch(task="tests.ingest.hostile:act", code=(ROOT,)))
    yield warm
    warm.close()


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Finding]:
    """Extract some bytes in this very process: formats are tested without a jail around them."""

    def reading(
        data: bytes, name: str, *, careful: bool = False, password: str = "", **more: bool
    ) -> Finding:
        path = tmp_path / "original"
        path.write_bytes(data)
        with path.open("rb") as stream:
            order = {"name": name, "careful": careful, "password": password, **more}
            return finding(extract(order, stream.fileno(), lambda memory, seconds: None))

    return reading


@pytest.fixture
def jailed(jails: Jails, tmp_path: Path) -> Callable[..., Finding]:
    """Extract some bytes in a jail: for files that could do harm."""

    def reading(data: bytes, name: str, *, careful: bool = False) -> Finding:
        path = tmp_path / "original"
        path.write_bytes(data)
        with path.open("rb") as stream:
            return finding(jails.run({"name": name, "careful": careful}, stream.fileno(), 60))

    return reading


@pytest.fixture
def recognised(jails: Jails, tmp_path: Path) -> Callable[..., Finding]:
    """Read some bytes in jails, scans included."""

    def reading(data: bytes, name: str, *, careful: bool = False) -> Finding:
        path = tmp_path / "original"
        path.write_bytes(data)
        with path.open("rb") as stream:
            return read_file(jails, {"name": name, "careful": careful}, stream.fileno(), 120)

    return reading


@pytest.fixture
def store(tmp_path: Path) -> DiskStore:
    """An object store on disk."""
    return DiskStore(
        tmp_path / "objects",
        sign_key=b"k" * 32,
        base_url="http://archive.example",
        clock=lambda: datetime.now(UTC),
        reserve_bytes=0,
    )


@dataclass
class Workplace:
    """A worker with all that it needs, and a way to hand it a file."""

    ledger: FakeLedger
    store: DiskStore
    worker: Worker
    transcripts: FakeTranscripts

    def scanned_by(self, jails: Extraction, scanner: Scanner) -> Worker:
        """Another worker at this place, which asks `scanner` first."""
        keeping = Keeping(self.transcripts, FakeMembers())
        return Worker(self.ledger, self.store, jails, keeping=keeping, scanner=scanner)

    def offer(self, data: bytes, name: str, file_id: str = "f1") -> str:
        key = new_key("content")
        self.store.put(key, io.BytesIO(data))
        self.ledger.add(file_id, key, hashlib.sha256(data).hexdigest(), len(data), name)
        return file_id


@pytest.fixture
def workplace(store: DiskStore, jails: Jails, tmp_path: Path) -> Iterator[Workplace]:
    ledger = FakeLedger()
    transcripts = FakeTranscripts()
    worker = Worker(
        ledger, store, jails, keeping=Keeping(transcripts, FakeMembers()), conduct=Conduct(scratch=tmp_path)
    )
    yield Workplace(ledger, store, worker, transcripts)
    worker.close()


@pytest.fixture
def unprivileged() -> Iterator[None]:
    """Act as an ordinary user for a while: root reads everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
