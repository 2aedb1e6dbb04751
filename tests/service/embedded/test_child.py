"""Children: started, watched, started again, stopped with all that they started, and never left behind."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import psutil
import pytest

from service.embedded.child import Child, Command, PartFailed, Patience, StdinHooks
from tests.service.embedded.processes import alive, family, until

QUICK = Patience(ready=10, first=0.02, last=0.1)
READY = re.compile(r"ready (\d+)")


def python(code: str, greeting: bytes | None = None) -> Command:
    return Command([sys.executable, "-u", "-c", code], greeting)


@pytest.fixture
def children() -> Iterator[list[Child]]:
    made: list[Child] = []
    yield made
    for child in made:
        child.stop(0)


SERVES = "import os,time; print('ready', os.getpid()); time.sleep(100)"


def test_it_is_ready_when_its_line_comes_and_its_log_is_kept(tmp_path: Path, children: list[Child]) -> None:
    child = Child(tmp_path / "part.log", lambda: python(SERVES), ready=READY)
    children.append(child)
    child.start()
    assert child.match is not None
    assert int(child.match[1]) == child.pid
    assert "ready" in (tmp_path / "part.log").read_text()


def test_killed_it_is_started_again(tmp_path: Path, children: list[Child]) -> None:
    child = Child(tmp_path / "part.log", lambda: python(SERVES), ready=READY, patience=QUICK)
    children.append(child)
    others = zombies()
    child.start()
    first = child.pid
    for round_ in (1, 2):
        os.kill(until(lambda: child.pid), signal.SIGKILL)
        until(lambda round_=round_: child.restarts == round_ and child.pid)
    assert child.pid != first
    assert not alive(first)
    assert zombies() <= others


def zombies() -> set[int]:
    return {each.pid for each in psutil.Process().children() if each.status() == psutil.STATUS_ZOMBIE}


def test_what_ends_before_it_is_ready_fails_with_its_last_words(tmp_path: Path) -> None:
    child = Child(tmp_path / "part.log", lambda: python("raise SystemExit('no room')"), ready=READY)
    with pytest.raises(PartFailed) as raised:
        child.start()
    assert "no room" in raised.value.chinese
    assert str(tmp_path / "part.log") in raised.value.english


def test_what_never_gets_ready_is_killed(tmp_path: Path) -> None:
    child = Child(
        tmp_path / "part.log",
        lambda: python("import os,time; print('slow', os.getpid()); time.sleep(100)"),
        ready=READY,
        patience=Patience(ready=1.0),
    )
    with pytest.raises(PartFailed):
        child.start()
    assert child.pid == 0


def test_a_missing_program_fails_in_words(tmp_path: Path) -> None:
    child = Child(tmp_path / "part.log", lambda: Command(["/nonexistent/program"]), ready=READY)
    with pytest.raises(PartFailed):
        child.start()


def test_stop_ends_also_what_it_started(tmp_path: Path) -> None:
    code = (
        "import subprocess,sys,time,signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "p = subprocess.Popen([sys.executable,'-c','import time; time.sleep(100)']);"
        "print('ready', p.pid, flush=True); time.sleep(100)"
    )
    child = Child(tmp_path / "part.log", lambda: python(code), ready=READY)
    child.start()
    assert child.match is not None
    own, grandchild = child.pid, int(child.match[1])
    child.stop(0.2)
    until(lambda: not alive(own) and not alive(grandchild))


def test_stdin_carries_a_greeting_and_tells_the_end(tmp_path: Path) -> None:
    opened: list[BinaryIO] = []
    closing: list[BinaryIO] = []
    code = "import sys; print('ready 1', input(), flush=True); print('rest', sys.stdin.read(), flush=True)"
    child = Child(
        tmp_path / "part.log",
        lambda: python(code, b"hello\n"),
        ready=READY,
        stdin=StdinHooks(opened.append, closing.append),
    )
    child.start()
    os.write(opened[0].fileno(), b"more")
    child.stop(10)
    assert closing == opened
    log = (tmp_path / "part.log").read_text()
    assert "ready 1 hello" in log


def test_the_log_is_kept_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.embedded.child.LOG_BYTES", 10_000)
    code = "for n in range(2000): print('line', n, 'x' * 50)\nprint('ready 1', flush=True)\nimport time; time.sleep(100)"
    child = Child(tmp_path / "part.log", lambda: python(code), ready=READY)
    child.start()
    child.stop(0)
    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert len(sizes) == 4
    assert max(sizes) <= 10_000


PARENT = """
import sys, re, time
from pathlib import Path
from service.embedded.child import Child, Command
command = Command([sys.executable, "-u", "-c", "print('ready 1'); import time; time.sleep(100)"])
child = Child(Path(sys.argv[1]), lambda: command, ready=re.compile("ready (1)"))
child.start()
print(child.pid, flush=True)
time.sleep(100)
"""


def test_nothing_outlives_a_killed_parent(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path / "part.log")], stdout=subprocess.PIPE
    )
    with parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert alive(child)
        assert child in family(parent.pid)
        parent.kill()
    until(lambda: not alive(child), 180)
