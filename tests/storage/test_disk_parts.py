"""Disk parts: what lies on the disk, and what rivals and crashes leave (the contract has the rest)."""

import threading
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest

from storage.disk import DiskStore
from storage.keys import new_key
from storage.port import ComingPart, ObjectMissing, StoreFull, StoreUnavailable

MIB = 1 << 20
STEP = 8 * MIB


class Clock:
    now = datetime.now(UTC)

    def __call__(self):
        return self.now


@pytest.fixture
def root(tmp_path):
    return tmp_path / "objects"


@pytest.fixture
def store(root):
    clock = Clock()
    store = DiskStore(root, sign_key=b"k" * 32, base_url="http://archive.example", clock=clock)
    store.clock = clock
    return store


@pytest.fixture
def key():
    return new_key("content")


def files(root):
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def part(number, data):
    return ComingPart(number, BytesIO(data))


def test_nothing_but_the_object_is_left(store, root, key):
    upload = store.parts.begin(key, STEP + 1)
    store.parts.send(key, upload, part(2, b"z"))
    store.parts.send(key, upload, part(1, b"a" * STEP))
    store.parts.complete(key, upload, STEP + 1)
    assert files(root) == [key]
    assert (root / key).stat().st_mode & 0o077 == 0
    assert (root / key).stat().st_nlink == 1
    assert list((root / "parts").iterdir()) == []


@pytest.mark.requirement("B23")
def test_an_upload_s_name_leads_nowhere_else(store, root, key):
    (root / "parts" / "outside").mkdir()
    for foreign in ("../tmp", "outside", "", "."):
        with pytest.raises(ObjectMissing):
            store.parts.list(key, foreign)
        store.parts.abort(key, foreign)
    assert (root / "parts" / "outside").is_dir()


def test_while_a_part_is_written_it_is_nobody_else_s(store, key):
    upload = store.parts.begin(key, 10)
    arrived, go_on = threading.Event(), threading.Event()

    class Slow(BytesIO):
        def read(self, limit=-1):
            arrived.set()
            assert go_on.wait(180)
            return super().read(limit)

    slow = threading.Thread(target=lambda: store.parts.send(key, upload, ComingPart(1, Slow(b"0123456789"))))
    slow.start()
    assert arrived.wait(180)
    for rival in (
        lambda: store.parts.send(key, upload, part(1, b"abcdefghij")),
        lambda: store.parts.complete(key, upload, 10),
    ):
        with pytest.raises(StoreUnavailable):
            rival()
    go_on.set()
    slow.join(180)
    store.parts.complete(key, upload, 10)
    assert b"".join(store.open(key)) == b"0123456789"


def test_a_crash_between_the_name_and_the_tidying_is_no_loss(store, root, key):
    upload = store.parts.begin(key, 3)
    store.parts.send(key, upload, part(1, b"abc"))
    data = root / "parts" / upload / "data.3"
    (root / key).parent.mkdir(parents=True)
    (root / key).hardlink_to(data)
    assert store.parts.complete(key, upload, 3).size == 3
    assert b"".join(store.open(key)) == b"abc"
    assert not data.exists()


def test_a_disk_without_room_takes_no_upload(root, key):
    full = DiskStore(
        root, sign_key=b"k" * 32, base_url="", clock=lambda: datetime.now(UTC), reserve_bytes=1 << 60
    )
    with pytest.raises(StoreFull):
        full.parts.begin(key, 1)
    assert files(root) == []


def test_what_nobody_has_sent_to_for_a_month_is_swept(store, root, key):
    upload = store.parts.begin(key, 3)
    store.parts.send(key, upload, part(1, b"abc"))
    assert store.sweep(timedelta(hours=24)) == 0
    store.clock.now += timedelta(days=31)
    assert store.sweep(timedelta(hours=24)) == 1
    assert files(root) == []
