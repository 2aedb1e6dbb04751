"""Push: files and folders go up in parts, and a push that was cut goes on where it was when it is run again."""

import base64
import hashlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from ingest.files.walk import Entry, SourceChanged, open_source, shown, walk
from service.cli.client import Api, Refused
from service.cli.connection import connected, wait_for_index
from service.cli.terminal import DIFFERENT, INTERRUPTED, USAGE, Bar, Failure, Terminal
from service.settings import Settings
from storage.parting import part_size, place

AT_ONCE = 8
"""Parts of a large file, or small files, under way together."""
PAUSE = 0.5
"""Seconds between two looks at an upload that is being proved."""
WORDS = {
    "stored": ("已收", "stored"),
    "duplicates": ("重复", "duplicates"),
    "set_aside": ("搁置", "set aside"),
    "failed": ("失败", "failed"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of everything that is pushed."""

    category: str = ""
    department: str = ""
    customer: str = ""
    keywords: Sequence[str] = ()
    record: str = ""


@dataclass(slots=True)
class Pushed:
    """What became of a push; the sums add up to what was found."""

    stored: int = 0
    duplicates: int = 0
    set_aside: int = 0
    failed: int = 0
    bytes: int = 0
    files: list[dict[str, str]] = field(default_factory=list)


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command("push")(push)


def push(  # noqa: PLR0913, PLR0917  typer reads a command's options from its parameters
    ctx: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="FILE|DIR", help="文件或文件夹 / a file or folder")],
    category: Annotated[str, typer.Option(help="类别代码 / code of a category")] = "",
    department: Annotated[str, typer.Option(help="部门 / department")] = "",
    customer: Annotated[str, typer.Option(help="客户 / customer")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="标签，可多次 / a tag, repeatable")] = None,
    record: Annotated[str, typer.Option(help="加到这件档案 / id of the record to add to")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="给程序看的 JSON / JSON for programs")] = False,
) -> None:
    """上传文件或文件夹，分段、可续传；中断后再次运行同一命令即可继续。/ Upload in parts; run it again to go on after a cut.

    退出码 1：有文件读不了或被拒收。/ Exit code 1: some file could not be read or was refused.
    """
    terminal: Terminal = ctx.obj
    if not source.exists():
        raise Failure(f"没有 {source}", f"There is no {source}", USAGE)
    said = Said(category, department, customer, tuple(tag or ()), record)
    with connected(Settings.from_env(), terminal) as connection:
        pushed = Pusher(connection.api, terminal, source, said).run()
        wait_for_index(connection.api)
    if as_json:
        terminal.result(json.dumps(asdict(pushed), ensure_ascii=False))
    else:
        for one in pushed.files:
            if one["fate"] == "failed":
                terminal.tell(f"{one['path']}：{one['reason']}", f"{one['path']}: {one['reason']}")
        rows = [(terminal.text(*WORDS[name]), str(getattr(pushed, name))) for name in WORDS]
        terminal.table([*rows, (terminal.text("字节", "bytes"), f"{pushed.bytes:,}")])
    if pushed.failed:
        raise typer.Exit(DIFFERENT)


class Pusher:
    """One push. A file is known by its place, size and time of change: so the same one is never sent twice."""

    def __init__(self, api: Api, terminal: Terminal, source: Path, said: Said) -> None:
        self._api, self._terminal, self._said = api, terminal, said
        self._source = source.absolute()
        self._drop = hashlib.sha256(f"{self._source}\0{time.time_ns()}".encode()).hexdigest()[:32]
        self._parts = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="part")

    def run(self) -> Pushed:
        """Push everything; raises `Failure` when the server is lost or full, or on Ctrl-C."""
        pushed = Pushed()
        small = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="push")
        try:
            with self._terminal.progress("上传", "Uploading") as bar:
                for entries in _lots(self._entries()):
                    large = [entry for entry in entries if entry.size > part_size(entry.size)]
                    rest = [entry for entry in entries if entry not in large]
                    for done in small.map(self._one, rest):
                        self._count(pushed, done, bar)
                    for entry in large:
                        self._count(pushed, self._one(entry), bar)
        except KeyboardInterrupt:
            raise Failure(
                "已中断：传完的都已妥善保存，没传完的已传部分保留。再次运行同一命令即可继续",
                "Interrupted: what was complete is safe, and what had come of the rest is kept. Run it again to go on",
                INTERRUPTED,
            ) from None
        finally:
            self._api.hurry()
            small.shutdown(wait=True, cancel_futures=True)
            self._parts.shutdown(wait=True, cancel_futures=True)
        return pushed

    def _entries(self) -> Iterator[Entry]:
        if self._source.is_dir():
            yield from walk(self._source)
            return
        raw = os.fsencode(self._source.name)
        only = self._source.stat()
        yield Entry(
            raw,
            shown(raw),
            "file" if only.st_size else "set_aside",
            "" if only.st_size else "empty",
            only.st_size,
            None,
            os.fsencode(self._source.parent),
        )

    def _count(self, pushed: Pushed, done: dict[str, Any], bar: Bar) -> None:
        setattr(pushed, done["fate"], getattr(pushed, done["fate"]) + 1)
        pushed.bytes += done.pop("size")
        pushed.files.append(done)
        bar.show(len(pushed.files), None)

    def _one(self, entry: Entry) -> dict[str, Any]:
        said = {"path": entry.path, "reason": entry.reason, "record_id": "", "size": 0}
        if entry.kind != "file":
            return said | {"fate": entry.kind}
        try:
            view = self._send(entry)
        except Refused as refused:
            if refused.status in (401, 403, 503, 507):
                raise
            return said | {"fate": "failed", "reason": str(refused)}
        except SourceChanged:
            return said | {"fate": "failed", "reason": "changed"}
        except OSError as fault:
            return said | {"fate": "failed", "reason": fault.strerror or "unreadable"}
        if view["state"] != "stored":
            return said | {"fate": "failed", "reason": view["reason"] or view["state"]}
        fate = "duplicates" if view["duplicate"] else "stored"
        return said | {"fate": fate, "record_id": view["record_id"], "size": view["size"]}

    def _send(self, entry: Entry) -> Any:
        with open_source(entry) as source:
            before = os.fstat(source.fileno())
        view = self._announce(entry, before)
        if view["state"] == "open":
            there = {part["number"] for part in self._api.get(f"/uploads/{view['id']}/parts")["items"]}
            missing = [number for number in range(1, view["part_count"] + 1) if number not in there]
            send = lambda number: self._part(entry, before, view, number)  # noqa: E731
            list(self._parts.map(send, missing) if len(missing) > 1 else map(send, missing))
            at = f"/uploads/{view['id']}/complete"
            view = self._api.steadily(lambda: self._api.send("POST", at))
        while view["state"] == "verifying":
            time.sleep(PAUSE)
            view = self._api.get(f"/uploads/{view['id']}")
        return view

    def _announce(self, entry: Entry, before: os.stat_result) -> Any:
        inside = f"{self._source.name}/{entry.path}" if self._source.is_dir() else ""
        body = asdict(self._said) | {
            "name": entry.name,
            "size": before.st_size,
            "path": inside,
            "modified": entry.modified.isoformat() if entry.modified else "",
            "drop": self._drop,
        }
        body["keywords"] = list(self._said.keywords)
        whole = f"{self._source}\0{before.st_size}\0{before.st_mtime_ns}\0{json.dumps(asdict(self._said))}\0"
        key = "push-" + hashlib.sha256(os.fsencode(whole) + entry.raw).hexdigest()
        return self._api.steadily(lambda: self._api.send("POST", "/uploads", body, key=key))

    def _part(self, entry: Entry, before: os.stat_result, view: Any, number: int) -> None:
        start, length = place(before.st_size, number)
        with open_source(entry) as source:
            now = os.fstat(source.fileno())
            data = os.pread(source.fileno(), length, start)
        same = (now.st_size, now.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
        if not same or len(data) != length:
            raise SourceChanged("the file changed while it was sent")
        digest = base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()

        def send() -> None:
            at = f"/uploads/{view['id']}/links"
            link = self._api.send("GET", f"{at}?first={number}&last={number}")["items"][0]
            self._api.put(link["url"], data, {"Content-MD5": digest})

        self._api.steadily(send)


def _lots(entries: Iterator[Entry]) -> Iterator[list[Entry]]:
    lot: list[Entry] = []
    for entry in entries:
        lot.append(entry)
        if len(lot) == 8 * AT_ONCE:
            yield lot
            lot = []
    if lot:
        yield lot
