"""Rate of reading: processor time of text files through jails against the bare calls of the same readers' libraries."""

import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import office_oxide
import pypdfium2

from benchmarks.costing import processor
from benchmarks.figure import Figure, report
from benchmarks.reading import read_file
from ingest.extract import extract
from ingest.jail.warden import Jails
from tests.ingest import samples, scans

ROUNDS = 5
FILES = 40
"""Of each round, eight of a kind."""


def measure() -> Figure:
    """Files a second of processor time through the jails as a share of those that the extractors manage by themselves;
    interleaved, median of the rounds."""
    shares, bare, ours, calls = [], [], [], []
    with _files() as files, _jails() as jails:
        _through(jails, files)
        for _ in range(ROUNDS):
            bare.append(_spent(lambda: _bare(files)))
            ours.append(_spent(lambda: _through(jails, files)))
            calls.append(_spent(lambda: _calls(files)))
            shares.append(bare[-1] / ours[-1])
    each = 1000 / len(files)
    parts = (
        f"{len(files)} files (PDF, DOCX, PPTX, XLSX, TXT): through jails {statistics.median(ours) * each:.1f} ms, the same "
        f"extraction without a jail {statistics.median(bare) * each:.1f} ms, libraries alone (text only, no sniffing, no "
        f"preview) {statistics.median(calls) * each:.1f} ms a file"
    )
    return Figure("rate of reading", statistics.median(shares), " of bare", "≥", 0.9, parts)


def _through(jails: Jails, files: list[Path]) -> None:
    for path in files:
        with path.open("rb") as file:
            read_file(jails, {"name": path.name, "careful": False}, file.fileno(), 60)


def _bare(files: list[Path]) -> None:
    for path in files:
        with path.open("rb") as file:
            extract({"name": path.name}, file.fileno(), lambda _memory, _seconds: None)


def _calls(files: list[Path]) -> None:
    for path in files:
        data = path.read_bytes()
        if path.suffix == ".pdf":
            with pypdfium2.PdfDocument(data) as document:
                for page in document:
                    page.get_textpage().get_text_bounded()
        elif path.suffix == ".txt":
            data.decode("gb18030")
        else:
            office_oxide.Document.from_bytes(data, path.suffix[1:]).plain_text()


def _spent(work: Callable[[], None]) -> float:
    """Seconds of processor time of this process and of all that it started."""
    before = processor()
    work()
    return processor() - before


@contextmanager
def _jails() -> Iterator[Jails]:
    jails = Jails(most=1)
    try:
        yield jails
    finally:
        jails.close()


@contextmanager
def _files() -> Iterator[list[Path]]:
    words = "\n".join(scans.CONTRACT)
    layer = "This page has a layer of text of its own that says all that it shows. " * 3
    kinds = {
        "pdf": scans.scanned_pdf([layer] * 3),
        "docx": samples.docx_file(),
        "pptx": samples.pptx_file(),
        "xlsx": samples.xlsx_file(),
        "txt": (words * 5)[:2000].encode("gb18030"),
    }
    with tempfile.TemporaryDirectory(prefix="fonds-bench-") as folder:
        files = []
        for number in range(FILES // len(kinds)):
            for kind, data in kinds.items():
                files.append(Path(folder, f"{number}.{kind}"))
                files[-1].write_bytes(data)
        yield files


if __name__ == "__main__":
    report([measure()])
