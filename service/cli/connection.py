"""How a command reaches the archive: through the server that runs, or through one that it starts for itself."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from service.cli.client import Api
from service.cli.terminal import UNREACHABLE, Failure, Terminal
from service.embedded.hiring import HiredServer, TakenMeanwhile
from service.embedded.home import Home, ServerAddress
from service.settings import Settings

STARTING = 30.0
"""Seconds that a server which holds the home, but tells no address yet, gets to come up."""
DRAINING = 60.0
"""Seconds that a command waits for the search index before it ends."""


@dataclass(frozen=True, slots=True)
class Connection:
    """An open way to the archive; `own` where this command started it, so that it ends with it."""

    api: Api
    own: bool


@contextmanager
def connected(settings: Settings, terminal: Terminal) -> Iterator[Connection]:
    """Reach the archive of the settings for the length of a block; raises `CannotStart` or `Failure`."""
    home = Home(settings.home)
    if _address(home) is not None:
        api = Api(home.published, english=terminal.english)
        try:
            yield Connection(api, own=False)
        finally:
            api.close()
        return
    server = HiredServer(home)
    try:
        address = server.start()
    except TakenMeanwhile:
        # Somebody started in the same moment: work through him.
        with connected(settings, terminal) as connection:
            yield connection
        return
    api = Api(lambda: address, english=terminal.english, patience=10)
    try:
        yield Connection(api, own=True)
    finally:
        api.close()
        server.stop()


def wait_for_index(api: Api) -> None:
    """Wait until search knows everything that is stored, so that the next command finds it."""
    deadline, wait = time.monotonic() + DRAINING, 0.05
    while api.get("/system/status").get("to_index") and time.monotonic() < deadline:
        time.sleep(wait)
        wait = min(wait * 1.5, 1.0)


def _address(home: Home) -> ServerAddress | None:
    """Where the running server is; waits for one that is just starting."""
    deadline = time.monotonic() + STARTING
    while (holder := home.held()) is not None:
        if (address := home.published()) is not None and address.pid == holder.pid:
            return address
        if time.monotonic() > deadline:
            raise Failure(
                f"数据目录由进程 {holder.pid} 占用（自 {holder.since} 起），但它没有应答",
                f"Process {holder.pid} holds the data directory (since {holder.since}) but does not answer",
                UNREACHABLE,
            )
        time.sleep(0.1)
    return None
