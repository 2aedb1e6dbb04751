"""A fonds of one's own: real processes of `fonds serve` over a home that the caller gives, started, killed, asked."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import httpx
import psutil

FONDS = Path(sys.executable).with_name("fonds")
READY_SECONDS = 180.0


class NotReached(Exception):
    """A condition did not come true in time; the message ends with what the server wrote."""


def until(
    condition: Callable[[], Any], seconds: float, what: str = "the condition", log: Path | None = None
) -> Any:
    """The first true value of `condition`, asked again and again; raises `NotReached` after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.02)
    end = "\n".join(log.read_text(errors="replace").splitlines()[-40:]) if log and log.exists() else ""
    raise NotReached(f"{what} did not come true within {seconds:.0f} s\n{end}")


class Deployment:
    """One embedded deployment on a free port of loopback. Leaving its block ends every process of it."""

    def __init__(
        self, home: Path, *, arguments: Sequence[str] = (), environment: Mapping[str, str] | None = None
    ) -> None:
        """`arguments` follow `fonds serve`; `environment` adds settings."""
        self.home = home
        self.log = home.with_name(f"{home.name}.log")
        self._arguments = arguments
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FONDS_")}
        self._environment = {
            **kept,
            "FONDS_HOME": str(home),
            "FONDS_LISTEN": "127.0.0.1:0",
            "FONDS_RESERVE_BYTES": str(64 << 20),
            **(environment or {}),
        }
        self._server: subprocess.Popen[bytes] | None = None
        self._known: Mapping[str, Any] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server; returns when every part of it is ready."""
        with self.log.open("ab") as log:
            self._server = subprocess.Popen(
                [FONDS, "serve", *self._arguments], env=self._environment, stdout=log, stderr=log
            )
        until(self.ready, READY_SECONDS, "the server being ready", self.log)

    def stop(self) -> None:
        """Ask the server to end; whatever is left of its family after 30 s is killed."""
        family = self.family()
        if self._server is not None and self._server.poll() is None:
            self._server.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._server.wait(30)
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        if self._server is not None:
            self._server.wait()

    def kill(self) -> None:
        """kill -9 of the server; returns when it and all that it started are gone."""
        family = self.family()
        self.server.kill()
        self.server.wait()
        _, alive = psutil.wait_procs(family, timeout=180)
        if alive:
            raise NotReached(f"outlived their server: {[process.cmdline() for process in alive]}")

    @property
    def server(self) -> subprocess.Popen[bytes]:
        """The server's process; raises `NotReached` before `start`."""
        if self._server is None:
            raise NotReached("the server was not started")
        return self._server

    def address(self) -> Mapping[str, Any] | None:
        """What the running server says of itself: url, token, pid; None while it has not yet."""
        with suppress(OSError, ValueError):
            published = json.loads((self.home / "server.json").read_text())
            if published["pid"] == self.server.pid:
                return dict(published)
        return None

    def known(self) -> Mapping[str, Any]:
        """What the server says of itself, as soon as it does."""
        if self._known is None or self._known["pid"] != self.server.pid:
            self._known = dict(until(self.address, 10, "an address", self.log))
        return self._known

    def ready(self) -> bool:
        """Whether every part is ready; raises `NotReached` if the server has ended."""
        if self.server.poll() is not None:
            raise NotReached(
                f"the server ended with {self.server.returncode}\n{self.log.read_text(errors='replace')}"
            )
        address = self.address()
        if address is None:
            return False
        try:
            return httpx.get(f"{address['url']}/readyz", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def rest(self, share: float = 0.1, seconds: float = 240.0) -> None:
        """Wait until the family of the server takes less than this share of a processor: what came in is made."""
        used = [self.used()]

        def resting() -> bool:
            time.sleep(1)
            used.append(self.used())
            return used[-1] - used[-2] < share

        until(resting, seconds, "the server coming to rest", self.log)

    def used(self) -> float:
        """Seconds of processor that the family has taken, and those of it that have ended."""
        total = 0.0
        for process in self.family():
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                total += times.user + times.system + times.children_user + times.children_system
        return total

    def client(self) -> httpx.Client:
        """A client of the HTTP interface with the local actor's token; paths begin behind /api/v1."""
        address = self.known()
        return httpx.Client(
            base_url=f"{address['url']}/api/v1",
            headers={"Authorization": f"Bearer {address['token']}"},
            timeout=120,
        )

    def command(self, *words: str | Path) -> subprocess.Popen[str]:
        """Start another `fonds` command on the same home; its output is kept."""
        return subprocess.Popen(
            [FONDS, *map(str, words)],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def family(self) -> list[psutil.Process]:
        """The server and all that it started, to the last jail."""
        if self._server is None or self._server.poll() is not None:
            return []
        with suppress(psutil.NoSuchProcess):
            top = psutil.Process(self._server.pid)
            return [top, *top.children(recursive=True)]
        return []
