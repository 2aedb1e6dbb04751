"""A clamd of one's own: Debian's `clamd` with two signatures made here, on a unix socket and on a port of loopback."""

import hashlib
import os
import shutil
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

from benchmarks.deployment import until
from tests.ports import free_port

DEPLOYED = Path(__file__).parents[1] / "deploy/clamav/clamd.conf"
START_SECONDS = 240.0
MADE_UP = b"A file that nobody but this test calls bad.\n"
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}" + rb"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""In two pieces, so that this very file is not found infected."""
SMALL = {"StreamMaxLength": "3M", "MaxFileSize": "2M", "MaxScanSize": "2500K"}
"""Limits that a test can go beyond."""


class Clamd:
    """One daemon with the settings of the compose deployment but for its places and limits; it fetches nothing."""

    def __init__(self, home: Path) -> None:
        found = shutil.which("clamd", path=f"{os.environ['PATH']}:/usr/sbin")
        assert found, "there is no clamd: apt-get install clamav-daemon"
        self.home, self.port = home, free_port()
        (home / "signatures").mkdir(parents=True)
        # a copy: where AppArmor holds Debian's clamd, that one reads no folder of ours
        self._program = shutil.copy(found, home / "clamd")
        digest = hashlib.md5(MADE_UP, usedforsecurity=False).hexdigest()
        (home / "signatures/own.hdb").write_text(f"{digest}:{len(MADE_UP)}:Fonds.MadeUp\n")
        (home / "signatures/own.ndb").write_text(f"Fonds.Eicar:0:*:{EICAR.hex()}\n")
        (home / "clamd.conf").write_text(
            "".join(f"{name} {value}\n" for name, value in self._settings().items())
        )
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def urls(self) -> tuple[str, str]:
        """By its socket and by its port, as our settings name them."""
        return f"clamd+unix://{self.home / 'socket'}", f"clamd://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it; returns when it answers at both places."""
        with (self.home / "log").open("ab") as log:
            command = [self._program, f"--config-file={self.home / 'clamd.conf'}"]
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.home)
        until(self._answers, START_SECONDS, "clamd answering", self.home / "log")

    def stop(self) -> None:
        """End it, if it runs; returns when it is gone."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(180)
            self._process = None

    def _settings(self) -> dict[str, str]:
        lines = DEPLOYED.read_text("utf-8").splitlines()
        deployed = dict(line.split(" ", 1) for line in lines if line and not line.startswith("#"))
        return deployed | SMALL | {
            "LocalSocket": str(self.home / "socket"),
            "TCPSocket": str(self.port),
            "TCPAddr": "127.0.0.1",
            "DatabaseDirectory": str(self.home / "signatures"),
            "TemporaryDirectory": str(self.home),
        }  # fmt: skip

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.home / "log").read_text(errors="replace")
        with suppress(OSError), socket.socket(socket.AF_UNIX) as near, socket.socket() as far:
            near.connect(str(self.home / "socket"))
            far.connect(("127.0.0.1", self.port))
            return all(_pong(one) for one in (near, far))
        return False


def _pong(channel: socket.socket) -> bool:
    channel.settimeout(START_SECONDS)
    channel.sendall(b"zPING\0")
    return channel.recv(16).rstrip(b"\0") == b"PONG"
