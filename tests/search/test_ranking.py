"""The plan: what a tree asks of an engine, and that it stays within an engine's limits."""

from dataclasses import fields, is_dataclass
from datetime import date

import pytest

from search.answering.clauses import All, Best, Between, Everything, Match, OneOf
from search.answering.ranking import Needle, can_widen, filter_clauses, needles, plan, ranks
from search.port import Filters
from search.question.query import And, DateIn, FieldIs, Not, Or, Phrase, Words, parse


def leaves(clause: object) -> list[object]:
    """Every clause without parts inside a plan."""
    if isinstance(clause, tuple):
        return [leaf for part in clause for leaf in leaves(part)]
    if isinstance(clause, All | Best):
        return [leaf for field in fields(clause) for leaf in leaves(getattr(clause, field.name))]
    return [clause] if is_dataclass(clause) else []


def test_chinese_is_asked_for_by_pairs_and_all_else_by_chars() -> None:
    asked = {(m.field, m.terms) for m in leaves(plan(Phrase("渠道窜货"))) if isinstance(m, Match)}
    assert ("body_pairs", ("渠道", "道窜", "窜货")) in asked
    asked = {(m.field, m.terms) for m in leaves(plan(Phrase("A4纸，货"))) if isinstance(m, Match)}
    assert ("body_chars", ("a", "4", "纸", ",", "货")) in asked


def test_titles_weigh_more_than_names_and_names_more_than_bodies() -> None:
    boosts = {m.field: m.boost for m in leaves(plan(Phrase("渠道"))) if isinstance(m, Match)}
    assert boosts["title_pairs"] > boosts["names_pairs"] > boosts["body_pairs"]


def test_conditions_do_not_rank() -> None:
    assert plan(FieldIs("category", "HT")) == OneOf("category_path", ("HT",))
    assert plan(FieldIs("type", "word")) == OneOf("file_type", ("word",))
    assert plan(DateIn(date(1, 1, 2), None)) == Between("day", 2, None)
    assert not ranks(And((FieldIs("category", "HT"), DateIn(None, date(2024, 1, 1)), Not(Words("甲")))))
    assert ranks(Or((FieldIs("category", "HT"), Words("甲"))))
    assert not ranks(None)


def test_nothing_asked_is_everything_and_only_exclusions_too() -> None:
    assert plan(None) == Everything()
    clause = plan(Not(Words("甲")))
    assert isinstance(clause, All)
    assert clause.must == (Everything(),)
    assert len(clause.without) == 1


def test_filters_become_conditions() -> None:
    assert filter_clauses(Filters(category=["A", "B"], date_from=date(1, 1, 3), date_to=date(1, 1, 5))) == (
        OneOf("category_path", ("A", "B")),
        Between("day", 3, 5),
    )
    assert filter_clauses(Filters()) == ()


def test_what_is_excluded_is_neither_marked_nor_widened() -> None:
    tree = And((Words("渠道"), Not(Words("中华人民共和国"))))
    assert needles(tree) == (Needle(("渠", "道")),)
    assert not can_widen(tree)
    assert can_widen(Words("中华人民共和国"))
    assert not can_widen(Phrase("中华人民共和国"))


@pytest.mark.requirement("B40")
@pytest.mark.parametrize(
    "text",
    [
        "渠道窜货返利政策" * 200,
        '"' + "渠道窜货" * 300,
        " ".join(f"词{n}" for n in range(900)),
        " OR ".join("甲乙丙丁戊己" * 60),
    ],
)
def test_no_question_makes_more_clauses_than_an_engine_takes(text: str) -> None:
    """Elasticsearch counts every term of every phrase; its smallest limit is 1,024."""
    clause = plan(parse(text, date(2024, 7, 10)).tree)
    assert sum(len(m.terms) for m in leaves(clause) if isinstance(m, Match)) <= 1024
