"""Pinyin as the library says it, from tables of a tenth of its memory."""

import random

import pytest
from pypinyin import constants, lazy_pinyin

from search.words.pinyin import LONGEST, syllables


def told(text: str) -> tuple[str, ...]:
    return tuple("".join(filter(str.isalnum, one)) for one in lazy_pinyin(text))


def test_characters_are_said_as_the_library_says_them() -> None:
    known = list(map(chr, constants.PINYIN_DICT))
    for char in (*random.Random(1).sample(known, 2000), "吕", "嗯", "〇"):
        assert syllables(char) == told(char), char


def test_words_are_said_as_the_library_says_them() -> None:
    words = [word for word in constants.PHRASES_DICT if 1 < len(word) <= LONGEST]
    for word in (*random.Random(1).sample(words, 2000), "女儿", "绿色"):
        assert syllables(word) == told(word), word


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("重庆银行", ("chong", "qing", "yin", "hang")),
        ("重要渠道", ("zhong", "yao", "qu", "dao")),
        ("a4纸", ("a", "4", "zhi")),
        ("", ()),
    ],
)
def test_the_longest_known_word_decides(text: str, said: tuple[str, ...]) -> None:
    assert syllables(text) == said
