"""Rehearsing: a backup is brought back in a home of its own, compared there, and thrown away (R-BAK-3)."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from service.embedded.leash import leashed
from service.usecases.safekeeping.backup.running import Drill
from service.usecases.safekeeping.checking import Progress

STEPS = (("restore",), ("check", "--read-data", "--json"))
SAID = 500
"""Characters of what a step complained of last."""


def surroundings(home: str) -> dict[str, str]:
    """The environment of a rehearsal: nothing of this archive but the master key, without which nothing encrypted
    could be opened."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("FONDS_") or name == "FONDS_MASTER_KEY"
    }
    return kept | {"FONDS_HOME": home, "FONDS_BACKUP_HOURS": "0", "FONDS_LISTEN": "127.0.0.1:0"}


class Rehearsals:
    """Rehearsals by the server, in `folder`; they end with it."""

    def __init__(self, folder: Path, ending: threading.Event) -> None:
        self._folder, self._ending = folder, ending

    def run(self, url: str) -> Iterator[Progress | Drill]:
        """Steps as `Progress`, at the end how the drill ended; nothing if the program ends meanwhile."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="drill-", dir=self._folder) as home:
            for number, (name, *words) in enumerate(STEPS):
                yield Progress(name, number, len(STEPS))
                command = [name, *([url] if name == "restore" else []), *words]
                with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
                    code = self._step(command, home, said.fileno(), complained.fileno())
                    if code is None:
                        return
                    if code:
                        complained.seek(0)
                        yield Drill(_last_line(complained.read()) or f"fonds {name}: {code}")
                        return
                    said.seek(0)
                    told = said.read()
        report = json.loads(told)
        yield Drill("", *(report[name] for name in ("records", "files", "objects")))

    def _step(self, words: list[str], home: str, said: int, complained: int) -> int | None:
        """Its exit code; None if the program ends meanwhile."""
        command = leashed([sys.executable, "-P", "-m", "service.cli", *words])
        process = subprocess.Popen(
            command, env=surroundings(home), stdin=subprocess.DEVNULL, stdout=said, stderr=complained
        )
        while True:
            try:
                return process.wait(0.5)
            except subprocess.TimeoutExpired:
                if self._ending.is_set():
                    process.kill()
                    process.wait()
                    return None


def _last_line(complained: bytes) -> str:
    lines = complained.decode(errors="replace").strip().splitlines()
    return lines[-1][-SAID:] if lines else ""
