"""The command `fonds`: its options, its language, and how errors end it."""

from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from service.cli import (
    archive,
    auditing,
    backing,
    bags,
    filling,
    keys,
    migrating,
    pushing,
    scheming,
    serving,
    upkeep,
)
from service.cli.ending import REPORTED, report
from service.cli.terminal import Terminal

LANGUAGE = ["LC_ALL", "LC_MESSAGES", "LANG"]


class Reporting(TyperGroup):
    """Runs a command and ends it with words and an exit code, never with a traceback of ours."""

    def invoke(self, ctx: Any) -> Any:
        """See click."""
        try:
            return super().invoke(ctx)
        except REPORTED as fault:
            terminal = ctx.obj if isinstance(ctx.obj, Terminal) else Terminal()
            raise typer.Exit(report(terminal, fault)) from fault


app = typer.Typer(
    name="fonds",
    cls=Reporting,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="全宗：营销档案管理。/ fonds: an archive of the marketing and sales side of a company.\n\n"
    "退出码 / exit codes: 0 完成 done · 1 有差异或有文件失败 differences or failed files · 2 用法不对 wrong use · "
    "3 连接或启动不了 cannot reach or start · 130 中断 interrupted",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"fonds {version('fonds')}")
        raise typer.Exit


@app.callback()
def begin(
    ctx: typer.Context,
    lang: Annotated[str, typer.Option(envvar=LANGUAGE, hidden=True, help="语言 / language")] = "zh_CN",
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="版本 / version")
    ] = False,
) -> None:
    """Prepare what every command needs."""
    ctx.obj = Terminal(english=lang.lower().startswith("en"))


archive.add_to(app)
serving.add_to(app)
pushing.add_to(app)
migrating.add_to(app)
upkeep.add_to(app)
scheming.add_to(app)
filling.add_to(app)
backing.add_to(app)
bags.add_to(app)
keys.add_to(app)
auditing.add_to(app)


def main() -> None:
    """The console script."""
    app()
