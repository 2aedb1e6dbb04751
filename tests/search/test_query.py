"""The query language: what is typed, the tree it gives, and what is said about its faults."""

import math
import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.question.fields import FIELDS, field_named
from search.question.query import (
    MAX_LENGTH,
    And,
    DateIn,
    FieldIs,
    Node,
    Not,
    NumberIn,
    Or,
    Parsed,
    Phrase,
    QueryProblem,
    Words,
    parse,
    read,
    resolve,
)

TODAY = date(2024, 7, 10)


def parsed(text: str) -> Parsed:
    return parse(text, TODAY)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", None),
        (" \n", None),
        ("渠道 返利", Words("渠道 返利")),
        ("渠道 AND 返利", Words("渠道 返利")),
        ('"渠道窜货"', Phrase("渠道窜货")),
        ("“渠道窜货”", Phrase("渠道窜货")),
        ("「渠道窜货」", Phrase("渠道窜货")),
        ("会议“渠道窜货”纪要", And((Words("会议"), Phrase("渠道窜货"), Words("纪要")))),
        ("甲 OR 乙", Or((Words("甲"), Words("乙")))),
        ("甲 或 乙 丙", Or((Words("甲"), Words("乙 丙")))),
        ("或许", Words("或许")),
        ("-草稿", Not(Words("草稿"))),
        ("合同 -草稿", And((Words("合同"), Not(Words("草稿"))))),
        ("合同 －“草稿”", And((Words("合同"), Not(Phrase("草稿"))))),
        ("H2021-1234", Words("H2021-1234")),
        ("-(甲 OR 乙)", Not(Or((Words("甲"), Words("乙"))))),
        ("（甲 OR 乙） 丙", And((Or((Words("甲"), Words("乙"))), Words("丙")))),
        ("类别:HT", FieldIs("category", "HT")),
        ("类别：合同", FieldIs("category", "合同")),
        ("Category:HT", FieldIs("category", "HT")),
        ("题名:“年度 计划”", FieldIs("title", "年度 计划")),
        ("档号:Q001-HT·2024", FieldIs("code", "Q001-HT·2024")),
        ("文件类型:PPT", FieldIs("type", "slides")),
        ("类型:幻灯片", FieldIs("type", "slides")),
        ("状态:已归档", FieldIs("state", "archived")),
        ("-部门:市场部", Not(FieldIs("department", "市场部"))),
        ("日期:2024-03", DateIn(date(2024, 3, 1), date(2024, 3, 31))),
        ("日期:>=2024-03", DateIn(date(2024, 3, 1), None)),
        ("日期:去年第三季度", DateIn(date(2023, 7, 1), date(2023, 9, 30))),
        ("年度:2023", DateIn(date(2023, 1, 1), date(2023, 12, 31))),
        ("录入日期:今天", DateIn(TODAY, TODAY, "created")),
        ("金额:>5万", NumberIn("amount", math.nextafter(50000, math.inf), None)),
        ("金额>=5万", NumberIn("amount", 50000, None)),
        ("amount:<1,000.5元", NumberIn("amount", None, math.nextafter(1000.5, 0))),
        ("金额:≤十二万五千", NumberIn("amount", None, 125000)),
        ("金额:5万-10万", NumberIn("amount", 50000, 100000)),
        ("金额:５万..", NumberIn("amount", 50000, None)),
        ("金额:98000", NumberIn("amount", 98000, 98000)),
        ("页数:>10", NumberIn("pages", math.nextafter(10, math.inf), None)),
        ("页数＞10", NumberIn("pages", math.nextafter(10, math.inf), None)),
        ("页数:3到十五页", NumberIn("pages", 3, 15)),
        ("size:>10MB", NumberIn("bytes", math.nextafter(10 << 20, math.inf), None)),
        ("密级:秘密", FieldIs("secrecy", "L1")),
        ("secrecy:L2,L0", Or((FieldIs("secrecy", "L2"), FieldIs("secrecy", "L0")))),
        ("类别:合同，客户", Or((FieldIs("category", "合同"), FieldIs("category", "客户")))),
        ("客户:华联", FieldIs("customer", "华联")),
        ("customer:“A B”", FieldIs("customer", "A B")),
        ("标签:重点", FieldIs("tag", "重点")),
        ("签署方:上海华联", FieldIs("party", "上海华联")),
        ("责任者:王芳", FieldIs("responsible", "王芳")),
        ("文件名:预算.xlsx", FieldIs("file", "预算.xlsx")),
        ("正文:窜货", FieldIs("body", "窜货")),
        ("類別:合同", FieldIs("category", "合同")),
        ("有:附件", FieldIs("has", "file")),
        ("有:红章", FieldIs("has", "seal")),
        ("無:档号", Not(FieldIs("has", "code"))),
        ("-有:标签", Not(FieldIs("has", "tag"))),
        ("similar:r1", FieldIs("similar", "r1")),
        ("案卷:d1 或 客户:华联", Or((FieldIs("dossier", "d1"), FieldIs("customer", "华联")))),
        ("a>b", Words("a>b")),
        ("付款>发货", Words("付款>发货")),
        ("http://example.com/a", Words("http://example.com/a")),
        ("10:30", Words("10:30")),
    ],
)
def test_a_query_without_faults(text: str, tree: Node | None) -> None:
    assert parsed(text) == Parsed(tree)


