"""`fonds entry`: templates to fill in, and filled-in workbooks entered."""

import json
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from service.cli.client import Api
from service.cli.connection import connected, wait_for_index
from service.cli.terminal import DIFFERENT, USAGE, Failure, Terminal, reading, writing
from service.cli.upkeep import AsJson
from service.settings import Settings

LARGEST = 32 << 20
"""Bytes of a workbook that are read; the server says how large one may be."""

Out = Annotated[Path | None, typer.Option("--out", "-o", help="写到哪里 / where to")]


def add_to(app: typer.Typer) -> None:
    """Add `fonds entry`."""
    entry = typer.Typer(no_args_is_help=True, help="表格录入 / entry from workbooks")
    entry.command("template")(template)
    entry.command("upload")(upload)
    app.add_typer(entry, name="entry")


def template(
    ctx: typer.Context,
    category: Annotated[str, typer.Argument(help="类别代码，如 KH / code of a category")],
    out: Out = None,
) -> None:
    """取一个类别的录入模板（.xlsx）。/ Get the template of a category."""
    terminal: Terminal = ctx.obj
    target = out or Path(f"{category}.xlsx")
    with connected(Settings.from_env(), terminal) as connection:
        _save(connection.api, f"/categories/{quote(category, safe='')}/entry-template", target)
    terminal.tell(f"已写入 {target}", f"Written to {target}")


def upload(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="填好的工作簿 / a filled-in workbook")],
    category: Annotated[
        str, typer.Option("--category", help="不写则按模板的类别 / else the one its template names")
    ] = "",
    check: Annotated[
        bool, typer.Option("--check", help="只检查，不录入 / check only, enter nothing")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="带批注的工作簿写到哪里 / where the findings go")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """检查填好的工作簿，把无误的行录入为草稿；有误的逐行列出，退出码为 1。/ Enter what is right; exit 1 if any is not."""
    terminal: Terminal = ctx.obj
    data = _read(file)
    with connected(Settings.from_env(), terminal) as connection:
        api = connection.api
        sheet = api.upload(
            "/entry-sheets", iter([data]), len(data), {"category": category, "name": file.name}
        )
        place = f"/entry-sheets/{sheet['id']}"
        if not check:
            sheet = api.post(f"{place}/enter")
        faults = _faults(api, place) if sheet["bad"] else []
        if out is not None:
            _save(api, f"{place}/workbook", out)
        if connection.own and not check:
            wait_for_index(api)
    if as_json:
        terminal.result(json.dumps(sheet | {"faults": faults}, ensure_ascii=False))
    else:
        _show(terminal, sheet, faults)
    if sheet["bad"]:
        raise typer.Exit(DIFFERENT)


def _faults(api: Api, place: str) -> list[dict[str, Any]]:
    """Line and message of everything that is wrong, in the order of the workbook."""
    return [
        {"n": line["n"], "message": one["message"]}
        for line in api.each(f"{place}/lines", fate="bad")
        for one in line["faults"]
    ]


def _show(terminal: Terminal, sheet: dict[str, Any], faults: list[dict[str, Any]]) -> None:
    terminal.table(
        [
            (terminal.text("共", "lines"), str(sheet["lines"])),
            (terminal.text("已录入", "entered"), str(sheet["entered"])),
            (terminal.text("原已录入", "already there"), str(sheet["already"])),
            (terminal.text("待录入", "waiting"), str(sheet["waiting"])),
            (terminal.text("有误", "with faults"), str(sheet["bad"])),
        ]
    )
    for head in sheet["unknown"]:
        terminal.tell(f"未识别的列，没有读：{head}", f"Unknown column, not read: {head}")
    for one in faults:
        terminal.complain(f"第 {one['n']} 行：{one['message']}", f"Line {one['n']}: {one['message']}")


def _save(api: Api, address: str, target: Path) -> None:
    with writing(target), api.stream(address) as chunks, target.open("wb") as file:
        file.writelines(chunks)


def _read(file: Path) -> bytes:
    with reading(file), file.open("rb") as source:
        data = source.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise Failure(f"{file} 过大，分成几份录入", f"{file} is too large; split it", USAGE)
    return data
