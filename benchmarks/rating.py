"""Rate of reading: processor time of text files through jails against the bare calls of the same readers' libraries."""

import io
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import chardet
import office_oxide
import pypdfium2

from benchmarks.costing import processor
from benchmarks.figure import Figure, report
from benchmarks.reading import read_file
from ingest.jail.warden import Jails
from ingest.pictures.previews import HEIGHT, WIDTH
from ingest.pictures.renditions import SIZES
from ingest.tasks.extract import extract
from tests.ingest import samples, scans

ROUNDS = 5
FILES = 40
"""Of each round, eight of a kind."""


def measure() -> Figure:
    """Files a second of processor time through the jails as a share of those that the extractors manage by themselves;
    interleaved, median of the rounds."""
    shares, bare, ours, calls, pictures = [], [], [], [], []
    with _files() as files, _jails() as jails:
        _through(jails, files)
        for _ in range(ROUNDS):
            bare.append(_spent(lambda: _bare(files)))
            ours.append(_spent(lambda: _through(jails, files)))
            calls.append(_spent(lambda: _calls(files)))
            pictures.append(_spent(lambda: _calls(files, drawn=True)))
            shares.append(bare[-1] / ours[-1])
    each = 1000 / len(files)
    spent = [statistics.median(times) * each for times in (ours, bare, calls, pictures)]
    parts = (
        f"{len(files)} files (PDF, DOCX, PPTX, XLSX, TXT): through jails {spent[0]:.1f} ms, the same extraction without a "
        f"jail {spent[1]:.1f} ms, libraries alone {spent[2]:.1f} ms a file for text at its places, {spent[3]:.1f} with the "
        f"first page drawn (no sniffing, no facts, nothing that is inside)"
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


def _calls(files: list[Path], *, drawn: bool = False) -> None:
    """What gives the same text at the same places: pages, slides, sheets; with `drawn` the first page as a picture."""
    for path in files:
        data = path.read_bytes()
        if path.suffix == ".pdf":
            _pages(data, drawn=drawn)
        elif path.suffix == ".txt":
            data.decode(chardet.detect(data)["encoding"] or "cp1252", "replace")
        elif path.suffix == ".docx":
            office_oxide.Document.from_bytes(data, "docx").plain_text()
        else:
            office_oxide.Document.from_bytes(data, path.suffix[1:]).to_ir()


def _pages(data: bytes, *, drawn: bool) -> None:
    with pypdfium2.PdfDocument(data) as document:
        for page in document:
            page.get_textpage().get_text_bounded()
        if drawn:
            page = document[0]
            width, height = page.get_size()
            image = page.render(scale=min(WIDTH / width, HEIGHT / height)).to_pil().convert("RGB")
            for size in (image.size, *SIZES.values()):
                small = image.copy()
                small.thumbnail(size)
                small.save(io.BytesIO(), "JPEG", quality=80)


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
