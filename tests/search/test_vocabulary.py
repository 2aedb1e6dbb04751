"""What is misspelt is found among what is really there."""

import pytest

from search.words.vocabulary import beginning, meant, sound, spelling


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("渠道", "渠到"),
        ("成列", "陈列"),
        ("陪送", "配送"),
        ("知识", "自私"),
        ("经销", "今销"),
        ("牛奶", "刘奶"),
    ],
)
def test_what_people_mix_up_sounds_alike(one: str, other: str) -> None:
    assert sound(one) == sound(other)


def test_what_sounds_apart_does_not() -> None:
    assert sound("渠道") != sound("取消")
    assert sound("重庆")[0] != sound("重量")[0]


@pytest.mark.parametrize("word", ["渠", "中华人民共和国", "a4纸", "x200", "abc", "2024", ""])
def test_what_is_never_mended_has_no_spelling(word: str) -> None:
    assert spelling(word) == beginning(word) == ""


def test_the_same_pinyin_comes_first_then_what_is_more_frequent() -> None:
    spellings = {spelling(word): count for word, count in {"陈列": 5, "城列": 1, "乘列": 2}.items()}
    assert list(meant("成列", spellings)) == ["乘列", "城列", "陈列"]


def test_latin_words_may_have_one_letter_wrong_and_long_ones_two() -> None:
    spellings = {f":{word}": 1 for word in ("alpina", "mango", "tango", "promotion")}
    assert list(meant("alpnia", spellings)) == ["alpina"]
    assert list(meant("mamgo", spellings)) == ["mango"]
    assert list(meant("promtoin", spellings)) == ["promotion"]
    assert list(meant("xyzzy", spellings)) == []
