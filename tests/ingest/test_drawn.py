"""Words of a workbook that stand in no cell are found with their sheet, and none is told twice."""

import io
import struct
from collections.abc import Callable

from ingest import texts
from ingest.documents import drawn
from ingest.draft import Draft, Source
from ingest.files.compound import compound
from ingest.tasks.extract import Finding
from search.port import Passage, Place
from tests.ingest import samples

Read = Callable[..., Finding]
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def related(*targets: tuple[str, str]) -> str:
    """A part of relations: kind and target, r1, r2 …"""
    rows = "".join(
        f'<Relationship Id="r{number}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{rows}</Relationships>'


def said(*lines: str) -> str:
    return "<d>" + "".join(f"<p><t>{line}</t></p>" for line in lines) + "</d>"


def test_of_an_xlsx_file(read: Read) -> None:
    cell = '<row r="1"><c r="A1" t="inlineStr"><is><t>渠道费用</t></is></c></row>'
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{{}}</sheetData>{{}}</worksheet>'
    foot = "&amp;L&amp;&quot;宋体,常规&quot;&amp;10内部资料&amp;R第 &amp;P 页"
    foot = f"<headerFooter><oddFooter>{foot}</oddFooter></headerFooter>"
    listed = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in ((1, "甲"), (2, "乙"))
    )
    parts = {
        "_rels/.rels": related(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": related(
            ("worksheet", "worksheets/s1.xml"), ("worksheet", "worksheets/s2.xml")
        ),
        "xl/worksheets/s1.xml": sheet.format(cell, foot),
        "xl/worksheets/s2.xml": sheet.format("", ""),
        "xl/worksheets/_rels/s2.xml.rels": related(("drawing", "../drawings/drawing1.xml")),
        "xl/drawings/drawing1.xml": said("文本框：春季铺货", "渠道费用"),
        "xl/drawings/_rels/drawing1.xml.rels": related(("chart", "../charts/chart1.xml")),
        "xl/charts/chart1.xml": said("销量走势图"),
    }
    found = read(samples.zipped(parts), "预算.xlsx")
    assert found.warning == ""
    told = [(one.place.number, one.place.label, one.text) for one in texts.load([found.text])]
    assert told[0][2] == "渠道费用"
    assert [(number, label, text.split()) for number, label, text in told[1:]] == [
        (1, "甲", ["内部资料", "第", "页"]),
        (2, "乙", ["文本框：春季铺货"]),
        (2, "乙", ["销量走势图"]),
    ]


def record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def workbook(box: bytes) -> bytes:
    """The stream of an XLS file of two sheets, with a foot on the first and `box` on the second."""
    foot = "&L内部资料".encode("utf-16-le")
    first = (
        record(0x0809, bytes(16))
        + record(0x15, struct.pack("<HB", len(foot) // 2, 1) + foot)
        + record(0x0A, b"")
    )
    second = record(0x0809, bytes(16)) + box + record(0x0A, b"")
    head = len(record(0x0809, bytes(16))) + 2 * len(record(0x85, bytes(10))) + len(record(0x0A, b""))
    starts = (head, head + len(first))
    listed = b"".join(record(0x85, struct.pack("<I", start) + bytes(6)) for start in starts)
    return record(0x0809, bytes(16)) + listed + record(0x0A, b"") + first + second


def test_of_an_xls_file() -> None:
    words = "文本框：春季铺货\n渠道费用"
    box = record(0x01B6, bytes(10) + struct.pack("<H", len(words)) + bytes(6))
    box += record(0x3C, b"\1" + words.encode("utf-16-le"))
    draft = Draft(
        passages=[Passage(Place("sheet", 1, "甲"), "渠道费用\t100"), Passage(Place("sheet", 2, "乙"), "x")]
    )
    drawn.add_from_stream(Source(io.BytesIO(compound({"Workbook": workbook(box)})), "旧.xls"), draft)
    assert draft.passages[2:] == [
        Passage(Place("sheet", 1, "甲"), "内部资料"),
        Passage(Place("sheet", 2, "乙"), "文本框：春季铺货"),
    ]


def test_a_box_that_is_cut_off_says_nothing() -> None:
    box = record(0x01B6, bytes(10) + struct.pack("<H", 500) + bytes(6))
    draft = Draft()
    drawn.add_from_stream(Source(io.BytesIO(compound({"Workbook": workbook(box)[:-4]})), "断.xls"), draft)
    assert [passage.text for passage in draft.passages] == ["内部资料"]
