"""Mappings of migrations: what a pattern fits, which rule speaks, and what is wrong with one."""

import ast
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from service.domain import migrating
from service.domain.holdings import CategoryView
from service.domain.migrating import Placed, Plan, check_plan, place, propose, read_plan, stricter
from service.english.problems import ENGLISH

MODIFIED = datetime(2023, 5, 5, 20, tzinfo=UTC)
"""The next day already where the company is."""


def plan(*rules: dict[str, object]) -> Plan:
    found, faults = read_plan({"rules": list(rules)})
    assert not faults
    return found


def placed(path: str, *rules: dict[str, object]) -> Placed:
    return place(plan(*rules), path, MODIFIED)


def category(code: str, name: str) -> CategoryView:
    return CategoryView(
        code,
        "",
        name,
        "",
        (code,),
        1,
        {},
        "L0",
        core_secret=False,
        retention="D10",
        living=False,
        filing_scope="",
    )


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("合同/**", "合同/2023/a.pdf", True),
        ("合同/**", "旧合同/a.pdf", False),
        ("合同/*", "合同/2023/a.pdf", False),
        ("**/*.PDF", "合同/2023/a.pdf", True),
        ("**/*.pdf", "a.pdf", True),
        ("a?.txt", "a1.txt", True),
        ("a?.txt", "a/.txt", False),
        ("a+b/(c).txt", "a+b/(c).txt", True),
        ("**{year}**/**", "x/2023年/a.txt", True),
        ("**{year}**/**", "x/23年/a.txt", False),
    ],
)
def test_a_pattern_fits_paths(pattern: str, path: str, fits: bool) -> None:
    assert bool(placed(path, {"path": pattern, "category": "HT"}).rules) is fits


def test_of_each_value_the_first_rule_speaks_and_tags_add_up() -> None:
    assert placed(
        "合同/南方通信/2023/a.pdf",
        {"path": "合同/{customer}/**", "category": "HT", "customer": "{customer}", "tags": ["合同"]},
        {"path": "**", "category": "WD", "department": "市场部", "tags": ["迁移", "合同"], "secrecy": "L1"},
    ) == Placed("HT", "市场部", "南方通信", "", "L1", date(2023, 5, 6), ("合同", "迁移"), False, (1, 2))


def test_what_is_skipped_says_nothing_else() -> None:
    assert placed("tmp/a.txt", {"path": "tmp/**", "skip": True}, {"path": "**", "category": "WD"}) == Placed(
        skip=True, rules=(1,)
    )


@pytest.mark.requirement("R-VAL-12")
@pytest.mark.parametrize(
    ("said", "day", "tags"),
    [
        ("2023-04-05", date(2023, 4, 5), ()),
        ("2023", date(2023, 5, 6), ()),
        ("2021", None, ("2021",)),
        ("2021-03", None, ("2021-03",)),
        ("2021-13-99", None, ("2021-13",)),
        ("modified", date(2023, 5, 6), ()),
        ("no date", date(2023, 5, 6), ()),
    ],
)
def test_a_day_is_never_made_up(said: str, day: date | None, tags: tuple[str, ...]) -> None:
    found = placed("a.txt", {"path": "**", "date": said})
    assert (found.day, found.tags) == (day, tags)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ([], "rules: 一栏"),
        ({"rule": []}, "不认识"),
        ({"archives": "maybe"}, "archives"),
        ({"rules": {}}, ""),
        ({"rules": "x"}, "rules 应是"),
        ({"rules": [{"category": "HT"}]}, "缺少 path"),
        ({"rules": [{"path": "a", "colour": "red"}]}, "不认识"),
        ({"rules": [{"path": "*" * 25}]}, "通配符"),
        ({"rules": [{"path": "a", "tags": [{}]}]}, "应是文字"),
        ({"rules": [{"path": "a", "customer": "{who}"}]}, "没有 {%(name)s}"),
        ({"rules": [{"path": "a", "secrecy": "L9"}]}, "密级"),
    ],
)
def test_what_is_wrong_is_told(said: object, message: str) -> None:
    _, faults = read_plan(said)
    assert any(message in fault.message for fault in faults) if message else not faults


def test_a_category_that_there_is_not_is_told_unless_it_comes_from_the_path() -> None:
    rules = plan({"path": "{code}/**", "category": "{code}"}, {"path": "**", "category": "XX"})
    assert [fault.params["code"] for fault in check_plan(rules, ["HT"])] == ["XX"]


def test_the_stricter_level_holds() -> None:
    assert [stricter("L1", "L0"), stricter("", "L2"), stricter("", "")] == ["L1", "L2", "L0"]


@pytest.mark.requirement("R-CAP-3")
def test_a_first_mapping_comes_from_names_of_folders() -> None:
    said = propose(
        ["合同", "合同/南方通信有限公司", "销售部周报", "图片", "会议纪要2023"],
        [category("HT", "合同"), category("WD-HY", "会议纪要"), category("WD", "营销文档")],
        ["销售部"],
        ["南方通信"],
    )
    assert said["rules"] == [
        {"path": "合同/南方通信有限公司/**", "customer": "南方通信"},
        {"path": "会议纪要2023/**", "category": "WD-HY"},
        {"path": "合同/**", "category": "HT"},
        {"path": "销售部周报/**", "department": "销售部"},
        {"path": "**{year}**/**", "date": "{year}"},
    ]
    assert not read_plan(said)[1]


def test_every_fault_has_its_english() -> None:
    tree = ast.parse(Path(migrating.__file__).read_text("utf-8"))
    told = [
        node.args[1].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "_fault"
        and isinstance(node.args[1], ast.Constant)
    ]
    assert len(told) > 8
    assert set(told) <= set(ENGLISH)
