"""Commands on users, for the administrator whom nobody lets in: list, disable, enable, reset-password."""

import json
from typing import Annotated, Any

import typer

from service.cli.connection import Connection, connected
from service.cli.terminal import USAGE, Failure, Terminal
from service.settings import Settings

Name = Annotated[str, typer.Argument(help="登录名 / sign-in name")]


def add_to(users: typer.Typer) -> None:
    """Add these commands to `fonds user`."""
    users.command("list")(list_users)
    users.command("disable")(disable_user)
    users.command("enable")(enable_user)
    users.command("reset-password")(reset_password)


def list_users(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="给程序看的 JSON / JSON for programs")] = False,
) -> None:
    """列出用户。/ List the users."""
    terminal: Terminal = ctx.obj
    with connected(Settings.from_env(), terminal) as connection:
        found = _all(connection, "")
    if as_json:
        terminal.result(json.dumps(found, ensure_ascii=False))
        return
    state = {True: terminal.text("停用", "disabled"), False: terminal.text("在用", "active")}
    terminal.table(
        [
            (one["name"], f"{state[one['disabled']]}  {', '.join(one['roles'])}  {one['display_name']}")
            for one in found
        ]
    )


def disable_user(ctx: typer.Context, name: Name) -> None:
    """停用用户，会话立即结束。/ Let a user in no more; his sessions end now."""
    _change(ctx, name, "disable", ("已停用", "disabled"))


def enable_user(ctx: typer.Context, name: Name) -> None:
    """启用用户。/ Let a user in again."""
    _change(ctx, name, "enable", ("已启用", "enabled"))


def reset_password(ctx: typer.Context, name: Name) -> None:
    """给出一次性密码，会话立即结束。/ Give a one-time password; sessions end now."""
    terminal: Terminal = ctx.obj
    with connected(Settings.from_env(), terminal) as connection:
        made = connection.api.post(f"/users/{_id_of(connection, name)}/password")
    terminal.table([(terminal.text("一次性密码", "one-time password"), made["one_time_password"])])
    terminal.tell("首次登录时须更改密码。", "It must be changed at the first sign-in.")


def _change(ctx: typer.Context, name: str, act: str, said: tuple[str, str]) -> None:
    terminal: Terminal = ctx.obj
    with connected(Settings.from_env(), terminal) as connection:
        user = connection.api.post(f"/users/{_id_of(connection, name)}/{act}")
    terminal.result(f"{user['name']}  {terminal.text(*said)}")


def _id_of(connection: Connection, name: str) -> str:
    wanted = name.strip().casefold()
    for user in _all(connection, name):
        if user["name"] == wanted:
            return str(user["id"])
    raise Failure(f"没有用户 {name}", f"There is no user {name}", USAGE)


def _all(connection: Connection, text: str) -> list[dict[str, Any]]:
    return list(connection.api.each("/users", q=text, limit=200))
