"""Scans with their recognised text over the pages: found, selected and copied at the places where it stands."""

import ctypes
import hashlib
import io
from dataclasses import replace

import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from ingest import texts
from ingest.draft import Source
from ingest.jail.warden import Jails
from ingest.jobs.making import Maker
from ingest.tasks.searchable import layered
from search.port import Passage, Place
from storage.disk import DiskStore
from storage.keys import new_key
from tests.ingest import scans
from tests.ingest.test_making import OneTask, task_of

pytestmark = pytest.mark.requirement("S-LW-1")
LINE = "渠道下沉与终端陈列 Channel 2024 𠮷"
ACROSS = (1000, 2000, 9000, 2000, 9000, 2400, 1000, 2400)


def said(line: str = LINE, corners: tuple[int, ...] = ACROSS, page: int = 1) -> bytes:
    """A text object as recognition leaves it: one line between `corners`, its letters evenly spread."""
    step = 10_000 / len(line)
    middles = tuple(round(step * (place + 0.5)) for place in range(len(line)))
    return texts.dump([Passage(Place("page", page), line)], {0: [texts.Box(0, corners, middles)]})


def laid(data: bytes, text: bytes, name: str = "扫描.pdf") -> pypdfium2.PdfDocument:
    out = io.BytesIO()
    assert layered(Source(io.BytesIO(data), name), [text], out) == 1
    return pypdfium2.PdfDocument(out.getvalue())


def place_of(page: pypdfium2.PdfPage, words: str) -> tuple[float, ...]:
    """Where another reader of PDFs finds `words`: left, top, right, bottom as shares of the page as it is shown."""
    reading = page.get_textpage()
    found = reading.search(words).get_next()
    assert found, reading.get_text_bounded()
    boxes = [reading.get_charbox(index, loose=True) for index in range(found[0], sum(found))]
    points = [_shown(page, *corner) for box in boxes for corner in (box[:2], box[2:])]
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _shown(page: pypdfium2.PdfPage, x: float, y: float) -> tuple[float, float]:
    across, down = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDF_PageToDevice(page.raw, 0, 0, 10_000, 10_000, 0, x, y, across, down)
    return across.value / 10_000, down.value / 10_000


def test_words_stand_where_the_picture_shows_them_and_the_picture_stays() -> None:
    scan = scans.scanned_pdf([scans.written(scans.CONTRACT), scans.written(["第二页"])])
    document = laid(scan, said())
    assert document[0].get_textpage().get_text_bounded().strip() == LINE
    # a letter is 0.8 of the page / 27 wide
    left, top, right, bottom = place_of(document[0], "终端")
    letter = 0.8 / len(LINE)
    assert (left, right) == (
        pytest.approx(0.1 + 5 * letter, abs=0.004),
        pytest.approx(0.1 + 7 * letter, abs=0.004),
    )
    assert (top, bottom) == (pytest.approx(0.2, abs=0.006), pytest.approx(0.24, abs=0.006))
    assert place_of(document[0], "Channel")[0] == pytest.approx(0.1 + 10 * letter, abs=0.004)
    assert document[1].get_textpage().get_text_bounded() == ""
    before = pypdfium2.PdfDocument(scan)
    for number in (0, 1):
        assert document[number].render().to_pil().tobytes() == before[number].render().to_pil().tobytes()


def rotated(turn: int) -> bytes:
    """A picture on a page that is turned by quarters to be shown, with margins cut off."""
    document = pypdfium2.PdfDocument(scans.scanned_pdf([scans.written(["文"])]))
    document[0].set_rotation(turn)
    document[0].set_cropbox(50, 80, 500, 700)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_pages_that_are_turned_and_cut_have_their_words_in_place(turn: int) -> None:
    page = laid(rotated(turn), said("青禾食品"))[0]
    assert place_of(page, "食品") == pytest.approx((0.5, 0.2, 0.9, 0.24), abs=0.006)


