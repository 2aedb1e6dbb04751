"""Commands on the archive as a whole: reindex, check, status, user add."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from service.cli import people
from service.cli.connection import STARTING, Connection, connected
from service.cli.terminal import DIFFERENT, Failure, Terminal
from service.domain.permissions import Role
from service.settings import Settings

AsJson = Annotated[bool, typer.Option("--json", help="给程序看的 JSON / JSON for programs")]

KINDS = {
    "missing": ("原文缺失", "object missing"),
    "changed": ("原文被改动", "object changed"),
    "untracked": ("没有登记的对象", "object without a row"),
    "count": ("引用数不符", "wrong reference count"),
    "not_indexed": ("未进检索库", "not in the index"),
    "stale_index": ("检索库已过时", "stale in the index"),
    "surplus_index": ("检索库多余", "surplus in the index"),
}
WORK = {
    "index": ("检索库", "Index"),
    "objects": ("核对原文", "Checking objects"),
    "files": ("核对登记", "Checking rows"),
    "counts": ("核对引用", "Checking references"),
    "fixity": ("重读原文", "Reading objects"),
    "rows": ("登记数据", "Rows"),
    "copies": ("复制原文", "Copying objects"),
    "mending": ("取回原文", "Fetching contents"),
    "keys": ("数据密钥", "Data keys"),
    "audit": ("核验审计链", "Verifying the audit trail"),
}


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    users = typer.Typer(help="用户 / users", no_args_is_help=True)
    users.command("add")(add_user)
    people.add_to(users)
    app.add_typer(users, name="user")
    for command in (reindex, reprocess, check, status):
        app.command()(command)


def reprocess(
    ctx: typer.Context,
    since: Annotated[
        int,
        typer.Option(
            min=0,
            help="重读此版本之前处理的文件，0 为当前版本 / files read by a version before this, 0 = now",
        ),
    ] = 0,
    family: Annotated[
        str, typer.Option("--format", help="只限一类：pdf、word、image…… / one kind only")
    ] = "",
    show: Annotated[bool, typer.Option("--status", help="只看进度 / only say how far it is")] = False,
) -> None:
    """用新的提取程序在后台重新处理馆藏，不影响新收文件。/ Read holdings again in the background."""
    terminal: Terminal = ctx.obj
    with connected(Settings.from_env(), terminal) as connection:
        if not show:
            body = {"format": family} | ({"since": since} if since else {})
            connection.api.post("/system/reprocess", body)
        found = connection.api.get("/system/reprocess")
    run = found["run"]
    if run is None:
        terminal.result(terminal.text("还没有重新处理过", "Nothing was read again yet"))
        return
    words = terminal.text(
        "看过 {}/{} 件，送回处理 {} 个文件{}", "{} of {} records looked at, {} files sent back{}"
    )
    end = terminal.text("，已完成", ", done") if run["ended_at"] else ""
    terminal.result(words.format(run["position"], run["highest"], run["sent"], end))


def add_user(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="登录名 / sign-in name")],
    role: Annotated[list[Role] | None, typer.Option(help="角色，可重复 / role, may be repeated")] = None,
    department: Annotated[
        list[str] | None, typer.Option(help="部门，可重复 / department, may be repeated")
    ] = None,
    display_name: Annotated[str, typer.Option(help="姓名 / name to show")] = "",
) -> None:
    """添加用户，给出一次性密码。/ Add a user and print a one-time password."""
    terminal: Terminal = ctx.obj
    body = {
        "name": name,
        "display_name": display_name or name,
        "roles": [each.value for each in role or [Role.STAFF]],
        "departments": department or [],
    }
    with connected(Settings.from_env(), terminal) as connection:
        added = connection.api.post("/users", body)
    terminal.table(
        [
            (terminal.text("用户", "user"), added["user"]["name"]),
            (terminal.text("一次性密码", "one-time password"), added["one_time_password"]),
        ]
    )
    terminal.tell("首次登录时须更改密码。", "It must be changed at the first sign-in.")


def reindex(ctx: typer.Context, as_json: AsJson = False) -> None:
    """从登记重建检索库；重建期间照常可查。/ Build the search index anew; search goes on meanwhile."""
    terminal: Terminal = ctx.obj
    with connected(Settings.from_env(), terminal) as connection:
        records = followed(terminal, connection.api.lines("/system/reindex"))
    if as_json:
        terminal.result(json.dumps({"records": records}))
    else:
        terminal.result(terminal.text(f"检索库已重建：{records} 件", f"Index built: {records} records"))


def check(
    ctx: typer.Context,
    repair: Annotated[
        bool, typer.Option("--repair", help="修复能无损修复的 / repair what loses nothing")
    ] = False,
    read_data: Annotated[
        bool,
        typer.Option("--read-data", help="重读全部原文并核对摘要 / read every object and verify its digest"),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """核对登记、原文、检索库三方；有差异时退出码为 1。/ Compare rows, objects and index; exit 1 on any difference."""
    terminal: Terminal = ctx.obj
    with connected(Settings.from_env(), terminal) as connection:
        lines = connection.api.lines("/system/check", repair=repair or None, read_data=read_data or None)
        report = followed(terminal, lines)
    differences = report["differences"]
    if as_json:
        terminal.result(json.dumps(report, ensure_ascii=False))
    else:
        _show_check(terminal, report)
    if differences:
        raise typer.Exit(DIFFERENT)


def status(ctx: typer.Context, as_json: AsJson = False) -> None:
    """各部分状态与数量。/ State of the parts, and counts."""
    terminal: Terminal = ctx.obj
    with connected(Settings.from_env(), terminal) as connection:
        found = _status(connection) | {"running": not connection.own}
    if as_json:
        terminal.result(json.dumps(found, ensure_ascii=False))
    else:
        terminal.table(list(_status_rows(terminal, found)))
    if any(found["parts"].values()):
        raise typer.Exit(DIFFERENT)


def _status(connection: Connection) -> dict[str, Any]:
    """The state; of a server of our own, when its parts have had time to come up."""
    deadline = time.monotonic() + (STARTING if connection.own else 0)
    while True:
        found: dict[str, Any] = connection.api.get("/system/status")
        if not any(found["parts"].values()) or time.monotonic() >= deadline:
            return found
        time.sleep(0.1)


def followed(terminal: Terminal, lines: Iterator[Mapping[str, Any]]) -> Any:
    """Show progress until the result comes."""
    with terminal.progress("进行中", "Working") as bar:
        for line in lines:
            if "result" in line:
                return line["result"]
            if "problem" in line:
                problem = line["problem"]
                text = str(problem.get("detail") or problem.get("title"))
                raise Failure(text, text)
            step = line["progress"]
            words = WORK.get(step["what"], (step["what"], step["what"]))
            bar.show(step["done"], step["total"], terminal.text(*words))
    raise Failure("服务中途断开，没有结果；请再试一次", "The server broke off without a result; try again")


def _show_check(terminal: Terminal, report: Mapping[str, Any]) -> None:
    for each in report["differences"]:
        kind = terminal.text(*KINDS.get(each["kind"], (each["kind"], each["kind"])))
        repaired = terminal.text("（已修复）", " (repaired)") if each["repaired"] else ""
        detail = terminal.reworded(each["detail"], DETAILS)
        terminal.result(f"{kind}  {each['what']}  {detail}{repaired}")
    if report["resting"]:
        terminal.result(
            terminal.text(
                "{} 个对象没有登记，可能是中断的上传留下的；一天后仍无登记才算差异",
                "{} objects without a row, perhaps of uploads that were cut; a difference only after a day",
            ).format(len(report["resting"]))
        )
    counts = (report["records"], report["files"], report["objects"], len(report["differences"]))
    terminal.result(
        terminal.text(
            "{} 件、{} 个文件、{} 个对象；差异 {} 处", "{} records, {} files, {} objects; {} differences"
        ).format(*counts)
    )


def _status_rows(terminal: Terminal, found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield terminal.text("版本", "version"), str(found["version"])
    running = (
        terminal.text("运行中", "running") if found["running"] else terminal.text("未运行", "not running")
    )
    yield (
        terminal.text("服务", "server"),
        f"{running}  {found.get('url', '') if found['running'] else ''}".rstrip(),
    )
    for part, why in found["parts"].items():
        yield terminal.text(*PARTS.get(part, (part, part))), why or terminal.text("正常", "ready")
    if found.get("scanner"):
        yield terminal.text("查毒程序与病毒库", "scanner and signatures"), str(found["scanner"])
    yield terminal.text("档案", "records"), str(found["records"])
    for state, count in found["files"].items():
        yield terminal.text(*STATES.get(state, (state, state))), str(count)
    yield terminal.text("待进检索库", "to be indexed"), str(found["to_index"])
    for name, stands in found.get("jail", {}).items():
        wall = terminal.text(*WALLS.get(name, (name, name)))
        yield f"{terminal.text('解析隔离', 'jail')} · {wall}", terminal.text(*(YES if stands else NO))


PARTS = {
    "database": ("数据库", "database"),
    "objects": ("原文存储", "objects"),
    "search": ("检索", "search"),
    "queue": ("处理队列", "queue"),
    "workers": ("处理进程", "workers"),
    "scanner": ("查毒程序", "virus scanner"),
    "keys": ("加密主密钥", "master keys"),
}
WALLS = {
    "limits": ("资源限额", "limits"),
    "network_namespace": ("断开网络", "network namespace"),
    "dies_with_parent": ("随主进程结束", "dies with its parent"),
    "no_new_privileges": ("不能提权", "no new privileges"),
    "landlock": ("文件访问限制（Landlock）", "Landlock"),
    "seccomp": ("系统调用限制（seccomp）", "seccomp"),
    "bubblewrap": ("独立文件系统（bubblewrap）", "bubblewrap"),
}
YES, NO = ("有", "yes"), ("没有", "no")
DETAILS = (
    (re.compile(r"file (\w+): SHA-256 (\w+)"), "文件 {0}，现在的 SHA-256 为 {1}"),
    (re.compile(r"file (\w+): (\d+) bytes instead of (\d+)"), "文件 {0}，现有 {1} 字节，应为 {2}"),
    (re.compile(r"file (\w+).*"), "文件 {0}"),
    (re.compile(r"(\d+) instead of (\d+)"), "登记 {0}，应为 {1}"),
)
"""What a check says of a difference → the same in Chinese; titles and codes stay."""
STATES = {
    "pending": ("待处理文件", "files pending"),
    "running": ("处理中文件", "files running"),
    "failed": ("失败文件", "files failed"),
    "quarantined": ("隔离文件", "files quarantined"),
}
