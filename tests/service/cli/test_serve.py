"""`fonds serve`: ready when it says so, alone in its home, whole after any kill, gone without a trace."""

import os
import re
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil
import pytest

from tests.service.cli.conftest import Archive, Serving
from tests.service.embedded.processes import alive, family, until

Serve = Callable[..., Serving]


def child(serving: Serving, words: str) -> int:
    """The process id of the server's child that runs `words`."""

    def found() -> int:
        for pid in family(serving.process.pid):
            try:
                if words in " ".join(psutil.Process(pid).cmdline()):
                    return pid
            except psutil.NoSuchProcess:
                continue
        return 0

    return until(found)


def upload(serving: Serving, name: str, content: bytes) -> str:
    """The id of a new record with this file."""
    headers = {"Authorization": f"Bearer {serving.address.token}"}
    with httpx.Client(
        base_url=serving.address.url + "/api/v1", headers=headers, trust_env=False, timeout=180
    ) as client:
        record = client.post("/records", json={"title": name})
        assert record.status_code == 201, record.text
        file = client.post(f"/records/{record.json()['id']}/files", params={"name": name}, content=content)
        assert file.status_code == 201, file.text
        return str(file.json()["id"])


def state(serving: Serving, file_id: str) -> str:
    return str(serving.get(f"/api/v1/files/{file_id}").json()["state"])


@pytest.mark.requirement("R-SEC-6")
def test_the_first_start_names_two_people_and_the_next_none(archive: Archive, serve: Serve) -> None:
    first = serve(archive)
    said = first.until_ready()
    assert re.search(r"全宗已就绪：http://127\.0\.0\.1:\d+", said)
    passwords = dict(re.findall(r"用户名 (\w+)  一次性密码 (\S+)", said))
    assert set(passwords) == {"admin", "archivist"}
    session = httpx.post(
        first.address.url + "/api/v1/session",
        json={"name": "archivist", "password": passwords["archivist"]},
        headers={"Origin": first.address.url},
        trust_env=False,
    )
    assert session.status_code == 200, session.text
    assert session.json()["user"]["must_change_password"] is True
    assert first.end() == 0
    second = serve(archive)
    assert "一次性密码" not in second.until_ready()


def test_it_says_ready_when_it_is(sampled: Serving) -> None:
    assert sampled.get("/readyz").status_code == 200


def test_a_second_server_is_refused_and_told_of_the_first(sampled: Serving) -> None:
    refused = sampled.archive.run("serve")
    assert refused.returncode == 3
    assert str(sampled.process.pid) in refused.stderr
    assert "正由另一个 fonds 进程使用" in refused.stderr
    assert "in use" not in refused.stderr


def test_a_taken_port_is_told(archive: Archive) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        refused = archive.run("serve", FONDS_LISTEN=address)
    assert refused.returncode == 3
    assert address in refused.stderr
    assert "FONDS_LISTEN" in refused.stderr


def test_all_faulty_settings_are_told_at_once(archive: Archive) -> None:
    refused = archive.run("serve", FONDS_LISTEN="nowhere", FONDS_WORKERS="many")
    assert refused.returncode == 2
    assert "FONDS_LISTEN" in refused.stderr
    assert "FONDS_WORKERS" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_stopped_it_leaves_no_process_and_no_address(archive: Archive, serve: Serve) -> None:
    serving = serve(archive)
    serving.until_ready()
    processes = family(serving.process.pid)
    assert len(processes) >= 2
    serving.process.send_signal(signal.SIGINT)
    assert serving.process.wait(60) == 0
    until(lambda: not any(map(alive, processes)), 180)
    assert not (archive.path / "server.json").exists()
    assert archive.home.held() is None


def test_killed_it_leaves_no_process_and_no_loss(archive: Archive, serve: Serve) -> None:
    serving = serve(archive)
    serving.until_ready()
    files = {name: upload(serving, name, f"{name} 渠道窜货".encode() * 100) for name in ("甲.txt", "乙.txt")}
    processes = family(serving.process.pid)
    serving.process.kill()
    until(lambda: not any(map(alive, processes)), 180)
    again = serve(archive)
    again.until_ready()
    for name, file_id in files.items():
        assert again.get(f"/api/v1/files/{file_id}/content").content == f"{name} 渠道窜货".encode() * 100
        until(lambda file_id=file_id: state(again, file_id) == "done", 180)


def test_a_killed_worker_is_replaced_and_its_work_done(archive: Archive, serve: Serve) -> None:
    serving = serve(archive)
    serving.until_ready()
    worker = child(serving, "service.embedded.worker")
    os.kill(worker, signal.SIGKILL)
    file_id = upload(serving, "会议纪要.txt", "渠道窜货".encode())
    until(lambda: state(serving, file_id) == "done", 180)
    assert child(serving, "service.embedded.worker") != worker


def test_a_killed_database_comes_back(archive: Archive, serve: Serve) -> None:
    serving = serve(archive)
    serving.until_ready()
    file_id = upload(serving, "会议纪要.txt", "渠道窜货".encode())
    os.kill(child(serving, "secantusd"), signal.SIGKILL)
    until(lambda: serving.get("/readyz").status_code == 200)
    until(lambda: state(serving, file_id) == "done", 180)


def test_an_address_that_is_not_loopback_has_a_door_for_commands(archive: Archive, serve: Serve) -> None:
    addresses = [
        each.address
        for found in psutil.net_if_addrs().values()
        for each in found
        if each.family == socket.AF_INET and not each.address.startswith("127.")
    ]
    listen = f"{addresses[0]}:0" if addresses else "0.0.0.0:0"
    serving = serve(Archive(archive.path, {"FONDS_LISTEN": listen}))
    serving.until_ready()
    assert serving.address.url.startswith("http://127.0.0.1:")
    assert Archive(archive.path).json("status")["running"] is True


@pytest.mark.requirement("R-SRC-1")
def test_the_sample_is_there_and_found(sampled: Serving) -> None:
    found = sampled.archive.json("search", '"渠道窜货"')
    assert found["hits"][0]["file"] == "渠道窜货专题会会议纪要.docx"
    kept = sampled.archive.json("search", "", "--limit", "100")
    assert {"KH", "HT", "HD", "SC", "WD", "WD-HY", "XC", "XC-ZZ"} <= {
        line["value"] for line in kept["facets"]["category"]
    }
    assert Path(sampled.archive.path / "sample-loaded").exists()
