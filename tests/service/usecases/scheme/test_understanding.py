"""Understanding a question: the names of this archive's categories and fields."""

from datetime import date

import pytest

from search.question.query import And, FieldIs, Or, Words
from service.usecases.scheme.understanding import labels, understood
from service.wiring import Fonds

TODAY = date(2026, 4, 2)


@pytest.mark.requirement("R-SRC-1")
def test_categories_and_their_fields_are_known_by_name(fonds: Fonds) -> None:
    scheme = {one.code: one for one in fonds.categories.all()}
    assert {"甲方", "合同编号"} <= labels(scheme)
    assert understood("类别:合同管理", TODAY, scheme).tree != FieldIs("category", "HT")
    tree = understood(f"窜货 类别:{scheme['HT'].name} 甲方:嘉禾", TODAY, scheme).tree
    assert tree == And((Words("窜货"), FieldIs("category", "HT"), FieldIs("甲方", "嘉禾")))
    several = understood("类别:营销", TODAY, scheme).tree
    assert isinstance(several, Or) or several == FieldIs("category", "营销")


def test_what_is_wrong_is_told_and_pieces_are_kept(fonds: Fonds) -> None:
    scheme = {one.code: one for one in fonds.categories.all()}
    found = understood("颜色:红 “窜货", TODAY, scheme)
    assert [problem.code for problem in found.problems] == ["unknown_field", "unclosed_quote"]
    assert [piece.kind for piece in found.pieces] == ["word", "phrase"]
    assert understood("", TODAY, scheme).tree is None
