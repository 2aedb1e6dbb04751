"""Commands of migration: plan, check, run, report, list, pause, resume, stop."""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from ingest.migrate.opening import open_origin
from ingest.migrate.port import Origin, OriginUnusable
from service.cli.archive import WORDS, require_report, write_report
from service.cli.client import Api
from service.cli.connection import connected, wait_for_index
from service.cli.importing import FATES, lines_of
from service.cli.moving import Moved, Mover
from service.cli.terminal import DIFFERENT, USAGE, Failure, Terminal
from service.settings import Settings

MOST_FOLDERS = 2000
DEEPEST = 3
"""Levels of folders whose names a first plan looks at."""

Place = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="文件夹、zip/tar/7z/rar、smb://用户@服务器/共享、s3+https://… / folder, archive file, share, bucket",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="给程序看的 JSON / JSON for programs")]
Mapping_ = Annotated[
    Path | None,
    typer.Option("--mapping", "-m", help="映射文件 YAML / mapping file", exists=True, dir_okay=False),
]
Report = Annotated[
    Path | None, typer.Option(help="报告：.xlsx、.csv 或 .json / report of every file and its fate")
]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    group = typer.Typer(help="迁移共享文件夹 / migrate shared folders", no_args_is_help=True)
    for command in (plan, check, run, report, pause, resume, stop):
        group.command()(command)
    group.command("list")(list_all)
    app.add_typer(group, name="migrate")


def plan(
    ctx: typer.Context,
    source: Place,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="写到文件 / write to a file")] = None,
) -> None:
    """由文件夹名拟一份映射文件。/ Propose a mapping file from the names of folders."""
    terminal: Terminal = ctx.obj
    with _origin(source) as origin, connected(Settings.from_env(), terminal) as connection:
        folders = _folders(origin)
        mapping = connection.api.post("/migrations/proposal", {"folders": folders})["mapping"]
    if out is None:
        terminal.result(mapping)
        return
    out.write_text(mapping, "utf-8")
    terminal.tell(
        f"已写 {out}；改好后：fonds migrate check {source} -m {out}",
        f"Wrote {out}; edit it, then: fonds migrate check {source} -m {out}",
    )


def check(
    ctx: typer.Context,
    source: Place,
    mapping: Mapping_ = None,
    report: Report = None,
    as_json: AsJson = False,
) -> None:
    """试运行：看每个文件会归到哪里，什么也不收。/ Dry run: see where each file would go; nothing is taken."""
    terminal: Terminal = ctx.obj
    require_report(report)
    with _origin(source) as origin, connected(Settings.from_env(), terminal) as connection:
        saved = _saved(connection.api, origin, mapping)
        started = _started(connection.api, saved["id"], dry=True)
        moved = Mover(connection.api, terminal, origin, started).move()
        lines = list(lines_of(connection.api, moved.run)) if report or not as_json else []
    if report is not None:
        write_report(report, lines)
    if as_json:
        terminal.result(json.dumps(moved.as_json()))
        return
    counts = Counter(line["said"].get("category", "") for line in lines if line["fate"] == "planned")
    rows = [
        (code or terminal.text("（未归类）", "(no category)"), str(count))
        for code, count in counts.most_common()
    ]
    terminal.table([(terminal.text("将收", "to take"), str(moved.planned)), *rows, *_rows(terminal, moved)])


def run(  # noqa: PLR0913, PLR0917  typer reads a command's options from its parameters
    ctx: typer.Context,
    source: Place,
    mapping: Mapping_ = None,
    parallel: Annotated[int, typer.Option(min=1, max=16, help="同时几路 / ways at once")] = 4,
    rate: Annotated[int, typer.Option(min=0, help="每秒最多字节，0 不限 / bytes a second at most")] = 0,
    watch: Annotated[int, typer.Option(min=0, help="每隔几分钟再来一次 / again every so many minutes")] = 0,
    wait: Annotated[bool, typer.Option(help="等到都处理完 / wait until all is processed")] = True,
    report: Report = None,
    as_json: AsJson = False,
) -> None:
    """迁移：只收新的和改过的；中断后再次运行即可继续。/ Migrate what is new or changed; run it again after a cut.

    退出码 1：有文件读不了或存不下。/ Exit code 1: some file could not be read or stored.
    """
    terminal: Terminal = ctx.obj
    require_report(report)
    settings = Settings.from_env()
    while True:
        with _origin(source) as origin, connected(settings, terminal) as connection:
            api = connection.api
            saved = _saved(api, origin, mapping, parallel=parallel, rate=rate)
            started = _started(api, saved["id"], dry=False)
            moved = Mover(api, terminal, origin, started, wait=wait).move()
            if report is not None:
                write_report(report, lines_of(api, moved.run))
            if wait:
                wait_for_index(api)
        if as_json:
            terminal.result(json.dumps(moved.as_json()))
        else:
            terminal.table(_rows(terminal, moved))
        if not watch:
            break
        time.sleep(60 * watch)
    if moved.summary.failed:
        raise typer.Exit(DIFFERENT)


