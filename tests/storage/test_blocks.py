"""Blocks: digested in the pass that digests the whole, and no byte of a range before its block proved right."""

import hashlib
import random
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest

from storage.blocks import BLOCK, PIECE, SHORT, Blocks, Digests
from storage.disk import DiskStore
from storage.encrypted import DataKeys, EncryptedStore
from storage.keys import new_key
from storage.links import SignedLinks
from storage.port import ChecksumMismatch, RangeUnsatisfiable
from tests.storage.test_encrypted import Rows, disk, master

__all__ = ["master"]


class BlockRowsInMemory(dict[str, tuple[int, bytes]]):
    """Digests of blocks in memory, cut into pieces as a database keeps them."""

    def find(self, key: str, piece: int) -> tuple[int, bytes] | None:
        if key not in self:
            return None
        size, digests = self[key]
        return size, digests[piece * PIECE * SHORT : (piece + 1) * PIECE * SHORT]

    def add(self, key: str, size: int, digests: bytes) -> None:
        self[key] = (size, digests)

    def remove(self, key: str) -> None:
        self.pop(key, None)


@pytest.fixture
def rows() -> BlockRowsInMemory:
    return BlockRowsInMemory()


@pytest.fixture
def store(tmp_path: Path, rows: BlockRowsInMemory, master: object) -> EncryptedStore:
    links = SignedLinks(b"k" * 32, "http://archive.example", lambda: datetime.now(UTC))
    return EncryptedStore(disk(tmp_path), DataKeys(Rows(), master), links, rows)  # type: ignore[arg-type]


def shortened(data: bytes) -> bytes:
    return b"".join(
        hashlib.sha256(data[at : at + BLOCK]).digest()[:SHORT] for at in range(0, len(data), BLOCK)
    )


def kept(store: EncryptedStore, data: bytes) -> str:
    key = new_key("content")
    store.put(key, BytesIO(data))
    return key


def part(blocks: Blocks, key: str, start: int, end: int) -> bytes:
    chunks = blocks.open(key, start, end)
    assert chunks is not None
    return b"".join(chunks)


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 3 * BLOCK + 7])
@pytest.mark.parametrize("step", [1 << 16, BLOCK, 3 * BLOCK, 700_001])
def test_digests_are_those_of_the_blocks(size: int, step: int) -> None:
    data = random.Random(size).randbytes(size)
    digests = Digests()
    for at in range(0, size, step):
        digests.update(data[at : at + step])
    assert digests.sha256 == hashlib.sha256(data).hexdigest()
    assert digests.blocks == (shortened(data) if size > BLOCK else b"")


@pytest.mark.parametrize("size", [3 * BLOCK + 7, 9 * BLOCK])
def test_a_store_digests_what_it_takes(store: EncryptedStore, rows: BlockRowsInMemory, size: int) -> None:
    data = random.Random(size).randbytes(size)
    key = kept(store, data)
    assert rows[key] == (size, shortened(data))
    for first, behind in ((0, size), (BLOCK - 1, BLOCK + 1), (size - 3, size), (BLOCK, 2 * BLOCK), (5, 6)):
        assert part(store.blocks, key, first, behind) == data[first:behind]
    with pytest.raises(RangeUnsatisfiable):
        store.blocks.open(key, size, size + 1)
    store.delete(key)
    assert not rows


def test_small_and_encrypted_objects_have_no_digests(store: EncryptedStore, rows: BlockRowsInMemory) -> None:
    key = kept(store, b"x" * BLOCK)
    assert store.blocks.open(key, 0, 1) is None
    store.put(new_key("content", encrypted=True), BytesIO(b"x" * (2 * BLOCK)))
    store.put(new_key("text"), BytesIO(b"x" * (2 * BLOCK)))
    assert not rows


@pytest.mark.requirement("S-ER-5")
def test_what_a_changed_block_holds_is_not_served(store: EncryptedStore, tmp_path: Path) -> None:
    key = kept(store, bytes(4 * BLOCK))
    path = tmp_path / key
    spoilt = bytearray(path.read_bytes())
    spoilt[2 * BLOCK + 9] ^= 1
    path.write_bytes(spoilt)
    assert part(store.blocks, key, 0, 2 * BLOCK) == bytes(2 * BLOCK)
    chunks = store.blocks.open(key, BLOCK, 4 * BLOCK)
    assert chunks is not None
    assert next(chunks) == bytes(BLOCK)
    with pytest.raises(ChecksumMismatch, match="block 2"):
        next(chunks)
    path.write_bytes(bytes(BLOCK + 5))
    for first in (BLOCK, 3 * BLOCK):
        with pytest.raises(ChecksumMismatch):
            part(store.blocks, key, first, first + 1)


def test_digests_of_the_next_piece_are_fetched(rows: BlockRowsInMemory) -> None:
    """A film of more than 4 GiB: its blocks are all alike here, and lie nowhere."""

    class Zeros:
        def open(self, _key: str, *, start: int = 0, end: int | None = None):  # type: ignore[no-untyped-def]
            assert end is not None
            return iter([bytes(BLOCK)] * ((end - start) // BLOCK))

    count = PIECE + 2
    zero = hashlib.sha256(bytes(BLOCK)).digest()[:SHORT]
    rows.add("film", count * BLOCK, zero * PIECE + zero + bytes(SHORT))
    blocks, edge = Blocks(Zeros(), rows), PIECE * BLOCK
    assert part(blocks, "film", edge - 2, edge + 2) == bytes(4)
    with pytest.raises(ChecksumMismatch):
        part(blocks, "film", edge - 2, edge + BLOCK + 1)


def test_disk_tells_no_digests_of_what_nobody_asks_for(tmp_path: Path) -> None:
    store: DiskStore = disk(tmp_path)
    assert store.put(new_key("dump"), BytesIO(bytes(3 * BLOCK))).blocks == b""
