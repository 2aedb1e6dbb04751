"""The contract of rows and time: copies in one hit, recent before old, own words, and pages of one point in time."""

import base64
import json
from collections.abc import Iterator
from datetime import date

import pytest

from search.port import FileText, Filters, Passage, Place, Scope, SearchEngine, SearchResult
from tests.contract.test_search_engine import ENGINES, _opened, asked, document, ids
from tests.search.sample import TODAY

OPEN = Scope({"L0": None})


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[SearchEngine]:
    """An empty engine of each kind."""
    yield from _opened(request.param, request)


def pages(engine: SearchEngine, text: str, **further: object) -> list[SearchResult]:
    found: list[SearchResult] = []
    while not found or found[-1].next_cursor:
        cursor = found[-1].next_cursor if found else ""
        found.append(engine.search(asked(text, cursor=cursor, **further)))
    return found


def saying(text: str) -> list[FileText]:
    return [FileText("f", "a.txt", "text", [Passage(Place("line", 1), text)])]


@pytest.mark.requirement("R-SRC-1")
def test_copies_and_versions_are_one_hit_and_all_are_counted(engine: SearchEngine) -> None:
    same = {"1": "c:a", "2": "c:a", "3": "c:a", "4": "v:4", "5": "v:4", "6": "", "7": "c:b"}
    engine.put([document(name, same=key) for name, key in same.items()])

    result = engine.search(asked("渠道文件", fold=True))
    assert (result.total, ids(result)) == (7, ["7", "6", "5", "3"])
    assert [(hit.folded, hit.folded_as) for hit in result.hits] == [
        (0, ""),
        (0, ""),
        (1, "version"),
        (2, "copy"),
    ]
    assert sum(value.count for value in result.facets["category"]) == 7
    assert ids(engine.search(asked("副本:1", fold=False))) == ["3", "2", "1"]
    assert len(ids(engine.search(asked("渠道文件")))) == 7


def test_a_copy_stands_on_one_page_alone_and_pages_are_filled(engine: SearchEngine) -> None:
    engine.put([document(str(n), same="c:a" if n % 3 else "") for n in range(1, 31)])
    for order in ("relevance", "oldest", "title"):
        found = pages(engine, "渠道文件", fold=True, limit=3, order=order)
        shown = [hit for page in found for hit in page.hits]
        assert sum(1 + hit.folded for hit in shown) == 30 == found[0].total
        assert len({hit.id for hit in shown}) == 11 == len(shown)
        assert [len(page.hits) for page in found[:3]] == [3, 3, 3]


@pytest.mark.requirement("R-SEC-7")
def test_copies_out_of_scope_are_neither_folded_nor_counted(engine: SearchEngine) -> None:
    engine.put([document("1", same="c:a", access=["d:1"]), document("2", same="c:a", access=["d:2"])])
    engine.put([document("3", same="c:a", compartment="L2")])

    (hit,) = engine.search(asked("渠道文件", Scope({"L0": frozenset({"d:1"})}), fold=True)).hits
    assert (hit.id, hit.folded) == ("1", 0)


def test_a_recent_record_stands_before_an_old_one_that_says_the_same(engine: SearchEngine) -> None:
    engine.put([
        document("1", title="渠道返利方案", date=date(2024, 3, 1)),
        document("2", title="渠道返利方案", date=date(2022, 5, 1)),
        document("3", title="渠道返利方案", date=date(2015, 5, 1)),
        document("4", title="例会", date=date(2024, 6, 1), files=saying("渠道返利方案")),
    ])  # fmt: skip
    assert ids(engine.search(asked("渠道返利方案", today=TODAY))) == ["1", "2", "3", "4"]
    assert ids(engine.search(asked("渠道返利方案"))) == ["3", "2", "1", "4"]
    why = engine.explain(asked("渠道返利方案", today=TODAY), "1")
    assert why is not None
    assert [part.field for part in why.parts if part.field == "day"] == ["day", "day"]


def test_states_are_left_out_of_hits_counts_and_facets(engine: SearchEngine) -> None:
    engine.put([document("1", state="archived"), document("2", state="superseded")])
    result = engine.search(asked("渠道文件", filters=Filters(hidden=("superseded",)), facets=("state",)))
    assert (result.total, ids(result), [value.value for value in result.facets["state"]]) == (
        1,
        ["1"],
        ["archived"],
    )


