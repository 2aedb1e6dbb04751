"""A SeaweedFS of one's own: a second real S3 server, started from its wheel, killed and started again."""

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import httpx
import psutil

from benchmarks.deployment import until
from storage.port import ObjectStore, StoreUnavailable
from tests.ports import free_port

WEED = Path(sys.executable).with_name("weed")
KEY, SECRET = "fonds", "fonds-secret"
START_SECONDS = 180.0


class Seaweed:
    """One server of everything on loopback; what it has acknowledged lies in `home`."""

    def __init__(self, home: Path) -> None:
        self.home = home
        (home / "data").mkdir(parents=True)
        rights = {"name": KEY, "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": ["Admin"]}
        (home / "s3.json").write_text(json.dumps({"identities": [rights]}))
        self._ports = free_ports()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """A bucket of it, as our settings name it."""
        return f"s3+http://{KEY}:{SECRET}@127.0.0.1:{self._ports[3]}/fonds"

    def start(self) -> None:
        """Start it; returns when it answers."""
        master, volume, filer, s3 = self._ports
        words = [
            "-logtostderr=true",
            "server",
            f"-dir={self.home / 'data'}",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
        ]
        words += [f"-master.port={master}", f"-volume.port={volume}", "-filer", f"-filer.port={filer}", "-s3"]
        # Its catalogues would listen on fixed ports, so that two of these could not run beside each other.
        words += ["-s3.port.iceberg=0", "-s3.port.lance=0"]
        words += [f"-s3.port={s3}", f"-s3.config={self.home / 's3.json'}", "-master.volumeSizeLimitMB=256"]
        with (self.home / "log").open("ab") as log:
            self._process = subprocess.Popen([WEED, *words], stdout=log, stderr=log, cwd=self.home)
        until(self._answers, START_SECONDS, "SeaweedFS answering", self.home / "log")

    def kill(self) -> None:
        """kill -9; returns when it is gone."""
        if self._process is not None:
            with suppress(psutil.NoSuchProcess):
                for child in psutil.Process(self._process.pid).children(recursive=True):
                    child.kill()
            self._process.kill()
            self._process.wait(180)

    def _answers(self) -> bool:
        with suppress(httpx.HTTPError):
            listing = httpx.get(f"http://127.0.0.1:{self._ports[2]}/", timeout=5).status_code
            return (
                listing < 500
                and httpx.get(f"http://127.0.0.1:{self._ports[3]}/", timeout=5).status_code == 403
            )
        return False


def ready(store: ObjectStore) -> bool:
    """Whether a store takes objects by now: a new bucket of SeaweedFS first makes room for itself."""
    try:
        store.ready()
    except StoreUnavailable:
        return False
    return True


def free_ports() -> list[int]:
    """Four ports, each free with the one 10,000 above it, which SeaweedFS takes for its own talk."""
    found: set[int] = set()
    while len(found) < 4:
        found.add(free_port(10_000))
    return list(found)
