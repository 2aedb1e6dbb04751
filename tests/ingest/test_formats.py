"""Formats: the text with its places, the facts and the preview that each gives."""

import contextlib
import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import pytest
from PIL import Image

from ingest import texts
from ingest.files import unpacking
from ingest.tasks.extract import Finding
from search.port import Passage, Place
from tests.ingest import samples, scans
from tests.ingest.samples import PHRASE

Read = Callable[..., Finding]


def passages(found: Finding) -> list[Passage]:
    return list(texts.load([found.text])) if found.text else []


def text(found: Finding) -> str:
    return "\n".join(passage.text for passage in passages(found))


def place_of(found: Finding, words: str) -> Place:
    return next(passage.place for passage in passages(found) if words in passage.text)


def preview(found: Finding) -> Image.Image:
    return Image.open(io.BytesIO(found.preview))


class TestPdf:
    def test_each_page_is_a_place(self, read: Read) -> None:
        found = read(samples.pdf_file(), "手册.pdf")
        assert place_of(found, PHRASE) == Place("page", 1)
        assert place_of(found, "第三页文字") == Place("page", 3)
        assert (found.pages, found.warning) == (3, "")

    def test_it_states_title_author_and_date(self, read: Read) -> None:
        facts = read(samples.pdf_file(), "手册.pdf").facts
        assert (facts["title"], facts["author"]) == ("产品手册", "市场部")
        assert facts["created"][:4].isdigit()

    def test_page_one_is_its_preview(self, read: Read) -> None:
        found = read(samples.pdf_file(), "手册.pdf")
        assert found.preview_type == "image/jpeg"
        assert preview(found).size == (1130, 1599)

    def test_without_a_text_layer_it_says_so(self, read: Read) -> None:
        found = read(samples.pdf_file(pages=("",)), "扫描.pdf")
        assert (found.warning, found.text, bool(found.preview)) == ("no_text", b"", True)

    @pytest.mark.requirement("B17")
    def test_encrypted(self, read: Read) -> None:
        found = read(samples.pdf_file(password="geheim"), "密.pdf")
        assert (found.warning, found.media_type, found.text) == ("encrypted", "application/pdf", b"")

    def test_cut_off_it_is_damaged_but_known(self, read: Read) -> None:
        found = read(b"%PDF-1.7\n" + b"\0" * 500, "断.pdf")
        assert (found.warning, found.family) == ("damaged", "pdf")

    def test_what_stands_beside_the_text(self, read: Read) -> None:
        found = read(samples.pdf_with_margins(), "合同.pdf")
        assert place_of(found, "第一章 总则") == Place("page", 1, "书签")
        assert place_of(found, "客户名称: Qinghe Foods") == Place("page", 1, "批注")
        assert place_of(found, "请法务复核第三条") == Place("page", 2, "批注")

    def test_what_it_carries(self, read: Read) -> None:
        found = read(samples.pdf_carrying("发票.docx", samples.docx_file()), "发票.pdf")
        assert found.facts["attachments"] == "发票.docx"
        assert place_of(found, "单元格内容") == Place("part", 1, "发票.docx")


