"""Archive files as origins: every member once, names decoded together, nothing unpacked by a name from inside."""

import io
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from contextlib import closing
from datetime import UTC, date
from pathlib import Path

import py7zr
import pytest

from ingest.files.names import file_name
from ingest.files.walk import Entry, SourceChanged
from ingest.migrate.opening import open_origin
from ingest.migrate.packages import zip_time
from ingest.migrate.port import Origin, OriginUnusable
from service.domain.dates import day_of

FILES = {"合同/购销.txt": b"contract", "合同/纪要.txt": b"minutes" * 1000}


def everything(origin: Origin) -> dict[str, tuple[str, str]]:
    return {entry.path: (entry.kind, entry.reason) for entry in origin.entries()}


def bytes_of(origin: Origin, entry: Entry) -> bytes:
    with closing(origin.open(entry)) as stream:
        return b"".join(iter(lambda: stream.read(1 << 16) or b"", b""))


def zip_with_raw_names(path: Path, names: dict[bytes, bytes]) -> None:
    """A zip as Windows in China makes it: names in the code page, no flag of UTF-8."""
    body, directory = b"", b""
    for raw, data in names.items():
        head = struct.pack(
            "<HHHHHIIIHH", 20, 0, 0, 0, 0x5821, zlib.crc32(data), len(data), len(data), len(raw), 0
        )
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + head
        directory += struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + raw
        body += b"PK\x03\x04" + head + raw + data
    end = struct.pack("<HHHHIIH", 0, 0, len(names), len(names), len(directory), len(body), 0)
    path.write_bytes(body + directory + b"PK\x05\x06" + end)


