"""The query language from the address to the answer: every example of what it is to understand, on one small archive."""

import io
from collections.abc import Callable
from datetime import date

import pytest

from service.domain.holdings import Description
from service.domain.permissions import Actor, Role
from service.models import File
from service.wiring import Fonds
from tests.service.web.conftest import Reader, SignIn

TEXTS = {
    "窜货": (
        "华东区渠道窜货处罚决定",
        "华东区 2024年8月5日 发现渠道窜货，处罚 12.5 万元。",
        date(2024, 8, 20),
    ),
    "返利": ("渠道返利核算办法", "第三季度起返利按季核算，经办王芳负责渠道返利。", date(2025, 8, 1)),
    "菜单": ("员工食堂菜单", "本周供应面条，草稿。", date(2026, 2, 27)),
}
"""Seen from 2 March 2026, the day of the clock."""
CASES = {
    "渠道 处罚": "窜货",
    "“渠道窜货”": "窜货",
    "“窜货渠道”": "",
    "窜货 OR 面条": "窜货 菜单",
    "窜货 或 面条": "窜货 菜单",
    "渠道 -窜货": "返利",
    "渠道 -(窜货 OR 面条)": "返利",
    "(窜货 或 面条) 草稿": "菜单",
    "类别:HT": "窜货",
    "类别:合同": "窜货",
    "category:HT": "窜货",
    "部门:市场部": "返利 菜单",
    "department:销售部": "窜货",
    "日期:去年": "返利",
    "日期:2024": "窜货",
    "日期:2024Q3": "窜货",
    "日期:去年第三季度": "返利",
    "日期:2024-08": "窜货",
    "日期:2024-08..2025-08": "窜货 返利",
    "日期:8月": "返利",
    "日期:上周": "菜单",
    "日期:近30天": "菜单",
    "日期:今天": "",
    "日期:>=2025": "返利 菜单",
    "年度:2025": "返利",
    "金额:>5万": "窜货",
    "金额:5万..13万": "窜货",
    "金额:<5万": "",
    "密级:秘密": "窜货 返利",
    "密级:内部 OR 密级:秘密": "窜货 返利 菜单",
    "标签:重点": "返利",
    "标签:重点,后勤": "返利 菜单",
    "题名:菜单": "菜单",
    "正文:处罚": "窜货",
    "文件名:窜货": "窜货",
    "文件类型:文本": "窜货 返利 菜单",
    "文件类型:pdf": "",
    "大小:<1MB": "窜货 返利 菜单",
    "页数:>10": "",
    "有:附件": "窜货 返利 菜单",
    "有:红章": "窜货",
    "无:标签": "窜货",
    "有:标签 -后勤": "返利",
    "状态:草稿": "窜货 返利 菜单",
    "状态:已归档": "",
    "2024年第三季度": "窜货",
    "2024Q3 窜货": "窜货",
    "2024年8月": "窜货",
    "三季度": "返利",
    "Q3": "返利",
    "2024Q2 窜货": "",
    "去年第三季度谁负责渠道返利?": "返利",
    "十二万五千": "窜货",
}
WRONG = {
    "“渠道窜货": (0, "unclosed_quote", "窜货"),
    "渠道 (窜货": (3, "unclosed_parenthesis", "窜货"),
    "窜货 )": (3, "stray_parenthesis", "窜货"),
    "窜货 OR": (3, "stray_operator", "窜货"),
    "窜货 日期:某天": (3, "bad_date", ""),
    "金额:很多 窜货": (0, "bad_number", ""),
    "颜色:红 窜货": (0, "unknown_field", ""),
    "有:龙 窜货": (0, "unknown_value", ""),
    "类别: 窜货": (0, "empty_value", ""),
}


@pytest.fixture
def li(sign_in: SignIn) -> Reader:
    return sign_in("lidangan", Role.ARCHIVIST, department="综合管理部")


def filed(fonds: Fonds, archivist: Actor, settle: Callable[[], None]) -> dict[str, str]:
    """The archive; id → short name."""
    more = {
        "窜货": {"category": "HT", "department": "销售部", "fields": {"amount": 125000}},
        "返利": {"category": "WD", "department": "市场部", "keywords": ("重点",), "secrecy": "L1"},
        "菜单": {"category": "WD", "department": "市场部", "keywords": ("后勤",)},
    }
    names = {}
    for name, (title, text, day) in TEXTS.items():
        said = Description(title=title, date=day, **more[name])  # type: ignore[arg-type]
        record = fonds.records.create(archivist, said).id
        file = fonds.files.add(archivist, record, io.BytesIO(text.encode()), name=f"{name}.txt").id
        names[record] = name
        if name == "窜货":
            sealed = file
    settle()
    File.objects(id=sealed).update_one(set__facts__seals=[1])
    fonds.indexing.rebuild(lambda *_: None)
    return names


@pytest.mark.requirement("R-SRC-1")
def test_every_example_finds_what_it_means(
    fonds: Fonds, archivist: Actor, settle: Callable[[], None], li: Reader
) -> None:
    names = filed(fonds, archivist, settle)

    def found(text: str) -> tuple[str, list[dict[str, object]]]:
        answer = li.client.get("/api/v1/search", query_string={"q": text})
        assert answer.status_code == 200, text
        hits = sorted((names[hit["id"]] for hit in answer.get_json()["hits"]), key=list(TEXTS).index)
        return " ".join(hits), answer.get_json()["problems"]

    wrong = {text: got for text, wanted in CASES.items() if (got := found(text)) != (wanted, [])}
    assert wrong == {}
    record = next(key for key, name in names.items() if name == "窜货")
    alike, problems = found(f"similar:{record} 渠道")
    assert (alike, problems) == found(f"相似:{record} 渠道") == ("返利", [])
    for text, (position, code, wanted) in WRONG.items():
        got, problems = found(text)
        told = [(one["position"], one["code"]) for one in problems]
        assert (told, got) == ([(position, code)], wanted), text
        assert all(one["message"] for one in problems)
