"""A crash before every single step of taking in a file: it is fully there or absent, and asked again one file (F02)."""

import hashlib
import io
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from ingest.jail.warden import Jails
from ingest.jobs.pipeline import Keeping, Worker
from ingest.port import Offer
from service.domain.holdings import Description
from service.domain.permissions import Actor, Role
from service.domain.uploads import NewUpload, Presets
from service.errors import Conflict
from service.models import (
    Arriving,
    AuditEvent,
    BlockDigests,
    DataKeyRow,
    File,
    HeldObject,
    ImportLine,
    ImportRun,
    Record,
    Usage,
)
from service.models.reading import by_key
from service.settings import Settings
from service.usecases.contents.intake import Arrival
from service.usecases.contents.members import MongoMembers
from service.usecases.contents.transcripts import MongoTranscripts
from service.usecases.contents.uploading import coming_keys
from service.usecases.holding import derived_keys
from service.usecases.safekeeping.checking import CheckReport, Difference
from service.wiring import Addresses, Fonds, Outside, wire
from storage.blocks import BLOCK
from storage.crypto import new_key_file
from storage.disk import PARTS_KEPT
from storage.parting import place
from storage.port import ComingPart
from tests.conftest import CHEAP, Clock, an_actor
from tests.cutting import EDGE, Body, Dead

pytestmark = pytest.mark.requirement("F02")

LOCAL = replace(an_actor("root", Role.SYSADMIN), id="local:root")
NONE = Presets()


class Wakes:
    """A queue that may be the step before which the process dies."""

    def wake(self, file_ids: Sequence[str], stage: str = "reading") -> None:
        EDGE.step("wake")


@dataclass(frozen=True, slots=True)
class House:
    """An archive, who brings files in, and where it lies."""

    fonds: Fonds
    actor: Actor
    folder: Path


@pytest.fixture
def house(database: None, mongo_url: str, tmp_path: Path, clock: Clock, archivist: Actor) -> Iterator[House]:
    new_key_file(tmp_path / "master.key")
    key = (tmp_path / "master.key").as_uri()
    settings = Settings(home=tmp_path, listen=("127.0.0.1", 0), reserve_bytes=0, master_key=key)
    addresses = Addresses.of(
        settings, mongo_url=mongo_url, secret="test-secret-" * 4, base_url=lambda: "http://127.0.0.1:1"
    )
    fonds = wire(settings, addresses, Outside(Wakes(), clock=clock, alone=True, hashes=CHEAP))
    yield House(fonds, archivist, tmp_path / "objects")
    fonds.unlocking.close()
    fonds.archival.entry.entering.close()
    fonds.engine.close()


def whole(house: House, name: str, data: bytes, presets: Presets = NONE) -> str:
    said = NewUpload(name=name, size=len(data), presets=presets)
    return house.fonds.uploads.whole(house.actor, said, Body(data, EDGE), f"key-{name}").file_id


def in_parts(house: House, name: str, data: bytes, presets: Presets = NONE) -> str:
    """Announce, ask what has come, send what is missing, complete: as a browser does after a reload."""
    uploads, parts = house.fonds.uploads, house.fonds.store.parts
    upload = uploads.create(house.actor, NewUpload(name=name, size=len(data), presets=presets), f"key-{name}")
    if upload.state == "open":
        there = {part.number for part in uploads.parts(house.actor, upload.id)}
        for link in (one for one in upload.links if one.number not in there):
            address = urlsplit(link.url)
            key = address.path.removeprefix("/objects/")
            handle, number = parts.verify(key, dict(parse_qsl(address.query)))
            start, length = place(len(data), number)
            parts.send(key, handle, ComingPart(number, Body(data[start : start + length], EDGE)))
    return uploads.complete(house.actor, upload.id).file_id


def secret(house: House) -> Presets:
    """What comes in under this category is encrypted."""
    return Presets(category=next(one.code for one in house.fonds.categories.all() if one.core_secret))


