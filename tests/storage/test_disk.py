"""Disk: what its own faults do, beyond the contract that all stores share (tests/contract)."""

import errno
import os
import signal
import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from storage.disk import DiskStore
from storage.keys import new_key
from storage.port import KeyRefused, ObjectMissing, PresignRefused, StoreFull, StoreUnavailable

NOW = datetime.now(UTC)


def disk(root, **more):
    return DiskStore(root, sign_key=b"k" * 32, base_url="http://archive.example", clock=lambda: NOW, **more)


@pytest.fixture
def root(tmp_path):
    return tmp_path / "objects"


@pytest.fixture
def store(root):
    return disk(root)


def files(root):
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_an_object_is_one_file_that_only_the_owner_reads(store, root):
    key = new_key("content")
    store.put(key, BytesIO(b"abc"))
    assert files(root) == [key]
    assert (root / key).read_bytes() == b"abc"
    assert (root / key).stat().st_mode & 0o077 == 0
    assert (root / key).stat().st_nlink == 1


@pytest.mark.requirement("B23")
def test_every_operation_refuses_what_is_no_key(store, root, tmp_path):
    canary = tmp_path / "canary"
    canary.write_text("untouched")
    for operation in (
        lambda: store.put("../canary", BytesIO(b"x")),
        lambda: store.open("../canary"),
        lambda: store.stat("../canary"),
        lambda: store.delete("../canary"),
        lambda: store.presign("GET", "../canary", expires=timedelta(minutes=1)),
    ):
        with pytest.raises(KeyRefused):
            operation()
    assert canary.read_text() == "untouched"
    assert files(root) == []


@pytest.mark.requirement("F08")
def test_a_failed_fsync_is_never_acknowledged_and_never_repeated(store, root, monkeypatch):
    asked = []

    def failing(descriptor):
        asked.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(StoreUnavailable, match="sync"):
        store.put(new_key("content"), BytesIO(b"abc"))
    assert files(root) == []
    assert len(asked) == 1
    assert asked[0].startswith(str(root / "tmp"))


@pytest.mark.requirement("F08")
def test_a_folder_that_cannot_be_synced_takes_the_object_back(store, root, monkeypatch):
    first, second = new_key("content"), ""
    store.put(first, BytesIO(b"abc"))
    second = first[:-4] + ("0000" if first[-4:] != "0000" else "1111")
    real = os.fsync

    def failing(descriptor):
        if Path(f"/proc/self/fd/{descriptor}").is_dir():
            raise OSError(errno.EIO, "Input/output error")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(StoreUnavailable):
        store.put(second, BytesIO(b"abc"))
    assert files(root) == [first]


@pytest.mark.requirement("F09")
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_without_room_says_so_and_goes_on_reading(store, root, monkeypatch, number):
    key = new_key("content")
    store.put(key, BytesIO(b"abc"))
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(number, os.strerror(number))))
        with pytest.raises(StoreFull):
            store.put(new_key("content"), BytesIO(b"abc"))
    assert files(root) == [key]
    assert b"".join(store.open(key)) == b"abc"
    store.put(new_key("content"), BytesIO(b"abc"))


@pytest.mark.requirement("F09")
def test_the_reserve_is_kept_before_the_disk_is_full(root):
    store = disk(root, reserve_bytes=1 << 60)
    source = BytesIO(b"abc")
    with pytest.raises(StoreFull):
        store.put(new_key("content"), source)
    assert source.tell() == 0
    with pytest.raises(StoreUnavailable, match="no room"):
        store.ready()
    assert files(root) == []


@pytest.mark.requirement("F09")
def test_a_promised_size_without_room_is_refused_before_a_byte_is_read(store, root):
    source = BytesIO(b"abc")
    with pytest.raises(StoreFull):
        store.put(new_key("content"), source, size=1 << 60)
    assert source.tell() == 0
    assert files(root) == []


@pytest.mark.requirement("F09")
def test_a_disk_that_fills_up_while_writing_leaves_nothing(root, monkeypatch):
    store = disk(root, reserve_bytes=0)

    class Filling(BytesIO):
        def read(self, limit=-1):
            store._reserve = 1 << 60
            return super().read(limit)

    with pytest.raises(StoreFull):
        store.put(new_key("content"), Filling(b"abc"))
    assert files(root) == []


