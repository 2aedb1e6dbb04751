"""The heartbeat of the embedded database, felt at something that takes connections and never says a word."""

import socket
import threading
import time

from service.embedded.heartbeat import Heartbeat, Rhythm

ALARMS = 5
PATIENCE = 0.2


def test_its_patience_grows_while_nothing_answers() -> None:
    """On a machine that had no time a database was stopped again and again while it started."""
    enough = threading.Event()
    alarms: list[float] = []

    def alarm() -> None:
        alarms.append(time.monotonic())
        if len(alarms) == ALARMS:
            enough.set()

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"mongodb://127.0.0.1:{silent.getsockname()[1]}/?directConnection=true"
        heartbeat = Heartbeat(url, alarm, Rhythm(rest=0.001, patience=PATIENCE, missed=1))
        began = time.monotonic()
        heartbeat.start()
        assert enough.wait(180)
        heartbeat.stop()
    assert alarms[ALARMS - 1] - began >= 0.9 * PATIENCE * (1 + 2 + 4 + 8 + 8)
