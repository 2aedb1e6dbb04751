"""The store around a store: what lies there tells nothing, what is altered is refused, ranges and parts fit."""

import hashlib
import random
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from storage.crypto import MasterKeys, Wrapped, new_key_file
from storage.disk import DiskStore
from storage.encrypted import DataKeys, EncryptedStore
from storage.frames import CLEAR, LOCKED, clear_size, locked_size
from storage.keys import is_encrypted, new_key
from storage.links import SignedLinks
from storage.parting import part_count, place
from storage.port import (
    ChecksumMismatch,
    ComingPart,
    KeyMissing,
    ObjectMissing,
    PresignRefused,
    RangeUnsatisfiable,
    StorageError,
)

MIB = 1 << 20
SIZES = [0, 1, CLEAR - 1, CLEAR, CLEAR + 1, 3 * CLEAR, 5 * CLEAR + 7]
MINUTE = timedelta(minutes=1)


class Rows(dict[str, Wrapped]):
    """Data keys in memory."""

    def find(self, key: str) -> Wrapped | None:
        return self.get(key)

    def add(self, key: str, wrapped: Wrapped) -> bool:
        return self.setdefault(key, wrapped) is wrapped

    def remove(self, key: str) -> None:
        self.pop(key, None)


@pytest.fixture
def master(tmp_path: Path) -> MasterKeys:
    new_key_file(tmp_path / "master.key")
    return MasterKeys((tmp_path / "master.key").as_uri())


@pytest.fixture
def rows() -> Rows:
    return Rows()


def disk(folder: Path) -> DiskStore:
    return DiskStore(
        folder, sign_key=b"k" * 32, base_url="", clock=lambda: datetime.now(UTC), reserve_bytes=0
    )


def around(store: DiskStore, rows: Rows, master: MasterKeys) -> EncryptedStore:
    links = SignedLinks(b"k" * 32, "http://archive.example", lambda: datetime.now(UTC))
    return EncryptedStore(store, DataKeys(rows, master), links)


@pytest.fixture
def store(tmp_path: Path, rows: Rows, master: MasterKeys) -> EncryptedStore:
    return around(disk(tmp_path / "objects"), rows, master)


@pytest.fixture
def key() -> str:
    return new_key("content", encrypted=True)


def whole(store: EncryptedStore, key: str, **span: int | None) -> bytes:
    return b"".join(store.open(key, **span))


def test_keys_and_sizes_tell_what_is_encrypted(key: str) -> None:
    assert is_encrypted(key)
    assert not any(is_encrypted(new_key("content")) for _ in range(200))
    assert [clear_size(locked_size(size)) for size in SIZES] == SIZES


@pytest.mark.requirement("R-SEC-8")
@pytest.mark.parametrize("size", SIZES)
def test_what_comes_back_is_what_went_in_and_what_lies_there_is_not(
    store: EncryptedStore, key: str, size: int
) -> None:
    data = random.Random(size).randbytes(size)
    stored = store.put(key, BytesIO(data), size=size, sha256=hashlib.sha256(data).hexdigest())
    assert (stored.size, stored.sha256) == (size, hashlib.sha256(data).hexdigest())
    assert whole(store, key) == data
    assert store.stat(key).size == size
    assert [held.size for held in store.list("content/")] == [size]
    lying = b"".join(store.inside.open(key))
    assert len(lying) == locked_size(size)
    assert size < 16 or data[:16] not in lying


def test_any_range_is_read_alone(store: EncryptedStore, key: str) -> None:
    data = random.Random(5).randbytes(5 * CLEAR + 7)
    store.put(key, BytesIO(data))
    chosen = random.Random(6)
    edges = [0, 1, CLEAR - 1, CLEAR, CLEAR + 1, 2 * CLEAR, len(data) - 1, len(data)]
    spans = [(start, end) for start in edges for end in edges if start < end]
    spans += [tuple(sorted(chosen.sample(range(len(data)), 2))) for _ in range(20)]  # type: ignore[misc]
    for start, end in spans:
        assert whole(store, key, start=start, end=end) == data[start:end], (start, end)
    assert whole(store, key, start=3, end=1 << 40) == data[3:]
    with pytest.raises(RangeUnsatisfiable):
        store.open(key, start=len(data))


def test_a_broken_promise_leaves_neither_bytes_nor_key(store: EncryptedStore, rows: Rows, key: str) -> None:
    for promise in ({"sha256": "0" * 64}, {"size": 3}, {"size": 400_000}):
        with pytest.raises(ChecksumMismatch):
            store.put(key, BytesIO(b"x" * 300_000), **promise)  # type: ignore[arg-type]
    assert not rows
    assert list(store.list()) == []


@pytest.mark.parametrize(
    "harm",
    [
        lambda lying: lying[:100] + bytes([lying[100] ^ 1]) + lying[101:],
        lambda lying: lying[LOCKED : 2 * LOCKED] + lying[:LOCKED] + lying[2 * LOCKED :],
        lambda lying: lying[: 2 * LOCKED],
        lambda lying: lying + lying[:LOCKED],
        lambda lying: lying[:-1],
    ],
    ids=["one bit", "two frames swapped", "cut at a frame", "longer", "a byte less"],
)
def test_altered_bytes_are_never_given(store: EncryptedStore, key: str, tmp_path: Path, harm: object) -> None:
    store.put(key, BytesIO(random.Random(1).randbytes(3 * CLEAR)))
    path = tmp_path / "objects" / key
    path.write_bytes(harm(path.read_bytes()))  # type: ignore[operator]
    with pytest.raises(StorageError):
        whole(store, key)
    with pytest.raises(StorageError):
        list(store.lying(key))