@pytest.mark.requirement("R-SRC-1")
def test_the_story_of_last_quarters_minutes() -> None:
    assert parsed("“渠道窜货” 类别:会议纪要 日期:上季度").tree == And(
        (
            Phrase("渠道窜货"),
            FieldIs("category", "会议纪要"),
            DateIn(date(2024, 4, 1), date(2024, 6, 30)),
        )
    )


@pytest.mark.parametrize(
    ("text", "tree", "problem"),
    [
        ('渠道 "窜货', And((Words("渠道"), Phrase("窜货"))), QueryProblem(3, "unclosed_quote", '"窜货')),
        ('渠道 ""', Words("渠道"), QueryProblem(3, "empty_quote")),
        ("(甲 乙", Words("甲 乙"), QueryProblem(0, "unclosed_parenthesis", "(")),
        ("甲) 乙", And((Words("甲"), Words("乙"))), QueryProblem(1, "stray_parenthesis", ")")),
        ("甲 OR", Words("甲"), QueryProblem(2, "stray_operator", "OR")),
        ("OR 甲", Words("甲"), QueryProblem(0, "stray_operator", "OR")),
        ("甲 OR OR 乙", Or((Words("甲"), Words("乙"))), QueryProblem(5, "stray_operator", "OR")),
        ("甲 - 乙", Words("甲 乙"), QueryProblem(2, "stray_operator", "-")),
        ("甲 -", Words("甲"), QueryProblem(2, "stray_operator", "-")),
        ("-OR 甲", Words("甲"), QueryProblem(0, "stray_operator", "-")),
        ("_exists_:*", Words("_exists_:*"), None),
        ("boost:*", Words("boost:*"), QueryProblem(0, "unknown_field", "boost")),
        ("渠道 色彩:红", Words("渠道 色彩:红"), QueryProblem(3, "unknown_field", "色彩")),
        ("渠道 密级:红色", Words("渠道 红色"), QueryProblem(3, "unknown_value", "红色")),
        ("有:宝藏", Words("宝藏"), QueryProblem(0, "unknown_value", "宝藏")),
        ("金额:>很多", Words(">很多"), QueryProblem(0, "bad_number", ">很多")),
        ("金额:9万..5万", Words("9万..5万"), QueryProblem(0, "bad_number", "9万..5万")),
        ("页数:", Words("页数:"), QueryProblem(0, "empty_value", "页数:")),
        ("类别: 合同", Words("类别: 合同"), QueryProblem(0, "empty_value", "类别:")),
        ("日期:2024-13", Words("2024-13"), QueryProblem(0, "bad_date", "2024-13")),
        ("日期:昨日之日", Words("昨日之日"), QueryProblem(0, "bad_date", "昨日之日")),
    ],
)
def test_a_fault_is_said_with_its_place_and_the_rest_still_counts(
    text: str, tree: Node, problem: QueryProblem | None
) -> None:
    found = parsed(text)
    assert found.tree == tree
    assert found.problems == (() if problem is None else (problem,)) or problem in found.problems


