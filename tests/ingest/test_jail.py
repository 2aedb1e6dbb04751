"""The jail: what an inmate cannot do, how it ends, and what the worker hears of it."""

import errno
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ingest.jail.capabilities import jail_capabilities
from ingest.jail.launch import Launch, command, environment
from ingest.jail.warden import JailClosed, JailDied, Jails
from tests.ingest.conftest import ROOT
from tests.ingest.fakes import until

Do = Callable[..., Mapping[str, Any]]


@pytest.fixture
def do(hostile_jails: Jails, tmp_path: Path) -> Do:
    path = tmp_path / "input"
    path.write_bytes(b"original")

    def doing(what: str, seconds: float = 180, **more: object) -> Mapping[str, Any]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            return hostile_jails.run({"do": what, **more}, descriptor, seconds).body
        finally:
            os.close(descriptor)

    return doing


@pytest.fixture
def short_lived(tmp_path: Path) -> Iterator[Jails]:
    jails = Jails(Launch(task="tests.ingest.hostile:act", code=(ROOT,), idle=0.2))
    yield jails
    jails.close()


def test_the_input_arrives_and_all_three_blobs_come_back(hostile_jails: Jails, tmp_path: Path) -> None:
    path = tmp_path / "input"
    path.write_bytes(b"original")
    with path.open("rb") as stream:
        reply = hostile_jails.run({"do": "read"}, stream.fileno(), 180)
    assert (reply.body["bytes"], reply.text, reply.preview) == ("original", b"text", b"preview")


def test_one_cell_serves_many_jobs(do: Do) -> None:
    assert do("read")["born"] == do("read")["born"]


@pytest.mark.requirement("B14", "B15")
def test_an_endless_loop_is_ended_by_its_cpu_limit(do: Do) -> None:
    with pytest.raises(JailDied) as died:
        do("spin", seconds=180, cpu=1)
    assert died.value.reason == "cpu"


def test_a_job_that_waits_for_ever_is_killed_on_time(do: Do) -> None:
    with pytest.raises(JailDied) as died:
        do("sleep", seconds=0.5)
    assert died.value.reason == "time"


@pytest.mark.parametrize("how", ["hoard", "native_hoard"])
def test_memory_ends_where_the_format_said(do: Do, how: str) -> None:
    assert not do(how)["took"]


@pytest.mark.parametrize(
    ("how", "reason"),
    [("abort", f"signal {signal.SIGABRT}"), ("segfault", f"signal {signal.SIGSEGV}"), ("leave", "exit 3")],
)
def test_a_crash_is_reported_and_the_next_job_runs(do: Do, how: str, reason: str) -> None:
    with pytest.raises(JailDied) as died:
        do(how)
    assert died.value.reason == reason
    assert do("read")["bytes"] == "original"


def test_what_a_cell_says_before_it_dies_is_kept(do: Do) -> None:
    with pytest.raises(JailDied, match="about to abort"):
        do("abort")


def test_an_exception_in_the_task_ends_the_cell_with_its_traceback(do: Do) -> None:
    with pytest.raises(JailDied, match="a fault of our own"):
        do("raise")


def test_a_cell_that_says_a_lot_does_not_block(do: Do) -> None:
    assert do("shout")["shouted"]


def test_a_reply_beyond_its_limit_is_refused(do: Do) -> None:
    with pytest.raises(JailDied) as died:
        do("flood")
    assert died.value.reason == "protocol"


@pytest.mark.parametrize("way", ["fork", "exec"])
def test_no_new_process_comes_out_of_a_cell(do: Do, way: str) -> None:
    assert do(way)["errno"] == errno.EPERM


@pytest.mark.requirement("B06", "B08", "B18")
def test_the_network_cannot_be_reached(do: Do) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert do("connect", port=server.getsockname()[1])["errno"] != 0


