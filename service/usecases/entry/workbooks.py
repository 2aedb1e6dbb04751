"""Workbooks of entry: drawn by a child process, read inside the jail; the server itself opens none."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ingest.jail.launch import Launch
from ingest.jail.warden import JailDied, Jails
from service.domain.entry import MOST_ROWS, Cell
from service.errors import Fault, InvalidInput, TooLarge, Unavailable

MOST_BYTES = 1 << 20
"""Of one workbook."""
SECONDS = 30
"""How long a workbook may take to be drawn or read."""
IDLE = 20.0
ABOUT = "fonds"
"""The sheet on which a template says what it is."""

REFUSED = {
    "no_workbook": "不是 .xlsx 工作簿；在 Excel 或 WPS 中另存为 .xlsx 后再传",
    "encrypted": "工作簿有密码；去掉密码后再传",
    "bomb": "工作簿展开后过大，没有读",
    "bad_archive": "工作簿已损坏，重新保存后再传",
    "damaged": "工作簿已损坏，重新保存后再传",
}
"""Why a workbook cannot be read → what is said of it."""


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line that holds something, by its number in the sheet, from 1."""

    n: int
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class ReadBook:
    """A workbook as it was filled in: its heads, its lines, and what the template says of itself."""

    heads: Sequence[Cell]
    lines: Sequence[ReadLine]
    facts: Mapping[str, str] = field(default_factory=dict)


class Workbooks:
    """Draws and reads; the reader is made when the first workbook comes."""

    def __init__(self) -> None:
        self._jails: Jails | None = None
        self._lock = threading.Lock()

    def draw(self, described: Mapping[str, Any]) -> bytes:
        """The workbook that `service.printing.workbook` draws of this. Raises `Unavailable`."""
        command = [sys.executable, "-m", "service.printing.workbook"]
        given = json.dumps(described, ensure_ascii=False).encode("utf-8", "replace")
        try:
            done = subprocess.run(command, input=given, capture_output=True, timeout=SECONDS, check=True)
        except (OSError, subprocess.SubprocessError) as fault:
            raise Unavailable("printing", str(fault)) from fault
        return done.stdout

    def read(self, data: bytes) -> ReadBook:
        """What somebody filled in. Raises `InvalidInput`, `TooLarge`."""
        if len(data) > MOST_BYTES:
            raise TooLarge("工作簿超过 %(limit)s MB，分成几份录入", limit=MOST_BYTES >> 20)
        with tempfile.TemporaryFile() as spool:
            spool.write(data)
            spool.flush()
            os.lseek(spool.fileno(), 0, os.SEEK_SET)
            try:
                reply = self._ready().run({"about": ABOUT, "lines": MOST_ROWS}, spool.fileno(), SECONDS)
            except JailDied as died:
                raise _refused("damaged") from died
        if code := str(reply.body.get("fault", "")):
            raise _refused(code)
        if reply.body.get("more"):
            raise InvalidInput(
                [Fault("file", "too_many", "一份最多 %(limit)s 行，分成几份录入", {"limit": MOST_ROWS})]
            )
        lines = [ReadLine(int(n), [_cell(one) for one in cells]) for n, cells in json.loads(reply.text)]
        if not lines:
            raise InvalidInput([Fault("file", "empty", "工作簿的第一张表是空的")])
        facts = {str(name): str(value) for name, value in reply.body.get("hidden", {}).items()}
        return ReadBook(lines[0].cells, lines[1:], facts)

    def close(self) -> None:
        """End the reader."""
        with self._lock:
            if self._jails:
                self._jails.close()
                self._jails = None

    def _ready(self) -> Jails:
        with self._lock:
            self._jails = self._jails or Jails(Launch(task="ingest.tasks.workbook:read", idle=IDLE), most=1)
            return self._jails


def _cell(told: Sequence[Any]) -> Cell:
    kind, value = str(told[0]), told[1]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 1 << 53:
        return "s", str(value)  # no database keeps it as a number
    return kind, value


def _refused(code: str) -> InvalidInput:
    return InvalidInput([Fault("file", code, REFUSED.get(code, REFUSED["damaged"]))])
