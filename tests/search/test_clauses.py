"""What decides which documents answer, apart from what ranks them."""

from datetime import date

from search.answering.clauses import All, Best, Everything, Flat, Match, OneOf, deciding
from search.answering.ranking import plan
from search.question.query import parse

A, B, C = (Match("body_pairs", (term,)) for term in ("渠道", "返利", "窜货"))


def test_what_only_ranks_is_left_out_and_what_alone_may_match_stays() -> None:
    assert deciding(All((A,), better=(B,), without=(C,))) == All((A,), without=(C,))
    assert deciding(All(better=(A, B))) == All(better=(A, B))
    assert deciding(All(filters=(OneOf("state", ("archived",)),), better=(B,))).better == ()  # type: ignore[union-attr]
    assert deciding(Best((Flat(A, 2.0), All((B,), better=(C,))))) == Best((A, All((B,))))
    assert deciding(Everything()) == Everything()


def test_a_question_keeps_what_has_to_match() -> None:
    made = deciding(plan(parse("渠道 返利 -窜货", date(2026, 3, 1)).tree))
    assert "better=()" in repr(made)
    assert "slop=8" not in repr(made)
    assert all(term in repr(made) for term in ("渠道", "返利", "窜货"))
