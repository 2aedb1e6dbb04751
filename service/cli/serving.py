"""Commands that run until they are stopped: serve, work, sweep. Each becomes the program that does it."""

import os
import sys
from typing import Annotated

import typer

from service.cli.terminal import USAGE, Failure, Terminal
from service.settings import Settings


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
    Settings.from_env()
    _become(ctx.obj, "serve", *(["--sample"] if sample else []))


def work(ctx: typer.Context) -> None:
    """处理队列中的文件（需要 FONDS_QUEUE_URL）。/ Process files from the queue (needs FONDS_QUEUE_URL)."""
    if not Settings.from_env().queue_url:
        raise Failure(
            "没有设置 FONDS_QUEUE_URL：此时 fonds serve 自带处理进程，不需要 fonds work",
            "FONDS_QUEUE_URL is not set: then fonds serve has workers of its own, and fonds work is not needed",
            USAGE,
        )
    _become(ctx.obj, "work")


def sweep(ctx: typer.Context) -> None:
    """在集群中做日常维护：补发、进检索库、清理。/ Keep house in a cluster: send again, index, clean up."""
    Settings.from_env()
    _become(ctx.obj, "sweep")


def _become(terminal: Terminal, *words: str) -> None:
    """Other commands need not load what a server needs, so servers are a program of their own, with our pid."""
    language = ["--english"] if terminal.english else []
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-P", "-m", "service.cli.running", *words, *language])  # noqa: S606
