"""Bags: records with their originals and descriptions as RFC 8493 has them, written out and brought in again."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from service.cli.client import Api, Refused
from service.cli.connection import connected, wait_for_index
from service.cli.terminal import DIFFERENT, USAGE, Failure, Terminal, writing
from service.domain.bags import manifest_line, short_name, tag_files
from service.settings import Settings

PAGE = 200
CHUNK = 1 << 20
SAID = (
    *("title", "category", "date", "department", "responsible", "doc_no", "secrecy", "retention"),
    *("copy_status", "original_place", "language", "keywords", "fields", "note"),
)
"""What of a description is brought in again; what else stands in record.json is the archive's own."""
ANYWHERE = ("title", "date", "secrecy", "keywords", "note", "responsible", "doc_no")
"""What an archive with another scheme takes too. Never without the secrecy: it must not be lowered on the way."""


@dataclass(slots=True)
class Bagged:
    """What a bag holds, or what became of it: `kept` records were here already."""

    records: int = 0
    files: int = 0
    bytes: int = 0
    kept: int = 0
    faults: list[str] = field(default_factory=list)


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command("export")(export)


def export(  # noqa: PLR0913, PLR0917  typer reads a command's options from its parameters
    ctx: typer.Context,
    bagit: Annotated[
        Path, typer.Option("--bagit", metavar="DIR", help="写到这个新文件夹 / the folder to make")
    ],
    query: Annotated[str, typer.Argument(help="检索式，空为全部 / a query; empty: everything")] = "",
    category: Annotated[str, typer.Option(help="类别代码 / code of a category")] = "",
    dossier: Annotated[str, typer.Option(help="案卷 / id of a dossier")] = "",
    record: Annotated[
        list[str] | None, typer.Option(help="档案，可多次 / id of a record, repeatable")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="给程序看的 JSON / JSON for programs")] = False,
) -> None:
    """导出为 BagIt 包（RFC 8493）：原文、著录与校验清单。/ Export as a bag: originals, descriptions and digests."""
    terminal: Terminal = ctx.obj
    folder = _new_folder(bagit.expanduser().absolute())
    with (
        connected(Settings.from_env(), terminal) as connection,
        terminal.progress("导出", "Exporting") as bar,
    ):
        bag = _Writer(connection.api, folder)
        for record_id in _chosen(connection.api, query, category, dossier, record or []):
            bag.add(record_id)
            bar.show(bag.done.records, None)
        bag.close()
    if as_json:
        terminal.result(json.dumps(_told(bag.done), ensure_ascii=False))
    else:
        done = bag.done
        terminal.result(
            terminal.text(
                f"已导出 {done.records} 件、{done.files} 个文件（{done.bytes:,} 字节）到 {folder}",
                f"Exported {done.records} records, {done.files} files ({done.bytes:,} bytes) to {folder}",
            )
        )
        for fault in done.faults:
            terminal.complain(fault, fault)
    if bag.done.faults:
        raise typer.Exit(DIFFERENT)


def bring_in(terminal: Terminal, folder: Path) -> Bagged:
    """Bring a bag in: verified whole first, then record by record as drafts; run again, it adds nothing twice.

    Raises `Failure` for what is no bag or not whole; then nothing has come in.
    """
    settings = Settings.from_env()
    _verified(folder, terminal)
    digest = hashlib.sha256((folder / "manifest-sha256.txt").read_bytes()).hexdigest()
    log = settings.home / "bags" / f"{digest[:32]}.json"
    came: dict[str, str] = json.loads(log.read_text("utf-8")) if log.exists() else {}
    done = Bagged()
    with connected(settings, terminal) as connection, terminal.progress("导入", "Importing") as bar:
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for described in sorted(folder.glob("data/*/record.json")):
            told = json.loads(described.read_text("utf-8"))
            if told["id"] in came:
                done.kept += 1
            else:
                came[told["id"]] = _bring(connection.api, told, described.parent, done)
                draft = log.with_suffix(".new")
                draft.write_text(json.dumps(came), "utf-8")
                draft.replace(log)
            bar.show(done.records + done.kept, None)
        wait_for_index(connection.api)
    return done


