"""Commands on holdings: import and search."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from ingest.migrate.folder import FolderOrigin
from service.cli import bags
from service.cli.connection import connected, wait_for_index
from service.cli.importing import FATES, Importer, Summary, lost
from service.cli.terminal import DIFFERENT, USAGE, Failure, Terminal, writing
from service.settings import Settings
from service.usecases.tables import as_csv, as_workbook

Category = Annotated[str, typer.Option("--category", help="类别代码，如 HT / code of a category, such as HT")]
AsJson = Annotated[bool, typer.Option("--json", help="给程序看的 JSON / JSON for programs")]

WORDS = {
    "archived": ("已收", "archived"),
    "duplicates": ("重复", "duplicates"),
    "set_aside": ("搁置", "set aside"),
    "quarantined": ("隔离", "quarantined"),
    "failed": ("失败", "failed"),
}
PLACES = {
    "page": ("第 {} 页", "page {}"),
    "slide": ("第 {} 张幻灯片", "slide {}"),
    "line": ("第 {} 行", "line {}"),
    "part": ("第 {} 部分", "part {}"),
    "second": ("第 {} 秒", "second {}"),
}
REPORT_FIELDS = ("path", "fate", "reason", "size", "record_id", "file_id")
PAGE = 200


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("import")(import_folder)
    app.command("search")(search)


def import_folder(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="要导入的文件夹 / folder to import")],
    category: Category = "",
    as_json: AsJson = False,
    report: Annotated[
        Path | None, typer.Option(help="每个文件的结果，.json 或 .csv / the fate of every file")
    ] = None,
    bagit: Annotated[
        bool, typer.Option("--bagit", help="这是 fonds export 写的包 / the folder is a bag of fonds export")
    ] = False,
) -> None:
    """导入文件夹：每个文件都有去向；再次运行不会重复收录。/ Import a folder; running it again adds nothing twice.

    退出码 1：有文件读不了或存不下。/ Exit code 1: some file could not be read or stored.
    """
    terminal: Terminal = ctx.obj
    _require_folder(folder)
    require_report(report)
    if bagit:
        _import_bag(terminal, folder, as_json=as_json)
        return
    with connected(Settings.from_env(), terminal) as connection:
        importer = Importer(connection.api, terminal, FolderOrigin(folder), category)
        try:
            summary = importer.run()
            if report is not None:
                write_report(report, importer.lines())
            wait_for_index(connection.api)
        except Failure as fault:
            raise lost(importer, fault) from fault
    if as_json:
        terminal.result(json.dumps(summary.as_json()))
    else:
        _show_summary(terminal, summary)
    if summary.failed:
        raise typer.Exit(DIFFERENT)


def _import_bag(terminal: Terminal, folder: Path, *, as_json: bool) -> None:
    done = bags.bring_in(terminal, folder)
    if as_json:
        terminal.result(json.dumps(asdict(done), ensure_ascii=False))
    else:
        text = terminal.text(
            "已导入 {records} 件、{files} 个文件，摘要逐一相符；此前已导入 {kept} 件",
            "Brought in {records} records and {files} files, every digest as it was; {kept} were here already",
        )
        terminal.result(text.format(**asdict(done)))
        for fault in done.faults:
            terminal.complain(fault, fault)
    if done.faults:
        raise typer.Exit(DIFFERENT)


def search(  # noqa: PLR0913, PLR0917  typer reads a command's options from its parameters
    ctx: typer.Context,
    query: Annotated[str, typer.Argument(help='检索词，"短语"，字段:值 / words, "phrases", field:value')],
    as_json: AsJson = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="最多几条 / at most")] = 20,
    category: Category = "",
    date_from: Annotated[
        str, typer.Option("--from", metavar="DATE", help="档案日期从 / date of the record from")
    ] = "",
    date_to: Annotated[
        str, typer.Option("--to", metavar="DATE", help="档案日期至 / date of the record to")
    ] = "",
    explain: Annotated[
        bool, typer.Option("--explain", help="每条命中的得分由来 / of what each score is made")
    ] = False,
) -> None:
    """全文检索。/ Search descriptions and texts."""
    terminal: Terminal = ctx.obj
    asked = {"q": query, "category": category, "from": date_from, "to": date_to}
    scores: list[Mapping[str, Any]] = []
    with connected(Settings.from_env(), terminal) as connection:
        found = connection.api.get("/search", **asked, limit=min(limit, PAGE))
        hits, cursor = found["hits"], found["next_cursor"]
        while cursor and len(hits) < limit:
            more = connection.api.get("/search", **asked, limit=PAGE, cursor=cursor)
            hits, cursor = hits + more["hits"], more["next_cursor"]
        if explain:
            scores = [connection.api.get(f"/records/{hit['id']}/score", **asked) for hit in hits[:limit]]
    if as_json:
        told = _for_programs(found, hits[:limit]) | ({"explanations": scores} if explain else {})
        terminal.result(json.dumps(told, ensure_ascii=False))
        return
    for problem in found["problems"]:
        terminal.tell(problem["text"], problem["text"])
    for number, hit in enumerate(hits[:limit], 1):
        _show_hit(terminal, number, hit)
        if scores:
            _show_score(terminal, scores[number - 1])
    total = found["total"]
    terminal.tell(f"共 {total} 件", f"{total} records in all")


def _for_programs(found: Mapping[str, Any], hits: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    nowhere = {"kind": "", "number": 0, "label": ""}
    return {
        "total": found["total"],
        "hits": [
            {name: hit[name] for name in ("id", "title", "category", "file", "score")}
            | {"place": hit["place"] or nowhere, "snippet": hit["snippet"]}
            for hit in hits
        ],
        "facets": {name: found["facets"].get(name, []) for name in ("category", "year")},
    }


def _show_hit(terminal: Terminal, number: int, hit: Mapping[str, Any]) -> None:
    place = hit["place"]
    words = PLACES.get(place["kind"]) if place else None
    where = terminal.text(*words).format(place["number"]) if words else place["label"] if place else ""
    about = [hit["ref_code"], hit["category_name"], hit["date"] or "", hit["file"], where]
    terminal.out.print(Text(f"{number}. {hit['title']}", style="bold"))
    terminal.out.print(Text("   " + " · ".join(part for part in about if part), style="dim"))
    if hit["snippet"]:
        snippet = Text("   " + hit["snippet"].replace("\n", " "))
        for start, end in hit["marks"]:
            snippet.stylize("bold yellow", start + 3, end + 3)
        terminal.out.print(snippet)


def _show_score(terminal: Terminal, told: Mapping[str, Any]) -> None:
    read = terminal.text("检索式读作", "read as") + f" {told['searched']}"
    step = f" ({told['widened']})" if told["widened"] else ""
    terminal.out.print(Text(f"   {told['score']:.2f} = {read}{step}", style="dim"))
    for part in told["parts"]:
        terminal.out.print(
            Text(f"   {part['score']:8.2f}  {part['field']}: {' '.join(part['terms'])}", style="dim")
        )


def _show_summary(terminal: Terminal, summary: Summary) -> None:
    rows = [(terminal.text("发现", "found"), str(summary.found))]
    rows += [(terminal.text(*WORDS[fate]), str(getattr(summary, fate))) for fate in FATES]
    rows.append((terminal.text("字节", "bytes"), f"{summary.bytes:,}"))
    rows.append((terminal.text("用时（秒）", "seconds"), f"{summary.seconds:.1f}"))
    terminal.table(rows)


def write_report(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    """Write the fate of every entry, as JSON or, for spreadsheets, as a workbook or CSV, while it is read."""
    ending = path.suffix.lower()
    if ending == ".json":
        with path.open("w", encoding="utf-8") as file:
            for number, line in enumerate(lines):
                file.write(",\n " if number else "[\n ")
                json.dump({name: line[name] for name in REPORT_FIELDS}, file, ensure_ascii=False)
            file.write("\n]\n" if file.tell() else "[]\n")
        return
    rows = ([str(line[name]) for name in REPORT_FIELDS] for line in lines)
    make = as_workbook if ending == ".xlsx" else as_csv
    with path.open("wb") as out:
        out.writelines(make(chain([REPORT_FIELDS], rows)))


def _require_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise Failure(f"没有文件夹 {folder}", f"There is no folder {folder}", USAGE)


def require_report(report: Path | None) -> None:
    """Refuse a report that could not be written, before anything is done."""
    if report is None:
        return
    if report.suffix.lower() not in (".json", ".csv", ".xlsx"):
        raise Failure(
            "--report 的文件名应以 .json、.csv 或 .xlsx 结尾",
            "--report takes a name in .json, .csv or .xlsx",
            USAGE,
        )
    with writing(report):
        report.open("a").close()
