"""The command `fonds` as people run it: a process of its own, on a home of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.embedded.home import Home, ServerAddress
from tests.service.embedded.processes import until

FONDS = str(Path(sys.executable).with_name("fonds"))
COMMAND_SECONDS = 240


@dataclass(frozen=True, slots=True)
class Archive:
    """A home, and the commands on it."""

    path: Path
    settings: dict[str, str] = field(default_factory=dict)

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        listen = {"FONDS_LISTEN": "127.0.0.1:0", "FONDS_WORKERS": "2", "FONDS_RESERVE_BYTES": "0"}
        return kept | listen | {"FONDS_HOME": str(self.path)} | self.settings | more

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [FONDS, *words],
            env=self.environment(**more),
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )

    def json(self, *words: str, code: int = 0) -> Any:
        """What a command with --json says."""
        done = self.run(*words, "--json")
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout)

    @property
    def home(self) -> Home:
        return Home(self.path)


class Serving:
    """A running `fonds serve`."""

    def __init__(self, archive: Archive, *words: str) -> None:
        self.archive = archive
        self._log = archive.path.with_suffix(".log")
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [FONDS, "serve", *words], env=archive.environment(), stdout=log, stderr=subprocess.STDOUT
            )

    @property
    def output(self) -> str:
        return self._log.read_text()

    def until_ready(self) -> str:
        """What it said until it was ready."""

        def ready() -> bool:
            assert self.process.poll() is None, self.output
            return "Ctrl-C" in self.output

        until(ready, 180)
        return self.output

    @property
    def address(self) -> ServerAddress:
        address = self.archive.home.published()
        assert address is not None
        return address

    def get(self, path: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.address.token}"}
        return httpx.get(self.address.url + path, headers=headers, trust_env=False, timeout=180)

    def end(self, seconds: float = 180) -> int:
        """Stop it as Ctrl-C does; its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(seconds)
        finally:
            self.process.kill()


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "home")


@pytest.fixture
def serve() -> Iterator[Callable[..., Serving]]:
    running: list[Serving] = []

    def start(archive: Archive, *words: str) -> Serving:
        running.append(Serving(archive, *words))
        return running[-1]

    yield start
    for each in running:
        each.end()


@pytest.fixture(scope="package")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A server with the sample archive, for tests that only read."""
    serving = Serving(Archive(tmp_path_factory.mktemp("sampled") / "home"), "--sample")
    try:
        serving.until_ready()
        yield serving
    finally:
        serving.end()


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A server with an empty archive, for tests that bring contents of their own: a start costs as much as they do."""
    serving = Serving(Archive(tmp_path_factory.mktemp("served") / "home"))
    try:
        serving.until_ready()
        yield serving
    finally:
        serving.end()
