"""Folding: one spelling for what people mean alike, and the way back to the original."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.words.folding import fold

ANY_TEXT = st.text(st.characters(), max_size=60) | st.text(
    "營销档案ＡbﬀßIİ㎡①\u0301\u200b\n\t\ud800 ·—", max_size=40
)


@pytest.mark.requirement("R-SRC-2", "S-ID-1")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("營銷檔案", "营销档案"),
        ("會議紀要", "会议纪要"),
        ("裏面", "裡面"),
        ("臺灣", "台湾"),
        ("著作", "着作"),
        ("ＡＢＣ１２３", "abc123"),
        ("Ｑ００１－ＨＴ", "q001-ht"),
        ("Q001·HT", "Q001・HT"),
        ("2024—2025", "2024-2025"),
        ("营销〔2024〕15号", "营销[2024]15号"),
        ("“引号”", "「引号」"),
        ("cafe\u0301", "café"),
        ("㎡", "m2"),
        ("Straße", "STRASSE"),
        ("零\u200b宽", "零宽"),
        ("全　角", "全 角"),
    ],
)
def test_spellings_that_mean_the_same_fold_to_one(one: str, other: str) -> None:
    assert fold(one).text == fold(other).text


def test_a_fold_does_not_depend_on_what_stands_around() -> None:
    """著名 and 著 alone, 乾隆 and 乾 alone: a query shorter than the text must still be in it."""
    for text in ("著名", "乾隆年間", "接著說明", "瞭望臺", "後來頭髮"):
        assert fold(text).text == "".join(fold(char).text for char in text)


def test_stretches_of_the_original_are_found_again() -> None:
    text = "面积120㎡，①號樓"
    folded = fold(text)
    start = folded.text.index("m2")
    assert text[slice(*folded.origin(start, start + 2))] == "㎡"
    start = folded.text.index("号楼")
    assert text[slice(*folded.origin(start, start + 2))] == "號樓"


def test_control_characters_and_surrogates_become_harmless() -> None:
    assert fold("中\x00国\ud800\x1f").text == "中 国\ufffd "


@given(ANY_TEXT)
def test_any_text_folds_and_every_place_lies_inside_it(text: str) -> None:
    folded = fold(text)
    for i in range(len(folded.text)):
        start, end = folded.origin(i, i + 1)
        assert 0 <= start < end <= len(text)
        assert folded.text[i] in fold(text[start:end]).text


@given(st.text("營销档案著後裏ＡbＱ１—·〔“”㎡①", max_size=40))
def test_folding_twice_changes_nothing(text: str) -> None:
    once = fold(text).text
    assert fold(once).text == once
