"""`fonds scheme`: the scheme of categories as YAML, taken away and brought."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from service.cli.connection import connected
from service.cli.terminal import USAGE, Failure, Terminal, reading, writing
from service.settings import Settings

LARGEST = 4 << 20
"""Bytes of a file that are read; the server says how large a scheme may be."""


def add_to(app: typer.Typer) -> None:
    """Add `fonds scheme`."""
    scheme = typer.Typer(no_args_is_help=True, help="分类方案 / the scheme of categories")
    scheme.command("export")(export_scheme)
    scheme.command("import")(import_scheme)
    app.add_typer(scheme, name="scheme")


def export_scheme(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(help="写到哪里，- 为标准输出 / where to, - for stdout")] = "-",
) -> None:
    """导出分类方案为 YAML。/ Write the scheme as YAML."""
    terminal: Terminal = ctx.obj
    with connected(Settings.from_env(), terminal) as connection:
        text = connection.api.get("/scheme")["text"]
    if file == "-":
        sys.stdout.write(text)
        return
    with writing(file):
        Path(file).write_text(text, encoding="utf-8")
    terminal.tell(f"已写入 {file}", f"Written to {file}")


def import_scheme(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(help="YAML 文件，- 为标准输入 / YAML file, - for stdin")],
    publish: Annotated[
        str,
        typer.Option(
            "--publish",
            metavar="REASON",
            help="以此理由立即发布；不写则立为草稿 / publish for this reason, else drafts",
        ),
    ] = "",
) -> None:
    """导入分类方案：新类别直接建立，已有类别的改动立为草稿。/ Bring a scheme: changes wait as drafts."""
    terminal: Terminal = ctx.obj
    text = _read(file)
    with connected(Settings.from_env(), terminal) as connection:
        brought = connection.api.post("/scheme", {"text": text, "reason": publish})
    changed = (
        terminal.text("已发布", "published") if brought["published"] else terminal.text("草稿", "drafted")
    )
    terminal.table(
        [
            (terminal.text("新建", "created"), " ".join(brought["created"]) or "0"),
            (changed, " ".join(brought["changed"]) or "0"),
            (terminal.text("未变", "unchanged"), str(brought["same"])),
        ]
    )


def _read(file: str) -> str:
    with reading(file):
        if file == "-":
            content = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with Path(file).open("rb") as lines:
                content = lines.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise Failure(f"{file} 过大，不是分类方案", f"{file} is too large for a scheme", USAGE)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise Failure(f"{file} 不是 UTF-8 文本", f"{file} is no UTF-8 text", USAGE) from fault
