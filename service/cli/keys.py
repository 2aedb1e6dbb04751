"""Commands on the keys that objects are encrypted with: new, list, rotate."""

import json
from pathlib import Path
from typing import Annotated

import typer

from service.cli.connection import connected
from service.cli.terminal import DIFFERENT, USAGE, Failure, Terminal, writing
from service.cli.upkeep import AsJson, followed
from service.settings import Settings
from storage.crypto import new_key_file


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    keys = typer.Typer(help="加密用的主密钥 / master keys of encryption", no_args_is_help=True)
    keys.command("new")(new)
    keys.command("list")(show)
    keys.command("rotate")(rotate)
    app.add_typer(keys, name="keys")


def new(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="要新建的密钥文件 / file to make")],
) -> None:
    """新建主密钥文件，只有本人可读。/ Make a file with a fresh master key, readable by its owner only."""
    terminal: Terminal = ctx.obj
    path = file.expanduser().absolute()
    with writing(path):
        try:
            name = new_key_file(path)
        except FileExistsError as fault:
            raise Failure(f"{path} 已存在，不覆盖", f"{path} exists and is not overwritten", USAGE) from fault
    terminal.result(
        terminal.text(
            f"主密钥 {name} 已存入 {path}。设 FONDS_MASTER_KEY={path.as_uri()}，并另存一份：丢了它，加密的原文就打不开",
            f"Master key {name} is in {path}. Set FONDS_MASTER_KEY={path.as_uri()} and keep a copy elsewhere: "
            "without it encrypted content is lost",
        )
    )


def show(ctx: typer.Context, as_json: AsJson = False) -> None:
    """在用的主密钥；缺少时退出码为 1。/ The master keys in use; exit 1 if one is missing."""
    terminal: Terminal = ctx.obj
    with connected(Settings.from_env(), terminal) as connection:
        found = connection.api.get("/system/keys")
    if as_json:
        terminal.result(json.dumps(found))
    else:
        for name in found["masters"]:
            current = terminal.text("  现用", "  current") if name == found["current"] else ""
            terminal.result(f"{name}{current}")
        for name in found["lacking"]:
            terminal.complain(f"缺少主密钥 {name}", f"Master key {name} is missing")
        if not found["masters"] and not found["lacking"]:
            terminal.tell("没有启用加密（FONDS_MASTER_KEY）", "Nothing is encrypted (FONDS_MASTER_KEY)")
    if found["lacking"]:
        raise typer.Exit(DIFFERENT)


def rotate(
    ctx: typer.Context,
    retire: Annotated[
        bool,
        typer.Option(
            "--retire",
            help="删去旧主密钥；此前的备份从此打不开 / drop the old ones; earlier backups become unreadable",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """更换主密钥：重新包裹数据密钥，不改写原文。/ Change the master key: data keys are wrapped anew, no object is."""
    terminal: Terminal = ctx.obj
    with connected(Settings.from_env(), terminal) as connection:
        done = followed(terminal, connection.api.lines("/system/keys/rotate", retire=retire or None))
    if as_json:
        terminal.result(json.dumps(done))
    else:
        text = terminal.text(
            "现用主密钥 {master}，重新包裹 {rewrapped} 把数据密钥",
            "The master key is {master} now, {rewrapped} data keys were wrapped anew",
        )
        terminal.result(text.format(**done))
