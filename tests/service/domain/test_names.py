"""Names of files (B23)."""

import pytest

from service.domain.names import check_file_name, tidy_file_name, title_of


@pytest.mark.requirement("B23")
@pytest.mark.parametrize(
    "name", ["合同.pdf", "../x", "/etc/passwd", "CON", "-rf", ".htaccess", 'a"; x=', "😀", "a\u202eb"]
)
def test_harmless_names_are_kept(name: str) -> None:
    assert check_file_name(name) == []
    assert tidy_file_name(name) == name


@pytest.mark.requirement("B23")
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "required"),
        ("  ", "required"),
        ("a\0b", "control_character"),
        ("a\r\nb", "control_character"),
        ("合" * 86, "too_long"),
        ("a\ud800", "not_unicode"),
    ],
)
def test_names_that_no_system_could_keep_are_refused(name: str, code: str) -> None:
    assert [fault.code for fault in check_file_name(name)] == [code]


@pytest.mark.requirement("B23")
def test_a_migrated_name_is_made_storable() -> None:
    assert tidy_file_name("a\0b\nc\x7f\x85") == "a␀b␊c␡\ufffd"
    long = tidy_file_name("档" * 300 + ".docx")
    assert long.endswith("….docx")
    assert len(long.encode()) <= 255
    assert check_file_name(tidy_file_name("x" * 300)) == []
    assert check_file_name(tidy_file_name("\ud800")) == []


def test_the_first_title_is_the_name_without_its_ending() -> None:
    assert title_of("2026  年度\t计划.docx") == "2026 年度 计划"
    assert title_of(".htaccess") == ".htaccess"
    assert title_of("关于 3.15 活动的说明") == "关于 3.15 活动的说明"
    assert len(title_of("长" * 900)) == 500
