"""Finding again in the texts what a record says already."""

from datetime import date
from typing import Any

import pytest

from service.domain.suggesting import Passage, SourceFile, locate

TEXT = (
    "经销商合同　编号：ＱＨ-JX-2026-017\n签订于2026年1月15日，乙方江城 永丰商贸有限公司，\n"
    "保证金叁拾万元整，年度目标 1,360.5 万元，共 4 份。"
)
FILES = [
    SourceFile("a", "附件.txt"),
    SourceFile("b", "合同.pdf", passages=[Passage("page", 1, "", "封面"), Passage("page", 2, "", TEXT)]),
]


@pytest.mark.parametrize(
    ("value", "quote"),
    [
        ("qh-jx-2026-017", "ＱＨ-JX-2026-017"),
        (date(2026, 1, 15), "2026年1月15日"),
        ("2026-01-15", "2026年1月15日"),
        ("江城永丰商贸有限公司", "江城永丰商贸有限公司"),
        (300000, "叁拾万元整"),
        (13605000, "1,360.5 万元"),
        (("无此公司名", "永丰商贸"), "永丰商贸"),
    ],
)
def test_a_value_is_found_however_it_is_written(value: Any, quote: str) -> None:
    evidence = locate({"f": value}, FILES)["f"]
    assert (evidence.file_id, evidence.kind, evidence.number, evidence.passage) == ("b", "page", 2, 1)
    assert TEXT[evidence.start : evidence.end].replace(" ", "") == quote.replace(" ", "")


@pytest.mark.parametrize("value", [4, True, "合同"[:1], "不在其中的话", date(2026, 1, 16), 300001, None])
def test_what_stands_nowhere_or_anywhere_has_no_place(value: Any) -> None:
    assert locate({"f": value}, FILES) == {}