@pytest.mark.requirement("B39")
@pytest.mark.parametrize("text", ["*:*", "/.*/", "x~9", "^1e9", "渠道*", "{渠道}", "[a TO b]", "$where"])
def test_what_is_syntax_elsewhere_is_text(text: str) -> None:
    assert parsed(text) == Parsed(Words(text))


@pytest.mark.requirement("B39")
def test_operators_alone_are_text_and_not_everything() -> None:
    assert parsed(") OR (").tree == Words(") OR (")


@pytest.mark.requirement("B40")
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("甲 " * 10_000, "too_long"),
        (" ".join("甲" * 400), "too_many_terms"),
        ("(" * 20 + "甲" + ")" * 20, "too_deep"),
    ],
)
def test_what_is_too_much_is_cut_and_said(text: str, code: str) -> None:
    started = time.process_time()
    found = parsed(text)
    assert code in {problem.code for problem in found.problems}
    assert found.tree is not None
    assert time.process_time() - started < 1


def test_names_of_values_are_resolved_by_who_knows_them() -> None:
    tree = parsed("(类别:合同 OR 渠道) -部门:市场部").tree
    assert tree is not None
    resolved = resolve(tree, lambda field, value: ["HT"] if (field, value) == ("category", "合同") else [])
    assert resolved == And(
        (Or((FieldIs("category", "HT"), Words("渠道"))), Not(FieldIs("department", "市场部")))
    )


def test_several_codes_of_a_name_are_alternatives() -> None:
    resolved = resolve(FieldIs("category", "合同"), lambda _, __: ["HT", "HT-GX"])
    assert resolved == Or((FieldIs("category", "HT"), FieldIs("category", "HT-GX")))


def test_fields_of_categories_may_be_named_where_they_are_known() -> None:
    found = parse("甲方:上海华联 付款方式：“月 结”", TODAY, labels=["甲方", "付款方式"])
    assert found == Parsed(And((FieldIs("甲方", "上海华联"), FieldIs("付款方式", "月 结"))))
    assert parsed("甲方:上海").problems == (QueryProblem(0, "unknown_field", "甲方"),)


def test_every_field_has_names_in_both_languages_and_none_is_used_twice() -> None:
    names = [name for known in FIELDS for name in (*known.zh, *known.en)]
    assert len(names) == len(set(names))
    assert all(known.zh and known.en for known in FIELDS)
    assert all(field_named(name.upper()) for name in names)


@pytest.mark.requirement("B40")
@given(st.text(max_size=200) | st.text('甲乙 ()（）"“”「」-OR或:：类别日期金额有<>≤万..2024', max_size=80))
def test_nothing_typed_is_an_error(text: str) -> None:
    found = parsed(text)
    assert (found.tree is None) == (not text[:MAX_LENGTH].strip())
    assert all(0 <= problem.position <= len(text) for problem in found.problems)


def test_a_question_is_taken_apart_where_it_stands() -> None:
    text = '渠道 -"草 稿" OR 类别:合同 (乙 -部门：市场部) 甲方:嘉禾 日期:昨日之日'
    found = read(text, TODAY, labels=["甲方"])[1]
    assert [(one.kind, text[one.start : one.end], one.field, one.negated) for one in found] == [
        ("word", "渠道", "", False),
        ("phrase", '-"草 稿"', "", True),
        ("field", "类别:合同", "category", False),
        ("word", "乙", "", False),
        ("field", "-部门：市场部", "department", True),
        ("field", "甲方:嘉禾", "甲方", False),
        ("word", "日期:昨日之日", "", False),
    ]
    assert [one.text for one in found][1:3] == ["草 稿", "合同"]
    assert read("", TODAY)[1] == read(") OR (", TODAY)[1] == ()
