"""A share of a real Samba as an origin of migrations: listed, read, and nothing else. Debian's `smbd` is started."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ingest.migrate.opening import open_origin
from ingest.migrate.port import OriginUnusable
from tests.ports import free_port

pytestmark = pytest.mark.server

CONFIG = """[global]
workgroup = WORKGROUP
server role = standalone server
passdb backend = tdbsam
smb ports = {port}
interfaces = 127.0.0.1
bind interfaces only = yes
disable netbios = yes
disable spoolss = yes
load printers = no
{folders}
[营销]
path = {root}
read only = yes
valid users = {user}
follow symlinks = no
"""
FOLDERS = ("lock", "state", "cache", "pid", "private", "ncalrpc")


@pytest.fixture(scope="module")
def share(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a share, and the folder behind it."""
    smbd = shutil.which("smbd", path=f"{os.environ['PATH']}:/usr/sbin")
    assert smbd, "there is no smbd: apt-get install samba"
    home, root = tmp_path_factory.mktemp("samba"), tmp_path_factory.mktemp("share")
    for folder in FOLDERS:
        (home / folder).mkdir()
    (root / "合同/2023").mkdir(parents=True)
    (root / "合同/2023/购销.txt").write_text("购销合同", "utf-8")
    (root / "large.bin").write_bytes(os.urandom(3 << 20))
    (root / "Thumbs.db").write_text("x")
    (root / "空.txt").touch()
    port = free_port()
    names = {"pid": "pid directory", "private": "private dir", "ncalrpc": "ncalrpc dir"}
    folders = "\n".join(f"{names.get(one, f'{one} directory')} = {home / one}" for one in FOLDERS)
    user = getpass.getuser()
    (home / "smb.conf").write_text(CONFIG.format(port=port, folders=folders, root=root, user=user), "utf-8")
    adding = [smbd.replace("/sbin/smbd", "/bin/smbpasswd"), "-c", str(home / "smb.conf"), "-s", "-a", user]
    subprocess.run(adding, input=b"geheim\ngeheim\n", check=True, capture_output=True)
    command = [smbd, "--foreground", "--no-process-group", "-s", str(home / "smb.conf"), "-l", str(home)]
    out = subprocess.DEVNULL
    process = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)
    try:
        _wait_for(port, process)
        yield f"smb://{user}:geheim@127.0.0.1:{port}/营销", root
    finally:
        process.terminate()
        process.wait(180)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("smbd did not start")


@pytest.mark.requirement("R-CAP-3")
def test_a_share_is_listed_and_read(share: tuple[str, Path]) -> None:
    address, root = share
    with closing(open_origin(address)) as origin:
        found = {entry.path: entry for entry in origin.entries()}
        assert {path: (one.kind, one.reason) for path, one in found.items()} == {
            "合同/2023/购销.txt": ("file", ""),
            "large.bin": ("file", ""),
            "Thumbs.db": ("set_aside", "junk"),
            "空.txt": ("set_aside", "empty"),
        }
        for path in ("合同/2023/购销.txt", "large.bin"):
            with closing(origin.open(found[path])) as stream:
                assert b"".join(iter(lambda: stream.read(1 << 16) or b"", b"")) == (root / path).read_bytes()
            assert found[path].modified is not None
        stamps = {path: one.stamp for path, one in found.items()}
        assert {entry.path: entry.stamp for entry in origin.entries()} == stamps
        (root / "large.bin").unlink()
        with pytest.raises(OSError):
            origin.open(found["large.bin"])


def test_a_share_that_is_not_there_is_told(share: tuple[str, Path]) -> None:
    address, _ = share
    with (
        closing(open_origin(address.replace("营销", "没有"))) as origin,
        pytest.raises(OriginUnusable) as fault,
    ):
        next(origin.entries())
    assert "geheim" not in fault.value.chinese