class TestWord:
    @pytest.mark.parametrize("careful", [False, True])
    @pytest.mark.parametrize("words", [PHRASE, "第一章", "单元格内容", "页眉文字", "页脚文字", "批注内容"])
    def test_docx_text_from_every_part(self, read: Read, words: str, careful: bool) -> None:
        found = read(samples.docx_file(), "计划.docx", careful=careful)
        assert place_of(found, words) == Place("whole", 1)
        assert found.family == "word"

    @pytest.mark.parametrize("careful", [False, True])
    def test_text_boxes_notes_and_tracked_changes(self, read: Read, careful: bool) -> None:
        box = (
            "<w:p><w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:txbxContent><w:p><w:r><w:t>文本框</w:t></w:r></w:p>"
            "</w:txbxContent></mc:Choice><mc:Fallback><w:t>文本框</w:t></mc:Fallback></mc:AlternateContent></w:r></w:p>"
            "<w:p><w:ins><w:r><w:t>插入的字</w:t></w:r></w:ins></w:p>"
        )
        found = read(samples.docx_parts(box), "a.docx", careful=careful)
        assert text(found).count("文本框") == 1
        assert "插入的字" in text(found)

    @pytest.mark.parametrize("careful", [False, True])
    def test_where_one_reader_finds_nothing_the_next_is_asked(self, read: Read, careful: bool) -> None:
        note = "<w:footnote><w:p><w:r><w:t>脚注内容</w:t></w:r></w:p></w:footnote>"
        found = read(samples.docx_parts("<w:p/>", footnotes=note), "a.docx", careful=careful)
        assert "脚注内容" in text(found)

    def test_docx_facts(self, read: Read) -> None:
        facts = read(samples.docx_file(), "计划.docx").facts
        assert (facts["title"], facts["author"], facts["created"]) == (
            "年度营销计划",
            "张三",
            "2024-03-05T08:30:00+00:00",
        )

    def test_the_template_s_thumbnail_is_no_preview(self, read: Read) -> None:
        assert read(samples.docx_file(), "计划.docx").preview == b""

    def test_a_real_thumbnail_is_a_preview(self, read: Read) -> None:
        picture = samples.image_file("JPEG", (800, 1000), quality=95)
        found = read(
            samples.zipped({"word/document.xml": "<a/>", "docProps/thumbnail.jpeg": picture}), "a.docx"
        )
        assert preview(found).size == (800, 1000)

    def test_doc(self, read: Read) -> None:
        found = read(samples.doc_file(f"首行\n{PHRASE}"), "老.doc")
        assert place_of(found, PHRASE) == Place("whole", 1)

    def test_truncated_docx_is_damaged(self, read: Read) -> None:
        found = read(samples.docx_file()[:20_000], "断.docx")
        assert (found.warning, found.family, found.text) == ("damaged", "word", b"")

    def test_encrypted_docx(self, read: Read) -> None:
        found = read(samples.encrypted_office(), "密.docx")
        assert (found.warning, found.family) == ("encrypted", "word")


class TestSlides:
    def test_slides_are_numbered_as_they_are_shown(self, read: Read) -> None:
        found = read(samples.pptx_file(), "方案.pptx")
        assert [place_of(found, words).number for words in ("封面标题", "第一页标题", "第二页标题")] == [
            1,
            2,
            3,
        ]
        assert (found.pages, place_of(found, "封面标题").kind) == (3, "slide")

    @pytest.mark.parametrize(
        ("words", "number"), [("演讲者备注", 2), (PHRASE, 3), ("华东大区", 3), ("销售额", 3)]
    )
    def test_notes_tables_and_charts_belong_to_their_slide(self, read: Read, words: str, number: int) -> None:
        assert place_of(read(samples.pptx_file(), "方案.pptx"), words) == Place("slide", number)

    def test_pptx_facts(self, read: Read) -> None:
        assert read(samples.pptx_file(), "方案.pptx").facts["title"] == "渠道方案"

    def test_ppt(self, read: Read) -> None:
        assert place_of(read(samples.ppt_file(PHRASE), "老.ppt"), PHRASE) == Place("slide", 1)


class TestSheets:
    def test_sheets_are_places_with_their_names(self, read: Read) -> None:
        found = read(samples.xlsx_file(), "预算.xlsx")
        assert place_of(found, PHRASE) == Place("sheet", 1, "预算表")
        assert place_of(found, "远处的格子") == Place("sheet", 2, "第二张表")
        assert found.pages == 2

    @pytest.mark.parametrize("words", ["1,234,567.50", "25.6%", "2024-03-05", "13800138000", "表格批注"])
    def test_numbers_and_dates_as_people_see_them(self, read: Read, words: str) -> None:
        assert words in text(read(samples.xlsx_file(), "预算.xlsx"))

    def test_xls(self, read: Read) -> None:
        assert "Channel\t1.5" in text(read(samples.xls_file([["Name", "x"], ["Channel", 1.5]]), "老.xls"))

    def test_ods(self, read: Read) -> None:
        assert place_of(read(samples.ods_file(), "费用.ods"), PHRASE) == Place("sheet", 1, "费用")

    @pytest.mark.parametrize("between", [",", ";", "\t", "|"])
    def test_csv_is_a_sheet_with_cells(self, read: Read, between: str) -> None:
        lines = f'项目{between}说明\n{PHRASE}{between}"一{between}二\n三"\n'
        found = read(lines.encode("gb18030"), "表.csv")
        assert (found.family, place_of(found, PHRASE)) == ("sheet", Place("sheet", 1, "表"))
        assert text(found) == f"项目\t说明\n{PHRASE}\t一{' ' if between == chr(9) else between}二 三"

    def test_csv_that_is_none_is_read_as_text(self, read: Read) -> None:
        found = read(b'a,b\n"' + b"x" * 140_000, "a.csv")
        assert (found.warning, text(found)[:5]) == ("", 'a,b\n"')


