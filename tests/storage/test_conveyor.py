"""The conveyor: every byte in its order, whatever is slow, and no thread left when something breaks."""

import hashlib
import os
import random
import threading
from pathlib import Path

import pytest

from storage.conveyor import PIECE, PIECES, Conveyor, write_at


def filler(data: bytes, steps: random.Random):
    """Gives `data` in pieces of any size."""
    rest = [memoryview(data)]

    def fill(buffer: memoryview) -> int:
        size = min(len(buffer), len(rest[0]), steps.randint(1, PIECE))
        buffer[:size] = rest[0][:size]
        rest[0] = rest[0][size:]
        return size

    return fill


def test_every_byte_is_digested_and_written_in_its_order(tmp_path: Path) -> None:
    data = random.Random(1).randbytes(PIECES * PIECE * 2 + 12_345)
    digest = hashlib.sha256(b"head")
    file = os.open(tmp_path / "object", os.O_WRONLY | os.O_CREAT)
    os.write(file, b"head")
    Conveyor(digest.update, lambda part, at: write_at(file, part, at), 4).run(filler(data, random.Random(2)))
    os.close(file)
    assert (tmp_path / "object").read_bytes() == b"head" + data
    assert digest.digest() == hashlib.sha256(b"head" + data).digest()


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
        Conveyor(lambda _: fail("digest"), write, 0).run(fill)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("conveyor")]
