"""Objects in documents become files of their own: packed by Windows or WPS, as streams, as storages, in records."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import olefile
import pytest

from ingest.draft import Source
from ingest.files.compound import compound
from ingest.files.sniff import sniff
from ingest.tasks.extract import extract, finding
from ingest.tasks.members import Unpacked, unpacked
from tests.ingest import samples

Taken = Callable[..., list[Unpacked]]
QUOTE = "报价：春季礼盒 128 元".encode()
PDF = b"%PDF-1.4\n%%EOF"
RELATION = "http://schemas.openxmlformats.org/package/2006/relationships"


@pytest.fixture
def taken(tmp_path: Path) -> Taken:
    """What a document hands out, after it said how many that would be."""

    def taking(data: bytes, name: str) -> list[Unpacked]:
        path = tmp_path / "original"
        path.write_bytes(data)
        replies = []
        for order in ({"adopting": True}, {"do": "unpack"}):
            with path.open("rb") as stream:
                replies.append(
                    extract({"name": name, **order}, stream.fileno(), lambda memory, seconds: None)
                )
        found = list(unpacked(replies[1], 0))
        assert finding(replies[0]).members == len(found)
        return found

    return taking


def packed(name: str, data: bytes, *, wide: bool = True) -> bytes:
    """The stream in which Windows and WPS pack a file."""
    place = f"C:\\市场部\\{name}"
    short = b"\0".join((name.encode("gbk"), place.encode("gbk"), b""))
    body = b"\2\0" + short + b"\0\0\3\0" + struct.pack("<I", len(place.encode("gbk"))) + place.encode("gbk")
    body += struct.pack("<I", len(data)) + data
    for word in (place, name, place) if wide else ():
        body += struct.pack("<I", len(word)) + word.encode("utf-16-le")
    return struct.pack("<I", len(body)) + body


def with_part(parts: Mapping[str, str | bytes]) -> bytes:
    """A DOCX file with further parts."""
    out = io.BytesIO(samples.docx_file())
    with zipfile.ZipFile(out, "a") as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return out.getvalue()


class TestPackages:
    @pytest.mark.parametrize("wide", [True, False])
    def test_a_packed_file_keeps_its_chinese_name(self, taken: Taken, wide: bool) -> None:
        part = compound({"\1Ole10Native": packed("报价单.txt", QUOTE, wide=wide), "\3ObjInfo": b"\0" * 6})
        (one,) = taken(with_part({"word/embeddings/oleObject1.bin": part}), "方案.docx")
        assert (one.path, one.data, one.number) == ("报价单.txt", QUOTE, 2)

    def test_streams_documents_and_workbooks_are_told_apart(self, taken: Taken) -> None:
        book = {"Workbook": b"\x09\x08" * 3000, "ETExtData": b"WPS"}
        found = taken(
            with_part(
                {
                    "word/embeddings/oleObject1.bin": compound({"CONTENTS": PDF, "\1Ole": b"x"}),
                    "word/embeddings/oleObject2.bin": compound({"package": samples.xlsx_file()}),
                    "word/embeddings/oleObject3.bin": compound(book),
                    "word/embeddings/oleObject4.bin": compound({"Equation Native": b"x^2"}),
                    "word/embeddings/计划.pdf": PDF,
                }
            ),
            "方案.docx",
        )
        names = ["对象1.pdf", "对象2.xlsx", "对象3.xls", "计划.pdf"]
        assert [one.path for one in found] == names
        assert olefile.OleFileIO(io.BytesIO(found[2].data)).exists("Workbook")

    def test_the_workbook_behind_a_chart_is_nobodys_file(self, taken: Taken) -> None:
        relation = (
            f'<Relationships xmlns="{RELATION}"><Relationship Id="r1" Type="t/package" '
            'Target="../embeddings/Sheet1.xlsx"/></Relationships>'
        )
        parts: dict[str, str | bytes] = {
            "word/charts/chart1.xml": "<c/>",
            "word/charts/_rels/chart1.xml.rels": relation,
            "word/embeddings/Sheet1.xlsx": samples.xlsx_file(),
        }
        assert taken(with_part(parts), "图.docx") == []


class TestOldFormats:
    def test_a_document_keeps_them_in_its_pool(self, taken: Taken) -> None:
        inner = {"WordDocument": b"w" * 5000, "0Table": b"t" * 100, "ObjectPool": {"_9": {"Data": b"d" * 70}}}
        pool = {"_1": {"\1Ole10Native": packed("合同.txt", QUOTE)}, "_2": inner, "_3": {"\1CompObj": b"x"}}
        found = taken(compound({"WordDocument": b"w" * 4096, "ObjectPool": pool}), "旧.doc")
        assert [one.path for one in found] == ["合同.txt", "对象2.doc"]
        again = olefile.OleFileIO(io.BytesIO(found[1].data))
        streams = {
            "/".join(path): again.openstream(path).read()
            for path in again.listdir(streams=True, storages=False)
        }
        assert streams == {"WordDocument": b"w" * 5000, "0Table": b"t" * 100, "ObjectPool/_9/Data": b"d" * 70}

    def test_a_workbook_keeps_them_beside_its_sheets(self, taken: Taken) -> None:
        tree = {"Workbook": b"\x09\x08" * 3000, "MBD00012E48": {"Package": samples.docx_file()}}
        assert [one.path for one in taken(compound(tree), "旧.xls")] == ["对象1.docx"]

    def test_slides_keep_them_in_records(self, taken: Taken) -> None:
        inner = compound({"\1Ole10Native": packed("分镜.txt", QUOTE)})
        shrunk = struct.pack("<I", len(inner)) + zlib.compress(inner)
        records = struct.pack("<HHI", 0x0F, 1000, 4) + bytes(4)
        records += struct.pack("<HHI", 0x10, 0x1011, len(shrunk)) + shrunk
        records += struct.pack("<HHI", 0, 0x1011, len(inner)) + inner
        found = taken(compound({"PowerPoint Document": records, "Current User": b"u"}), "旧.ppt")
        assert [(one.path, one.data) for one in found] == [("分镜.txt", QUOTE)] * 2

    def test_rich_text_writes_them_in_digits(self, taken: Taken) -> None:
        body = compound({"\1Ole10Native": packed("名单.txt", QUOTE)})
        head = struct.pack("<III", 0x501, 2, 8) + b"Package\0" + struct.pack("<II", 0, 0)
        digits = (head + struct.pack("<I", len(body)) + body).hex()
        lines = "\n".join(digits[at : at + 128] for at in range(0, len(digits), 128))
        data = rf"{{\rtf1\ansi 正文 {{\object\objemb{{\*\objdata {lines}}}}}}}".encode("gbk")
        assert [(one.path, one.data) for one in taken(data, "通知.rtf")] == [("名单.txt", QUOTE)]


@pytest.mark.parametrize(
    "part",
    [
        compound({"\1Ole10Native": packed("报价单.txt", QUOTE)})[:700],
        compound({"\1Ole10Native": packed("报价单.txt", QUOTE)[:12]}),
        compound({"\1Ole10Native": struct.pack("<I", 9) + b"\2\0a\0b\0\0\0\3\0" + b"\xff" * 40}),
        compound({"CONTENTS": b"\0" * 100}),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000),
        b"",
    ],
    ids=["cut off", "short", "lying", "nothing known", "no directory", "empty"],
)
def test_broken_objects_cost_only_themselves(taken: Taken, part: bytes) -> None:
    parts: dict[str, str | bytes] = {"word/embeddings/oleObject1.bin": part, "word/embeddings/后.pdf": PDF}
    assert [one.path for one in taken(with_part(parts), "坏.docx")][-1:] == ["后.pdf"]


def test_an_object_that_unpacks_without_end_is_let_go(taken: Taken) -> None:
    bomb = bytes(4) + zlib.compress(bytes(80 << 20), 1)
    records = struct.pack("<HHI", 0x10, 0x1011, len(bomb)) + bomb
    assert taken(compound({"PowerPoint Document": records}), "弹.ppt") == []


def test_what_is_too_large_for_the_first_version_is_written_in_the_second() -> None:
    tree = {"WordDocument": bytes(9 << 20), "Data": b"d"}
    package = olefile.OleFileIO(io.BytesIO(compound(tree)))
    assert (package.sectorsize, package.get_size("WordDocument"), package.get_size("Data")) == (
        4096,
        9 << 20,
        1,
    )
    assert package.openstream("Data").read() == b"d"


@pytest.mark.parametrize(
    ("name", "tree", "media_type"),
    [
        ("方案.wps", {"WordDocument": b"w" * 5000, "WpsCustomData": b"x"}, "application/msword"),
        ("报价.et", {"Workbook": b"b" * 5000, "ETExtData": b"x"}, "application/vnd.ms-excel"),
        ("提案.dps", {"PowerPoint Document": b"p" * 5000}, "application/vnd.ms-powerpoint"),
        ("便笺.wps", {"CONTENTS": b"c" * 5000}, "application/vnd.ms-works"),
    ],
)
def test_the_old_formats_of_wps_are_those_of_office(
    name: str, tree: Mapping[str, Any], media_type: str
) -> None:
    assert sniff(Source(io.BytesIO(compound(tree)), name)).media_type == media_type
