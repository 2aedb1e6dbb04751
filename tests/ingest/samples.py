"""Files made for tests: ordinary ones with known text, and hostile ones."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.message import EmailMessage

import docx
import openpyxl
import pptx
import pypdfium2
from openpyxl.comments import Comment
from PIL import Image
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

PHRASE = "渠道下沉与终端陈列"

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
_TYPES = """<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/word/document.xml"
 ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"""
_RELS = """<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Target="word/document.xml"
 Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>"""


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """A zip file of `parts`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return out.getvalue()


def docx_file() -> bytes:
    """A document as python-docx writes it: title, paragraph, table, header, footer, comment."""
    document = docx.Document()
    document.core_properties.title, document.core_properties.author = "年度营销计划", "张三"
    document.core_properties.created = datetime(2024, 3, 5, 8, 30)  # noqa: DTZ001 - naive is what it takes
    document.add_heading("第一章", 1)
    paragraph = document.add_paragraph(f"正文：{PHRASE}。")
    document.add_table(1, 2).cell(0, 1).text = "单元格内容"
    document.sections[0].header.paragraphs[0].text = "页眉文字"
    document.sections[0].footer.paragraphs[0].text = "页脚文字"
    document.add_comment(paragraph.runs, text="批注内容", author="李四")
    return _saved(document)


def docx_parts(body: str, **more: str) -> bytes:
    """A document of hand-written parts: `body` is what stands in w:body; `more` are parts below word/."""
    document = f'<?xml version="1.0"?><w:document {_W} {_MC}><w:body>{body}</w:body></w:document>'
    parts = {f"word/{name}.xml": f"<w:{name} {_W}>{text}</w:{name}>" for name, text in more.items()}
    return zipped(
        {"[Content_Types].xml": _TYPES, "_rels/.rels": _RELS, "word/document.xml": document, **parts}
    )


def docx_with_doctype(doctype: str, text: str) -> bytes:
    """A document whose main part begins with a DOCTYPE."""
    body = f"<w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body>"
    document = f'<?xml version="1.0"?>{doctype}<w:document {_W}>{body}</w:document>'
    return zipped({"[Content_Types].xml": _TYPES, "_rels/.rels": _RELS, "word/document.xml": document})


def pptx_file() -> bytes:
    """Three slides, the last one moved to the front, with a note, a table and a chart."""
    deck = pptx.Presentation()
    deck.core_properties.title = "渠道方案"
    for title in ("第一页标题", "第二页标题", "封面标题"):
        slide = deck.slides.add_slide(deck.slide_layouts[5])
        slide.shapes.title.text = title
    deck.slides[0].notes_slide.notes_text_frame.text = "演讲者备注"
    table = deck.slides[1].shapes.add_table(1, 1, 0, 0, Inches(2), Inches(1)).table
    table.cell(0, 0).text = PHRASE
    chart = CategoryChartData()
    chart.categories = ["华东大区", "华南大区"]
    chart.add_series("销售额", (1, 2))
    deck.slides[1].shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, 0, 0, Inches(3), Inches(2), chart)
    order = deck.slides._sldIdLst
    order.insert(0, order[2])
    return _saved(deck)


