"""Office files as offices fill them, made up with everything they say known: what reading them must bring back."""

import io
import random
import re
from collections.abc import Callable
from typing import Any

import docx
import openpyxl
import pptx
from docx.oxml import parse_xml
from openpyxl.comments import Comment
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_WPS = 'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
_V = 'xmlns:v="urn:schemas-microsoft-com:vml"'
_MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
_WP = 'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
_A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
_SHAPE = "http://schemas.microsoft.com/office/word/2010/wordprocessingShape"
_WORDS = """渠道 终端 陈列 返利 窜货 华东 华南 大区 经销商 门店 促销 预算 回款 合同 条款 违约 审批 盖章 样品 海报 直播
会员 新品 上市 试饮 满意度 问卷 复购 客诉 纪要 决议 负责人 完成 季度 同比 增长 12.5% 3,860,000元 2026年3月5日 A4纸 5G套餐
QH-GG-006""".split()  # noqa: SIM905 - read as a text


class Said:
    """What a file says: sentences of trade words, never the same twice."""

    def __init__(self, seed: int) -> None:
        self._random, self.sentences = random.Random(seed), list[str]()

    def __call__(self) -> str:
        """The next sentence."""
        number = len(self.sentences) + 1
        self.sentences.append(
            f"第{number}项{''.join(self._random.choices(_WORDS, k=self._random.randint(3, 14)))}。"
        )
        return self.sentences[-1]


def document(said: Said) -> bytes:
    """DOCX: headings, paragraphs in runs, lists, tables in tables, heads and feet of several kinds, a text box, a
    comment, tracked words, a link."""
    made = docx.Document()
    made.add_heading(said(), 1)
    for _ in range(20):
        sentence = said()
        paragraph = made.add_paragraph()
        for start in range(0, len(sentence), 5):  # a word processor cuts runs anywhere
            paragraph.add_run(sentence[start : start + 5]).bold = bool(start % 2)
    for _ in range(5):
        made.add_paragraph(said(), style="List Bullet")
    table = made.add_table(4, 3)
    for row in table.rows:
        for cell in row.cells:
            cell.text = said()
    table.cell(0, 0).merge(table.cell(0, 1))
    inner = table.cell(3, 2).add_table(1, 2)
    for cell in inner.rows[0].cells:
        cell.text = said()
    section = made.sections[0]
    section.different_first_page_header_footer = True
    for part in (section.header, section.footer, section.first_page_header, section.first_page_footer):
        part.paragraphs[0].text = said()
    made.add_comment(made.paragraphs[3].runs, text=said(), author="李四")
    body = made.paragraphs[5]._p
    body.append(_text_box(said(), both=True))
    body.append(_text_box(said(), both=False))
    body.append(parse_xml(f'<w:ins {_W} w:id="9" w:author="x"><w:r><w:t>{said()}</w:t></w:r></w:ins>'))
    body.append(parse_xml(f"<w:hyperlink {_W}><w:r><w:t>{said()}</w:t></w:r></w:hyperlink>"))
    return _saved(made)


def _text_box(text: str, *, both: bool) -> Any:
    """A text box as a word processor writes it: drawn, with the older way beside it, or in the older way alone."""
    content = f"<w:txbxContent><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:txbxContent>"
    older = f"<w:pict><v:shape><v:textbox>{content}</v:textbox></v:shape></w:pict>"
    drawn = (
        f'<w:drawing><wp:anchor><a:graphic><a:graphicData uri="{_SHAPE}"><wps:wsp><wps:txbx>{content}</wps:txbx>'
        "</wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing>"
    )
    either = (
        f'<mc:AlternateContent><mc:Choice Requires="wps">{drawn}</mc:Choice><mc:Fallback>{older}</mc:Fallback>'
        "</mc:AlternateContent>"
    )
    return parse_xml(f"<w:r {_W} {_WPS} {_V} {_MC} {_WP} {_A}>{either if both else older}</w:r>")


def deck(said: Said) -> bytes:
    """PPTX: titles, text, groups, tables, notes, a chart."""
    made = pptx.Presentation()
    for number in range(8):
        slide = made.slides.add_slide(made.slide_layouts[1])
        slide.shapes.title.text = said()
        slide.placeholders[1].text = f"{said()}\n{said()}"
        slide.notes_slide.notes_text_frame.text = said()
        box = slide.shapes.add_textbox(0, 0, Inches(3), Inches(1))
        box.text_frame.text = said()
        group = slide.shapes.add_group_shape()
        group.shapes.add_textbox(0, 0, Inches(1), Inches(1)).text_frame.text = said()
        if number % 3 == 0:
            table = slide.shapes.add_table(2, 2, 0, 0, Inches(4), Inches(2)).table
            for cell in table.iter_cells():
                cell.text = said()
        if number % 4 == 1:
            chart = CategoryChartData()
            chart.categories = [said(), said()]
            chart.add_series(said(), (1, 2))
            slide.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, 0, 0, Inches(3), Inches(2), chart)
    return _saved(made)


def workbook(said: Said) -> bytes:
    """XLSX: sheets with cells near and far, comments, a head and a foot of the printed page, figures as they are seen."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for number in range(3):
        sheet = made.create_sheet(f"台账{number}")
        for _ in range(20):
            sheet.append([said(), said()])
        sheet.cell(200, 30).value = said()
        sheet["A3"].comment = Comment(said(), "王五")
        sheet.oddHeader.center.text, sheet.oddFooter.center.text = said(), said()
        sheet["D1"], sheet["D1"].number_format = 3860000 + number, "#,##0.00"
        said.sentences.append(f"{3860000 + number:,}.00")
    return _saved(made)


def rich_text(said: Said) -> bytes:
    """RTF as WPS writes it: letters by their numbers, head and foot, a table, a note."""

    def escaped(text: str) -> str:
        return "".join(
            one if ord(one) < 128 else f"\\u{ord(one) - (65536 if ord(one) > 32767 else 0)}?" for one in text
        )

    lines = "".join(f"{escaped(said())}\\par\n" for _ in range(30))
    cells = "".join(f"{escaped(said())}\\cell " for _ in range(3))
    row = f"\\trowd\\cellx1000\\cellx2000\\cellx3000\\intbl {cells}\\row\n"
    head, foot, note = (f"{{\\{name} {escaped(said())}\\par}}" for name in ("header", "footer", "footnote"))
    return f"{{\\rtf1\\ansi\\ansicpg936{head}{foot}\n{lines}{row}{note}\\par}}".encode("ascii")


def plain(said: Said) -> bytes:
    """A text file of an older Windows."""
    return "\r\n".join(said() for _ in range(40)).encode("gb18030")


KINDS: dict[str, Callable[[Said], bytes]] = {
    "docx": document,
    "pptx": deck,
    "xlsx": workbook,
    "rtf": rich_text,
    "txt": plain,
}


def recall(said: Said, text: str) -> float:
    """How much of what is said stands in a text, by characters; blanks do not count."""
    found = re.sub(r"\s+", "", text)
    there = sum(len(one) for one in said.sentences if one in found)
    return there / sum(map(len, said.sentences))


def _saved(made: Any) -> bytes:
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()