def report(
    ctx: typer.Context,
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="运行编号 / id of a run")],
    xlsx: Annotated[Path | None, typer.Option(help="写成 Excel / as a workbook")] = None,
    csv: Annotated[Path | None, typer.Option(help="写成 CSV / as CSV")] = None,
    as_json: AsJson = False,
) -> None:
    """一次运行的报告：每个文件和它的去向。/ The report of a run: every file and its fate."""
    terminal: Terminal = ctx.obj
    for path, ending in ((xlsx, ".xlsx"), (csv, ".csv")):
        if path is not None and path.suffix.lower() != ending:
            raise Failure(f"{path} 应以 {ending} 结尾", f"{path} must end in {ending}", USAGE)
    with connected(Settings.from_env(), terminal) as connection:
        lines = lines_of(connection.api, run_id)
        targets = [path for path in (xlsx, csv) if path is not None]
        if as_json or not targets:
            sys.stdout.write("[\n")
            for number, line in enumerate(lines):
                sys.stdout.write(("," if number else "") + json.dumps(line, ensure_ascii=False) + "\n")
            sys.stdout.write("]\n")
            lines = lines_of(connection.api, run_id)
        for path in targets:
            write_report(path, lines)
            lines = lines_of(connection.api, run_id)


def list_all(ctx: typer.Context, as_json: AsJson = False) -> None:
    """列出迁移和它们最近一次运行。/ List migrations and their last runs."""
    terminal: Terminal = ctx.obj
    with connected(Settings.from_env(), terminal) as connection:
        found = connection.api.get("/migrations", limit=200)["items"]
    if as_json:
        terminal.result(json.dumps(found, ensure_ascii=False))
        return
    for one in found:
        last = one["run"] or {"id": "-", "state": "-", "found": 0}
        terminal.result(f"{one['id']}  {one['origin']}  {last['id']}  {last['state']}  {last['found']}")


def pause(ctx: typer.Context, source: Place) -> None:
    """暂停正在进行的运行。/ Pause the run that is under way."""
    _control(ctx.obj, source, "pause")


def resume(ctx: typer.Context, source: Place) -> None:
    """继续暂停的运行。/ Go on with a paused run."""
    _control(ctx.obj, source, "resume")


def stop(ctx: typer.Context, source: Place) -> None:
    """停止正在进行的运行；已收的留下。/ Stop the run that is under way; what it took stays."""
    _control(ctx.obj, source, "stop")


def _control(terminal: Terminal, source: str, act: str) -> None:
    address = _address(source)
    with connected(Settings.from_env(), terminal) as connection:
        found = connection.api.get("/migrations", limit=200)["items"]
        one = next((one for one in found if address in (one["id"], one["origin"])), None)
        if one is None:
            raise Failure(f"没有来源为 {address} 的迁移", f"There is no migration of {address}", USAGE)
        connection.api.post(f"/migrations/{one['id']}/control", {"act": act})


@contextmanager
def _origin(source: str) -> Iterator[Origin]:
    """The place, once it has answered: nothing is entered for one that cannot be read at all."""
    try:
        with closing(open_origin(source)) as origin:
            next(origin.entries(), None)
            yield origin
    except OriginUnusable as fault:
        raise Failure(fault.chinese, fault.english, USAGE) from fault


def _address(source: str) -> str:
    try:
        origin = open_origin(source)
    except OriginUnusable:
        return source
    return origin.address


def _saved(
    api: Api, origin: Origin, mapping: Path | None, *, parallel: int = 4, rate: int = 0
) -> dict[str, Any]:
    text = mapping.read_text("utf-8-sig") if mapping else ""
    body = {"origin": origin.address, "mapping": text, "parallel": parallel, "rate": rate}
    saved: dict[str, Any] = api.steadily(lambda: api.send("POST", "/migrations", body))
    return saved


def _started(api: Api, migration_id: str, *, dry: bool) -> dict[str, Any]:
    """The run that is begun; twice begun it is one."""
    at = f"/migrations/{migration_id}/runs"
    run: dict[str, Any] = api.steadily(lambda: api.send("POST", at, {"dry": dry}))
    return run


def _folders(origin: Origin) -> list[str]:
    """The upper folders that files lie in."""
    found: dict[str, None] = {}
    try:
        for entry in origin.entries():
            parts = entry.path.split("/")[:-1][:DEEPEST]
            for depth in range(1, len(parts) + 1):
                found.setdefault("/".join(parts[:depth]))
            if len(found) >= MOST_FOLDERS:
                break
    except OriginUnusable as fault:
        raise Failure(fault.chinese, fault.english, USAGE) from fault
    return list(found)[:MOST_FOLDERS]


def _rows(terminal: Terminal, moved: Moved) -> list[tuple[str, str]]:
    summary = moved.summary
    rows = [(terminal.text("发现", "found"), str(summary.found))]
    rows += [(terminal.text(*WORDS[fate]), str(getattr(summary, fate))) for fate in FATES]
    if moved.waiting:
        rows.append((terminal.text("等待处理", "waiting"), str(moved.waiting)))
    rows.append((terminal.text("未变", "unchanged"), str(moved.unchanged)))
    rows.append((terminal.text("字节", "bytes"), f"{summary.bytes:,}"))
    rows.append((terminal.text("用时（秒）", "seconds"), f"{summary.seconds:.1f}"))
    rows.append((terminal.text("运行", "run"), moved.run))
    return rows
