"""Uploads that were cut, and a backup while people write: what was acknowledged comes back, nothing else does (F18, F21)."""

import hashlib
import json
import random
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from benchmarks.deployment import FONDS, Deployment, until
from tests.torture.test_kill import differences

HALF = 12
"""Uploads that are left half-written."""
BEFORE = 10
"""Files that are acknowledged before the backup begins."""


@pytest.mark.requirement("F18", "F21", "R-BAK-3")
def test_a_backup_during_writes_comes_back_whole_and_half_uploads_are_no_files(tmp_path: Path) -> None:
    chance, sent, done = random.Random(21), dict[str, bytes](), threading.Event()
    target = tmp_path / "target"
    with Deployment(tmp_path / "home", environment={"FONDS_WORKERS": "1"}) as fonds, fonds.client() as client:
        for number in range(HALF):
            left_half(client, chance, number)
        writing = threading.Thread(target=write_on, args=(fonds, chance, sent, done))
        writing.start()
        try:
            until(lambda: len(sent) >= BEFORE, 180, "files before the backup", fonds.log)
            promised = dict(sent)
            backup = fonds.command("backup", target)
            said, why = backup.communicate(timeout=180)
            assert backup.returncode == 0, f"{said}\n{why}"
        finally:
            done.set()
            writing.join()
        assert client.get("/records", params={"limit": 1}).json()["total"] in (None, len(sent))
    command = [FONDS, "restore", target, "--json"]
    env = {"PATH": "/usr/bin:/bin", "FONDS_HOME": str(tmp_path / "back"), "FONDS_RESERVE_BYTES": "0"}
    subprocess.run(command, env=env, check=True, capture_output=True, timeout=180)
    with Deployment(tmp_path / "back", environment={"FONDS_WORKERS": "1"}) as back, back.client() as client:
        answers = {name: client.get(f"/files/{name}/content") for name in promised}
        lost = [name for name, answer in answers.items() if answer.status_code == 404]
        altered = [
            name
            for name, answer in answers.items()
            if name not in lost and digest(answer.content) != digest(promised[name])
        ]
        # The index of what comes back is built meanwhile: it is no loss that it is behind.
        wrong = [one for one in differences(client) if not str(one["kind"]).endswith("index")]
        counts = (
            f"{len(promised)} acknowledged, {len(lost)} lost, {len(altered)} altered, {len(wrong)} different"
        )
        sys.stdout.write(f"backup: 1 cycle, {counts}\n")
        assert (lost, altered, wrong) == ([], [], [])


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def left_half(client: httpx.Client, chance: random.Random, number: int) -> None:
    """Announce two parts and send one; nobody sees a file of it."""
    size = (8 << 20) + 5
    made = (
        client.post("/uploads", json={"name": f"half-{number}.bin", "size": size}).raise_for_status().json()
    )
    link = next(one for one in made["links"] if one["number"] == 2)
    httpx.put(link["url"], content=chance.randbytes(5)).raise_for_status()
    assert client.post(f"/uploads/{made['id']}/complete").status_code == 409
    assert client.get(f"/uploads/{made['id']}").json()["file_id"] == ""


def write_on(fonds: Deployment, chance: random.Random, sent: dict[str, bytes], done: threading.Event) -> None:
    """Add one file after the other until it is enough; note what was acknowledged."""
    with fonds.client() as client:
        run = client.post("/imports", json={"source": "on"}).raise_for_status().json()["id"]
        for number in range(10_000):
            if done.is_set():
                return
            content = f"第 {number} 份 {chance.getrandbits(64):x}".encode()
            with suppress(httpx.HTTPError, json.JSONDecodeError):
                asked = {"name": f"{number}.txt", "path": f"{number}.txt"}
                answer = client.post(f"/imports/{run}/files", params=asked, content=content)
                if answer.status_code == 200:
                    sent[answer.json()["file_id"]] = content