def joined(house: House, name: str, data: bytes) -> str:
    record_id = record_named(house, name)
    given = Arrival(name, upload_key=f"key-{name}")
    return house.fonds.files.add(house.actor, record_id, Body(data, EDGE), name=name, promised=given).id


def as_version(house: House, name: str, data: bytes) -> str:
    (old,) = File.objects(name=f"旧-{name}")
    given = Arrival(name, upload_key=f"key-{name}", why="改了价")
    try:
        return house.fonds.files.add_version(
            house.actor, old.id, Body(data, EDGE), name=name, promised=given
        ).id
    except Conflict:  # it was superseded before the answer came: by this one
        return str(next(iter(File.objects(id=old.id))).superseded_by)


def imported(house: House, name: str, data: bytes) -> str:
    (run,) = ImportRun.objects
    offer = Offer(name=name, path=f"甲/{name}")
    return house.fonds.imports.offer(house.actor, run.id, Body(data, EDGE), offer).file_id


def record_named(house: House, name: str) -> str:
    (record,) = Record.objects(title=f"夹-{name}")
    return str(record.id)


def nothing(house: House, name: str) -> None:
    """The file makes its own record."""


def a_record(house: House, name: str) -> None:
    house.fonds.records.create(house.actor, Description(title=f"夹-{name}"))


def a_file(house: House, name: str) -> None:
    a_record(house, name)
    record_id = record_named(house, name)
    house.fonds.files.add(house.actor, record_id, io.BytesIO(f"旧 {name}".encode()), name=f"旧-{name}")


def a_run(house: House, name: str) -> None:
    if not list(ImportRun.objects):
        house.fonds.imports.start(house.actor, source="市场部共享")


def records(name: str) -> int:
    return len(Record.objects(title=name.removesuffix(".bin")))


def lines(name: str) -> int:
    return len(ImportLine.objects(path=f"甲/{name}"))


def in_record(name: str) -> int:
    """The record is there before; its event is written with the file."""
    (record,) = Record.objects(title=f"夹-{name}")
    return sum(1 for event in record.outbox if event["act"] in ("add_file", "add_version")) - len(
        File.objects(name=f"旧-{name}")
    )


def superseded(name: str) -> int:
    return len(File.objects(name=f"旧-{name}", superseded_by__ne=None))


@dataclass(frozen=True, slots=True)
class Way:
    """One way in: what must be there before, how a file is brought, how many bytes it has, and steps it must have."""

    bring: Callable[[House, str, bytes], str]
    ready: Callable[[House, str], None] = nothing
    size: int = 40
    steps: frozenset[str] = frozenset()
    rows: Callable[[str], int] = records
    """How many rows of this name there are beside the file's, which come and stay away with it."""
    read: bool = False
    """Whether workers read them at the end: one way is enough, the jobs are rows of the same kind."""


ROWS = frozenset(
    {"read", "os.link", "os.remove", "insert files", "insert held_objects", "commitTransaction", "wake"}
)
WAYS = {
    "whole": Way(
        whole,
        size=BLOCK + 5,
        steps=ROWS | {"insert uploads", "update uploads", "insert records", "update block_digests"},
        read=True,
    ),
    "whole encrypted": Way(lambda *said: whole(*said, secret(said[0])), steps=ROWS | {"insert data_keys"}),
    "parts": Way(in_parts, size=BLOCK + 5, steps=ROWS | {"os.mkdir", "os.rename", "update block_digests"}),
    "parts encrypted": Way(lambda *said: in_parts(*said, secret(said[0])), steps=ROWS | {"insert data_keys"}),
    "joining a record": Way(joined, a_record, steps=ROWS | {"update records"}, rows=in_record),
    "next version": Way(as_version, a_file, steps=ROWS | {"update records", "update files"}, rows=superseded),
    "import": Way(
        imported, a_run, steps=ROWS | {"insert import_lines", "insert records"}, rows=lines, read=True
    ),
}