def test_a_line_that_runs_downwards_is_written_downwards() -> None:
    downwards = (5400, 1000, 5400, 9000, 5000, 9000, 5000, 1000)
    page = laid(scans.scanned_pdf([scans.written(["文"])]), said("青禾食品", downwards))[0]
    assert place_of(page, "食品") == pytest.approx((0.5, 0.5, 0.54, 0.9), abs=0.006)


def test_what_a_scanner_laid_over_the_page_wrongly_is_taken_off() -> None:
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.drawInlineImage(scans.written(["文"], (600, 800)), 0, 0, 595, 842)
    text = canvas.beginText(72, 700)
    text.setTextRenderMode(3)
    text.textLine("rubbish of the scanner")
    canvas.drawText(text)
    canvas.save()
    page = laid(out.getvalue(), said("青禾食品"))[0]
    assert page.get_textpage().get_text_bounded().strip() == "青禾食品"


def test_a_picture_becomes_a_pdf_page_by_page() -> None:
    pages = [scans.written(["一"], (1000, 400)), scans.written(["二"], (400, 1000))]
    tiff = scans.saved(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    document = laid(tiff, said("第二页的文字", page=2), "传真.tif")
    assert [page.get_size()[0] < page.get_size()[1] for page in document] == [False, True]
    assert document[0].get_textpage().get_text_bounded() == ""
    assert place_of(document[1], "文字") == pytest.approx((0.1 + 0.8 * 4 / 6, 0.2, 0.9, 0.24), abs=0.006)
    assert document[0].render().to_pil().convert("L").getextrema()[0] < 150


def test_a_text_without_places_is_laid_over_nothing() -> None:
    out = io.BytesIO()
    text = texts.dump([Passage(Place("page", 1), "has no boxes")])
    assert layered(Source(io.BytesIO(scans.scanned_pdf(["words"])), "a.pdf"), [text], out) == 0
    assert not out.getvalue()


def test_a_maker_lays_it_in_a_cell(store: DiskStore, jails: Jails) -> None:
    scan = scans.scanned_pdf([scans.written(scans.CONTRACT)])
    task = task_of(store, scan, "searchable", "application/pdf")
    text_key = new_key("text")
    store.put(text_key, io.BytesIO(said()))
    bench = OneTask(replace(task, text_key=text_key))
    assert Maker(bench, store, jails, None).once()
    assert bench.product is not None
    made = bench.product.renditions["searchable"]
    assert made.media_type == "application/pdf"
    document = pypdfium2.PdfDocument(b"".join(store.open(made.key)))
    assert document[0].get_textpage().get_text_bounded().strip() == LINE
    # the original is as it was
    assert hashlib.sha256(b"".join(store.open(task.key))).hexdigest() == task.sha256


@pytest.mark.parametrize("spoils", [{"text_key": ""}, {"size": 1 << 40}, {"text_key": new_key("text")}])
def test_what_cannot_be_laid_is_given_up(store: DiskStore, jails: Jails, spoils: dict[str, object]) -> None:
    bench = OneTask(replace(task_of(store, b"%PDF-1.4 nothing", "searchable", "application/pdf"), **spoils))  # type: ignore[arg-type]
    assert Maker(bench, store, jails, None).once()
    assert bench.given_up


def test_a_broken_original_is_given_up(store: DiskStore, jails: Jails) -> None:
    key = new_key("text")
    store.put(key, io.BytesIO(said()))
    bench = OneTask(
        replace(task_of(store, b"%PDF-1.4 nothing", "searchable", "application/pdf"), text_key=key)
    )
    assert Maker(bench, store, jails, None).once()
    assert bench.given_up


def test_empty_pages_of_a_picture_stay_white() -> None:
    page = Image.new("RGB", (300, 300), "white")
    document = laid(scans.saved(page), said("青禾"), "白.png")
    assert document[0].render().to_pil().convert("L").getextrema()[0] > 250