def a_zip(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in FILES.items():
            package.writestr(name, data)
    return folder / "a.zip"


def a_tar(folder: Path) -> Path:
    with tarfile.open(folder / "a.tar.gz", "w:gz") as package:
        for name, data in FILES.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            info.uname = "王芳"
            package.addfile(info, io.BytesIO(data))
    return folder / "a.tar.gz"


def a_seven(folder: Path) -> Path:
    with py7zr.SevenZipFile(folder / "a.7z", "w") as package:
        for name, data in FILES.items():
            package.writestr(data, name)
    return folder / "a.7z"


def a_rar(folder: Path) -> Path:
    """Stored, as no program but WinRAR makes them."""

    def block(kind: int, flags: int, rest: bytes) -> bytes:
        head = struct.pack("<BHH", kind, flags, 7 + len(rest)) + rest
        return struct.pack("<H", zlib.crc32(head) & 0xFFFF) + head

    body = b"Rar!\x1a\x07\x00" + block(0x73, 0, b"\0" * 6)
    for name, data in FILES.items():
        raw = name.encode()
        fields = (len(data), len(data), 3, zlib.crc32(data), 0x58210000, 29, 0x30, len(raw), 0o100644)
        body += block(0x74, 0x8000, struct.pack("<IIBIIBBHI", *fields) + raw) + data
    (folder / "a.rar").write_bytes(body)
    return folder / "a.rar"


@pytest.mark.requirement("R-CAP-3")
@pytest.mark.parametrize("make", [a_zip, a_tar, a_seven, a_rar])
def test_every_member_is_a_file(tmp_path: Path, make: object) -> None:
    with closing(open_origin(str(make(tmp_path)))) as origin:  # type: ignore[operator]
        entries = list(origin.entries())
        assert {entry.path: bytes_of(origin, entry) for entry in entries} == FILES
        assert [entry.path for entry in origin.entries()] == [entry.path for entry in entries]
        assert all(entry.stamp for entry in entries)


@pytest.mark.requirement("B23")
@pytest.mark.parametrize(
    ("encoding", "name"), [("gbk", "合同扫描件/南方通信返利.txt"), ("cp932", "見積書/テスト.txt")]
)
def test_names_of_another_code_page_are_decoded_and_kept(tmp_path: Path, encoding: str, name: str) -> None:
    raw = name.encode(encoding)
    zip_with_raw_names(tmp_path / "a.zip", {raw: b"x", b"plain.txt": b"y"})
    with closing(open_origin(str(tmp_path / "a.zip"))) as origin:
        found = {entry.path: entry for entry in origin.entries()}
        assert set(found) == {name, "plain.txt"}
        assert found[name].raw == raw
        assert not found[name].utf8
        assert bytes_of(origin, found[name]) == b"x"
    assert file_name(raw) == name


def test_what_is_no_file_for_an_archive_is_set_aside(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as package:
        link = zipfile.ZipInfo("link.txt")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        package.writestr(link, "/etc/passwd")
        package.writestr("../../etc/cron.d/evil.txt", "x")
        package.writestr("Thumbs.db", "x")
        package.writestr("空.txt", "")
        package.writestr("__MACOSX/._a.txt", "x")
        package.writestr("twice.txt", "1")
        with pytest.warns(UserWarning, match="Duplicate"):
            package.writestr("twice.txt", "2")
    with closing(open_origin(str(tmp_path / "a.zip"))) as origin:
        assert everything(origin) == {
            "link.txt": ("set_aside", "link"),
            "etc/cron.d/evil.txt": ("file", ""),
            "Thumbs.db": ("set_aside", "junk"),
            "空.txt": ("set_aside", "empty"),
            "__MACOSX/._a.txt": ("set_aside", "junk"),
            "twice.txt": ("file", ""),
            "twice.txt#2": ("file", ""),
        }
        assert [bytes_of(origin, one) for one in origin.entries() if "twice" in one.path] == [b"1", b"2"]


def test_a_damaged_member_is_a_fault_and_never_half_a_file(tmp_path: Path) -> None:
    path = a_zip(tmp_path)
    data = bytearray(path.read_bytes())
    data[45:50] = b"\xff" * 5
    path.write_bytes(data)
    with closing(open_origin(str(path))) as origin, pytest.raises((OSError, SourceChanged)):
        bytes_of(origin, next(origin.entries()))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.txt", b"words", "不是文件夹"),
        ("a.zip", b"PK\x03\x04" + b"x" * 60, "损坏"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c" + b"\0" * 60, "损坏"),
        ("a.tar", b"\0" * 257 + b"ustar" + b"x" * 250, "损坏"),
    ],
)
def test_what_is_no_archive_is_told(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)

    def listed() -> None:
        with closing(open_origin(str(tmp_path / name))) as origin:
            list(origin.entries())

    with pytest.raises(OriginUnusable) as fault:
        listed()
    assert said in fault.value.chinese


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/nonexistent/folder", "没有"),
        ("ftp://host/folder", "不认识"),
        ("smb://server", "smb://服务器/共享"),
        ("smb://user:p[ss@server/share", "读不懂"),
    ],
)
def test_an_address_that_leads_nowhere_is_told_without_its_password(address: str, said: str) -> None:
    with pytest.raises(OriginUnusable) as fault:
        open_origin(address)
    assert said in fault.value.chinese
    assert "p[ss" not in fault.value.chinese + fault.value.english


def test_addresses_are_shown_without_passwords() -> None:
    assert open_origin("smb://me:secret@nas/营销/2024").address == "smb://nas/营销/2024"
    s3 = open_origin("s3+https://key:secret@store:9000/bucket/2024/")
    assert s3.address == "s3+https://store:9000/bucket/2024"


def test_owner_and_version_of_a_file_are_known(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    os.utime(tmp_path / "a.txt", ns=(1, 1_700_000_000_000_000_001))
    (entry,) = open_origin(str(tmp_path)).entries()
    assert entry.stamp == "1700000000000000001"
    assert entry.owner


def test_the_clock_of_who_packed_it_is_the_companys() -> None:
    """A ZIP tells no zone: packed in the evening it was changed that evening, not the next morning."""
    packed = zip_time((2026, 3, 2, 20, 15, 0))
    assert packed is not None
    assert (day_of(packed), packed.astimezone(UTC).hour) == (date(2026, 3, 2), 12)
    assert zip_time((2026, 13, 2, 0, 0, 0)) is None