@pytest.mark.requirement("R-SRC-1")
def test_the_organisation_s_own_words_are_cut_out_of_questions(engine: SearchEngine) -> None:
    told = saying("与盒马鲜生商谈橙意气泡水上架")
    engine.put([document("1", files=told)])
    assert engine.search(asked("橙意气泡水盒马鲜生")).total == 0

    engine.put([document("2", own=["宁波盒马鲜生网络科技有限公司", "橙意气泡水、青柠苏打"])])
    assert engine.behind() == ["1"]
    engine.put([document("1", version=2, files=told)])
    assert not engine.behind()
    result = engine.search(asked("橙意气泡水盒马鲜生"))
    assert (ids(result), result.widened) == (["1"], "")
    (place,) = result.hits[0].places
    marked = [place.snippet.text[start:end] for start, end in place.snippet.marks]
    assert marked == ["盒马鲜生", "橙意气泡水"]


@pytest.mark.requirement("R-SEC-7")
def test_an_own_word_that_one_may_not_read_changes_no_question(engine: SearchEngine) -> None:
    engine.put([
        document("1", compartment="L2", own=["橙意气泡水"], files=saying("橙意气泡水盒马鲜生")),
        document("2", own=["盒马鲜生"], access=["d:2"], files=saying("盒马鲜生")),
        document("3", access=["d:1"], files=saying("橙意；气泡；水盒；马鲜生")),
    ])  # fmt: skip
    assert ids(engine.search(asked("橙意气泡水盒马鲜生", Scope({"L0": frozenset({"d:1"})})))) == ["3"]


def test_own_words_are_known_again_after_a_restart_and_a_rebuild(request: pytest.FixtureRequest) -> None:
    for engine in _opened("embedded", request):
        engine.rebuild([document("1", own=["橙意气泡水"], files=saying("橙意气泡水"))])
        directory = engine._directory  # type: ignore[attr-defined]
        engine.close()
        again = type(engine)(directory)  # type: ignore[call-arg]
        again.put([document("2", files=saying("盒马橙意气泡水货架"))])
        assert ids(again.search(asked("橙意气泡水货架"))) == ["2"]
        assert again._learning.lexicon.words() == ["橙意气泡水"]  # type: ignore[attr-defined]
        again.close()


@pytest.mark.requirement("B41")
@pytest.mark.parametrize("order", ["relevance", "newest", "title"])
def test_pages_go_through_one_point_in_time(engine: SearchEngine, order: str) -> None:
    engine.put([document(str(n)) for n in range(1, 41)])
    first = engine.search(asked("渠道文件", limit=10, order=order))
    second = engine.search(asked("渠道文件", limit=10, order=order, cursor=first.next_cursor))
    engine.remove("L0", {str(n): 5 for n in range(1, 41)})

    third = engine.search(asked("渠道文件", limit=10, order=order, cursor=second.next_cursor))
    assert (len(third.hits), third.total, third.moved) == (10, 40, False)
    fourth = engine.search(asked("渠道文件", limit=10, order=order, cursor=third.next_cursor))
    shown = [name for page in (first, second, third, fourth) for name in ids(page)]
    assert (len(set(shown)), fourth.next_cursor) == (40, "")


def test_a_state_that_is_gone_is_gone_on_from_in_the_live_index_and_that_is_said(
    engine: SearchEngine,
) -> None:
    engine.put([document(str(n)) for n in range(1, 41)])
    first = engine.search(asked("渠道文件", limit=10, order="newest"))
    second = engine.search(asked("渠道文件", limit=10, order="newest", cursor=first.next_cursor))
    engine.put([document("50"), document("51")])
    engine.remove("L0", {"20": 5})

    third = engine.search(
        asked("渠道文件", limit=10, order="newest", cursor=without_snapshot(second.next_cursor))
    )
    assert third.moved
    assert ids(third) == [str(n) for n in (19, 18, 17, 16, 15, 14, 13, 12, 11, 10)]


def without_snapshot(cursor: str) -> str:
    """The same place in a state that nobody holds."""
    fields = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    fields[-1] = fields[-1][::-1]
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")
