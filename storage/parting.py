"""Parting: how a large object is cut into parts, and whether they are all there."""

from collections.abc import Sequence

from storage.frames import clear_size, locked_size
from storage.keys import is_encrypted
from storage.port import ChecksumMismatch, Part

MIB = 1 << 20
MOST_PARTS = 10_000


def part_size(size: int | None) -> int:
    """Bytes of a part for an object of `size` bytes: 8 MiB, 16 MiB if unknown, more for more than 78 GiB."""
    if size is None:
        return 16 * MIB
    return max(8 * MIB, -(-size // (MOST_PARTS * MIB)) * MIB)


def step_of(key: str, size: int) -> int:
    """Bytes of a part of the object of `size` bytes that is to lie under `key`: parts of an encrypted one are longer
    than those that its sender knows."""
    return locked_size(part_size(clear_size(size))) if is_encrypted(key) else part_size(size)


def place(size: int, number: int, step: int = 0) -> tuple[int, int]:
    """Start and length of a part of an object of `size` bytes; `ChecksumMismatch` for one that it does not have."""
    step = step or part_size(size)
    start = (number - 1) * step
    if not 0 <= start < size:
        raise ChecksumMismatch(f"an object of {size} bytes has no part {number}")
    return start, min(step, size - start)


def part_count(size: int) -> int:
    """How many parts an object of `size` bytes has."""
    return -(-size // part_size(size))


def require_whole(parts: Sequence[Part], size: int, step: int = 0) -> None:
    """`ChecksumMismatch` unless these are all parts of `size` bytes, each as long as its place: S3 would join any."""
    there = {part.number: part.size for part in parts}
    count = -(-size // (step or part_size(size)))
    wanted = {number: place(size, number, step)[1] for number in range(1, count + 1)}
    if there != wanted:
        wrong = len(there.items() ^ wanted.items())
        raise ChecksumMismatch(
            f"{len(there)} of {len(wanted)} parts are there, {wrong} missing or of another size"
        )