class TestText:
    @pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16", "utf-8-sig"])
    def test_plain_text_in_every_encoding(self, read: Read, encoding: str) -> None:
        found = read(f"标题\n{PHRASE}\n".encode(encoding), "a.txt")
        assert place_of(found, PHRASE) == Place("line", 1)
        assert found.family == "text"

    def test_a_line_can_be_counted_from_its_passage(self, read: Read) -> None:
        lines = [f"第{number}行，客户拜访记录与竞品价格" for number in range(1, 1001)]
        passage = next(p for p in passages(read("\n".join(lines).encode(), "a.log")) if "第777行" in p.text)
        before = passage.text[: passage.text.index("第777行")]
        assert passage.place.number + before.count("\n") == 777

    def test_passages_of_text_put_together_are_the_text(self, read: Read) -> None:
        original = "\n".join(f"第{number}行，客户拜访记录" * (number % 7) for number in range(500))
        assert text(read(original.encode(), "a.txt")).replace("\n", "") == original.replace("\n", "")

    def test_one_endless_line_is_cut(self, read: Read) -> None:
        found = passages(read(("渠道，" * 20_000).encode(), "a.txt"))
        assert max(len(passage.text) for passage in found) <= 8000
        assert {passage.place.number for passage in found} == {1}

    def test_html_as_readers_see_it(self, read: Read) -> None:
        page = (
            f'<html><head><meta charset="gb2312"><title>页面标题</title><style>b{{}}</style></head><body><p>{PHRASE}</p>'
            "<script>var hidden=1</script><table><tr><td>甲</td><td>乙</td></tr></table></body></html>"
        )
        found = read(page.encode("gb18030"), "页.html")
        assert PHRASE in text(found)
        assert "甲\t乙" in text(found)
        assert "hidden" not in text(found)
        assert found.facts["title"] == "页面标题"

    @pytest.mark.parametrize(
        ("name", "body"),
        [("a.json", '{"渠道": 1}'), ("a.xml", "<?xml version='1.0'?><渠道/>"), ("a.md", "# 渠道")],
    )
    def test_structured_text_as_it_stands(self, read: Read, name: str, body: str) -> None:
        assert "渠道" in text(read(body.encode(), name))

    def test_twenty_megabytes_are_kept_and_the_rest_is_said(self, read: Read) -> None:
        found = read(b"channel and display\n" * 1_100_000, "大.txt")
        assert found.warning == "truncated_text"
        assert 19_000_000 < found.characters <= 20_000_000


class TestMail:
    def test_head_and_body_are_parts(self, read: Read) -> None:
        found = read(samples.mail_file(), "信.eml")
        assert place_of(found, "报价单确认") == Place("part", 1)
        assert place_of(found, PHRASE) == Place("part", 2)
        assert found.family == "mail"

    def test_of_two_bodies_the_plain_one_is_read(self, read: Read) -> None:
        assert "网页正文" not in text(read(samples.mail_file(), "信.eml"))

    def test_attachments_are_named_and_text_ones_read(self, read: Read) -> None:
        found = read(samples.mail_file(), "信.eml")
        assert found.facts["attachments"] == "合同扫描件.pdf, 说明.txt"
        assert "附件里的文字" in text(found)

    def test_facts(self, read: Read) -> None:
        facts = read(samples.mail_file(), "信.eml").facts
        assert (facts["title"], facts["author"]) == ("报价单确认", "王芳 <wang@example.com>")
        assert facts["created"] == "2024-03-05T13:30:00+08:00"

    def test_gb2312_is_read_as_gb18030(self, read: Read) -> None:
        found = read(samples.gbk_mail(), "信.eml")
        assert "喆先生" in text(found)
        assert found.facts["title"] == "朱镕基批示"


