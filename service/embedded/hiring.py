"""Hiring a server for the length of one command: the commands' side, which stays light."""

import json
import subprocess
import sys
from contextlib import suppress

from service.embedded.home import CannotStart, Home, ServerAddress
from service.embedded.leash import leashed

GRACE = 60.0
"""Seconds for a hired server to stop in order."""


class TakenMeanwhile(Exception):
    """Another process took the home in the same moment."""


class HiredServer:
    """A child process with a whole deployment in it. It ends with this process, whatever ends that."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> ServerAddress:
        """Start it; its address when it is ready. Raises `CannotStart`, `TakenMeanwhile`."""
        self._home.prepare()
        with (self._home.log / "command.log").open("wb") as log:
            self._process = subprocess.Popen(
                leashed([sys.executable, "-P", "-m", "service.embedded.hired"]),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        assert self._process.stdout is not None  # noqa: S101
        line = self._process.stdout.readline()
        try:
            said = json.loads(line)
        except ValueError:
            said = {"chinese": f"没有启动成功，见 {log.name}", "english": f"It did not start, see {log.name}"}
        if "url" in said:
            return ServerAddress(**said)
        self.stop()
        if said.get("taken"):
            raise TakenMeanwhile
        raise CannotStart(said["chinese"], said["english"])

    def stop(self) -> None:
        """Have it stop in order, and wait for its end."""
        process = self._process
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._process = None
