"""Bulk download: the originals of many records as one zip that is made while it is sent, with a list of what is in it."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from zipstream import ZIP_STORED, ZipStream  # type: ignore[import-untyped]

from service.audit import Audit
from service.domain.bulk import Parcel
from service.domain.dates import day_of
from service.domain.names import tidy_file_name
from service.domain.permissions import Act, Actor, knows, may
from service.errors import Conflict, ServiceError
from service.models import BulkLine, BulkRun, File, Record
from service.usecases.bulk.bagging import Bagging, place_of
from service.usecases.bulk.work import own_run
from service.usecases.contents.files import Files
from service.usecases.describing.records import Records
from service.usecases.describing.showing import guarded
from service.usecases.tables import guarded as guarded_text

LOT = 50
"""Records that are read at once."""

LISTED = "目录.csv"
HEADS = (
    "序号",
    "题名",
    "类别",
    "部门",
    "日期",
    "档号",
    "文件",
    "在压缩包中",
    "大小（字节）",
    "SHA-256",
    "说明",
)
UNSAFE = str.maketrans(dict.fromkeys('/\\:*?"<>|', "_"))
LONGEST = 80
"""Characters of a title in the name of a folder."""


@dataclass(slots=True)
class _Names:
    """Names that are unique in the zip, whatever case a file system folds."""

    taken: set[str] = field(default_factory=set)

    def folder(self, n: int, title: str) -> str:
        """Folder of a record: its number in the list and its title."""
        plain = _plain(title)[:LONGEST].rstrip(". ") or "_"
        return self._free(f"{n:04} {plain}", "")

    def file(self, folder: str, name: str) -> str:
        """A file in a folder, with a number before the ending where the name is taken."""
        plain = _plain(tidy_file_name(name)).strip() or "_"
        stem, dot, ending = plain.rpartition(".")
        return self._free(f"{folder}/{stem or plain}", f"{dot}{ending}" if stem else "")

    def _free(self, stem: str, ending: str) -> str:
        name, number = f"{stem}{ending}", 2
        while name.casefold() in self.taken:
            name, number = f"{stem} ({number}){ending}", number + 1
        self.taken.add(name.casefold())
        return name


class BulkDownload:
    """Streams zips: bytes go from the store to the reader, nothing is kept here, so memory stays constant."""

    def __init__(self, files: Files, records: Records, audit: Audit, clock: Callable[[], datetime]) -> None:
        self._files, self._records, self._audit, self._clock = files, records, audit, clock

    def parcel(self, actor: Actor, run_id: str) -> Parcel:
        """What a download would carry now."""
        files = size = left_out = 0
        for record, of_record in self._each(actor, own_run(actor, run_id)):
            for file in of_record:
                if _hindrance(actor, record, file):
                    left_out += 1
                else:
                    files, size = files + 1, size + file.size
        return Parcel(files, size, left_out)

    def archive(self, actor: Actor, run_id: str) -> Iterator[bytes]:
        """The zip of a run, piece by piece: a folder for each record, and at the end the list `LISTED`.

        Names are the original ones, made unique and flagged as UTF-8. What may not be given out is left out and
        listed with the reason. Each file is audited as a download, before its first byte; a file whose bytes prove
        damaged breaks the zip off, which is then no zip. Raises `NotFound`, `Conflict` before the first piece.
        """
        return self._pieces(actor, self._begun(actor, run_id))

    def bag(self, actor: Actor, run_id: str) -> Iterator[bytes]:
        """The same records as a bag (RFC 8493) in a zip: originals, descriptions, histories and their digests.

        What may not be given out is left out, and its description has no `bag_path`. Audited and raising as `archive`.
        """
        return self._bagged(actor, self._begun(actor, run_id))

    def _begun(self, actor: Actor, run_id: str) -> Any:
        run = own_run(actor, run_id)
        if run.act != "download":
            raise Conflict("这次批量操作不是下载")
        self._audit.insert(actor, "bulk_download", "bulk", run.id, count=run.count)
        return run

    def _bagged(self, actor: Actor, run: Any) -> Iterator[bytes]:
        bag = Bagging(f"fonds-{run.id[:12]}")
        for row, files in self._each(actor, run):
            places: dict[str, str] = {}
            for number, file in enumerate(files, 1):
                chunks, why = self._given(actor, row, file)
                if not why:
                    places[file.id] = place_of(row.id, number, file.name)
                    yield from bag.original(places[file.id], chunks, file.sha256)
            for record in self._records.some(actor, [row.id]):
                yield from bag.described(record, places, self._records.history(actor, row.id))
        yield from bag.close(day_of(self._clock()))
        self._ended(run)

    def _given(self, actor: Actor, record: Any, file: Any) -> tuple[Iterator[bytes], str]:
        """The bytes of a file, or why it is left out."""
        why = _hindrance(actor, record, file)
        if why:
            return iter(()), why
        try:
            return self._files.content(actor, file.id, download=True, streamed=True).chunks, ""
        except ServiceError as fault:
            return iter(()), fault.detail or fault.title

    def _ended(self, run: Any) -> None:
        BulkRun.objects(id=run.id).update_one(set__state="done", set__ended_at=self._clock())

    def _pieces(self, actor: Actor, run: Any) -> Iterator[bytes]:
        zipped = ZipStream(compress_type=ZIP_STORED)
        names, listed = _Names(), _Listing()
        names.taken.add(LISTED.casefold())
        for n, (record, files) in enumerate(self._each(actor, run), start=1):
            listed.begin(n, record)
            folder = names.folder(n, record.title) if files else ""
            for file in files:
                chunks, why = self._given(actor, record, file)
                if why:
                    listed.line(file, "", why)
                    continue
                name = names.file(folder, file.name)
                zipped.add(chunks, name)
                yield from zipped.all_files()
                listed.line(file, name, "")
            if not files:
                listed.line(None, "", "没有文件")
        zipped.add(listed.text(), LISTED)
        yield from zipped.all_files()
        yield from zipped.finalize()
        self._ended(run)

    def _each(self, actor: Actor, run: Any) -> Iterator[tuple[Any, Sequence[Any]]]:
        """The records of a run that the actor still knows, with their files, in order."""
        for low in range(0, run.count, LOT):
            lines = BulkLine.objects(run_id=run.id, n__gte=low, n__lt=low + LOT)
            ids = [line.record_id for line in sorted(lines, key=lambda line: line.n)]
            rows = {
                row.id: row
                for row in Record.objects(id__in=ids, deleted_at=None)
                if knows(actor, guarded(row))
            }
            files: dict[str, list[Any]] = {}
            for file in File.objects(
                record_id__in=list(rows), parent=None, deleted_at=None, superseded_by=None
            ):
                files.setdefault(file.record_id, []).append(file)
            for one in ids:
                if one in rows:
                    ordered = sorted(files.get(one, ()), key=lambda file: (file.order, file.created_at))
                    yield rows[one], ordered


def _hindrance(actor: Actor, record: Any, file: Any) -> str:
    """Why a file is left out, "" if it is not."""
    if not may(actor, Act.READ_CONTENT, guarded(record)):
        return "可以看目录，阅览原文须先借阅"
    return "文件已隔离，不提供原文" if file.state == "quarantined" else ""


class _Listing:
    """The list in the zip: a line for each file, what is left out included. About 300 bytes a file."""

    def __init__(self) -> None:
        self._out = io.StringIO(newline="")
        self._csv = csv.writer(self._out, lineterminator="\r\n")
        self._csv.writerow(HEADS)
        self._record: list[str] = []

    def begin(self, n: int, record: Any) -> None:
        day = record.date.strftime("%Y-%m-%d") if record.date else ""
        self._record = [
            str(n), record.title, record.category, record.department, day, record.ref_code
        ]  # fmt: skip

    def line(self, file: Any, name: str, why: str) -> None:
        own = [file.name, name, str(file.size), file.sha256] if file is not None else ["", "", "", ""]
        self._csv.writerow([guarded_text(cell) for cell in [*self._record, *own, why]])

    def text(self) -> bytes:
        return b"\xef\xbb\xbf" + self._out.getvalue().encode("utf-8", "replace")


def _plain(name: str) -> str:
    """A name without what file systems or readers of zips take for a path, and without signs of direction."""
    visible = "".join(sign for sign in name.translate(UNSAFE) if sign.isprintable())
    return visible.strip().lstrip(".") or "_"