@pytest.mark.parametrize("named", WAYS)
def test_fully_there_or_fully_absent(named: str, house: House, clock: Clock, jails: Jails) -> None:
    way, taken, lived = WAYS[named], dict[str, bytes](), [""]
    for step in lived:  # it grows by what a life meets that none before it did
        name = f"{len(taken)}.bin"
        data = random.Random(name).randbytes(way.size)
        way.ready(house, name)
        lives(house, way, (name, data), step)
        lived += [each for each in EDGE.steps if each not in lived]
        require_whole_or_nothing(house, way, name, data)
        file_id = way.bring(house, name, data)
        if not file_id:
            clock.advance(minutes=3)  # whoever proved it is known to be gone
            assert house.fonds.uploads.tend() == 1
            file_id = way.bring(house, name, data)
        assert [file.id for file in File.objects(name=name)] == [file_id]
        require_whole_or_nothing(house, way, name, data)
        taken[file_id] = data
    assert {f"{each} 1" for each in way.steps} <= set(lived)
    require_nothing_else(house, way, taken, clock, jails)


def lives(house: House, way: Way, brought: tuple[str, bytes], before: str) -> None:
    """Bring a file in and die before a step; one that is not met in this life (a folder is there already) is none."""
    with EDGE.life(house.folder, before), suppress(Dead):
        way.bring(house, *brought)


def require_whole_or_nothing(house: House, way: Way, name: str, data: bytes) -> None:
    """Row, record, object, count and job are all there, or none of them."""
    files = list(File.objects(name=name))
    holding = [(held.key, held.refs) for held in HeldObject.objects(sha256=hashlib.sha256(data).hexdigest())]
    assert holding == [(file.object_key, 1) for file in files]
    for file in files:
        assert (file.state, file.slot is None) == ("pending", False)
        assert b"".join(house.fonds.files.content(house.actor, file.id).chunks) == data
        assert by_key(Record, id=file.record_id) is not None
    assert way.rows(name) == len(files)


def require_nothing_else(
    house: House, way: Way, taken: Mapping[str, bytes], clock: Clock, jails: Jails
) -> None:
    """Every file is read and found, counted and told once; a check finds no difference, and what the dead left goes."""
    if way.read:
        process(house.fonds, jails)
        assert {file.state for file in File.objects} == {"done"}
    house.fonds.housekeeping.once()
    assert checked(house.fonds, repair=False) == []
    clock.now = datetime.now(UTC) + PARTS_KEPT + timedelta(days=1)  # files on the disk have the system's time
    house.fonds.store.inside.sweep(timedelta(hours=24), coming_keys())
    house.fonds.housekeeping.once()
    assert not list(Arriving.objects)
    files = list(File.objects)
    held = {file.object_key for file in files}
    derived = {key for file in files for key in derived_keys(file)}
    assert {one.key for one in house.fonds.store.list()} == held | derived
    assert [one for one in house.folder.rglob("*") if one.parent.name in ("tmp", "parts")] == []
    assert {row.id.rpartition(":")[0] for row in BlockDigests.objects} <= held
    assert {row.id for row in DataKeyRow.objects} <= held | derived
    used = sum(row.bytes for row in Usage.objects if row.id.startswith(f"user:{house.actor.id}:"))
    assert used == sum(file.size for file in files)
    events = Counter(event.object_id for event in AuditEvent.objects(act__in=["add_file", "add_version"]))
    assert events == Counter(file.record_id for file in files if way is not WAYS["import"])
    for run in ImportRun.objects:
        assert house.fonds.imports.get(house.actor, run.id).fates["archived"] == len(taken)


def process(fonds: Fonds, jails: Jails) -> None:
    worker = Worker(
        fonds.ledger, fonds.store, jails, keeping=Keeping(MongoTranscripts(), MongoMembers(fonds.clock))
    )
    while waiting := fonds.ledger.pending(100):
        for file_id in waiting:
            worker.process(file_id)


def checked(fonds: Fonds, *, repair: bool) -> Sequence[Difference]:
    *_, report = fonds.upkeep.check(LOCAL, repair=repair, read_data=True)
    assert isinstance(report, CheckReport)
    return report.differences
