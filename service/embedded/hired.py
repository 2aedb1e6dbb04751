"""The program of a hired server: a deployment that tells its address and ends when its stdin does."""

import json
import os
import signal
import sys
import threading
from dataclasses import asdict, replace

from service import logs
from service.embedded.arenas import share_heaps
from service.embedded.deployment import Deployment, Purpose
from service.embedded.home import CannotStart, HomeInUse
from service.settings import Settings


def main() -> None:
    """Start, say where, wait for the end of stdin, stop."""
    # Ctrl-C is for the command, which closes stdin when it is done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    share_heaps()
    settings = Settings.from_env()
    logs.setup(settings.log_format)
    deployment = Deployment(
        replace(settings, listen=("127.0.0.1", 0), public_url="", processes=1), Purpose(command=True)
    )
    try:
        address = deployment.start()
    except CannotStart as fault:
        taken = isinstance(fault, HomeInUse)
        tell({"chinese": fault.chinese, "english": fault.english, "taken": taken})
        sys.exit(3)
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    threading.Thread(target=_wait_for_end, args=(over,), daemon=True).start()
    tell(asdict(address))
    while not over.wait(0.5):
        pass
    deployment.stop()


def tell(what: dict[str, object]) -> None:
    """One line of JSON to the command."""
    os.write(1, json.dumps(what).encode() + b"\n")


def _wait_for_end(over: threading.Event) -> None:
    while os.read(0, 4096):
        pass
    over.set()


if __name__ == "__main__":
    main()
