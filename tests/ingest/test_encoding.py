"""Encodings: what Chinese files are written in, with and without a label."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.files.encoding import decode, decode_markup, known

SIMPLIFIED = "营销档案管理制度：客户信息应当及时归档，合同原件由综合管理部保存。"
TRADITIONAL = "營銷檔案管理制度,客戶信息應當及時歸檔,合同原件由綜合管理部保存。"
JAPANESE = "顧客情報を適時に保存してください。マーケティング資料の管理について。"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "gb2312", "utf-16", "utf-16-le", "utf-32"]
)
def test_simplified_chinese_in_every_encoding(encoding: str) -> None:
    assert decode(SIMPLIFIED.encode(encoding)).text == SIMPLIFIED


@pytest.mark.parametrize(
    ("text", "encoding"), [(TRADITIONAL, "big5"), (JAPANESE, "shift_jis"), (JAPANESE, "euc_jp")]
)
def test_other_east_asian_text(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize("text", ["客户", "合同书", "报价单确认"])
def test_even_a_few_characters_of_gbk(text: str) -> None:
    assert decode(text.encode("gbk")).text == text


def test_western_text() -> None:
    assert decode("Café déjà vu".encode("cp1252")).text == "Café déjà vu"


@pytest.mark.parametrize("encoding", ["cp500", "cp037"])
def test_lists_of_a_mainframe(encoding: str) -> None:
    text = "DEALER 0117 JIAHE FOODS\nsettled in the third quarter of the year\n"
    assert decode(text.encode(encoding)).text == text


def test_addresses_full_of_at_signs_are_no_mainframe() -> None:
    assert decode(b"a@b\nc@d\ne@f\nfoo@bar\nme@home\nyou@there\n").text.startswith("a@b\n")


def test_a_text_with_a_broken_byte_stays_chinese() -> None:
    data = SIMPLIFIED.encode("gb18030") * 20
    broken = data[:100] + b"\xff\xff" + data[100:]
    assert "客户信息" in decode(broken).text


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_text_that_was_cut_inside_a_character(encoding: str) -> None:
    data = SIMPLIFIED.encode(encoding)[:-1]
    assert decode(data, cut=True).text == SIMPLIFIED[:-1]


def test_gb2312_means_gb18030() -> None:
    assert decode("朱镕基".encode("gb18030"), "gb2312") == decode("朱镕基".encode("gb18030"), "gbk")
    assert decode("朱镕基".encode("gb18030"), "gb2312").text == "朱镕基"


def test_a_western_label_does_not_garble_utf8() -> None:
    assert decode(SIMPLIFIED.encode(), "iso-8859-1").text == SIMPLIFIED


def test_a_label_that_the_bytes_deny_is_not_believed() -> None:
    assert decode(SIMPLIFIED.encode("gb18030"), "utf-8").text == SIMPLIFIED


@pytest.mark.parametrize("label", ["rot13", "zip", "base64", "no-such", "", "undefined\0"])
def test_what_is_no_encoding_is_not_taken_for_one(label: str) -> None:
    assert known(label) in ("", "undefined")


def test_html_says_its_encoding_itself() -> None:
    page = f'<html><head><meta charset="gb2312"><title>{SIMPLIFIED}</title>'
    assert SIMPLIFIED in decode_markup(page.encode("gb18030")).text


def test_xml_says_its_encoding_itself() -> None:
    assert "營銷" in decode_markup('<?xml version="1.0" encoding="big5"?><a>營銷</a>'.encode("big5")).text


@given(st.binary(max_size=300), st.sampled_from(["", "utf-8", "gb2312", "big5", "x-unknown"]))
def test_no_bytes_make_it_fail(data: bytes, label: str) -> None:
    assert isinstance(decode(data, label).text, str)
