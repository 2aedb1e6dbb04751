"""Values as people see them: harmless texts, places, sizes, dates, marks, fields."""

import datetime
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from search.port import Passage, Place
from service.domain.holdings import CategoryView
from service.errors import InvalidInput
from service.web import dates, form, form_reading, shown
from service.web.record import marking, reading

TODAY = datetime.date(2026, 3, 2)


@pytest.mark.parametrize(
    ("text", "seen"),
    [("a\x00b", "a␀b"), ("a\x7f", "a␡"), ("a\u202eb", "a[U+202E]b"), ("\ud800", "�"), ("档·案", "档·案")],
)
def test_what_cannot_be_seen_is_made_visible(text: str, seen: str) -> None:
    assert shown.harmless(text) == seen


def test_text_of_users_is_escaped_and_isolated() -> None:
    assert shown.said("<b>&") == '<bdi class="said">&lt;b&gt;&amp;</bdi>'
    assert len(shown.said("长" * 5000)) < 4100


def test_marks_keep_their_place_in_hostile_text(served: Flask) -> None:
    with served.test_request_context():
        page = shown.marked("<i>渠道</i>\n窜货", [(3, 5), (10, 12)])
    assert "&lt;i&gt;<mark>" in page
    assert "渠道</mark>&lt;/i&gt; <mark>窜货</mark>" in page


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (("page", 3, ""), "第 3 页"),
        (("slide", 4, ""), "幻灯片 4"),
        (("sheet", 1, "明细"), "工作表 明细"),
        (("line", 12, ""), "第 12 行"),
        (("part", 1, ""), "邮件头"),
        (("part", 2, ""), "邮件正文"),
        (("part", 3, ""), "第 2 部分"),
        (("part", 3, "附件 说明.txt"), "附件 说明.txt"),
        (("whole", 1, ""), "正文"),
    ],
)
def test_places_have_names(served: Flask, place: tuple[str, int, str], said: str) -> None:
    with served.test_request_context():
        assert shown.place(*place) == said


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KB"), (15 << 30, "15.0 GB")]
)
def test_sizes(count: int, said: str) -> None:
    assert shown.size(count) == said


@pytest.mark.parametrize(
    "typed", ["2026-03-12", "20260312", "2026.3.12", "2026/3/12", "2026年3月12日", " 2026-3-12 "]
)
def test_a_day_may_be_typed_in_many_ways(typed: str) -> None:
    assert dates.day(typed) == datetime.date(2026, 3, 12)


@pytest.mark.parametrize("typed", ["", "2026", "2026-02-30", "昨天", "0026-01-01", "2026-13-01"])
def test_what_is_no_day_is_none(typed: str) -> None:
    assert dates.day(typed) is None


def test_a_span_is_a_year_or_a_month() -> None:
    assert (dates.first_day("2024"), dates.last_day("2024")) == (
        datetime.date(2024, 1, 1),
        datetime.date(2024, 12, 31),
    )
    assert dates.last_day("2024-02") == datetime.date(2024, 2, 29)
    assert dates.last_day("2024-13") is None


@pytest.mark.parametrize(
    ("question", "text", "found"),
    [
        ("“渠道窜货”", "严禁渠道窜货。", ["渠道窜货"]),
        ("渠道窜货", "渠道\n竄貨", ["渠道\n竄貨"]),
        ("ＡＢＣ 类别:合同", "abc 合同", ["abc"]),
        ("-渠道", "渠道", []),
    ],
)
def test_words_of_a_question_are_found_in_a_text(question: str, text: str, found: list[str]) -> None:
    marks = marking.marks(text, marking.wanted(question, TODAY))
    assert [text[start:end] for start, end in marks] == found


def test_a_long_text_is_shown_around_the_wanted_place(served: Flask) -> None:
    passages = [Passage(Place("page", n), "字" * 30_000) for n in range(1, 20)]
    with served.test_request_context():
        part = reading.window(passages, "page-10", [])
    assert [one.anchor for one in part.parts] == ["page-7", "page-8", "page-9", "page-10"]
    assert (part.before, part.after) == ("page-6", "page-11")


def a_category(properties: dict[str, Any]) -> CategoryView:
    schema = {
        "type": "object",
        "properties": properties,
        "required": ["a"],
        "x-groups": {"g": {"zh": "组", "en": "G"}},
    }
    return CategoryView("X", "", "类", "Kind", ("X",), 1, schema, "L0", False, "D10", True, "")


@pytest.mark.parametrize(
    ("hints", "widget"),
    [
        ({"type": "string"}, "text"),
        ({"type": "string", "x-widget": "textarea"}, "textarea"),
        ({"type": "string", "format": "date"}, "date"),
        ({"type": "number", "x-widget": "money", "x-unit": "元"}, "number"),
        ({"type": "integer"}, "number"),
        ({"type": "boolean"}, "yes-no"),
        ({"type": "string", "enum": ["a", "b"]}, "choice"),
        ({"type": "string", "enum": list("abcdefg")}, "select"),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, "several"),
        ({"type": "array", "items": {"type": "string"}}, "list"),
    ],
)
def test_a_field_is_drawn_as_its_schema_says(hints: dict[str, Any], widget: str) -> None:
    assert form.widget_of(hints, form.choices_of(hints)) == widget


def test_what_was_typed_becomes_values_of_the_schema() -> None:
    category = a_category(
        {
            "a": {"type": "number"},
            "b": {"type": "integer"},
            "c": {"type": "boolean"},
            "d": {"type": "string", "format": "date"},
            "e": {"type": "array", "items": {"type": "string"}},
            "f": {"type": "array", "items": {"enum": ["x", "y"]}},
            "g": {"type": "string"},
        }
    )
    typed = MultiDict(
        [
            ("title", " 题 "), ("date", ""), ("keywords", "甲，乙;丙"), ("fields.a", "3,860,000.50"), ("fields.b", "-3"),
            ("fields.c", "yes"), ("fields.d", "2026.3.12"), ("fields.e", "张三、李四"), ("fields.f", "y"), ("fields.f", ""),
            ("fields.g", ""),
        ]
    )  # fmt: skip
    said = form_reading.described(typed, category)
    assert said.fields == {
        "a": 3860000.5,
        "b": -3,
        "c": True,
        "d": "2026-03-12",
        "e": ["张三", "李四"],
        "f": ["y"],
    }
    assert (said.title, said.clear_date, said.keywords) == ("题", True, ("甲", "乙", "丙"))


def test_what_cannot_be_read_is_a_fault_of_its_field() -> None:
    category = a_category({"a": {"type": "number", "title": "金额"}})
    with pytest.raises(InvalidInput) as caught:
        form_reading.described(MultiDict([("date", "前天"), ("fields.a", "三万")]), category)
    assert [(fault.path, fault.code) for fault in caught.value.faults] == [
        ("date", "bad_date"),
        ("fields.a", "wrong_type"),
    ]
