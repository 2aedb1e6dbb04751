"""The contract of dispatchers: a wake-up reaches some worker, or is harmlessly lost; nothing is ever done twice."""

import json
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from celery import Celery
from kombu import Connection

from ingest.jobs.celery_queue import Broker, CeleryDispatcher, make_celery
from tests.ingest.fakes import until

ROOT = Path(__file__).parent.parent.parent
WORKER = """
import json, os, sys, time
from pathlib import Path
from ingest.jobs.celery_queue import Broker, make_celery, run_celery

folder = Path(sys.argv[3])

class Recording:
    def process(self, file_id):
        with (folder / "seen").open("a") as seen:
            seen.write(json.dumps([file_id, os.getpid()]) + "\\n")
        while (folder / f"hold-{file_id}").exists():
            time.sleep(0.01)
        return "hindered" if file_id == "hinder" else "done"

broker = Broker(sys.argv[1], sys.argv[2])
run_celery(make_celery(broker, Recording), broker, threads=2)
"""


class Workers:
    """Celery workers as processes of their own, and what they were woken for."""

    def __init__(self, broker: Broker, folder: Path) -> None:
        self._broker, self._folder = broker, folder
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", WORKER, self._broker.url, self._broker.queue, str(self._folder)]
        with (self._folder / "log").open("ab") as log:
            process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        self._processes.append(process)
        return process

    def seen(self) -> list[str]:
        path = self._folder / "seen"
        return [json.loads(line)[0] for line in path.read_text().splitlines()] if path.exists() else []

    def hold(self, file_id: str) -> Path:
        path = self._folder / f"hold-{file_id}"
        path.touch()
        return path

    def end(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()


@pytest.fixture
def broker(server_url: Callable[[str], str]) -> Iterator[Broker]:
    broker = Broker(server_url("FONDS_TEST_AMQP_URL"), f"fonds.test.{uuid.uuid4().hex}")
    yield broker
    with Connection(broker.url) as connection:
        channel = connection.default_channel
        for name in (broker.queue, broker.scans, f"{broker.queue}.dead"):
            channel.queue_delete(name)
            channel.exchange_delete(name)


@pytest.fixture
def app(broker: Broker) -> Iterator[Celery]:
    app = make_celery(broker)
    yield app
    app.close()


@pytest.fixture
def workers(broker: Broker, tmp_path: Path) -> Iterator[Workers]:
    workers = Workers(broker, tmp_path)
    yield workers
    workers.end()


@pytest.mark.server
def test_a_wake_up_reaches_a_worker(app: Celery, workers: Workers) -> None:
    workers.start()
    CeleryDispatcher(app).wake([f"f{number}" for number in range(120)])
    until(lambda: len(workers.seen()) == 120, 180)
    assert sorted(workers.seen()) == sorted(f"f{number}" for number in range(120))


@pytest.mark.server
def test_wake_ups_wait_for_a_worker_that_starts_later(app: Celery, workers: Workers) -> None:
    CeleryDispatcher(app).wake(["f1"])
    workers.start()
    until(lambda: workers.seen() == ["f1"], 180)


@pytest.mark.server
def test_what_a_killed_worker_had_comes_to_another(app: Celery, workers: Workers) -> None:
    workers.hold("f1")
    first = workers.start()
    CeleryDispatcher(app).wake(["f1"])
    until(lambda: workers.seen() == ["f1"], 180)
    first.send_signal(signal.SIGKILL)
    first.wait()
    workers.start()
    until(lambda: workers.seen() == ["f1", "f1"], 180)


@pytest.mark.server
def test_a_worker_ends_by_itself_when_asked(app: Celery, workers: Workers) -> None:
    process = workers.start()
    CeleryDispatcher(app).wake(["f1"])
    until(lambda: workers.seen() == ["f1"], 180)
    process.send_signal(signal.SIGTERM)
    assert process.wait(180) == 0


@pytest.mark.server
def test_where_the_world_hinders_the_rest_of_a_lot_is_left_to_the_sweeper(
    app: Celery, workers: Workers
) -> None:
    workers.start()
    dispatcher = CeleryDispatcher(app)
    dispatcher.wake(["hinder", "f1"])
    dispatcher.wake(["f2"])
    until(lambda: "f2" in workers.seen(), 180)
    assert "f1" not in workers.seen()


@pytest.mark.server
def test_a_message_holds_at_most_fifty_ids(app: Celery, broker: Broker) -> None:
    CeleryDispatcher(app).wake([f"f{number}" for number in range(101)])
    with Connection(broker.url) as connection:
        channel = connection.default_channel
        lots = []
        until(lambda: channel.queue_declare(broker.queue, passive=True).message_count == 3, 90)
        while message := channel.basic_get(broker.queue, no_ack=True):
            lots.append(len(json.loads(message.body)[0][0]))
    assert lots == [50, 50, 1]


@pytest.mark.server
def test_a_message_that_always_kills_ends_among_the_dead_letters(
    app: Celery, broker: Broker, workers: Workers
) -> None:
    workers.hold("killer")
    CeleryDispatcher(app).wake(["killer"])
    for deaths in range(1, 5):
        process = workers.start()
        until(lambda wanted=deaths: len(workers.seen()) == wanted, 180)
        process.kill()
        process.wait()
    CeleryDispatcher(app).wake(["f2"])
    workers.start()
    until(lambda: "f2" in workers.seen(), 180)
    with Connection(broker.url) as connection:
        dead = connection.default_channel
        until(lambda: dead.queue_declare(f"{broker.queue}.dead", passive=True).message_count == 1, 180)
    assert workers.seen().count("killer") == 4


def test_a_broker_that_is_away_costs_the_caller_one_short_try(caplog: pytest.LogCaptureFixture) -> None:
    app = make_celery(Broker("amqp://nobody:nothing@127.0.0.1:1//"))
    now = [0.0]
    dispatcher = CeleryDispatcher(app, clock=lambda: now[0])
    started = time.monotonic()
    dispatcher.wake(["f1"])
    assert time.monotonic() - started < 30
    for _ in range(100):
        dispatcher.wake(["f1"])
    assert len([line for line in caplog.messages if "broker" in line]) == 1
    now[0] = 6.0
    dispatcher.wake(["f1"])
    assert len([line for line in caplog.messages if "broker" in line]) == 2
    app.close()


def test_the_settings_are_those_that_were_measured() -> None:
    conf = make_celery(Broker("amqp://127.0.0.1", "q")).conf
    assert conf.task_acks_late
    assert conf.task_reject_on_worker_lost
    assert conf.worker_prefetch_multiplier == 1
    assert conf.broker_transport_options == {"confirm_publish": True}
    assert [queue.name for queue in conf.task_queues] == ["q", "q.recognition"]
    for queue in conf.task_queues:
        assert queue.queue_arguments["x-queue-type"] == "quorum"
        assert queue.queue_arguments["x-delivery-limit"] == 3
    assert (conf.accept_content, conf.worker_enable_remote_control) == (["json"], False)


@pytest.mark.server
def test_a_broker_that_answers_has_no_fault(app: Celery) -> None:
    assert CeleryDispatcher(app).fault() == ""
