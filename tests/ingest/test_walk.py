"""Walking a folder: everything once, nothing followed, nothing waited for, changes noticed."""

import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.files.walk import Entry, SourceChanged, open_source, walk


def fates(root: Path) -> dict[str, tuple[str, str]]:
    return {entry.path: (entry.kind, entry.reason) for entry in walk(root)}


def only(root: Path) -> Entry:
    (entry,) = walk(root)
    return entry


def test_every_entry_that_is_no_folder_comes_once(tmp_path: Path) -> None:
    for name in ("b.txt", "a/c.txt", "a/d/e.txt", "a/d/f.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "leer").mkdir()
    assert [entry.path for entry in walk(tmp_path)] == ["a/c.txt", "a/d/e.txt", "a/d/f.txt", "b.txt"]
    assert all(entry.kind == "file" for entry in walk(tmp_path))


@pytest.mark.parametrize(
    "name", ["~$合同.docx", "Thumbs.db", "thumbs.db", ".DS_Store", "desktop.ini", "._照片.jpg"]
)
def test_junk_is_set_aside(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("x")
    assert fates(tmp_path) == {name: ("set_aside", "junk")}


def test_special_files_are_set_aside_by_kind(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to("/etc/passwd")
    (tmp_path / "loop").symlink_to(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        assert fates(tmp_path) == {
            **{name: ("set_aside", name) for name in ("empty", "fifo", "link", "socket")},
            "loop": ("set_aside", "link"),
        }


def test_a_device_is_set_aside() -> None:
    assert fates(Path("/dev"))["null"] == ("set_aside", "device")


@pytest.mark.requirement("B23")
@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("合同.pdf".encode("gb18030"), "合同.pdf"),
        ("合同.pdf".encode(), "合同.pdf"),
        (b"a\xff\xfe.txt", None),
        (b"line\nbreak \x1b[31m.txt", "line\nbreak \x1b[31m.txt"),
        (b"x" * 255, "x" * 255),
        (b"-rf", "-rf"),
    ],
    ids=["gbk", "utf8", "neither", "control", "long", "dash"],
)
def test_names_keep_their_bytes_and_are_shown_to_people(
    tmp_path: Path, raw: bytes, shown: str | None
) -> None:
    (tmp_path / os.fsdecode(raw)).write_text("x")
    entry = only(tmp_path)
    assert entry.raw == raw
    assert entry.utf8 == (shown is not None and shown.encode() == raw)
    if shown is not None:
        assert entry.path == shown
    entry.path.encode()
    with open_source(entry) as source:
        assert source.read() == b"x"


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that every user reaches, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def test_a_file_that_may_not_be_read_failed(public_folder: Path, request: pytest.FixtureRequest) -> None:
    (public_folder / "a.txt").write_text("x")
    (public_folder / "a.txt").chmod(0)
    request.getfixturevalue("unprivileged")
    assert fates(public_folder) == {"a.txt": ("failed", "unreadable")}


def test_a_folder_that_cannot_be_listed_is_said(public_folder: Path, request: pytest.FixtureRequest) -> None:
    (public_folder / "zu").mkdir()
    (public_folder / "zu" / "a.txt").write_text("x")
    (public_folder / "b.txt").write_text("x")
    (public_folder / "zu").chmod(0)
    request.getfixturevalue("unprivileged")
    found = fates(public_folder)
    (public_folder / "zu").chmod(0o700) if os.geteuid() == os.getuid() else None
    assert found == {"zu": ("failed", "unreadable_folder"), "b.txt": ("file", "")}


def test_a_root_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="missing"):
        list(walk(tmp_path / "missing"))


@pytest.mark.parametrize("change", ["grows", "shrinks", "is touched"])
def test_a_change_while_reading_is_noticed(tmp_path: Path, change: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * 100_000)
    with open_source(only(tmp_path)) as source:
        assert source.size == 100_000
        source.read(10)
        if change == "grows":
            with path.open("ab") as more:
                more.write(b"y")
        elif change == "shrinks":
            os.truncate(path, 50)
        else:
            os.utime(path, ns=(1, 1))
        with pytest.raises(SourceChanged):
            source.readall()


@pytest.mark.parametrize("becomes", ["link", "fifo"])
def test_what_became_something_else_is_not_opened(tmp_path: Path, becomes: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x")
    entry = only(tmp_path)
    path.unlink()
    if becomes == "link":
        path.symlink_to("/etc/passwd")
    else:
        os.mkfifo(path)
    with pytest.raises(OSError, match=r"Too many levels|no plain file"):
        open_source(entry)


def test_a_file_that_vanished_between_listing_and_opening(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    entry = only(tmp_path)
    (tmp_path / "a.txt").unlink()
    with pytest.raises(FileNotFoundError):
        open_source(entry)


def test_very_deep_folders_do_not_end_the_walk(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=here)
        deeper = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    os.close(here)
    (tmp_path / "z.txt").write_text("x")
    try:
        assert "z.txt" in [entry.path for entry in walk(tmp_path)]
    finally:  # too deep for Python's own removal, which the next run would begin with
        subprocess.run(["rm", "-rf", str(tmp_path / "d")], check=True)