class TestPictures:
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "AVIF"])
    def test_every_kind_has_size_and_preview(self, read: Read, kind: str) -> None:
        found = read(samples.image_file(kind), "图")
        assert (found.facts["width"], found.facts["height"], found.family) == ("640", "400", "image")
        assert preview(found).size == (640, 400)
        assert (found.text, found.warning) == (b"", "")

    def test_a_large_one_is_made_small(self, read: Read) -> None:
        assert preview(read(samples.image_file(size=(4000, 1000)), "图.jpg")).size == (1130, 283)

    def test_it_stands_upright(self, read: Read) -> None:
        found = read(samples.turned_photo(), "展会.jpg")
        assert preview(found).size == (400, 640)
        red, _, blue = preview(found).convert("RGB").getpixel((200, 50))  # type: ignore[misc]
        assert red > blue
        assert (found.facts["width"], found.facts["height"]) == ("400", "640")

    def test_exif_date_and_chinese_title(self, read: Read) -> None:
        facts = read(samples.turned_photo(), "展会.jpg").facts
        assert (facts["created"], facts["title"]) == ("2024-03-05T13:30:00", "展会现场")

    def test_transparency_is_kept(self, read: Read) -> None:
        out = io.BytesIO()
        Image.new("RGBA", (64, 64), (255, 0, 0, 100)).save(out, "PNG")
        found = read(out.getvalue(), "标志.png")
        assert (found.preview_type, preview(found).mode) == ("image/png", "RGBA")

    @pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "I;16", "F", "LA", "I"])
    def test_every_mode(self, read: Read, mode: str) -> None:
        out = io.BytesIO()
        Image.new(mode, (64, 64)).save(out, "TIFF")
        assert preview(read(out.getvalue(), "图.tif")).size == (64, 64)

    @pytest.mark.requirement("B13")
    def test_a_flood_of_pixels_is_not_decoded(self, read: Read) -> None:
        found = read(samples.png_header(50_000, 50_000), "洪水.png")
        assert (found.warning, found.preview) == ("pixels", b"")

    def test_cut_off_it_still_shows_its_beginning(self, read: Read) -> None:
        data = samples.image_file(size=(1200, 1200), quality=95)
        assert preview(read(data[: len(data) // 2], "断.jpg")).size == (1130, 1130)


class TestOthers:
    def test_a_page_within_a_page(self, read: Read) -> None:
        page = f"<p>外</p><iframe srcdoc='&lt;b&gt;{PHRASE}&lt;/b&gt;'></iframe>".encode()
        assert text(read(b"<!doctype html>" + page, "页.html")) == f"外\n\n{PHRASE}"

    def test_odt(self, read: Read) -> None:
        assert f"前{PHRASE}后" in text(read(samples.odt_file(), "文.odt"))

    def test_an_unknown_kind_is_kept_with_a_warning(self, read: Read) -> None:
        found = read(b"\0\1\2\3" * 50, "谜.bin")
        assert (found.warning, found.family) == ("unknown_type", "other")

    @pytest.mark.requirement("B20")
    def test_an_empty_file_is_no_fault(self, read: Read) -> None:
        assert read(b"", "空.pdf").warning == "no_text"

    @pytest.mark.requirement("B11")
    def test_a_png_named_pdf_is_shown_as_the_picture_it_is(self, read: Read) -> None:
        found = read(samples.image_file("PNG"), "假.pdf")
        assert (found.media_type, bool(found.preview)) == ("image/png", True)


def packed(parts: dict[str, str], base: bytes = b"") -> bytes:
    """A package with `parts`, beside those of `base`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        with zipfile.ZipFile(io.BytesIO(base)) if base else contextlib.nullcontext() as before:
            for name in before.namelist() if before else ():
                package.writestr(name, before.read(name))
        for name, text in parts.items():
            package.writestr(name, text)
    return out.getvalue()


def test_charts_and_diagrams_of_a_document_are_read_once(read: Read) -> None:
    chart = '<c:chart xmlns:c="c" xmlns:a="a"><a:p><a:r><a:t>渠道销量图</a:t></a:r></a:p><c:v>华东大区</c:v></c:chart>'
    diagram = '<d:dataModel xmlns:d="d" xmlns:a="a"><a:p><a:r><a:t>立项流程</a:t></a:r></a:p></d:dataModel>'
    parts = {"word/charts/chart1.xml": chart, "word/diagrams/data1.xml": diagram}
    said = text(read(packed(parts, samples.docx_file()), "方案.docx"))
    assert [said.count(words) for words in ("渠道销量图", "华东大区", "立项流程")] == [1, 1, 1]


def test_a_drawing_of_visio_is_read_page_by_page(read: Read) -> None:
    page = (
        '<PageContents xmlns="v"><Shape><Text><cp IX="0"/>{}<fld>（二）</fld>\n</Text></Shape></PageContents>'
    )
    parts = {
        "[Content_Types].xml": "<Types/>",
        "visio/document.xml": "<VisioDocument/>",
        "visio/pages/page1.xml": page.format("渠道下沉流程"),
        "visio/pages/page2.xml": page.format("审批节点"),
        "docProps/core.xml": '<cp xmlns:dc="d"><dc:title>流程图</dc:title></cp>',
    }
    found = read(packed(parts), "流程.vsdx")
    assert [(one.place, one.text.strip()) for one in texts.load([found.text])] == [
        (Place("page", 1), "渠道下沉流程（二）"),
        (Place("page", 2), "审批节点（二）"),
    ]
    assert (found.media_type, found.pages, found.facts["title"]) == (
        "application/vnd.ms-visio.drawing",
        2,
        "流程图",
    )
    assert read(packed({"visio/document.xml": "<x/>"}), "空.vsdx").warning == "damaged"


def stored_rar(*members: tuple[str, bytes, int], flags: int = 0x8000) -> bytes:
    """A RAR of `members`: name, bytes as they lie in it, how they were packed (0x30 stored, 0x33 packed)."""

    def block(kind: int, flags: int, rest: bytes) -> bytes:
        head = struct.pack("<BHH", kind, flags, 7 + len(rest)) + rest
        return struct.pack("<H", zlib.crc32(head) & 0xFFFF) + head

    body = b"Rar!\x1a\x07\x00" + block(0x73, 0, b"\0" * 6)
    for name, data, how in members:
        raw = name.encode("gb18030")
        fields = (len(data), len(data), 3, zlib.crc32(data), 0x58210000, 29, how, len(raw), 0o100644)
        body += block(0x74, flags, struct.pack("<IIBIIBBHI", *fields) + raw) + data
    return body


def test_for_its_text_only_nothing_is_drawn_or_recognised(read: Read) -> None:
    data = scans.scanned_pdf(["A layer of text that says all that the page shows.", scans.photograph()])
    whole, found = read(data, "手册.pdf"), read(data, "手册.pdf", text_only=True)
    assert (bool(whole.preview), list(whole.unread)) == (True, [2])
    assert (found.preview, found.renditions, list(found.unread)) == (b"", {}, [])
    assert found.text == whole.text


def test_a_rar_is_listed_and_what_was_stored_in_it_read(read: Read) -> None:
    data = stored_rar(("memo.txt", "渠道下沉与终端陈列".encode(), 0x30), ("plan.txt", b"packed bytes", 0x33))
    found = read(data, "资料.rar")
    assert (found.media_type, found.warning, found.facts["members"]) == ("application/vnd.rar", "", "2")
    # how many are only named is told where the system has no library that unpacks
    assert found.facts.get("named_only") == (None if unpacking.library() else "1")
    assert "memo.txt" in text(found)
    assert "plan.txt" in text(found)
    assert "渠道下沉" in text(found)
    sealed = stored_rar(("memo.txt", b"?" * 32, 0x30), flags=0x8004)
    assert (read(sealed, "密.rar").warning, read(sealed, "密.rar").detail == "unknown_cipher") == (
        "encrypted",
        False,
    )
    # nothing here deciphers a RAR: the right password would be called wrong
    assert read(sealed, "密.rar", password="8817").detail == "unknown_cipher"
    assert read(b"Rar!\x1a\x07\x00" + b"\xff" * 40, "坏.rar").facts.get("members") in (None, "0")