class _Writer:
    """A bag that is being written; it becomes one with its last file, the declaration."""

    def __init__(self, api: Api, folder: Path) -> None:
        self._api, self._folder = api, folder
        self._lines: list[str] = []
        self.done = Bagged()

    def add(self, record_id: str) -> None:
        """Write one record. A file that nobody may have (quarantined) is told, and its description says that it is
        left out."""
        told = self._api.get(f"/records/{record_id}")
        place = f"data/{told['id']}"
        for number, file in enumerate(told["files"], 1):
            name = f"{place}/files/{number:03}-{short_name(file['name'])}"
            try:
                self._original(name, file)
            except Refused as refused:
                self.done.faults.append(f"{told['title']} / {file['name']}: {refused}".splitlines()[0])
                continue
            file["bag_path"] = name
            self.done.files += 1
            self.done.bytes += file["size"]
        self._write(
            f"{place}/record.json", json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True).encode()
        )
        history = self._api.get(f"/records/{record_id}/history")["items"]
        self._write(f"{place}/history.json", json.dumps(history, ensure_ascii=False, indent=1).encode())
        self.done.records += 1

    def close(self) -> None:
        """Write the manifests and what makes it a bag."""
        octets = sum(path.stat().st_size for path in self._folder.glob("data/**/*") if path.is_file())
        for name, text in tag_files(self._lines, octets, datetime.now(UTC)).items():
            (self._folder / name).write_bytes(text)

    def _original(self, name: str, file: Mapping[str, Any]) -> None:
        digest, path = hashlib.sha256(), self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._api.stream(f"/files/{file['id']}/content") as chunks, path.open("wb") as out:
            for chunk in chunks:
                digest.update(chunk)
                out.write(chunk)
        if digest.hexdigest() != file["sha256"]:
            raise Failure(f"{file['name']} 与登记的摘要不符", f"{file['name']} differs from its digest")
        self._list(name, digest.hexdigest())

    def _write(self, name: str, text: bytes) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
        self._list(name, hashlib.sha256(text).hexdigest())

    def _list(self, name: str, digest: str) -> None:
        self._lines.append(manifest_line(name, digest))


def _chosen(api: Api, query: str, category: str, dossier: str, records: list[str]) -> Iterator[str]:
    """Ids of the records that are wanted, each once."""
    yield from records
    if records and not (query or category or dossier):
        return
    path, items = (f"/dossiers/{dossier}/records", "items") if dossier else ("/search", "hits")
    asked = {} if dossier else {"q": query, "category": category}
    seen = set(records)
    for each in api.each(path, of=items, **asked, limit=PAGE):
        if each["id"] not in seen:
            seen.add(each["id"])
            yield each["id"]


def _bring(api: Api, told: Mapping[str, Any], place: Path, done: Bagged) -> str:
    said = {name: told[name] for name in SAID if told.get(name) not in (None, "", [], {})}
    try:
        record = api.post("/records", said)
    except Refused as refused:
        if refused.status != 422:
            raise
        # Another scheme: what it does not know goes into the note, so that nothing is lost.
        rest = {name: value for name, value in said.items() if name not in ANYWHERE}
        kept = {name: value for name, value in said.items() if name in ANYWHERE}
        note = "\n".join(filter(None, [str(kept.get("note", "")), json.dumps(rest, ensure_ascii=False)]))
        record = api.post("/records", kept | {"note": note})
    done.records += 1
    for file in told["files"]:
        if "bag_path" not in file:
            continue
        path = place / "files" / Path(file["bag_path"]).name  # never a place that a foreign bag names
        asked = {"name": file["name"], "sha256": file["sha256"]}
        came = api.upload(f"/records/{record['id']}/files", _chunks(path), path.stat().st_size, asked)
        if came["sha256"] != file["sha256"]:
            done.faults.append(f"{file['name']}: SHA-256 {came['sha256']}")
        done.files += 1
        done.bytes += came["size"]
    return str(record["id"])


def _verified(folder: Path, terminal: Terminal) -> None:
    """Every file that is listed is there as its digest says, and none that is not; else `Failure`."""
    if not (folder / "bagit.txt").is_file() or not (folder / "manifest-sha256.txt").is_file():
        raise Failure(
            f"{folder} 不是带 SHA-256 清单的 BagIt 包", f"{folder} is no bag with a SHA-256 manifest", USAGE
        )
    listed = {}
    for line in (folder / "manifest-sha256.txt").read_text("utf-8").splitlines():
        digest, _, name = line.partition(" ")
        listed[_decoded(name.strip())] = digest.lower()
    found = [path for path in folder.glob("data/**/*") if path.is_file()]
    there = {path.relative_to(folder).as_posix() for path in found}
    # A link would bring in what lies outside of the bag.
    wrong = sorted({path.name for path in found if path.is_symlink()} | (there ^ set(listed)))
    with terminal.progress("核对", "Verifying") as bar:
        for number, name in enumerate(sorted(there & set(listed))):
            if _digest(folder / name) != listed[name]:
                wrong.append(name)
            bar.show(number, len(there))
    if wrong:
        few = "、".join(wrong[:5])
        raise Failure(
            f"这个包不完整或被改动，什么也没有导入：{few}（共 {len(wrong)} 处）",
            f"The bag is not whole, nothing came in: {', '.join(wrong[:5])} ({len(wrong)} in all)",
        )


def _decoded(name: str) -> str:
    """A path of a manifest: three characters may be percent-encoded, and nothing else (RFC 8493 2.1.3)."""
    return re.sub("%(0A|0D|25)", lambda found: chr(int(found[1], 16)), name, flags=re.IGNORECASE)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    for chunk in _chunks(path):
        digest.update(chunk)
    return digest.hexdigest()


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(lambda: file.read(CHUNK), b"")


def _new_folder(folder: Path) -> Path:
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise Failure(f"{folder} 不是空文件夹", f"{folder} is not empty", USAGE)
    return folder


def _told(done: Bagged) -> dict[str, Any]:
    return {"records": done.records, "files": done.files, "bytes": done.bytes, "faults": done.faults}
