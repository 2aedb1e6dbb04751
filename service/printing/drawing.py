"""Drawing of forms: lists with signatures, the filing stamp 归档章, the box spine 脊背 (S-ID-4)."""

from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

FONT = "STSong-Light"
"""A font that readers of PDF bring along: it is named, not embedded, so that a form has some kilobytes."""

RULES = [
    ("FONT", (0, 0), (-1, -1), FONT, 9),
    ("GRID", (0, 0), (-1, -1), 0.5, colors.black),
    ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
    ("TOPPADDING", (0, 0), (-1, -1), 3),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
]


def draw(form: Mapping[str, Any]) -> bytes:
    """The PDF of a form: `kind` list, stamp or spine; see `service.usecases.archival.printing` for its values."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    kinds: dict[str, Callable[[Mapping[str, Any]], bytes]] = {"list": _list, "stamp": _stamp, "spine": _spine}
    return kinds[form["kind"]](form)


def _style(size: float, *, middle: bool = False) -> ParagraphStyle:
    return ParagraphStyle(
        "form", fontName=FONT, fontSize=size, leading=size * 1.4, alignment=1 if middle else 0, wordWrap="CJK"
    )


def _list(form: Mapping[str, Any]) -> bytes:
    """A title, what stands above, a table whose head comes again on every page, and places for signatures."""
    out = BytesIO()
    margins = dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), 16 * mm)
    page = SimpleDocTemplate(out, pagesize=landscape(A4), title=form["title"], invariant=1, **margins)
    story: list[Any] = [Paragraph(escape(form["title"]), _style(18, middle=True)), Spacer(1, 4 * mm)]
    if form["above"]:
        story += [Paragraph(escape("    ".join(form["above"])), _style(10)), Spacer(1, 3 * mm)]
    rows = [
        [Paragraph(escape(str(one)), _style(9)) for one in row] for row in (form["columns"], *form["rows"])
    ]
    widths = [width * mm for width in form["widths"]]
    story.append(Table(rows, colWidths=widths, repeatRows=1, style=TableStyle(RULES)))
    story.append(Spacer(1, 8 * mm))
    story += [Paragraph(escape(line), _style(11)) for line in form["below"]]
    page.build(story, onFirstPage=_numbered, onLaterPages=_numbered)
    return out.getvalue()


def _numbered(canvas: Canvas, _page: object) -> None:
    canvas.setFont(FONT, 8)
    canvas.drawCentredString(landscape(A4)[0] / 2, 8 * mm, f"第 {canvas.getPageNumber()} 页")


def _stamp(form: Mapping[str, Any]) -> bytes:
    """The stamp of six fields in the upper middle of a page that is otherwise empty, to be printed upon the first."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    canvas.setTitle(form["title"])
    table = Table(_pairs(form["fields"]), colWidths=[15 * mm] * 3, rowHeights=[8 * mm] * 4)
    red = [("GRID", (0, 0), (-1, -1), 0.8, colors.red), ("TEXTCOLOR", (0, 0), (-1, -1), colors.red)]
    table.setStyle(TableStyle([*RULES, *red, ("ALIGN", (0, 0), (-1, -1), "CENTER")]))
    table.wrapOn(canvas, *A4)
    table.drawOn(canvas, (A4[0] - 45 * mm) / 2, A4[1] - 44 * mm)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _pairs(fields: Sequence[Sequence[str]]) -> list[list[str]]:
    """Labels above their values, three beside one another."""
    rows: list[list[str]] = []
    for start in range(0, len(fields), 3):
        some = fields[start : start + 3]
        rows += [[label for label, _ in some], [value for _, value in some]]
    return rows


def _spine(form: Mapping[str, Any]) -> bytes:
    """The back of a box: fields from above, the title downwards."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    canvas.setTitle(form["title"])
    left, top, width, height = 20 * mm, A4[1] - 20 * mm, 40 * mm, 240 * mm
    canvas.rect(left, top - height, width, height)
    at = top
    for label, value in form["fields"]:
        canvas.setFont(FONT, 9)
        canvas.drawCentredString(left + width / 2, at - 6 * mm, label)
        canvas.setFont(FONT, 11)
        canvas.drawCentredString(left + width / 2, at - 13 * mm, value)
        at -= 18 * mm
        canvas.line(left, at, left + width, at)
    canvas.setFont(FONT, 16)
    for sign in form["title"][: int((at - top + height - 8 * mm) / (7 * mm))]:
        at -= 7 * mm
        canvas.drawCentredString(left + width / 2, at, sign)
    canvas.showPage()
    canvas.save()
    return out.getvalue()
