"""Cursors and orders."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.answering.paging import SORTINGS, Cursor, Key, behind, page_size, read_cursor, sorting
from search.port import InvalidCursor, Order, Scope, SearchRequest
from search.question.query import FieldIs, Words

SCOPE = Scope({"L0": None})


def a_request(cursor: str = "", order: Order = "relevance", limit: int = 20) -> SearchRequest:
    return SearchRequest(SCOPE, Words("渠道"), order=order, cursor=cursor, limit=limit)


@pytest.mark.parametrize(
    ("order", "key"), [("relevance", Key(1.25, 7)), ("newest", Key(9, 9)), ("title", Key("题名\u0001001", 3))]
)
def test_a_cursor_is_read_back(order: Order, key: Key) -> None:
    cursor = Cursor(key, 20, "parts", "snapshot=")
    assert read_cursor(a_request(cursor.text(), order)) == cursor


def test_a_cursor_of_another_order_is_refused() -> None:
    with pytest.raises(InvalidCursor):
        read_cursor(a_request(Cursor(Key("题", 1), 1).text(), "newest"))
    with pytest.raises(InvalidCursor):
        read_cursor(a_request(Cursor(Key(1, 1), 1).text(), "title"))


@pytest.mark.requirement("B41")
@given(st.text(max_size=40) | st.binary(max_size=40).map(lambda raw: raw.hex()))
def test_a_forged_cursor_is_never_an_error_of_another_kind(text: str) -> None:
    try:
        read_cursor(a_request(text))
    except InvalidCursor:
        return


@pytest.mark.parametrize(("asked", "given_"), [(-5, 0), (0, 0), (50, 50), (10**9, 200)])
def test_page_sizes_are_bounded(asked: int, given_: int) -> None:
    assert page_size(a_request(limit=asked)) == given_


def test_without_scores_relevance_is_newest_first() -> None:
    assert sorting(SearchRequest(SCOPE, FieldIs("category", "HT"))) == SORTINGS["newest"]
    assert sorting(SearchRequest(SCOPE, Words("渠道"))) == SORTINGS["relevance"]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 50)), unique_by=lambda pair: pair[1]),
    st.sampled_from(["relevance", "oldest"]),
)
def test_pages_of_any_size_show_every_hit_once_in_order(pairs: list[tuple[int, int]], name: Order) -> None:
    keys = [(Key(value, seq), i) for i, (value, seq) in enumerate(pairs)]
    order = SORTINGS[name]
    whole = behind(keys, order, None)
    for cut in range(len(whole)):
        assert behind(keys, order, keys[whole[cut]][0]) == whole[cut + 1 :]
