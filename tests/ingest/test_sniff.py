"""Sniffing: what bytes say they are, whatever the name says."""

import io

import pytest

from ingest.draft import Sniffed, Source
from ingest.files import sniff as sniffing
from ingest.formats import ranked, registered
from tests.ingest import samples

_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


@pytest.fixture(autouse=True)
def _without_libmagic(monkeypatch: pytest.MonkeyPatch) -> None:
    """Own rules must do: libmagic is not there on every machine."""
    monkeypatch.setattr(sniffing, "_libmagic", lambda: None)


def sniffed(data: bytes, name: str = "nameless") -> Sniffed:
    return sniffing.sniff(Source(io.BytesIO(data), name))


@pytest.mark.parametrize(
    ("data", "media_type", "family"),
    [
        (samples.pdf_file(), "application/pdf", "pdf"),
        (b"junk before\n" + samples.pdf_file(), "application/pdf", "pdf"),
        (samples.docx_file(), _DOCX, "word"),
        (samples.pptx_file(), _PPTX, "slides"),
        (samples.xlsx_file(), _XLSX, "sheet"),
        (samples.doc_file("x"), "application/msword", "word"),
        (samples.ppt_file("x"), "application/vnd.ms-powerpoint", "slides"),
        (samples.xls_file([["x"]]), "application/vnd.ms-excel", "sheet"),
        (samples.ods_file(), "application/vnd.oasis.opendocument.spreadsheet", "sheet"),
        (samples.odt_file(), "application/vnd.oasis.opendocument.text", "word"),
        (samples.zipped({"mimetype": "application/epub+zip"}), "application/epub+zip", "word"),
        (samples.zipped({"OFD.xml": "<ofd/>"}), "application/ofd", "word"),
        (
            samples.zipped({"xl/workbook.bin": "x"}),
            "application/vnd.ms-excel.sheet.binary.macroenabled.12",
            "sheet",
        ),
        (samples.zipped({"读我.txt": "x"}), "application/zip", "archive"),
        (samples.image_file("JPEG"), "image/jpeg", "image"),
        (samples.image_file("PNG"), "image/png", "image"),
        (samples.image_file("GIF"), "image/gif", "image"),
        (samples.image_file("BMP"), "image/bmp", "image"),
        (samples.image_file("TIFF"), "image/tiff", "image"),
        (samples.image_file("WEBP"), "image/webp", "image"),
        (samples.image_file("AVIF"), "image/avif", "image"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic", "image"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "image/heic", "image"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp41", "video/mp4", "video"),
        (b"\0\0\0\x18ftypM4A \0\0\0\0isommp42", "audio/mp4", "audio"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "video/quicktime", "video"),
        (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav", "audio"),
        (b"RIFF\0\0\0\0AVI LIST", "video/x-msvideo", "video"),
        (b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1f\x42\x82\x84webm", "video/webm", "video"),
        (b"ID3\x03\0\0\0", "audio/mpeg", "audio"),
        (b"8BPS\0\x01", "image/vnd.adobe.photoshop", "image"),
        (b"{\\rtf1\\ansi", "application/rtf", "word"),
        (b"7z\xbc\xaf\x27\x1c\0\4", "application/x-7z-compressed", "archive"),
        (b"Rar!\x1a\x07\0", "application/vnd.rar", "archive"),
        (b"\x1f\x8b\x08\0", "application/gzip", "archive"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "application/postscript", "image"),
        (samples.mail_file(), "message/rfc822", "mail"),
        (samples.gbk_mail(), "message/rfc822", "mail"),
        (b"From a@b.c Tue Mar  5 13:30:00 2024\nSubject: x\nFrom: y\n\nz", "application/mbox", "mail"),
        ("<!DOCTYPE html><title>页</title>".encode(), "text/html", "text"),
        (b"<?xml version='1.0'?><a/>", "application/xml", "text"),
        (
            b"<?xml version='1.0'?><!-- x --><svg xmlns='http://www.w3.org/2000/svg'/>",
            "image/svg+xml",
            "image",
        ),
        (b'{"a": [1, 2]}', "application/json", "text"),
        ("会议纪要：讨论渠道。".encode("gb18030"), "text/plain", "text"),
        ("会议纪要：讨论渠道。".encode("utf-16"), "text/plain", "text"),
        ("會議紀要:討論通路。".encode("big5"), "text/plain", "text"),
        (bytes(range(256)) * 4, "application/octet-stream", "other"),
        (b"", "application/x-empty", "other"),
    ],
)
def test_bytes_tell_the_type_without_a_name(data: bytes, media_type: str, family: str) -> None:
    assert sniffed(data) == Sniffed(media_type, family)  # type: ignore[arg-type]


@pytest.mark.requirement("B11")
@pytest.mark.parametrize(
    ("data", "name", "media_type"),
    [
        (samples.image_file("PNG"), "合同.pdf", "image/png"),
        (samples.docx_file(), "照片.jpg", _DOCX),
        (b"<html><body>x</body></html>", "a.png", "text/html"),
        (b"MZ\x90\0\3\0\0\0", "发票.pdf", "application/vnd.microsoft.portable-executable"),
    ],
)
def test_a_name_that_lies_is_not_believed(data: bytes, name: str, media_type: str) -> None:
    assert sniffed(data, name).media_type == media_type


@pytest.mark.parametrize(
    ("name", "media_type", "family"),
    [
        ("表.csv", "text/csv", "sheet"),
        ("说明.md", "text/markdown", "text"),
        ("日志.log", "text/plain", "text"),
        ("无名", "text/plain", "text"),
        ("假.docx", "text/plain", "text"),
    ],
)
def test_where_bytes_leave_it_open_the_name_decides(name: str, media_type: str, family: str) -> None:
    assert sniffed("甲,乙\n1,2\n".encode(), name) == Sniffed(media_type, family)  # type: ignore[arg-type]


@pytest.mark.requirement("B05")
@pytest.mark.parametrize(
    ("name", "media_type"), [("a.docx", _DOCX), ("a.xlsx", _XLSX), ("a", "application/x-ole-storage")]
)
def test_an_encrypted_office_file_is_what_its_name_says(name: str, media_type: str) -> None:
    assert sniffed(samples.encrypted_office(), name).media_type == media_type


def test_a_zip_file_without_its_directory_is_still_known() -> None:
    assert sniffed(samples.docx_file()[:20_000]).media_type == _DOCX


def test_a_docx_cut_before_its_parts_is_known_by_its_name() -> None:
    assert sniffed(samples.docx_file()[:200], "短.docx").media_type == _DOCX


def test_libmagic_is_asked_where_own_rules_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sniffing, "_libmagic", lambda: lambda head: "application/x-asked")
    assert sniffed(b"\0\1\2\3" * 50).media_type == "application/x-asked"


def test_every_module_of_formats_is_found() -> None:
    names = {type(reader).__name__ for reader in registered()}
    assert {"Pdf", "Docx", "Doc", "Pptx", "Ppt", "FormattedSheet", "Plain", "Html", "Eml", "Picture"} <= names


def test_a_page_with_broken_bytes_in_it_is_a_page() -> None:
    broken = b"6.00\xc0l\7\0\2\0\0\0\2\0\0\x80\xc2l\7"
    page = b"<HTML><BODY>" + b"good morning " * 40 + broken + b"</BODY></HTML>"
    assert sniffed(page).media_type == "text/html"


def test_the_best_suited_format_comes_first() -> None:
    assert [type(reader).__name__ for reader in ranked(Sniffed(_DOCX, "word"))] == ["Docx", "DocxStream"]
    assert ranked(Sniffed("application/octet-stream", "other")) == ()