def test_a_fault_of_the_source_is_not_called_one_of_the_disk(store, root):
    class Cut(BytesIO):
        def read(self, limit=-1):
            raise ConnectionResetError(errno.ECONNRESET, "the client went away")

    with pytest.raises(ConnectionResetError):
        store.put(new_key("content"), Cut())
    assert files(root) == []


@pytest.mark.requirement("F01")
def test_a_killed_writer_leaves_temporary_files_only_which_are_swept_by_age(root):
    key = new_key("content")
    program = textwrap.dedent(f"""
        import os, signal
        from datetime import UTC, datetime
        from pathlib import Path
        from storage.disk import DiskStore

        class Killing:
            left = 3
            def read(self, limit):
                self.left -= 1
                if not self.left:
                    os.kill(os.getpid(), signal.SIGKILL)
                return b"x" * limit

        store = DiskStore(Path({str(root)!r}), sign_key=b"k" * 32, base_url="", clock=lambda: datetime.now(UTC))
        store.put({key!r}, Killing())
    """)
    ended = subprocess.run([sys.executable, "-c", program], check=False, cwd=Path(__file__).parents[2])
    assert ended.returncode == -signal.SIGKILL
    (left,) = files(root)
    assert left.startswith("tmp/")
    store = disk(root)
    assert list(store.list()) == []
    assert store.sweep(timedelta(hours=24)) == 0
    old = (NOW - timedelta(hours=25)).timestamp()
    os.utime(root / left, (old, old))
    assert store.sweep(timedelta(hours=24)) == 1
    assert files(root) == []


def test_sweeping_touches_no_object(store, root):
    key = new_key("content")
    store.put(key, BytesIO(b"abc"))
    os.utime(root / key, (0, 0))
    assert store.sweep(timedelta(0)) == 0
    assert files(root) == [key]


@pytest.mark.requirement("F12")
def test_a_file_cut_while_it_is_read_is_a_fault(store, root):
    key = new_key("content")
    store.put(key, BytesIO(b"x" * (3 << 20)))
    chunks = store.open(key)
    next(chunks)
    os.truncate(root / key, 1 << 20)
    with pytest.raises(StoreUnavailable, match="early"):
        list(chunks)


def test_a_disk_that_is_not_mounted_is_not_an_empty_store(store, root):
    key = new_key("content")
    store.put(key, BytesIO(b"abc"))
    root.rename(root.with_name("elsewhere"))
    for operation in (
        lambda: store.stat(key),
        lambda: store.open(key),
        lambda: store.delete(key),
        lambda: list(store.list()),
        lambda: store.put(new_key("content"), BytesIO(b"x")),
        store.ready,
    ):
        with pytest.raises(StoreUnavailable):
            operation()
    root.with_name("elsewhere").rename(root)
    store.ready()
    assert store.stat(key).size == 3


def test_ready_leaves_nothing(store, root):
    store.ready()
    assert files(root) == []


def test_what_others_put_there_is_not_listed(store, root):
    key = new_key("text")
    store.put(key, BytesIO(b"abc"))
    for stray in ("text/readme", "content.bak/x", f"{key[:7]}/.DS_Store", f"tmp/{'0' * 32}"):
        (root / stray).parent.mkdir(exist_ok=True)
        (root / stray).write_bytes(b"stray")
    (root / "preview").symlink_to(root / "text")
    assert [found.key for found in store.list()] == [key]


def test_a_folder_that_another_process_made_is_used(store, root):
    key = new_key("content")
    (root / key).parent.mkdir(parents=True)
    store.put(key, BytesIO(b"abc"))
    assert store.stat(key).size == 3


def test_a_second_store_over_the_same_directory_sees_everything(store, root):
    key = new_key("content")
    store.put(key, BytesIO(b"abc"))
    assert b"".join(disk(root).open(key)) == b"abc"


@pytest.mark.requirement("B46")
def test_a_presigned_request_is_verified(store):
    key = new_key("content")
    request = store.presign("GET", key, expires=timedelta(minutes=1), filename="合同.pdf")
    query = dict(parse_qsl(urlsplit(request.url).query))
    store.verify("GET", key, query)
    with pytest.raises(PresignRefused):
        store.verify("PUT", key, query)
    assert query["signature"] not in repr(request)


def test_a_root_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable, match="prepare"):
        disk(tmp_path / "file" / "objects")


def test_a_missing_object_is_missing(store):
    with pytest.raises(ObjectMissing):
        store.open(new_key("content"))
