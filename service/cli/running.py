"""The programs behind serve, work and sweep: they run until they are stopped."""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TextIO

from service import logs
from service.cli.ending import REPORTED, report
from service.cli.terminal import INTERRUPTED, OK, UNREACHABLE, Failure, Terminal
from service.embedded.arenas import keep_what_is_here, share_heaps
from service.embedded.database import running_url
from service.embedded.deployment import Deployment, local_actor
from service.embedded.home import MARKER, Home, ServerAddress
from service.embedded.leash import leashed
from service.embedded.processes import serve_processes
from service.embedded.refusals import refusals_told
from service.embedded.worker import run_queue_worker
from service.embedded.workers import order_of
from service.settings import Settings
from service.usecases.people.users import NewUser, People
from service.wiring import Addresses, Outside, connect

log = logging.getLogger(__name__)
READY_SECONDS = 30.0
FIRST_PEOPLE = (
    NewUser("admin", "系统管理员", ("sysadmin",)),
    NewUser("archivist", "档案管理员", ("archivist", "staff"), ("市场部",)),
)
"""Who can sign in after the first start: one runs the machine and sees no content, one keeps the archive."""
TITLES = {"admin": ("系统管理员", "administrator"), "archivist": ("档案管理员", "archivist")}


@dataclass(frozen=True, slots=True)
class Run:
    """What a program runs with."""

    settings: Settings
    terminal: Terminal
    stop: threading.Event
    sample: bool


def main(words: Sequence[str]) -> int:
    """Run the program that is named first; its exit code."""
    share_heaps()
    options = set(words[1:])
    terminal = Terminal(english="--english" in options)
    try:
        with stopped_by_signals() as stop:
            PROGRAMS[words[0]](Run(Settings.from_env(), terminal, stop, sample="--sample" in options))
    except REPORTED as fault:
        return report(terminal, fault)
    return OK


def serve(run: Run) -> None:
    """The server, in one process with its children, or in several."""
    settings, terminal = run.settings, run.terminal
    if settings.processes > 1:
        logs.setup(settings.log_format)
        serve_processes(settings, lambda people, url: announce(terminal, url, first_people(people)))
        return
    home = Home(settings.home)
    home.prepare()
    with log_stream(home, terminal) as stream:
        logs.setup(settings.log_format, stream)
        _serve(run)


def work(run: Run) -> None:
    """A worker on the queue; Celery takes the signals over."""
    logs.setup(run.settings.log_format)
    order = order_of(run.settings, outer_addresses(run.settings))
    run.terminal.tell("开始处理文件", "Working on files")
    run_queue_worker(order)


def sweep(run: Run) -> None:
    """Housekeeping by itself."""
    logs.setup(run.settings.log_format)
    addresses = outer_addresses(run.settings)
    dispatcher = order_of(run.settings, addresses).dispatcher()
    with refusals_told():
        fonds = connect(run.settings, addresses, Outside(dispatcher=dispatcher))
    try:
        run.terminal.tell("开始日常维护", "Keeping house")
        fonds.housekeeping.run(run.stop)
    finally:
        fonds.close()


PROGRAMS: dict[str, Callable[[Run], None]] = {"serve": serve, "work": work, "sweep": sweep}


def _serve(run: Run) -> None:
    deployment, terminal = Deployment(run.settings), run.terminal
    try:
        address = deployment.start()
        shown = first_people(deployment.fonds.people)
        if run.sample:
            _load_sample(deployment.home, address, terminal)
        _wait_until_ready(run, deployment)
        keep_what_is_here()
        announce(terminal, deployment.url, shown)
        while not run.stop.wait(0.5):
            pass
        terminal.tell("正在停止……", "Stopping …")
    finally:
        deployment.stop()


