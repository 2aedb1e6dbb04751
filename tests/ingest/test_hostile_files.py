"""Hostile files through the jail: each is kept with a warning, and the same cell serves the next one."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest import texts
from ingest.jail.warden import JailDied
from ingest.tasks.extract import Finding
from tests.ingest import samples

Read = Callable[..., Finding]


def text(found: Finding) -> str:
    return "\n".join(passage.text for passage in texts.load([found.text])) if found.text else ""


@pytest.mark.requirement("B01")
@pytest.mark.parametrize("careful", [False, True])
def test_a_zip_bomb_named_docx(jailed: Read, careful: bool) -> None:
    found = jailed(samples.bomb_docx(), "炸弹.docx", careful=careful)
    assert (found.warning, found.text) == ("bomb", b"")


@pytest.mark.requirement("B03")
def test_a_directory_that_lies_about_sizes(jailed: Read) -> None:
    assert jailed(samples.lying_zip(), "谎.docx").warning == "bad_archive"


@pytest.mark.requirement("B03")
def test_entries_that_overlap(jailed: Read) -> None:
    assert jailed(samples.overlapping_zip(), "叠.docx").warning == "bad_archive"


@pytest.mark.requirement("B03")
def test_too_many_entries(jailed: Read) -> None:
    parts = {f"word/{number}.xml": "" for number in range(10_001)}
    assert jailed(samples.zipped(parts), "多.docx").warning == "bad_archive"


@pytest.mark.requirement("B07")
def test_billion_laughs(jailed: Read) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    doctype = f'<!DOCTYPE w [<!ENTITY l0 "哈哈">{laughs}]>'
    found = jailed(samples.docx_with_doctype(doctype, "之前&l9;之后"), "笑.docx")
    assert found.warning == "entity_limit"
    assert text(found).count("哈") <= 2


@pytest.mark.requirement("B06")
@pytest.mark.parametrize("careful", [False, True])
def test_a_canary_on_the_disk_is_not_read(jailed: Read, tmp_path: Path, careful: bool) -> None:
    canary = tmp_path / "canary"
    canary.write_text("金丝雀")
    doctype = f'<!DOCTYPE w [<!ENTITY x SYSTEM "{canary.as_uri()}">]>'
    found = jailed(samples.docx_with_doctype(doctype, "之前&x;之后"), "外.docx", careful=careful)
    assert "金丝雀" not in text(found)
    assert found.warning == "entity_limit"


@pytest.mark.requirement("B15")
def test_a_pdf_bomb_kills_one_jail_and_is_then_read_with_care(jailed: Read) -> None:
    bomb = samples.pdf_bomb(300 << 20)
    assert jailed(bomb, "炸弹.pdf", careful=True).warning == "parser_limit"
    assert jailed(samples.pdf_file(), "好.pdf", careful=True).warning == ""


@pytest.mark.requirement("B14")
@pytest.mark.parametrize(
    "body",
    [
        b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[2 0 R]/Count 1000000>>endobj",
        b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj" + b"[" * 200_000 + b"endobj",
        b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj "
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 1440000 1440000]>>endobj",
    ],
    ids=["loop", "depth", "size"],
)
def test_odd_trees_of_pages(jailed: Read, body: bytes) -> None:
    started = time.monotonic()
    found = jailed(b"%PDF-1.4\n" + body + b"\ntrailer<</Root 1 0 R>>\n%%EOF", "怪.pdf")
    assert found.family == "pdf"
    assert time.monotonic() - started < 120


@pytest.mark.requirement("B07")
@pytest.mark.parametrize(("depth", "careful"), [(5_000, False), (200_000, True)])
def test_html_nested_very_deep(jailed: Read, depth: int, careful: bool) -> None:
    page = b"<html>" + b"<div>" * depth + "深处".encode()
    assert "深处" in text(jailed(page, "深.html", careful=careful))


def test_json_nested_a_hundred_thousand_deep(jailed: Read) -> None:
    assert jailed(b"[" * 100_000, "深.json").family == "text"


def test_mail_nested_deeply(jailed: Read) -> None:
    nested = b"Subject: x\nFrom: y\nMIME-Version: 1.0\nContent-Type: message/rfc822\n\n" * 2000
    assert jailed(nested, "深.eml").family == "mail"


def test_a_sheet_with_one_cell_in_the_last_corner(jailed: Read) -> None:
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1048576">'
        '<c r="XFD1048576" t="inlineStr"><is><t>角落</t></is></c></row></sheetData></worksheet>'
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    book = (
        f'<workbook xmlns="{main}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
        '<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        f'Type="{relation}/{{}}" Target="{{}}"/></Relationships>'
    )
    parts = {
        "_rels/.rels": rels.format("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": book,
        "xl/_rels/workbook.xml.rels": rels.format("worksheet", "worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": sheet,
    }
    found = jailed(samples.zipped(parts), "角.xlsx")
    assert (found.family, found.warning in ("", "parser_limit", "no_text")) == ("sheet", True)


@pytest.mark.parametrize(
    "kind", ["docx_file", "pptx_file", "xlsx_file", "pdf_file", "odt_file", "mail_file", "turned_photo"]
)
@pytest.mark.parametrize("seed", range(6))
def test_flipped_bytes_lose_no_file(jailed: Read, kind: str, seed: int) -> None:
    data = bytearray(getattr(samples, kind)())
    for step in range(40):
        data[(seed * 7919 + step * 104_729) % len(data)] ^= 1 << (step + seed) % 8
    try:
        found = jailed(bytes(data), f"坏.{kind}")
    except JailDied as died:  # also an answer, but one that is worth to be seen
        pytest.fail(f"a jail died: {died}")
    assert found.media_type
