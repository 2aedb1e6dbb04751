"""The conveyor: every byte in its order, whatever is slow, and no thread left when something breaks."""

import hashlib
import os
import random
import threading
from pathlib import Path

import pytest

from storage.conveyor import PIECES, Conveyor
from storage.straight import PIECE, Straight, piece_of_memory


def filler(data: bytes, steps: random.Random):
    """Gives `data` in pieces of any size."""
    rest = [memoryview(data)]

    def fill(buffer: memoryview) -> int:
        size = min(len(buffer), len(rest[0]), steps.randint(1, PIECE))
        buffer[:size] = rest[0][:size]
        rest[0] = rest[0][size:]
        return size

    return fill


def first_piece(data: bytes) -> memoryview:
    first = piece_of_memory()
    first[:] = data[:PIECE]
    return first


@pytest.mark.parametrize("rest", [0, 4096, 12_345])
def test_every_byte_is_digested_and_written_in_its_order(tmp_path: Path, rest: int) -> None:
    data = random.Random(1).randbytes(PIECES * PIECE * 2 + rest)
    digest = hashlib.sha256(data[:PIECE])
    file = os.open(tmp_path / "object", os.O_WRONLY | os.O_CREAT)
    conveyor = Conveyor(digest.update, Straight(file).write)
    conveyor.run(filler(data[PIECE:], random.Random(2)), first_piece(data))
    os.close(file)
    assert (tmp_path / "object").read_bytes() == data
    assert digest.digest() == hashlib.sha256(data).digest()


def test_what_is_not_aligned_goes_through_the_cache(tmp_path: Path) -> None:
    data, at = random.Random(3).randbytes(3 * PIECE + 5), 0
    file = os.open(tmp_path / "object", os.O_WRONLY | os.O_CREAT)
    straight = Straight(file)
    for size in (PIECE, 4096, 100, PIECE, 4096, 2 * PIECE):
        piece = memoryview(data)[at : at + size]  # memory that begins anywhere is refused by the disk
        straight.write(piece, at)
        at += len(piece)
    os.close(file)
    assert (tmp_path / "object").read_bytes() == data[:at]


@pytest.mark.parametrize("broken", ["fill", "digest", "write"])
def test_what_breaks_is_raised_and_no_thread_stays(broken: str) -> None:
    parts = []

    def fail(name: str) -> None:
        if name == broken and len(parts) > PIECES:
            raise OSError(name)

    def fill(buffer: memoryview) -> int:
        fail("fill")
        parts.append(1)
        return len(buffer)

    def write(part: memoryview, at: int) -> None:
        fail("write")

    with pytest.raises(OSError, match=broken):
        Conveyor(lambda _: fail("digest"), write).run(fill)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("conveyor")]