def _wait_until_ready(run: Run, deployment: Deployment) -> None:
    """Parts that start beside the others come last; what stays away is told, and the rest is served."""
    deadline = time.monotonic() + READY_SECONDS
    while missing := {part: why for part, why in deployment.fonds.upkeep.readiness().items() if why}:
        if run.stop.wait(0.05):
            return
        if time.monotonic() > deadline:
            for part, why in missing.items():
                run.terminal.complain(f"{part} 没有就绪：{why}", f"{part} is not ready: {why}")
            return


def _load_sample(home: Home, address: ServerAddress, terminal: Terminal) -> None:
    """In a process of its own: what makes documents would stay in this one's memory."""
    if (home.path / MARKER).exists():
        return
    terminal.tell("正在装入示例档案……", "Loading the sample archive …")
    order = json.dumps({"address": asdict(address), "marker": str(home.path / MARKER)})
    command = leashed([sys.executable, "-P", "-m", "service.sample"])
    done = subprocess.run(command, input=order, text=True, capture_output=True, check=False)
    if done.returncode:
        log.warning("the sample archive was not loaded: %s", done.stderr)
        terminal.complain(
            "示例档案没有装完，下次启动会接着装",
            "The sample archive is not complete, the next start goes on with it",
        )


def first_people(people: People) -> list[tuple[str, str]]:
    """Make the first users of an archive that has none; (name, one-time password) of each."""
    if people.exists_any():
        return []
    return [(new.name, people.add(local_actor(), new)[1]) for new in FIRST_PEOPLE]


def announce(terminal: Terminal, url: str, shown: list[tuple[str, str]]) -> None:
    """Say where the archive is, and to whom it opens on its first start."""
    terminal.result(terminal.text(f"全宗已就绪：{url}", f"fonds is ready: {url}"))
    for name, password in shown:
        title = terminal.text(*TITLES[name])
        terminal.result(
            terminal.text(
                f"  {title}  用户名 {name}  一次性密码 {password}",
                f"  {title}  name {name}  one-time password {password}",
            )
        )
    if shown:
        terminal.result(
            terminal.text(
                "  密码只显示这一次，首次登录时须更改。",
                "  The passwords are shown only now and must be changed at the first sign-in.",
            )
        )
    terminal.tell("按 Ctrl-C 停止", "Ctrl-C stops it")


def outer_addresses(settings: Settings) -> Addresses:
    """Where the parts are for a process beside the server; raises `Failure` if the database is not there."""
    home = Home(settings.home)
    home.prepare()
    mongo_url = settings.mongo_url or running_url(home.database)
    if not mongo_url:
        raise Failure(
            "内置数据库没有运行：先启动 fonds serve，或设置 FONDS_MONGO_URL",
            "The embedded database does not run: start fonds serve first, or set FONDS_MONGO_URL",
            UNREACHABLE,
        )
    base_url = settings.public_url
    return Addresses.of(settings, mongo_url=mongo_url, secret=home.secret(), base_url=lambda: base_url)


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set; a second Ctrl-C ends the process at once, and its children with it."""
    stop = threading.Event()

    def on_signal(number: int, _frame: object) -> None:
        if stop.is_set() and number == signal.SIGINT:
            os._exit(INTERRUPTED)
        stop.set()

    former: list[tuple[signal.Signals, Callable[..., object] | int | None]] = [
        (number, signal.signal(number, on_signal)) for number in (signal.SIGINT, signal.SIGTERM)
    ]
    try:
        yield stop
    finally:
        for number, handler in former:
            signal.signal(number, handler)


@contextmanager
def log_stream(home: Home, terminal: Terminal) -> Iterator[TextIO | None]:
    """Where a server logs to: stderr, or a file beside a person's terminal, who wants to read the address there."""
    if not terminal.err.is_terminal:
        yield None
        return
    path = home.log / "server.log"
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.replace(path.with_name("server.log.1"))
    with path.open("a", encoding="utf-8") as stream:
        yield stream


LOG_BYTES = 8 << 20


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