def test_an_object_serves_under_its_own_key_only(
    store: EncryptedStore, rows: Rows, key: str, tmp_path: Path
) -> None:
    other = new_key("content", encrypted=True)
    store.put(key, BytesIO(b"salary"))
    store.put(other, BytesIO(b"agenda"))
    (tmp_path / "objects" / other).write_bytes((tmp_path / "objects" / key).read_bytes())
    rows[other] = rows[key]
    with pytest.raises(ChecksumMismatch):
        whole(store, other)


@pytest.mark.requirement("R-SEC-5")
def test_without_its_data_key_every_copy_is_gone(
    store: EncryptedStore, rows: Rows, master: MasterKeys, key: str, tmp_path: Path
) -> None:
    second = around(disk(tmp_path / "second"), rows, master)
    store.put(key, BytesIO(b"customer list"))
    second.put(key, BytesIO(b"customer list"))
    assert whole(second, key) == b"customer list"
    assert (tmp_path / "objects" / key).read_bytes() != (tmp_path / "second" / key).read_bytes()
    store.delete(key)
    assert second.inside.stat(key).size > 0
    with pytest.raises(ObjectMissing, match="destroyed"):
        second.open(key)


def test_a_missing_master_key_is_named(store: EncryptedStore, rows: Rows, key: str, tmp_path: Path) -> None:
    store.put(key, BytesIO(b"customer list"))
    stranger = around(disk(tmp_path / "objects"), rows, MasterKeys(""))
    with pytest.raises(KeyMissing, match=rows[key].master):
        stranger.open(key)
    with pytest.raises(KeyMissing, match="FONDS_MASTER_KEY"):
        stranger.put(new_key("content", encrypted=True), BytesIO(b"x"))


def test_nothing_encrypted_is_presigned(store: EncryptedStore, key: str) -> None:
    store.put(key, BytesIO(b"x"))
    with pytest.raises(PresignRefused):
        store.presign("GET", key, expires=MINUTE)
    plain = new_key("content")
    store.put(plain, BytesIO(b"x"))
    link = store.presign("GET", plain, expires=MINUTE)
    query = dict(parse_qsl(urlsplit(link.url).query))
    store.verify("GET", plain, query)
    with pytest.raises(PresignRefused):
        store.verify("GET", key, query)


def test_parts_come_in_any_order_and_again(store: EncryptedStore, key: str) -> None:
    size = 2 * 8 * MIB + 5
    data = random.Random(9).randbytes(size)
    upload = store.parts.begin(key, size)
    for number in (3, 1, 2, 1):
        start, length = place(size, number)
        link = store.parts.sign(key, upload, number, expires=MINUTE)
        assert store.parts.verify(key, dict(parse_qsl(urlsplit(link.url).query))) == (upload, number)
        clear = data[start : start + length]
        md5 = hashlib.md5(clear, usedforsecurity=False).digest()
        sent = store.parts.send(key, upload, ComingPart(number, BytesIO(clear), md5, length))
        assert (sent.number, sent.size) == (number, length)
    assert [part.size for part in store.parts.list(key, upload)] == [8 * MIB, 8 * MIB, 5]
    assert part_count(size) == 3
    assert store.parts.complete(key, upload, size).size == size
    assert store.parts.complete(key, upload, size).size == size
    assert whole(store, key) == data
    assert whole(store, key, start=8 * MIB - 3, end=8 * MIB + 3) == data[8 * MIB - 3 : 8 * MIB + 3]


@pytest.mark.parametrize("wrong", [b"short", b"x" * (MIB + 1), b"y" * MIB])
def test_a_wrong_part_is_not_there(store: EncryptedStore, key: str, wrong: bytes) -> None:
    upload = store.parts.begin(key, MIB)
    md5 = hashlib.md5(b"x" * MIB, usedforsecurity=False).digest()
    with pytest.raises(ChecksumMismatch):
        store.parts.send(key, upload, ComingPart(1, BytesIO(wrong), md5))
    assert list(store.parts.list(key, upload)) == []


def test_an_upload_given_up_takes_its_key_along(store: EncryptedStore, rows: Rows, key: str) -> None:
    upload = store.parts.begin(key, MIB)
    assert key in rows
    store.parts.abort(key, upload)
    store.parts.abort(key, upload)
    assert not rows


def test_a_copy_as_it_lies_is_proved_on_the_way(store: EncryptedStore, key: str, tmp_path: Path) -> None:
    data = random.Random(2).randbytes(3 * MIB)
    store.put(key, BytesIO(data))
    lying = b"".join(store.lying(key, sha256=hashlib.sha256(data).hexdigest()))
    assert lying == (tmp_path / "objects" / key).read_bytes()
    with pytest.raises(ChecksumMismatch):
        list(store.lying(key, sha256="0" * 64))


def test_a_changed_key_file_is_read_again_and_old_keys_still_open(master: MasterKeys, tmp_path: Path) -> None:
    other = MasterKeys((tmp_path / "master.key").as_uri())
    before = master.wrap(b"d" * 32, "name")
    fresh = master.add()
    assert other.ids()[0] == fresh
    assert other.unwrap(before, "name") == b"d" * 32
    with pytest.raises(ChecksumMismatch):
        other.unwrap(before, "another name")
    master.retire({before.master})
    with pytest.raises(KeyMissing, match=before.master):
        other.unwrap(before, "name")
    assert (tmp_path / "master.key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("address", ["keys:", "keys:abc", "file:///nowhere/at/all", "keys:" + "A" * 44])
def test_what_is_no_key_is_refused_in_words(address: str) -> None:
    with pytest.raises(ValueError, match="master key"):
        MasterKeys(address)
