"""Archives inside an origin: members as files, depth and size limited, whole where they cannot be opened."""

import io
import zipfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from ingest.files.walk import Entry
from ingest.migrate.folder import FolderOrigin
from ingest.migrate.inside import DEEPEST, KEPT, InsideOrigin
from ingest.migrate.packages import Limits
from tests.ingest.migrate.test_packages import FILES, a_rar, a_seven, a_tar, a_zip, zip_with_raw_names


def packed(members: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in members.items():
            package.writestr(zipfile.ZipInfo(name, (2023, 5, 6, 0, 0, 0)), data)
    return out.getvalue()


def told(entries: list[Entry]) -> dict[str, tuple[str, str]]:
    return {entry.path: (entry.kind, entry.reason) for entry in entries}


def read(origin: InsideOrigin, entry: Entry) -> bytes:
    with closing(origin.open(entry)) as stream:
        return b"".join(iter(lambda: stream.read(1 << 16) or b"", b""))


@pytest.mark.requirement("R-CAP-3")
def test_members_of_every_kind_of_archive_come_as_files_of_their_own(tmp_path: Path) -> None:
    for make in (a_zip, a_tar, a_seven, a_rar):
        make(tmp_path)
    (tmp_path / "报价.docx").write_bytes(packed({"word/document.xml": b"<x/>"}))
    with closing(InsideOrigin(FolderOrigin(tmp_path))) as origin:
        found = list(origin.entries())
        assert [one.reason for one in found if one.kind == "set_aside"] == ["opened"] * 4
        inner = [one for one in found if one.kind == "file" and "/" in one.path]
        assert len(inner) == 4 * len(FILES)
        assert all(read(origin, one) == FILES[one.path.partition("/")[2]] for one in inner)
        assert told(found)["报价.docx"] == ("file", "")


@pytest.mark.requirement("R-CAP-3")
def test_an_archive_within_archives_is_opened_to_a_limit_with_its_old_names(tmp_path: Path) -> None:
    zip_with_raw_names(tmp_path / "旧.zip", {"合同".encode("gbk") + b".txt": b"old"})
    nested = packed({"旧.zip": (tmp_path / "旧.zip").read_bytes()})
    for _ in range(DEEPEST):
        nested = packed({"n.zip": nested})
    (tmp_path / "旧.zip").rename(tmp_path / "a.zip")
    (tmp_path / "deep.zip").write_bytes(nested)
    with closing(InsideOrigin(FolderOrigin(tmp_path))) as origin:
        found = {entry.path: entry for entry in origin.entries()}
        assert found["a.zip/合同.txt"].raw == b"a.zip/" + "合同".encode("gbk") + b".txt"
        assert read(origin, found["a.zip/合同.txt"]) == b"old"
        deepest = "deep.zip" + "/n.zip" * DEEPEST
        assert found[deepest].kind == "file"
        assert zipfile.ZipFile(io.BytesIO(read(origin, found[deepest]))).namelist() == ["旧.zip"]


def test_what_cannot_be_opened_comes_whole(tmp_path: Path) -> None:
    many = packed({f"{n}.txt": b"x" for n in range(6)})
    locked = bytearray(packed({"a.txt": b"x"}))
    locked[6] |= 1
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    large = packed({"a.txt": b"\0" * 5000})
    for name, data in {
        "many.zip": many,
        "locked.zip": bytes(locked),
        "large.zip": large,
        "not.zip": b"PK no archive",
        "text.rar": b"text",
    }.items():
        (tmp_path / name).write_bytes(data)
    a_tar(tmp_path)
    with closing(InsideOrigin(FolderOrigin(tmp_path), limits=Limits(members=5, unpacked=4000))) as origin:
        found = list(origin.entries())
        assert {entry.kind for entry in found} == {"file"}
        assert {entry.path for entry in found} == {path.name for path in tmp_path.iterdir()}


def test_an_archive_packed_anew_changes_nothing_of_its_members(tmp_path: Path) -> None:
    def versions() -> dict[str, str]:
        with closing(InsideOrigin(FolderOrigin(tmp_path))) as origin:
            return {entry.path: entry.stamp for entry in origin.entries()}

    (tmp_path / "a.zip").write_bytes(packed({"1.txt": b"1"}))
    before = versions()
    (tmp_path / "a.zip").write_bytes(packed({"1.txt": b"1", "2.txt": b"2"}))
    after = versions()
    assert before["a.zip/1.txt"] == after["a.zip/1.txt"]
    assert before["a.zip"] != after["a.zip"]


def test_copies_are_few_and_go_when_nobody_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    share = tmp_path / "share"
    share.mkdir()
    for n in range(KEPT + 4):
        (share / f"{n}.zip").write_bytes(packed({"a.txt": str(n).encode()}))
    origin = InsideOrigin(FolderOrigin(share))
    found = {entry.path: entry for entry in origin.entries()}
    assert len(list(scratch.iterdir())) == KEPT
    with closing(origin.open(found["0.zip/a.txt"])) as stream:
        for n in range(KEPT + 4):
            assert read(origin, found[f"{n}.zip/a.txt"]) == str(n).encode()
        assert stream.read(10) == b"0"
    assert len(list(scratch.iterdir())) == KEPT
    origin.close()
    assert not list(scratch.iterdir())
