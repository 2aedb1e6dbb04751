"""Commands that run until they are stopped: serve, work, sweep."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, TextIO

import typer

from service import logs
from service.cli.client import Api
from service.cli.terminal import INTERRUPTED, UNREACHABLE, USAGE, Failure, Terminal
from service.embedded.database import running_url
from service.embedded.deployment import Deployment, local_actor
from service.embedded.home import Home, ServerAddress
from service.embedded.processes import serve_processes
from service.embedded.worker import run_queue_worker
from service.embedded.workers import order_of
from service.sample.loading import load_sample
from service.settings import Settings
from service.usecases.people import NewUser, People
from service.wiring import Addresses, Outside, connect

FIRST_PEOPLE = (
    NewUser("admin", "系统管理员", ("sysadmin",)),
    NewUser("archivist", "档案管理员", ("archivist", "staff"), ("市场部",)),
)
"""Who can sign in after the first start: one runs the machine and sees no content, one keeps the archive."""
TITLES = {"admin": ("系统管理员", "administrator"), "archivist": ("档案管理员", "archivist")}


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (serve, work, sweep):
        app.command()(command)


def serve(
    ctx: typer.Context,
    sample: Annotated[
        bool,
        typer.Option("--sample", help="首次启动时装入示例档案 / load a sample archive on the first start"),
    ] = False,
) -> None:
    """启动档案服务，Ctrl-C 停止。/ Run the archive until Ctrl-C."""
    terminal: Terminal = ctx.obj
    settings = Settings.from_env()
    with stopped_by_signals() as stop:
        if settings.processes > 1:
            logs.setup(settings.log_format)
            serve_processes(settings, lambda people, url: announce(terminal, url, first_people(people)))
            return
        home = Home(settings.home)
        home.prepare()
        with log_stream(home, terminal) as stream:
            logs.setup(settings.log_format, stream)
            _serve(settings, terminal, stop, sample=sample)


def work(ctx: typer.Context) -> None:
    """处理队列中的文件（需要 FONDS_QUEUE_URL）。/ Process files from the queue (needs FONDS_QUEUE_URL)."""
    terminal: Terminal = ctx.obj
    settings = Settings.from_env()
    if not settings.queue_url:
        raise Failure(
            "没有设置 FONDS_QUEUE_URL：此时 fonds serve 自带处理进程，不需要 fonds work",
            "FONDS_QUEUE_URL is not set: then fonds serve has workers of its own, and fonds work is not needed",
            USAGE,
        )
    logs.setup(settings.log_format)
    addresses = outer_addresses(settings)
    terminal.tell("开始处理文件", "Working on files")
    run_queue_worker(order_of(settings, addresses))


def sweep(ctx: typer.Context) -> None:
    """在集群中做日常维护：补发、进检索库、清理。/ Keep house in a cluster: send again, index, clean up."""
    terminal: Terminal = ctx.obj
    settings = Settings.from_env()
    logs.setup(settings.log_format)
    addresses = outer_addresses(settings)
    with stopped_by_signals() as stop:
        fonds = connect(settings, addresses, Outside(dispatcher=order_of(settings, addresses).dispatcher()))
        try:
            terminal.tell("开始日常维护", "Keeping house")
            fonds.housekeeping.run(stop)
        finally:
            fonds.close()


def _serve(settings: Settings, terminal: Terminal, stop: threading.Event, *, sample: bool) -> None:
    deployment = Deployment(settings)
    try:
        address = deployment.start()
        shown = first_people(deployment.fonds.people)
        if sample:
            _load_sample(deployment.home, address, terminal)
        announce(terminal, deployment.url, shown)
        while not stop.wait(0.5):
            pass
        terminal.tell("正在停止……", "Stopping …")
    finally:
        deployment.stop()


def _load_sample(home: Home, address: ServerAddress, terminal: Terminal) -> None:
    api = Api(lambda: address, english=terminal.english)
    try:
        with terminal.progress("装入示例档案", "Loading the sample archive") as bar:
            load_sample(api, home.path / "sample-loaded", bar.show)
    except Failure as fault:
        terminal.complain(
            f"示例档案没有装完，下次启动会接着装：{fault.chinese}",
            f"The sample archive is not complete, the next start goes on with it: {fault.english}",
        )
    finally:
        api.close()


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
