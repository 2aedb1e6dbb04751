"""A tree written as a query reads as the same tree."""

from datetime import date

import pytest

from search.question.query import parse
from search.question.tree import Alike, Most, Near
from search.question.writing import written

TODAY = date(2024, 7, 10)


@pytest.mark.parametrize(
    "text",
    [
        "渠道 返利",
        "“渠道窜货” 纪要",
        "甲 OR 乙",
        "(甲 OR 乙) 丙 -丁",
        "-(甲 OR “乙”)",
        "类别:合同 部门:市场部 客户:“上海 华联”",
        "日期:2024-03-01..2024-03-31 录入:2024-07-10",
        "日期:2024-03.. 金额:..50000 页数:3..15 大小:1024",
        "密级:L1 有:附件 -无:档号",
        "相似:r1",
    ],
)
def test_it_reads_as_the_same(text: str) -> None:
    tree = parse(text, TODAY).tree
    assert tree is not None
    assert parse(written(tree), TODAY).tree == tree


def test_what_only_relaxing_makes_is_written_too() -> None:
    assert [written(node) for node in (Near("渠到窜货"), Most("甲 乙"), Alike("r1", ()))] == [
        "渠到窜货",
        "甲 乙",
        "相似:r1",
    ]