def test_the_environment_holds_no_secret(do: Do, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FONDS_OBJECTS_URL", "s3+http://key:secret@host/bucket")
    seen = do("environment")["environment"]
    assert not any("FONDS" in name or "secret" in value for name, value in seen.items())
    assert "HOME" not in seen


KEPT_IN = (errno.EACCES, errno.ENOENT)
"""Forbidden by Landlock, or not even there inside bubblewrap."""


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "/proc/self/environ", "/proc/1/cmdline", str(ROOT / "pyproject.toml")]
)
def test_other_files_cannot_be_read(do: Do, path: str) -> None:
    assert do("open", path=path, mode="rb")["errno"] in KEPT_IN


def test_the_environment_of_the_worker_cannot_be_read(do: Do) -> None:
    assert do("open", path=f"/proc/{os.getpid()}/environ", mode="rb")["errno"] in KEPT_IN


def test_nothing_can_be_written(do: Do, tmp_path: Path) -> None:
    assert do("open", path=str(tmp_path / "made"), mode="xb")["errno"] in KEPT_IN
    assert not (tmp_path / "made").exists()


def test_the_original_cannot_be_changed(do: Do, tmp_path: Path) -> None:
    assert do("write_input")["errno"] != 0
    assert (tmp_path / "input").read_bytes() == b"original"


def test_other_processes_cannot_be_signalled(do: Do) -> None:
    assert do("kill", pid=os.getpid())["errno"] == errno.EPERM


def test_an_idle_cell_ends_and_the_next_job_gets_a_new_one(short_lived: Jails, tmp_path: Path) -> None:
    (tmp_path / "input").write_bytes(b"original")
    with (tmp_path / "input").open("rb") as stream:
        first = short_lived.run({"do": "read"}, stream.fileno(), 180).body["born"]
        until(lambda: short_lived.tend() == 0)
        assert short_lived.run({"do": "read"}, stream.fileno(), 180).body["born"] != first


def test_a_cell_that_needed_much_memory_is_replaced(do: Do) -> None:
    fat = do("fat")
    assert fat["size"] == 600 << 20
    assert do("read")["born"] != fat["born"]


def test_closing_ends_jobs_that_run_without_blaming_them(tmp_path: Path) -> None:
    jails = Jails(Launch(task="tests.ingest.hostile:act", code=(ROOT,)))
    heard: list[BaseException] = []
    (tmp_path / "input").write_bytes(b"original")

    def wait_in_jail() -> None:
        with (tmp_path / "input").open("rb") as stream:
            try:
                jails.run({"do": "sleep"}, stream.fileno(), 600)
            except JailClosed as closed:
                heard.append(closed)

    thread = threading.Thread(target=wait_in_jail)
    thread.start()
    until(lambda: jails.tend() == 1)
    jails.close()
    thread.join(20)
    assert len(heard) == 1
    assert jails.tend() == 0


def test_a_jail_that_cannot_start_says_why(tmp_path: Path) -> None:
    jails = Jails(Launch(task="tests.ingest.hostile:missing", code=(ROOT,)))
    with (tmp_path / "input").open("wb+") as stream, pytest.raises(JailDied, match="missing") as died:
        jails.run({}, stream.fileno(), 180)
    assert died.value.reason == "start"
    jails.close()


def test_capabilities_are_what_was_tried() -> None:
    told = jail_capabilities()
    assert told["limits"]
    assert {
        "no_network",
        "no_foreign_files",
        "no_writing",
        "no_processes",
        "no_secrets",
        "bubblewrap",
    } <= set(told)
    if told["landlock"]:
        assert told["no_foreign_files"]
        assert told["no_writing"]


def test_bubblewrap_gets_interpreter_and_code_only() -> None:
    launch = Launch(bubblewrap="/usr/bin/bwrap")
    words = command(launch, socket=7, parent=42)
    bound = [words[at + 1] for at, word in enumerate(words) if word == "--ro-bind"]
    assert str(ROOT / "ingest") in bound
    assert str(ROOT) not in bound
    assert {"--unshare-all", "--die-with-parent", "--clearenv"} <= set(words)
    assert words[words.index("--parent") + 1] == "0"


def test_a_cell_is_told_nothing_but_how_to_run() -> None:
    assert set(environment(Launch(bubblewrap=""))) == {
        *("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "LC_ALL", "TZ"),
        *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS", "MALLOC_ARENA_MAX"),
    }
