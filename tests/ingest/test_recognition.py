"""Recognition: scans and pictures through the cells that read them."""

import io
from collections.abc import Callable

import pytest
from PIL import Image
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfgen.canvas import Canvas

from ingest import texts
from ingest.tasks.extract import Finding
from search.port import Passage, Place
from tests.ingest import samples, scans

Read = Callable[..., Finding]

CONTRACT = "\n".join(scans.CONTRACT)


def passages(found: Finding) -> list[Passage]:
    return list(texts.load([found.text])) if found.text else []


def text(found: Finding) -> str:
    return "\n".join(passage.text for passage in passages(found))


@pytest.mark.parametrize(
    ("page", "worst"),
    [
        (scans.written(scans.CONTRACT), 0.003),
        (scans.spoilt(scans.written(scans.CONTRACT)), 0.01),
        (scans.stamped(scans.written(scans.CONTRACT)), 0.04),
        (scans.written(scans.CONTRACT).transpose(Image.Transpose.ROTATE_90), 0.01),
        (scans.written(scans.CONTRACT).transpose(Image.Transpose.ROTATE_180), 0.01),
        (scans.spoilt(scans.written(scans.CONTRACT), -2.5).transpose(Image.Transpose.ROTATE_270), 0.03),
    ],
    ids=["clean", "spoilt", "seal", "on its left side", "on its head", "tilted on its right side"],
)
def test_a_scan_is_read(recognised: Read, page: Image.Image, worst: float) -> None:
    found = recognised(scans.saved(page), "合同扫描件.png")
    assert scans.error_rate(CONTRACT, text(found)) <= worst
    assert [passage.place for passage in passages(found)] == [Place("page", 1)]
    assert (found.warning, found.facts["recognised"]) == ("", "1")
    assert found.characters == len(text(found))


def test_a_seal_is_told(recognised: Read) -> None:
    with_seal = scans.stamped(scans.written(scans.CONTRACT), (1000, 1700))
    found = recognised(scans.scanned_pdf([scans.written(["附件"]), with_seal]), "合同.pdf")
    assert found.facts["seals"] == "2"
    assert "合同专用章" in text(found)


def test_each_page_of_a_pdf_is_judged_by_itself(recognised: Read) -> None:
    layer = "This page has a layer of text of its own that says what it shows"
    found = recognised(scans.scanned_pdf([scans.written(["渠道下沉与终端陈列"]), layer]), "混合.pdf")
    assert [(passage.place.number, passage.text.strip()) for passage in passages(found)] == [
        (1, "渠道下沉与终端陈列"),
        (2, layer),
    ]
    assert found.facts["recognised"] == "1"


def test_a_phrase_on_page_37_of_a_scanned_contract(recognised: Read) -> None:
    size = (700, 990)
    pages = [
        scans.written(["第一页"], size),
        *[scans.written([], size)] * 35,
        scans.written(["提交仲裁"], size),
    ]
    found = recognised(scans.scanned_pdf(pages), "合同.pdf")
    assert passages(found) == [Passage(Place("page", 1), "第一页"), Passage(Place("page", 37), "提交仲裁")]
    assert (found.pages, found.facts["recognised"]) == (37, "1, 37")


def test_every_page_of_a_tiff(recognised: Read) -> None:
    pages = [scans.written([words], (1000, 400)) for words in ("第一页的文字", "第二页的文字")]
    data = scans.saved(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    found = recognised(data, "传真.tif")
    assert [(passage.place.number, passage.text) for passage in passages(found)] == [
        (1, "第一页的文字"),
        (2, "第二页的文字"),
    ]


def test_a_table_is_read_row_by_row(recognised: Read) -> None:
    rows = [["项目", "金额", "备注"], ["广告费", "3,200.00", "已付"], ["差旅费", "880.50", "未付"]]
    found = recognised(scans.saved(scans.table(rows)), "表.png")
    assert text(found).splitlines() == ["\t".join(row) for row in rows]


def test_columns_are_read_one_after_the_other(recognised: Read) -> None:
    left = [f"左栏第{n}行写着新品上市的传播计划" for n in "一二三四五六"]
    right = [f"右栏第{n}行写着经销商大会的日程安排" for n in "一二三四五六"]
    found = recognised(scans.saved(scans.columns("两栏的通讯稿", left, right)), "通讯.png")
    assert text(found).splitlines() == ["两栏的通讯稿", *left, *right]


def test_lines_keep_their_boxes(recognised: Read) -> None:
    page = scans.written(["渠道下沉与终端陈列"], (1000, 500), letters=40)
    ((passage, boxes),) = texts.load_boxed([recognised(scans.saved(page), "a.png").text])
    (box,) = boxes
    assert box.start == 0
    left, top, right, bottom = box.corners[0], box.corners[1], box.corners[4], box.corners[5]
    # drawn from x = 90 to 450 and y = 35 to 95 of 1000 × 500
    assert 800 < left < 950
    assert 4400 < right < 4650
    assert 600 < top < 1100
    assert 1500 < bottom < 2100
    assert len(box.middles) == len(passage.text)
    assert list(box.middles) == sorted(box.middles)


def test_boxes_of_a_turned_page_stand_where_the_page_shows_them(recognised: Read) -> None:
    page = scans.written(["渠道下沉与终端陈列"], (1000, 500), letters=40)
    turned = page.transpose(Image.Transpose.ROTATE_90)  # its left edge is now the lower one
    ((passage, boxes),) = texts.load_boxed([recognised(scans.saved(turned), "a.png").text])
    assert passage.text == "渠道下沉与终端陈列"
    begins, ends = boxes[0].corners[:2], boxes[0].corners[2:4]
    assert begins[1] > 9000
    assert ends[1] < 5700
    assert begins[0] < 1200


@pytest.mark.parametrize(
    "data",
    [
        samples.image_file("PNG", (32, 32)),
        scans.saved(Image.new("L", (900, 900), 250)),
    ],
    ids=["icon", "blank"],
)
def test_pictures_without_writing_cost_no_recognition(read: Read, data: bytes) -> None:
    assert read(data, "a.png").unread == ()


def test_a_page_of_few_words_and_nothing_else_costs_no_recognition(read: Read) -> None:
    """The leaves between the chapters of a manual: forty of them kept a worker busy for minutes."""
    assert read(_leaf("第三章"), "手册.pdf").unread == ()
    assert read(_leaf("第三章", drawn=True), "手册.pdf").unread == (1,)
    assert read(_leaf("", drawn=True), "手册.pdf").unread == (1,)


def _leaf(words: str, *, drawn: bool = False) -> bytes:
    data = io.BytesIO()
    canvas = Canvas(data)
    registerFont(UnicodeCIDFont("STSong-Light"))
    canvas.setFont("STSong-Light", 12)
    canvas.drawString(72, 700, words)
    if drawn:
        canvas.rect(72, 300, 200, 200, fill=1)
    canvas.save()
    return data.getvalue()


def test_a_photograph_has_no_text(recognised: Read) -> None:
    found = recognised(scans.saved(scans.photograph(), "JPEG"), "现场.jpg")
    assert (found.text, "recognised" in found.facts) == (b"", False)


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255)])
def test_transparent_writing_is_read(recognised: Read, colour: tuple[int, int, int]) -> None:
    page = scans.written(["青禾食品"], (600, 200), letters=60).convert("L")
    mark = Image.new("RGBA", page.size, (*colour, 0))
    mark.putalpha(page.point(lambda value: 255 - value))
    found = recognised(samples.png(mark), "标志.png")
    assert text(found) == "青禾食品"
