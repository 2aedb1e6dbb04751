"""Fifty harmed objects among sixty: the patrol names exactly them, no wrong byte leaves, a backup brings all back (F22)."""

import io
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ingest.port import Offer
from service.domain.permissions import Actor, Role
from service.errors import ContentDamaged
from service.models import File
from service.settings import Settings
from service.usecases.safekeeping.backup.opening import open_target
from service.usecases.safekeeping.backup.taking import TakingBackup, Wanted
from service.usecases.safekeeping.checking import CheckReport
from service.usecases.safekeeping.mending import Copies, MendReport
from service.usecases.safekeeping.patrol import FixityReport
from service.wiring import Addresses, Fonds, Outside, wire
from storage.blocks import BLOCK
from storage.crypto import new_key_file
from storage.keys import is_encrypted
from tests.conftest import CHEAP, Clock, an_actor

pytestmark = pytest.mark.requirement("F22", "S-ER-5", "R-BAK-1")

LOCAL = replace(an_actor("root", Role.SYSADMIN), id="local:root")
SOUND = 10
HARMED = 50
SIZES = (300, 2 * BLOCK + 7, 300, BLOCK + 70_000)
"""Small, large with digests of its blocks, and encrypted: small and of several frames."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A file whose content is known."""

    id: str
    key: str
    content: bytes


@pytest.fixture
def fonds(database: None, mongo_url: str, tmp_path: Path, clock: Clock) -> Iterator[Fonds]:
    """An archive that encrypts what is core secret."""
    new_key_file(tmp_path / "master.key")
    key = (tmp_path / "master.key").as_uri()
    settings = Settings(home=tmp_path, listen=("127.0.0.1", 0), reserve_bytes=0, master_key=key)
    addresses = Addresses.of(
        settings, mongo_url=mongo_url, secret="test-secret-" * 4, base_url=lambda: "http://127.0.0.1:1"
    )
    wired = wire(settings, addresses, Outside(clock=clock, alone=True, hashes=CHEAP))
    yield wired
    wired.unlocking.close()
    wired.archival.entry.entering.close()
    wired.engine.close()


@pytest.fixture
def chance() -> random.Random:
    return random.Random(22)


@pytest.fixture
def kept(fonds: Fonds, archivist: Actor, chance: random.Random) -> list[Kept]:
    """Sixty files, of each kind as many."""
    contents = [chance.randbytes(SIZES[number % len(SIZES)]) for number in range(SOUND + HARMED)]
    secret = next(one.code for one in fonds.categories.all() if one.core_secret)
    brought = []
    for category, kinds in (("", {0, 1}), (secret, {2, 3})):
        run = fonds.imports.start(archivist, source="test", category=category)
        offered = [
            (io.BytesIO(content), Offer(name=f"{number}.bin", path=f"{number}.bin"))
            for number, content in enumerate(contents)
            if number % len(SIZES) in kinds
        ]
        for line in fonds.imports.offer_many(archivist, run.id, offered):
            (file,) = File.objects(id=line.file_id)
            assert is_encrypted(file.object_key) == bool(category)
            brought.append(Kept(file.id, file.object_key, contents[int(file.name.removesuffix(".bin"))]))
    chance.shuffle(brought)
    return brought


def harm(folder: Path, kept: Sequence[Kept], chance: random.Random) -> Mapping[str, str]:
    """Change, take away and swap with one another a third each; key → what is to be found."""
    expected = {}
    for number, one in enumerate(kept):
        path = folder / one.key
        path.chmod(0o600)
        if number % 3 == 0:
            data = bytearray(path.read_bytes())
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            path.write_bytes(data)
        elif number % 3 == 1:
            path.unlink()
        expected[one.key] = "missing" if number % 3 == 1 else "changed"
    swapped = [folder / one.key for one in kept[2::3]]
    assert len(swapped) % 2 == 0
    for one, other in zip(swapped[::2], swapped[1::2], strict=True):
        mine, yours = one.read_bytes(), other.read_bytes()
        one.write_bytes(yours)
        other.write_bytes(mine)
    return expected


def found(fonds: Fonds) -> dict[str, str]:
    """What is open: key → kind."""
    return {one.key: one.kind for one in fonds.safekeeping.patrol.findings(LOCAL) if one.repaired_at is None}


def served(fonds: Fonds, actor: Actor, one: Kept, first: int, behind: int) -> bool:
    """Whether a part is given; what leaves, also before a refusal, must be right."""
    given = b""
    try:
        for chunk in fonds.files.content(actor, one.id, start=first, end=behind).chunks:
            given += chunk
    except ContentDamaged:
        assert one.content[first:behind].startswith(given)
        return False
    assert given == one.content[first:behind]
    return True


def test_exactly_they_are_found_refused_and_brought_back(
    fonds: Fonds, kept: list[Kept], archivist: Actor, chance: random.Random, tmp_path: Path
) -> None:
    url = (tmp_path / "target").as_uri()
    taking = TakingBackup(fonds.store, fonds.clock, tmp_path / "spool", version="test")
    list(taking.run(open_target(url), Wanted()))
    harmed, sound = kept[:HARMED], kept[HARMED:]
    expected = harm(tmp_path / "objects", harmed, chance)
    assert len(expected) == HARMED
    refuse(fonds, archivist, harmed[::2], chance)  # somebody meets them before the patrol comes
    *_, report = fonds.safekeeping.patrol.round()
    assert report == FixityReport(SOUND + HARMED, HARMED)
    assert found(fonds) == expected
    refuse(fonds, archivist, harmed, chance)
    assert all(served(fonds, archivist, one, 0, len(one.content)) for one in sound)
    *_, mended = fonds.safekeeping.mending.mend(LOCAL, Copies(url))
    assert isinstance(mended, MendReport)
    assert (set(mended.mended), mended.lacking, mended.damaged) == (set(expected), [], [])
    assert found(fonds) == {}
    assert all(served(fonds, archivist, one, 0, len(one.content)) for one in kept)
    assert all(served(fonds, archivist, one, 7, len(one.content) - 7) for one in kept)
    *_, checked = fonds.upkeep.check(LOCAL, repair=False, read_data=True)
    assert isinstance(checked, CheckReport)
    assert (checked.files, checked.differences) == (SOUND + HARMED, [])


def refuse(fonds: Fonds, actor: Actor, harmed: Sequence[Kept], chance: random.Random) -> None:
    for one in harmed:
        first = chance.randrange(len(one.content) - 1)
        served(fonds, actor, one, first, chance.randrange(first + 1, len(one.content)))
        assert not served(fonds, actor, one, 0, len(one.content))