def xlsx_file() -> bytes:
    """Two sheets with money, a share, a date, a long number and a comment."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "预算表"
    sheet.append(["项目", "金额", "占比", "日期", "电话"])
    sheet.append([PHRASE, 1234567.5, 0.256, datetime(2024, 3, 5), 13800138000])  # noqa: DTZ001 - as above
    sheet["B2"].number_format = "#,##0.00"
    sheet["C2"].number_format = "0.0%"
    sheet["D2"].number_format = "yyyy-mm-dd"
    sheet["A2"].comment = Comment("表格批注", "王五")
    book.create_sheet("第二张表")["C5"] = "远处的格子"
    return _saved(book)


def ods_file() -> bytes:
    """One OpenDocument sheet."""
    office = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<?xml version="1.0"?><office:document-content xmlns:office="{office}:office:1.0" '
        f'xmlns:table="{office}:table:1.0" xmlns:text="{office}:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="费用"><table:table-row><table:table-cell office:value-type="string">'
        f"<text:p>{PHRASE}</text:p></table:table-cell></table:table-row></table:table>"
        f"</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        f'<manifest:manifest xmlns:manifest="{office}:manifest:1.0"><manifest:file-entry manifest:full-path="/" '
        f'manifest:media-type="{kind}"/></manifest:manifest>'
    )
    return zipped({"mimetype": kind, "META-INF/manifest.xml": manifest, "content.xml": content})


def odt_file() -> bytes:
    """One OpenDocument text with spans inside its paragraph."""
    office = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<?xml version="1.0"?><office:document-content xmlns:office="{office}:office:1.0" '
        f'xmlns:text="{office}:text:1.0"><office:body><office:text><text:h>标题</text:h>'
        f"<text:p>前<text:span>{PHRASE}</text:span>后</text:p></office:text></office:body></office:document-content>"
    )
    return zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})


def pdf_file(
    pages: Sequence[str] = (PHRASE, "第二页文字", "第三页文字"),
    password: str | None = None,
    *,
    framed: bool = False,
) -> bytes:
    """A PDF with Chinese text on each page; with `password` it can be opened only with that. What is `framed` shows
    more than its words, so that pages of few words are recognised."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    out = io.BytesIO()
    encryption = StandardEncryption(password, canPrint=1) if password else None
    canvas = Canvas(out, pagesize=A4, encrypt=encryption)
    canvas.setTitle("产品手册")
    canvas.setAuthor("市场部")
    for text in pages:
        canvas.setFont("STSong-Light", 18)
        canvas.drawString(72, 700, text)
        if framed:
            canvas.rect(60, 600, 400, 160)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def pdf_bomb(unpacked: int) -> bytes:
    """A PDF whose content stream unpacks to `unpacked` bytes of drawing commands."""
    pack = zlib.compressobj(9)
    block = b"0 0 m 1 1 l S\n" * 75_000
    stream = b"".join(pack.compress(block) for _ in range(unpacked // len(block))) + pack.flush()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n" % len(stream) + stream + b"\nendstream",
    ]
    body = b"%PDF-1.4\n"
    for number, data in enumerate(objects, 1):
        body += b"%d 0 obj" % number + data + b"endobj\n"
    return body + b"trailer<</Root 1 0 R/Size 5>>\n%%EOF"


def image_file(kind: str = "JPEG", size: tuple[int, int] = (640, 400), **save: object) -> bytes:
    """A picture, red on the left and blue on the right."""
    image = Image.new("RGB", size, (200, 0, 0))
    image.paste((0, 0, 200), (size[0] // 2, 0, size[0], size[1]))
    out = io.BytesIO()
    image.save(out, kind, **save)
    return out.getvalue()


def turned_photo() -> bytes:
    """A JPEG that a camera took upside right by turning it 90°, with its date."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x0132] = "2024:03:05 13:30:00"
    exif[0x010E] = "展会现场".encode("gbk")
    return image_file(size=(640, 400), exif=exif)


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims to be very large and holds almost nothing."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack("!I", len(data)) + name + data + struct.pack("!I", zlib.crc32(name + data))

    header = struct.pack("!IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


def mail_file() -> bytes:
    """A mail with plain and HTML body and a Chinese attachment."""
    message = EmailMessage()
    message["From"] = "王芳 <wang@example.com>"
    message["To"] = "li@example.com"
    message["Subject"] = "报价单确认"
    message["Date"] = "Tue, 05 Mar 2024 13:30:00 +0800"
    message.set_content(f"您好，{PHRASE}。")
    message.add_alternative("<html><body><p>您好，<b>网页正文</b></p></body></html>", subtype="html")
    message.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="合同扫描件.pdf")
    message.add_attachment("附件里的文字", filename="说明.txt")
    return message.as_bytes()


def gbk_mail() -> bytes:
    """A mail labelled gb2312 that holds characters of GB 18030, raw in its subject too."""
    head = "Subject: 朱镕基批示\r\nFrom: a@example.com\r\nTo: b@example.com\r\nMIME-Version: 1.0\r\n".encode(
        "gb18030"
    )
    body = "喆先生：镕字不在旧国标里。\r\n".encode("gb18030")
    return (
        head + b"Content-Type: text/plain; charset=gb2312\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + body
    )


def bomb_docx(unpacked: int = 400 << 20) -> bytes:
    """A .docx of some hundred kilobytes whose main part unpacks to `unpacked` bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as package:
        package.writestr("[Content_Types].xml", _TYPES)
        package.writestr("_rels/.rels", _RELS)
        with package.open("word/document.xml", "w") as stream:
            stream.write(f"<w:document {_W}><w:body>".encode())
            for _ in range(unpacked >> 20):
                stream.write(b"<w:p><w:r><w:t>A</w:t></w:r></w:p>" * 30_840)
            stream.write(b"</w:body></w:document>")
    return out.getvalue()


def lying_zip(true_size: int = 100 << 20) -> bytes:
    """A .docx whose directory says that its main part is small."""
    data = bytearray(bomb_docx(true_size))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as package:
        entry = package.getinfo("word/document.xml")
    size = struct.pack("<I", entry.file_size)
    at = data.rindex(size)
    data[at : at + 4] = struct.pack("<I", 1000)
    return bytes(data)


def overlapping_zip() -> bytes:
    """A .docx in which two entries share the same bytes."""
    data = bytearray(zipped({"word/document.xml": "A" * 1000, "word/b.xml": "B" * 1000}))
    second = data.rindex(b"PK\x01\x02")
    data[second + 42 : second + 46] = struct.pack("<I", 0)
    return bytes(data)


def compound_file(streams: Mapping[str, bytes]) -> bytes:
    """An OLE file with `streams` at its top; each is padded to 4096 bytes, so that there are no small streams."""
    sector, end, free = 512, 0xFFFFFFFE, 0xFFFFFFFF
    padded = {
        name: data + b"\0" * (-max(len(data), 4096) % sector + max(0, 4096 - len(data)))
        for name, data in streams.items()
    }
    chains, bodies, table = [], b"", [0xFFFFFFFD]
    directory_sectors = (len(streams) + 1 + 3) // 4
    table += [*range(2, directory_sectors + 1), end]
    for data in padded.values():
        first, count = len(table), len(data) // sector
        chains.append((first, len(data)))
        table += [*range(first + 1, first + count), end]
        bodies += data
    if len(table) > sector // 4:
        raise ValueError("one sector of allocation table must do")
    table += [free] * (sector // 4 - len(table))
    entries = [ole_entry("Root Entry", 5, end, 0, child=1)]
    for number, (name, (first, size)) in enumerate(zip(padded, chains, strict=True), 1):
        entries.append(ole_entry(name, 2, first, size, right=number + 1 if number < len(padded) else free))
    entries += [ole_entry("", 0, 0, 0)] * (directory_sectors * 4 - len(entries))
    header = struct.pack(
        "<8s16sHHHHHHIIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"",
        0x3E,
        3,
        0xFFFE,
        9,
        6,
        0,
        0,
        0,
        1,
        1,
        0,
        4096,
        end,
        0,
        end,
        0,
    )
    header += struct.pack("<109I", 0, *[free] * 108)
    return header + struct.pack(f"<{sector // 4}I", *table) + b"".join(entries) + bodies


def doc_file(text: str) -> bytes:
    """A Word 97 document that is one piece of UTF-16 text."""
    letters = (text.replace("\n", "\r") + "\r").encode("utf-16-le")
    start, count = 1024, len(letters) // 2
    fib = bytearray(start)
    struct.pack_into("<HHH", fib, 0, 0xA5EC, 193, 0)
    struct.pack_into("<H", fib, 10, 0x1200)  # extended characters, tables in 1Table
    struct.pack_into("<II", fib, 24, start, start + len(letters))
    struct.pack_into("<H", fib, 32, 14)
    struct.pack_into("<H", fib, 62, 22)
    struct.pack_into("<I", fib, 64, start + len(letters))
    struct.pack_into("<I", fib, 76, count)
    struct.pack_into("<H", fib, 152, 93)
    pieces = struct.pack("<II", 0, count) + struct.pack("<HIH", 0, start, 0)
    clx = b"\x02" + struct.pack("<I", len(pieces)) + pieces
    struct.pack_into("<II", fib, 0x1A2, 0, len(clx))
    return compound_file({"WordDocument": bytes(fib) + letters, "1Table": clx})


def xls_file(rows: Sequence[Sequence[str | float]]) -> bytes:
    """A BIFF 2 sheet, the oldest and plainest; texts are ASCII."""
    out = struct.pack("<HHHH", 0x0009, 4, 2, 0x10)
    for row, cells in enumerate(rows):
        for column, value in enumerate(cells):
            if isinstance(value, str):
                letters = value.encode("ascii")
                out += (
                    struct.pack("<HHHH3sB", 0x0004, 8 + len(letters), row, column, b"\0\0\0", len(letters))
                    + letters
                )
            else:
                out += struct.pack("<HHHH3sd", 0x0003, 15, row, column, b"\0\0\0", value)
    return out + struct.pack("<HH", 0x000A, 0)


def ppt_file(text: str) -> bytes:
    """A PowerPoint 97 presentation whose outline holds one slide with `text`."""

    def record(kind: int, body: bytes, version: int = 0, instance: int = 0) -> bytes:
        return struct.pack("<HHI", version | instance << 4, kind, len(body)) + body

    slide = record(0x03F3, struct.pack("<IIIII", 2, 0, 1, 256, 0))
    outline = slide + record(0x0F9F, struct.pack("<I", 0)) + record(0x0FA0, text.encode("utf-16-le"))
    document = record(0x03E8, record(0x0FF0, outline, 15, 0), 15)
    user = record(0x0FF6, struct.pack("<IIIHHBBHB", 20, 0xE391C05F, 0, 1, 0x03F4, 3, 0, 0, 0))
    return compound_file({"PowerPoint Document": document, "Current User": user})


def encrypted_office() -> bytes:
    """What Office makes of a document with a password: an OLE file with an EncryptedPackage."""
    return compound_file({"EncryptionInfo": b"\x04\0\x04\0", "EncryptedPackage": b"\x10" * 5000})


def ole_entry(name: str, kind: int, first: int, size: int, **links: int) -> bytes:
    """A row of the directory of an OLE file."""
    letters = name.encode("utf-16-le")
    free = 0xFFFFFFFF
    return struct.pack(
        "<64sHBBIII16sIQQIQ",
        letters,
        len(letters) + 2 if name else 0,
        kind,
        1,
        links.get("left", free),
        links.get("right", free),
        links.get("child", free),
        b"",
        0,
        0,
        0,
        first,
        size,
    )


def _saved(document: object) -> bytes:
    out = io.BytesIO()
    document.save(out)  # type: ignore[attr-defined]
    return out.getvalue()


def png(image: Image.Image) -> bytes:
    """A picture as PNG, transparency kept."""
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def mail_with(attachments: Sequence[tuple[str, bytes]]) -> bytes:
    """A mail with a plain body and files."""
    message = EmailMessage()
    message["From"], message["Subject"] = "王芳 <wang@example.com>", "报价单确认"
    message.set_content("见附件。")
    for name, data in attachments:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def pdf_with_margins() -> bytes:
    """A PDF with a bookmark, a form, and a note on its second page, which has no text."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.setFont("STSong-Light", 18)
    canvas.drawString(72, 700, PHRASE)
    canvas.bookmarkPage("first")
    canvas.addOutlineEntry("第一章 总则", "first")
    canvas.acroForm.textfield(
        name="customer", tooltip="客户名称", value="Qinghe Foods", x=72, y=500, width=200, height=30
    )
    canvas.showPage()
    canvas.rect(50, 50, 100, 100)
    canvas.textAnnotation("请法务复核第三条", (100, 100, 200, 200))
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def pdf_carrying(name: str, data: bytes) -> bytes:
    """A PDF that carries a file."""
    document = pypdfium2.PdfDocument(pdf_file())
    document.new_attachment(name).set_data(data)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
