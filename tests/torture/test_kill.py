"""kill -9 of server, worker, database during an import: nothing acknowledged is lost, nothing waits for ever (F01–F04)."""

import hashlib
import json
import os
import random
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import pytest

from benchmarks.deployment import Deployment, until
from service.embedded.worker import JOBS_PER_JAIL

ROUNDS = int(os.environ.get("FONDS_TORTURE_CYCLES", "3"))
"""Kills of each victim; 50 where there is time for it."""
FILES = 36
SENDERS = 3
WORKERS = 2
ENDED = {"done", "failed", "quarantined"}
AGAIN_SECONDS = 45.0
"""Less than the embedded database keeps the locks of a transaction whose client was killed: a minute."""
END_SECONDS = 150.0 + 10 * ROUNDS
"""More than the lease of a job whose worker was killed, and the sweeper's round after it."""


@dataclass(slots=True)
class Log:
    """What a client was promised: file id → content. An unknown outcome is neither promised nor forbidden."""

    promised: dict[str, bytes] = field(default_factory=dict)
    answered: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def send(self, client: httpx.Client, run: str, name: str, content: bytes) -> None:
        """Offer one file, and note the promise if there is an answer."""
        with suppress(httpx.HTTPError):
            answer = client.post(
                f"/imports/{run}/files", params={"name": name, "path": name}, content=content
            )
            if answer.status_code == 200 and answer.json()["file_id"]:
                self.promised[answer.json()["file_id"]] = content
            else:
                assert answer.status_code in {200, 503}, answer.text
        self.answered.release()


def documents(chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Texts and tables in two encodings, and blobs of megabytes that take a while to send; each different."""
    for number in range(FILES):
        text = "".join(
            f"第{line}行：渠道窜货的处理记录 {chance.getrandbits(64):x}\n"
            for line in range(chance.choice((1, 20, 300)))
        )
        content = text.encode("gb18030" if number % 3 == 0 else "utf-8")
        kind = chance.choice(("txt", "csv", "md", "html", "bin"))
        yield f"{number}.{kind}", content if kind != "bin" else chance.randbytes(3 << 20)


def kill_server(fonds: Deployment) -> None:
    fonds.kill()
    fonds.start()


def kill_part(named: str) -> Callable[[Deployment], None]:
    """Kill the processes of one part; the server lives and starts it anew."""

    def kill(fonds: Deployment) -> None:
        victims = until(lambda: running(fonds, named), 180, f"a process of {named}", fonds.log)
        chosen = victims[0]
        chosen.kill()
        chosen.wait(180)
        until(
            lambda: running(fonds, named) and fonds.ready(),
            AGAIN_SECONDS,
            f"{named} running again",
            fonds.log,
        )

    return kill


def running(fonds: Deployment, named: str) -> list[psutil.Process]:
    """The living processes of the server's family whose command line has the word."""
    found = []
    for process in fonds.family():
        with suppress(psutil.NoSuchProcess):
            if any(named in word for word in process.cmdline()) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


VICTIMS: dict[str, Callable[[Deployment], None]] = {
    "server": kill_server,
    "worker": kill_part("service.embedded.worker"),
    "database": kill_part("secantusd-py"),
}


@pytest.mark.requirement("F01", "F02", "F03", "F04")
@pytest.mark.parametrize("victim", VICTIMS)
def test_nothing_promised_is_lost(victim: str, tmp_path: Path) -> None:
    chance = random.Random(victim)
    log = Log()
    with Deployment(tmp_path / "home", environment={"FONDS_WORKERS": str(WORKERS)}) as fonds:
        for number in range(ROUNDS):
            import_through_a_kill(fonds, log, chance, f"{victim}-{number}", VICTIMS[victim])
        assert len(log.promised) >= ROUNDS * SENDERS
        with fonds.client() as client:
            states = until(lambda: all_ended(client, log), END_SECONDS, "the end of every file", fonds.log)
            # What a worker held at every one of its deaths has used up its attempts; a second try is one click.
            again = [name for name, state in states.items() if state == "quarantined worker_lost"]
            assert set(states.values()) <= {"done", "quarantined worker_lost"}
            assert len(again) <= (WORKERS * JOBS_PER_JAIL if victim == "worker" else 0)
            for name in again:
                client.post(f"/files/{name}/retry").raise_for_status()
            states = until(
                lambda: all_ended(client, log), END_SECONDS, "the end of every second try", fonds.log
            )
            assert set(states.values()) == {"done"}
            wrong, doubled = altered(client, log), twice(client, log)
            lost = len(log.promised) - len(states)
            counts = (
                f"{len(log.promised)} acknowledged, {lost} lost, {len(wrong)} altered, {len(doubled)} doubled"
            )
            sys.stdout.write(f"{victim}: {ROUNDS} cycles, {counts}\n")
            assert (lost, wrong, doubled) == (0, [], [])
            assert differences(client) == []


def import_through_a_kill(
    fonds: Deployment, log: Log, chance: random.Random, name: str, kill: Callable[[Deployment], None]
) -> None:
    """Send files from several threads, kill once some are answered, and let the senders run out."""
    # those that ran out of the import before are no answers of this one
    log.answered = threading.Semaphore(0)
    with fonds.client() as client, ThreadPoolExecutor(SENDERS) as senders:
        run = client.post("/imports", json={"source": name}).raise_for_status().json()["id"]
        sent = [
            senders.submit(log.send, client, run, f"{name}-{path}", content)
            for path, content in documents(chance)
        ]
        for _ in range(chance.randint(SENDERS, FILES // 2)):
            assert log.answered.acquire(timeout=180)
        kill(fonds)
        for each in sent:
            each.result()


def all_ended(client: httpx.Client, log: Log) -> dict[str, str]:
    """Promised file → state, with the reason where there is one; nothing while any of them waits."""
    files = [client.get(f"/files/{name}").raise_for_status().json() for name in log.promised]
    if {file["state"] for file in files} <= ENDED:
        return {
            file["id"]: file["state"] if file["state"] == "done" else f"{file['state']} {file['reason']}"
            for file in files
        }
    return {}


def twice(client: httpx.Client, log: Log) -> list[str]:
    """Records that hold a content which another record holds too; what was sent differs from file to file."""
    contents: dict[str, str] = {}
    doubled = []
    for name in log.promised:
        file = client.get(f"/files/{name}").json()
        other = contents.setdefault(file["sha256"], file["record_id"])
        if other != file["record_id"]:
            doubled.append(file["record_id"])
    return doubled


def altered(client: httpx.Client, log: Log) -> list[str]:
    """Promised files that are not what was sent, byte for byte."""
    return [
        name
        for name, content in log.promised.items()
        if hashlib.sha256(client.get(f"/files/{name}/content").content).digest()
        != hashlib.sha256(content).digest()
    ]


def differences(client: httpx.Client) -> list[dict[str, object]]:
    """What a check with reading of all bytes finds; the object of an upload that was cut is collected later."""
    with client.stream("POST", "/system/check", params={"read_data": "true"}) as answer:
        last = [json.loads(line) for line in answer.iter_lines() if line][-1]
    return list(last["result"]["differences"])
