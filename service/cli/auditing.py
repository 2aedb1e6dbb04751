"""Commands on the audit trail: verify (the database's, or an exported file without any server), export."""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from service.cli.connection import connected
from service.cli.terminal import DIFFERENT, USAGE, Failure, Terminal
from service.cli.upkeep import AsJson, followed
from service.domain.chain import breaks_of_file
from service.settings import Settings

BREAKS = {
    "changed": ("事件被改动", "event changed"),
    "missing": ("事件缺失", "events missing"),
    "doubled": ("事件重复或插入", "event doubled or inserted"),
    "moved": ("事件次序被改", "event out of its order"),
    "unlinked": ("与前一事件不相接，前一事件被替换", "not linked to the event before, which was replaced"),
    "private": ("个人信息部分被改动", "personal part changed"),
    "head": ("末尾与链首记录不符", "the end is not the recorded head"),
    "stamp": ("与时间戳不符，或时间戳无效", "not what was stamped, or a stamp that is none"),
    "unreadable": ("不是审计事件", "no event of an audit trail"),
}


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    audit = typer.Typer(help="审计 / audit trail", no_args_is_help=True)
    audit.command("verify")(verify)
    audit.command("export")(export)
    app.add_typer(audit, name="audit")


def verify(
    ctx: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(
            help="导出的文件；不写则核验数据库 / an export; without one the database", exists=True
        ),
    ] = None,
    head: Annotated[
        str,
        typer.Option(
            "--head",
            metavar="SEQ:HASH",
            help="另处保存的链首，须仍在链上 / a head kept elsewhere, which must still be in the chain",
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """核验审计链：改动、删除、插入、换序逐处指出；有问题时退出码为 1。/ Verify the chain; exit 1 if it was touched."""
    terminal: Terminal = ctx.obj
    kept = _kept_head(head)
    if file is not None:
        with file.open("rb") as lines:
            found = asdict(breaks_of_file(_watched(lines, kept)))
    else:
        with connected(Settings.from_env(), terminal) as connection:
            found = followed(terminal, connection.api.lines("/audit/verify"))
            if kept:
                rest = connection.api.pieces("/audit/export", after=int(kept["seq"]) - 1)
                for _line in _watched(_lines(rest), kept):
                    if kept.get("seen"):
                        break
    if kept and not kept.get("seen"):
        found["breaks"].append({"kind": "head", "seq": int(kept["seq"]), "last": 0, "detail": head})
    if as_json:
        terminal.result(json.dumps(found, ensure_ascii=False))
    else:
        _show(terminal, found)
    if found["breaks"]:
        raise typer.Exit(DIFFERENT)


def export(
    ctx: typer.Context,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="写入文件，默认标准输出 / file, default: stdout")
    ] = None,
    after: Annotated[int, typer.Option(help="从此序号之后 / behind this number", min=0)] = 0,
) -> None:
    """导出审计链（JSONL，首行为起点，末行为链首）。/ Export the chain as lines of JSON."""
    terminal: Terminal = ctx.obj
    with connected(Settings.from_env(), terminal) as connection:
        pieces = connection.api.pieces("/audit/export", after=after)
        if out is None:
            for piece in pieces:
                sys.stdout.buffer.write(piece)
            return
        with out.open("wb") as target:
            size = sum(target.write(piece) for piece in pieces)
    terminal.tell(f"已写入 {out}（{size} 字节）", f"Written to {out} ({size} bytes)")


def _kept_head(text: str) -> dict[str, Any]:
    if not text:
        return {}
    seq, _, digest = text.partition(":")
    if not seq.isdigit() or int(seq) < 1 or len(digest) != 64:
        raise Failure("--head 应为 序号:64 位摘要", "--head is NUMBER:HASH with 64 digits", USAGE)
    return {"seq": seq, "hash": digest.lower()}


def _watched(lines: Iterator[bytes] | Any, kept: dict[str, Any]) -> Iterator[bytes]:
    """The lines as they are, while it is looked whether the kept head is among the events."""
    wanted = f'"seq":{kept["seq"]}}},"hash":"{kept["hash"]}"'.encode() if kept else b""
    for line in lines:
        if wanted and wanted in line:
            kept["seen"] = True
            wanted = b""
        yield line


def _lines(pieces: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole
    if rest:
        yield rest


def _show(terminal: Terminal, found: Mapping[str, Any]) -> None:
    for one in found["breaks"]:
        words = terminal.text(*BREAKS[one["kind"]])
        upto = f"–{one['last']}" if one["last"] > one["seq"] else ""
        terminal.result(f"#{one['seq']}{upto}  {words}  {one['detail']}".rstrip())
    if found["more_breaks"]:
        more = found["more_breaks"]
        terminal.result(terminal.text(f"另有 {more} 处", f"{more} more"))
    head = found["head"]
    erased = found["erased"]
    terminal.result(
        terminal.text(
            f"{found['events']} 个事件，其中 {erased} 个的个人信息已依法清除；链首 {head['seq']}:{head['hash']}",
            f"{found['events']} events, personal parts of {erased} erased by right; head {head['seq']}:{head['hash']}",
        )
    )
    if found["breaks"]:
        terminal.complain("审计链不完整", "The audit trail was touched")
    else:
        terminal.result(terminal.text("审计链完整", "The audit trail is whole"))
