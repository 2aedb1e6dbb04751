"""Makes files of the usual kinds out of Chinese text."""

import io
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from docx import Document
from openpyxl import Workbook
from openpyxl.styles import Font
from PIL import Image, ImageDraw, ImageFont
from pptx import Presentation
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from service.domain.dates import ZONE

Slide = tuple[str, Sequence[str]]
"""Title and points."""
Sheet = tuple[str, Sequence[Sequence[str | float]]]
"""Name and rows."""

PDF_FONT = "STSong-Light"
LINE_CHARACTERS = 36
PICTURE_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
)
"""Where Debian and Ubuntu keep Chinese fonts; without one the poster has shapes only."""


def word(title: str, paragraphs: Sequence[str], table: Sequence[Sequence[str]] = ()) -> bytes:
    """A DOCX with a heading, paragraphs and perhaps a table."""
    document = Document()
    document.add_heading(title, 0)
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    if table:
        grid = document.add_table(rows=0, cols=len(table[0]))
        for row in table:
            for cell, text in zip(grid.add_row().cells, row, strict=True):
                cell.text = text
    return _saved(document.save)


def slides(pages: Sequence[Slide]) -> bytes:
    """A PPTX: title and points of each slide."""
    presentation = Presentation()
    for title, points in pages:
        slide = presentation.slides.add_slide(presentation.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = "\n".join(points)
    return _saved(presentation.save)


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """An XLSX: name and rows of each sheet, the first row in bold."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        sheet.column_dimensions["A"].width = 28
    return _saved(book.save)


def pdf(title: str, paragraphs: Sequence[str]) -> bytes:
    """A PDF with a text layer; lines are broken and pages turned."""
    pdfmetrics.registerFont(UnicodeCIDFont(PDF_FONT))
    output = io.BytesIO()
    canvas = Canvas(output, pagesize=A4, invariant=1)
    canvas.setTitle(title)
    width, height = A4
    canvas.setFont(PDF_FONT, 18)
    canvas.drawCentredString(width / 2, height - 80, title)
    top = height - 130
    canvas.setFont(PDF_FONT, 12)
    for line in _lines(paragraphs):
        if top < 70:
            canvas.showPage()
            canvas.setFont(PDF_FONT, 12)
            top = height - 80
        canvas.drawString(80, top, line)
        top -= 20
    canvas.save()
    return output.getvalue()


def mail(subject: str, sender: str, recipients: Sequence[str], day: date, body: str) -> bytes:
    """An EML message in plain text."""
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, sender, ", ".join(recipients)
    message["Date"] = format_datetime(datetime.combine(day, time(9, 30), ZONE))
    message["Message-ID"] = f"<{day.isoformat()}.sample@qinghe.example>"
    message.set_content(body, cte="base64")
    return message.as_bytes()


def text(paragraphs: Sequence[str], encoding: str = "utf-8") -> bytes:
    """A plain text file."""
    return ("\r\n".join(paragraphs) + "\r\n").encode(encoding)


def poster(lines: Sequence[str]) -> bytes:
    """A PNG poster; its words are drawn where the system has a Chinese font."""
    image = Image.new("RGB", (800, 1130), "#f4efe4")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 800, 260), fill="#2f5d50")
    draw.ellipse((250, 420, 550, 720), fill="#c8102e")
    draw.ellipse((300, 470, 500, 670), fill="#f4efe4")
    path = next((path for path in PICTURE_FONTS if Path(path).exists()), "")
    if path:
        for number, line in enumerate(lines):
            font = ImageFont.truetype(path, 64 if number == 0 else 36)
            colour, top = ("#f4efe4", 90) if number == 0 else ("#1c1b19", 720 + 70 * number)
            draw.text((400, top), line, font=font, fill=colour, anchor="ma")
    return _saved(lambda output: image.save(output, "PNG"))


def _saved(save: Callable[[io.BytesIO], object]) -> bytes:
    output = io.BytesIO()
    save(output)
    return output.getvalue()


def _lines(paragraphs: Sequence[str]) -> list[str]:
    lines: list[str] = []
    for paragraph in paragraphs:
        starts = range(0, max(len(paragraph), 1), LINE_CHARACTERS)
        lines += [paragraph[start : start + LINE_CHARACTERS] for start in starts]
        lines.append("")
    return lines
