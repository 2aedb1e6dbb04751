"""Damaged contents: a range gives what proves right and nothing else, and who meets damage writes it down (S-ER-5)."""

import io
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingest.port import Offer
from service.domain.permissions import Actor
from service.domain.uploads import NewUpload
from service.errors import ContentDamaged
from service.models import AuditEvent, BlockDigests, File, FixityFinding, Upload
from service.usecases.contents.damage import Findings
from service.usecases.safekeeping.patrol import Pace, Patrol
from service.wiring import Fonds
from storage.blocks import BLOCK
from storage.parting import part_count
from storage.port import ComingPart

SIZE = 9 * BLOCK + 77
DATA = random.Random(5).randbytes(SIZE)

pytestmark = pytest.mark.requirement("S-ER-5")


@pytest.fixture
def bring(fonds: Fonds, archivist: Actor) -> Callable[[bytes], Any]:
    def brought(data: bytes) -> Any:
        run = fonds.imports.start(archivist, source="test")
        line = fonds.imports.offer(archivist, run.id, io.BytesIO(data), Offer(name="片.bin"))
        return next(iter(File.objects(record_id=line.record_id)))

    return brought


def served(fonds: Fonds, actor: Actor, file: Any, start: int, end: int) -> bytes:
    return b"".join(fonds.files.content(actor, file.id, start=start, end=end).chunks)


def spoil(tmp_path: Path, file: Any, at: int) -> None:
    path = tmp_path / "objects" / file.object_key
    path.chmod(0o600)
    with path.open("r+b") as opened:
        opened.seek(at)
        byte = opened.read(1)[0]
        opened.seek(at)
        opened.write(bytes([byte ^ 1]))


def findings() -> list[tuple[str, str]]:
    return [(found.key, found.kind) for found in FixityFinding.objects if found.repaired_at is None]


def patrol(fonds: Fonds) -> Patrol:
    pace = Pace(90, 1 << 30, lambda _seconds: False)
    return Patrol(
        fonds.store, fonds.safekeeping.replica, pace, Findings(fonds.audit, fonds.clock), fonds.clock
    )


def test_a_range_gives_the_blocks_that_are_right(
    fonds: Fonds, archivist: Actor, bring: Callable[[bytes], Any], tmp_path: Path
) -> None:
    file = bring(DATA)
    spoil(tmp_path, file, 7 * BLOCK + 500_000)
    for first, behind in (
        (3 * BLOCK, 4 * BLOCK),
        (3 * BLOCK + 9, 5 * BLOCK + 1),
        (SIZE - 10, SIZE),
        (8 * BLOCK, SIZE),
    ):
        assert served(fonds, archivist, file, first, behind) == DATA[first:behind]
    assert findings() == []
    with pytest.raises(ContentDamaged):
        served(fonds, archivist, file, 7 * BLOCK, 7 * BLOCK + 10)
    with pytest.raises(ContentDamaged):
        served(fonds, archivist, file, 6 * BLOCK, SIZE)
    with pytest.raises(ContentDamaged):
        served(fonds, archivist, file, 0, SIZE)
    assert findings() == [(file.object_key, "changed")]
    assert len(list(AuditEvent.objects(act="fixity_finding"))) == 1
    assert served(fonds, archivist, file, 3 * BLOCK, 4 * BLOCK) == DATA[3 * BLOCK : 4 * BLOCK]
    spoil(tmp_path, file, 7 * BLOCK + 500_000)
    assert served(fonds, archivist, file, 0, SIZE) == DATA
    assert patrol(fonds).look_again() == 1
    assert findings() == []


def test_the_last_block_is_short_and_proved(
    fonds: Fonds, archivist: Actor, bring: Callable[[bytes], Any], tmp_path: Path
) -> None:
    file = bring(DATA)
    spoil(tmp_path, file, SIZE - 1)
    with pytest.raises(ContentDamaged):
        served(fonds, archivist, file, SIZE - 5, SIZE - 4)


def test_swapped_and_shortened_objects_are_refused(
    fonds: Fonds, archivist: Actor, bring: Callable[[bytes], Any], tmp_path: Path
) -> None:
    one, other = bring(DATA), bring(DATA[::-1])
    ways = [tmp_path / "objects" / each.object_key for each in (one, other)]
    ways[0].rename(tmp_path / "aside")
    ways[1].rename(ways[0])
    (tmp_path / "aside").rename(ways[1])
    for each in (one, other):
        with pytest.raises(ContentDamaged):
            served(fonds, archivist, each, 2 * BLOCK, 3 * BLOCK)
    ways[0].chmod(0o600)
    ways[0].write_bytes(DATA[: 4 * BLOCK])
    assert served(fonds, archivist, one, 0, BLOCK) == DATA[:BLOCK]
    for first in (3 * BLOCK + 1, 4 * BLOCK, 6 * BLOCK):
        with pytest.raises(ContentDamaged):
            served(fonds, archivist, one, first, first + BLOCK)
    assert sorted(findings()) == sorted((each.object_key, "changed") for each in (one, other))


def test_a_lost_object_is_a_finding(
    fonds: Fonds, archivist: Actor, bring: Callable[[bytes], Any], tmp_path: Path
) -> None:
    large, small = bring(DATA), bring("渠道返利".encode())
    for file in (large, small):
        (tmp_path / "objects" / file.object_key).unlink()
        with pytest.raises(ContentDamaged):
            served(fonds, archivist, file, 0, 3)
    assert sorted(findings()) == sorted((each.object_key, "missing") for each in (large, small))


def test_the_patrol_digests_what_came_before(
    fonds: Fonds, archivist: Actor, administrator: Actor, bring: Callable[[bytes], Any], tmp_path: Path
) -> None:
    file = bring(DATA)
    before = [bytes(row.digests) for row in BlockDigests.objects]
    BlockDigests._get_collection().delete_many({})
    assert served(fonds, archivist, file, BLOCK, BLOCK + 1) == DATA[BLOCK : BLOCK + 1]
    patrol(fonds).look(int(file.object_key.split("/")[1], 16))
    assert [bytes(row.digests) for row in BlockDigests.objects] == before
    BlockDigests._get_collection().delete_many({})
    spoil(tmp_path, file, 0)
    patrol(fonds).look(int(file.object_key.split("/")[1], 16))
    assert list(BlockDigests.objects) == []
    with pytest.raises(ContentDamaged):  # nothing proves another part of it
        served(fonds, archivist, file, BLOCK, BLOCK + 1)
    spoil(tmp_path, file, 0)
    list(fonds.upkeep.check(administrator, repair=False, read_data=True))
    assert [bytes(row.digests) for row in BlockDigests.objects] == before


def test_what_comes_in_parts_is_digested_when_it_is_proved(
    fonds: Fonds, archivist: Actor, clock: Any
) -> None:
    view = fonds.uploads.create(archivist, NewUpload(name="片.bin", size=SIZE))
    row = next(iter(Upload.objects(id=view.id)))
    size = view.part_size
    for number in range(1, part_count(SIZE) + 1):
        sent = io.BytesIO(DATA[(number - 1) * size : number * size])
        fonds.store.parts.send(row.object_key, row.handle, ComingPart(number, sent))
    done = fonds.uploads.complete(archivist, view.id)
    file = next(iter(File.objects(record_id=done.record_id)))
    assert served(fonds, archivist, file, BLOCK, BLOCK + 1) == DATA[BLOCK : BLOCK + 1]
    assert [row.id for row in BlockDigests.objects] == [f"{file.object_key}:0"]
