"""Commands that keep a second copy and bring it back: backup, restore."""

import json
import os
import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from service.cli.connection import connected
from service.cli.drilling import drill
from service.cli.identities import identities_in
from service.cli.places import complain_of_unreadable, require_there
from service.cli.terminal import DIFFERENT, USAGE, Failure, Terminal
from service.cli.upkeep import AsJson, followed
from service.embedded.home import Home
from service.settings import Settings

Identity = Annotated[
    Path | None,
    typer.Option(
        "--identity",
        help="age 私钥文件，用于加密的备份 / private key of age, for sealed backups",
        exists=True,
    ),
]
Chosen = Annotated[
    str, typer.Option("--set", help="哪一套：时间数字的开头，默认最新 / digits of its time; default: newest")
]
Place = Annotated[str, typer.Argument(help="目录、file:///… 或 s3+https://… / folder or URL")]


class Verb(StrEnum):
    """What to do with backups."""

    TAKE = "take"
    LIST = "list"
    VERIFY = "verify"
    DRILL = "drill"
    MEND = "mend"


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(backup)
    app.command()(restore)


def backup(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[take|list|verify|drill|mend] [TARGET]",
            help="目标：目录、file:///… 或 s3+https://…；默认为 FONDS_BACKUP_URL / folder or URL",
        ),
    ] = None,
    read_data: Annotated[
        bool, typer.Option("--read-data", help="verify 时读完每个对象 / verify reads every object to its end")
    ] = False,
    chosen: Chosen = "",
    identity: Identity = None,
    as_json: AsJson = False,
) -> None:
    """备份；verify 核验，drill 恢复演练，mend 取回受损的原文。/ Take a backup; verify; drill; mend damaged content."""
    terminal: Terminal = ctx.obj
    settings = Settings.from_env()
    verb, target = _split(words or [])
    if verb is Verb.TAKE:
        _take(terminal, settings, _address(target) if target else "", as_json=as_json)
        return
    if verb is Verb.MEND:
        wanted = {"target": _address(target) if target else "", "set": chosen}
        require_there(wanted["target"])
        _mend(terminal, settings, wanted | {"identities": _identities(identity)}, as_json=as_json)
        return
    target = _address(target or settings.backup_url or str(settings.home / "backup"))
    options = _options(chosen, identity, as_json=as_json) + (["--read-data"] if read_data else [])
    if verb is Verb.DRILL:
        words = [target, *_options(chosen, identity)]
        drill(terminal, words, lambda told: _note_drill(terminal, settings, told), as_json=as_json)
        return
    _become(terminal, verb.value, target, *options)


def restore(
    ctx: typer.Context, source: Place, chosen: Chosen = "", identity: Identity = None, as_json: AsJson = False
) -> None:
    """从备份恢复到空的数据目录或空库。/ Bring a backup back into an empty home or database."""
    Settings.from_env()
    _become(ctx.obj, "restore", _address(source), *_options(chosen, identity, as_json=as_json))


def _split(words: list[str]) -> tuple[Verb, str]:
    verb = Verb(words.pop(0)) if words and words[0] in set(Verb) else Verb.TAKE
    if len(words) > 1:
        raise Failure("只能有一个备份位置", "There is only one target", USAGE)
    return verb, words[0] if words else ""


def _address(target: str) -> str:
    """The URL of a target that people also write as a path."""
    return target if "://" in target else Path(target).expanduser().absolute().as_uri()


def _take(terminal: Terminal, settings: Settings, url: str, *, as_json: bool) -> None:
    with connected(settings, terminal) as connection:
        report = followed(terminal, connection.api.lines("/system/backup", target=url))
    if as_json:
        terminal.result(json.dumps(report, ensure_ascii=False))
    else:
        _show(terminal, report)
    if report["damaged"]:
        raise typer.Exit(DIFFERENT)


def _mend(terminal: Terminal, settings: Settings, wanted: dict[str, Any], *, as_json: bool) -> None:
    with connected(settings, terminal) as connection:
        report = followed(terminal, connection.api.lines("/system/backup/mend", wanted))
    if as_json:
        terminal.result(json.dumps(report, ensure_ascii=False))
    else:
        words = terminal.text("已从备份取回 {} 个原文", "{} contents were fetched back from the backup")
        terminal.result(words.format(len(report["mended"])))
        for key in report["lacking"]:
            terminal.complain(
                f"备份里没有：{key}。用 --set 选更早的一套，或指定另一处备份",
                f"Not in the backup: {key}. Choose an older set with --set, or another target",
            )
        for key in report["damaged"]:
            terminal.complain(
                f"备份里的也已损坏：{key}。另一处的备份里可能有好的",
                f"Damaged in the backup, too: {key}. A backup elsewhere may have it whole",
            )
    if report["lacking"] or report["damaged"]:
        raise typer.Exit(DIFFERENT)


def _identities(identity: Path | None) -> list[str]:
    return identities_in(identity.read_text("utf-8")) if identity else []


def _note_drill(terminal: Terminal, settings: Settings, told: Mapping[str, Any]) -> None:
    """Have the archive remember the drill, if it serves now: pages show the last one."""
    if Home(settings.home).published() is None:
        return
    with connected(settings, terminal) as connection:
        connection.api.post("/system/backup/drills", dict(told))


def _show(terminal: Terminal, report: dict[str, Any]) -> None:
    terminal.result(
        terminal.text(
            "备份 {name} 完成：{rows} 行，{objects} 个对象，其中新复制 {copied} 个（{copied_bytes} 字节）",
            "Backup {name} is complete: {rows} rows, {objects} objects, {copied} copied now ({copied_bytes} bytes)",
        ).format(**report)
    )
    for key in report["damaged"]:
        terminal.complain(
            f"原文已损坏，未复制：{key}。运行 fonds check --read-data",
            f"Damaged, not copied: {key}. Run fonds check --read-data",
        )
    complain_of_unreadable(terminal, report["unreadable"])


def _options(chosen: str, identity: Path | None, *, as_json: bool = False) -> list[str]:
    return [
        *(["--set", chosen] if chosen else []),
        *(["--identity", str(identity.absolute())] if identity else []),
        *(["--json"] if as_json else []),
    ]


def _become(terminal: Terminal, *words: str) -> None:
    """Like servers these read and write the parts themselves, in a program of their own with our pid."""
    language = ["--english"] if terminal.english else []
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-P", "-m", "service.cli.bringing", *words, *language])  # noqa: S606
