"""What status and check say to people: in the terminal's language, to the last word but names."""

import io
import re
from typing import Any

import pytest
from rich.console import Console

from ingest.jail.warden import Jails
from service.cli.terminal import Terminal
from service.cli.upkeep import WALLS, _show_check, _status_rows

FOUND = {
    "version": "1",
    "running": False,
    "parts": dict.fromkeys(("database", "objects", "search", "queue", "workers", "keys"), ""),
    "records": 3,
    "files": {"pending": 0, "running": 0, "failed": 0, "quarantined": 0},
    "to_index": 0,
    "jail": dict.fromkeys(WALLS, True) | {"seccomp": False},
}


def test_every_name_and_state_is_in_the_language_of_the_terminal() -> None:
    rows = list(_status_rows(Terminal(), FOUND))
    assert [name for name, _ in rows if name.isascii()] == []
    assert ("检索", "正常") in rows
    assert ("解析隔离 · 系统调用限制（seccomp）", "没有") in rows
    assert all(
        "".join(row).isascii() for row in _status_rows(Terminal(english=True), FOUND) if "·" not in row[0]
    )


def test_every_wall_has_its_words() -> None:
    jails = Jails()
    try:
        assert set(jails.walls()) <= set(WALLS)
    finally:
        jails.close()


@pytest.mark.parametrize(
    ("kind", "detail", "said"),
    [
        ("changed", "file a1: SHA-256 9f", "原文被改动  k  文件 a1，现在的 SHA-256 为 9f"),
        ("changed", "file a1: 3 bytes instead of 4", "原文被改动  k  文件 a1，现有 3 字节，应为 4"),
        ("missing", "file a1", "原文缺失  k  文件 a1"),
        ("count", "1 instead of 2", "引用数不符  k  登记 1，应为 2"),
        ("not_indexed", "渠道合同", "未进检索库  k  渠道合同"),
    ],
)
def test_a_difference_is_told_in_chinese(kind: str, detail: str, said: str) -> None:
    one: dict[str, Any] = {"kind": kind, "what": "k", "detail": detail, "repaired": False}
    report = {"differences": [one], "resting": [], "records": 1, "files": 1, "objects": 1}
    stream = io.StringIO()
    console = Console(file=stream, highlight=False, soft_wrap=True)
    _show_check(Terminal(out=console, err=console), report)
    assert re.sub(r"\s+$", "", stream.getvalue().splitlines()[0]) == said
