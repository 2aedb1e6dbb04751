"""The broker's probe: there only with a broker, and it says within moments that nobody answers."""

import socket
import time
from dataclasses import replace

import pytest

from service.embedded.worker import WorkerOrder
from service.embedded.workers import broker_probes
from service.errors import Unavailable

ORDER = WorkerOrder(mongo_url="", objects_url="", secret="", jails=1)


def test_without_a_queue_there_is_nothing_to_ask() -> None:
    assert broker_probes(ORDER) == {}


def test_a_broker_that_is_away_is_told_soon() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    probe = broker_probes(replace(ORDER, queue_url=f"amqp://fonds:secret@127.0.0.1:{port}/fonds"))["queue"]
    began = time.monotonic()
    with pytest.raises(Unavailable) as told:
        probe()
    assert time.monotonic() - began < 30
    assert "secret" not in str(told.value)
