"""The contract of `search.port.SearchEngine`, for the embedded engine and for Elasticsearch."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from elasticsearch import Elasticsearch

from search.elastic.engine import ElasticEngine
from search.embedded.engine import EmbeddedEngine
from search.port import (
    FileText,
    Filters,
    IndexDocument,
    IndexRejected,
    InvalidCursor,
    Order,
    Passage,
    Place,
    Scope,
    SearchEngine,
    SearchRequest,
    SearchResult,
)
from search.question.query import parse
from tests.search.sample import DOCUMENTS, EVERYTHING, QUERIES, TODAY, Asked

ENGINES = ["embedded", pytest.param("elastic", marks=pytest.mark.server)]
URL = "FONDS_TEST_ELASTICSEARCH_URL"

Named = Callable[[str], str]


def _opened(kind: str, request: pytest.FixtureRequest) -> Iterator[SearchEngine]:
    if kind == "embedded":
        engine = EmbeddedEngine(request.getfixturevalue("tmp_path_factory").mktemp("index"))
        yield engine
        engine.close()
        return
    url = request.getfixturevalue("server_url")(URL)
    prefix = f"contract-{uuid.uuid4().hex[:12]}"
    elastic = ElasticEngine(url, prefix)
    yield elastic
    elastic.close()
    with Elasticsearch(url) as client:
        for name in client.indices.get(index=f"{prefix}-*"):
            client.indices.delete(index=name)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[SearchEngine]:
    """An empty engine of each kind."""
    yield from _opened(request.param, request)


@pytest.fixture(params=ENGINES, scope="module")
def archive(request: pytest.FixtureRequest) -> Iterator[SearchEngine]:
    """An engine of each kind that holds the sample; tests only read it."""
    for engine in _opened(request.param, request):
        engine.put(DOCUMENTS)
        yield engine


@pytest.fixture(scope="module")
def embedded_archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchEngine]:
    """The embedded engine with the sample, to compare with."""
    engine = EmbeddedEngine(None)
    engine.put(DOCUMENTS)
    yield engine
    engine.close()


def asked(text: str = "", scope: Scope = EVERYTHING, **further: object) -> SearchRequest:
    return SearchRequest(scope, parse(text, TODAY).tree, **further)  # type: ignore[arg-type]


def ids(result: SearchResult) -> list[str]:
    return [hit.id for hit in result.hits]


def document(name: str, version: int = 1, **further: object) -> IndexDocument:
    values: dict[str, object] = {"compartment": "L0", "title": f"渠道文件{name}", "seq": int(name)}
    return IndexDocument(id=name, version=version, **values | further)  # type: ignore[arg-type]


@pytest.mark.requirement("R-SRC-1", "R-SRC-2", "B39")
@pytest.mark.parametrize("case", QUERIES, ids=lambda case: case.query)
def test_a_query_finds_what_it_must_and_nothing_else(archive: SearchEngine, case: Asked) -> None:
    result = archive.search(asked(case.query, limit=200))

    assert set(ids(result)) == case.ids()
    assert result.total == len(case.ids())
    assert sum(value.count for value in result.facets["category"]) == result.total


@pytest.mark.server
@pytest.mark.parametrize("case", QUERIES, ids=lambda case: case.query)
def test_both_engines_answer_alike(
    archive: SearchEngine, embedded_archive: SearchEngine, case: Asked
) -> None:
    one, other = (engine.search(asked(case.query, limit=200)) for engine in (archive, embedded_archive))

    assert (one.total, one.facets, one.widened) == (other.total, other.facets, other.widened)
    assert {hit.id: (hit.title, hit.places) for hit in one.hits} == {
        hit.id: (hit.title, hit.places) for hit in other.hits
    }
    assert len(set(ids(one)[:10]) & set(ids(other)[:10])) >= 0.9 * min(10, one.total)


@pytest.mark.parametrize("case", [case for case in QUERIES if case.ids()], ids=lambda case: case.query)
def test_marks_stand_in_the_original_text(archive: SearchEngine, case: Asked) -> None:
    originals = {one.id: one for one in DOCUMENTS}
    for hit in archive.search(asked(case.query, limit=200)).hits:
        files = {file.id: "\n".join(p.text for p in file.passages) for file in originals[hit.id].files}
        for place in hit.places:
            text, marks = place.snippet.text, place.snippet.marks
            assert marks
            assert not place.file_id or text in files[place.file_id]
            assert all(0 <= start < end <= len(text) for start, end in marks)
            assert all(one[1] < other[0] for one, other in pairwise(marks))


def test_a_hit_names_the_page_and_marks_the_traditional_original(archive: SearchEngine) -> None:
    result = archive.search(asked("“甲方与乙方签署经销合同”", limit=200))
    traditional = next(hit for hit in result.hits if hit.id == "r10")

    (place,) = traditional.places
    assert (place.file_id, place.file_name, place.place) == ("f10", "文件10.pdf", Place("page", 1))
    assert [place.snippet.text[start:end] for start, end in place.snippet.marks] == ["甲方與乙方簽署經銷合同"]


def test_a_phrase_over_a_page_end_is_found_and_marked_on_both_pages(engine: SearchEngine) -> None:
    pages = [Passage(Place("page", 4), "会议决定整治渠道窜"), Passage(Place("page", 5), "货问题，从严处罚。")]
    engine.put([document("1", files=[FileText("f", "a.pdf", "pdf", pages)])])

    (hit,) = engine.search(asked("“渠道窜货问题”")).hits

    shown = {
        place.place.number: [place.snippet.text[a:b] for a, b in place.snippet.marks] for place in hit.places
    }
    assert shown == {4: ["渠道窜"], 5: ["货问题"]}


def test_a_phrase_does_not_run_from_one_file_into_the_next(engine: SearchEngine) -> None:
    files = [
        FileText("f1", "a.txt", "text", [Passage(Place("line", 1), "整治渠道")]),
        FileText("f2", "b.txt", "text", [Passage(Place("line", 1), "窜货问题")]),
    ]
    engine.put([document("1", title="纪要", files=files)])

    assert engine.search(asked("“渠道窜货”")).total == 0
    assert engine.search(asked("渠道 窜货")).total == 1


def test_a_title_stands_above_a_body_also_in_another_compartment(engine: SearchEngine) -> None:
    """Each compartment has statistics of its own: a word is rare in the one and common in the other."""
    body = FileText(
        "f", "纪要.txt", "text", [Passage(Place("line", 1), "暂停返利，待核查后按经销商合同处理")]
    )
    others = [document(str(number)) for number in range(3, 9)]
    contracts = [
        document(str(number), title=f"第{number}号经销商合同", compartment="L1") for number in range(10, 16)
    ]
    engine.put([document("1", title="渠道会议纪要", files=[body]), *others, *contracts])
    found = ids(engine.search(asked("合同", limit=20)))
    assert found[-1] == "1"
    assert len(found) == 7


def test_the_title_is_marked_and_stands_above_the_body(engine: SearchEngine) -> None:
    body = [FileText("f", "a.txt", "text", [Passage(Place("line", 1), "窜货，窜货，窜货。" * 3)])]
    engine.put([document("1", title="纪要", files=body), document("2", title="关于竄貨的通知")])

    first, second = engine.search(asked("窜货")).hits

    assert (first.id, second.id) == ("2", "1")
    assert (first.title.text, first.title.marks) == ("关于竄貨的通知", ((2, 4),))


def test_words_side_by_side_stand_above_scattered_ones(engine: SearchEngine) -> None:
    filler = "华东区销售人员每周提交客户拜访记录并由主管复核。" * 10
    texts = {"1": f"渠道建设。{filler}返利。", "2": f"{filler}渠道返利政策。建设。"}
    engine.put(
        [
            document(
                name, title="文件", files=[FileText("f", "a", "text", [Passage(Place("line", 1), text)])]
            )
            for name, text in texts.items()
        ]
    )

    assert ids(engine.search(asked("渠道 返利"))) == ["2", "1"]


def test_a_whole_word_stands_above_an_accidental_pair(engine: SearchEngine) -> None:
    texts = {"1": "发展中国家的市场", "2": "这里有国家标准"}
    engine.put([document(name, title="题", names=[text]) for name, text in texts.items()])

    assert ids(engine.search(asked("中国"))) == ["1"]
    engine.put([document("3", title="题", names=["中国的市场上"])])
    assert ids(engine.search(asked("中国"))) == ["3", "1"]


def test_long_words_are_widened_to_their_parts_only_when_nothing_is_found(engine: SearchEngine) -> None:
    engine.put([document("1", title="中华医学与人民健康")])
    engine.put([document("2", title="中华崛起，为了人民，走向共和国")])

    widened = engine.search(asked("中华人民共和国"))
    assert (ids(widened), widened.widened) == (["2"], "parts")
    assert widened.hits[0].title.marks

    engine.put([document("3", title="中华人民共和国合同法")])
    exact = engine.search(asked("中华人民共和国"))
    assert (ids(exact), exact.widened) == (["3"], "")
    assert engine.search(asked("“中华人民”", limit=0)).total == 1


@pytest.mark.parametrize(
    ("query", "step", "searched"),
    [
        ("华联 竄貨", "", ""),
        ("渠到窜货", "repaired", "渠道窜货"),
        ("华连商厦", "repaired", "华联商厦"),
        ("展会市置", "near", "展会市置"),
        ("alpnia", "repaired", "alpina"),
        ("qudaocuanhuo", "pinyin", "渠道窜货"),
        ("qdch", "pinyin", "渠道窜货"),
        ("hualian 窜货", "pinyin", "华联 窜货"),
        ("跨区销售 华联", "synonyms", "(“跨区销售” OR “窜货” OR “倒货”) 华联"),
        ("请问去年华联的窜货是谁处理的？", "question", "华联 窜货 处理 日期:2023-01-01..2023-12-31"),
        ("华东 渠道 窜货 华联 罚款 没收", "most", "华东 渠道 窜货 华联 罚款 没收"),
    ],
)
def test_a_question_is_relaxed_step_by_step_and_it_is_said(
    engine: SearchEngine, query: str, step: str, searched: str
) -> None:
    engine.put(
        [
            document(
                "1",
                title="华东区渠道窜货处理",
                customer="上海华联商厦",
                date=date(2023, 5, 1),
                fields={"结果": "罚款"},
            ),
            document("2", title="展会布置方案", names=["Alpina饮料"]),
            document("3", title="食堂菜单", compartment="L2"),
        ]
    )

    result = engine.search(asked(query, today=TODAY))

    assert (ids(result), result.widened, result.searched) == (
        ["2"] if step == "near" or "alp" in query else ["1"],
        step,
        searched,
    )
    assert result.did_you_mean == (searched if step in ("repaired", "pinyin") else "")
    assert step == "question" or result.hits[0].title.marks or result.hits[0].places


@pytest.mark.parametrize(
    "query",
    [
        "“渠到窜货”",
        "“跨区销售”",
        "区块链",
        "火星 基地",
        "h2021-9998",
        "渠道 区块链",
        "类别:渠到",
        "-窜货 食堂",
        "shitang",
        "石堂",
    ],
)
def test_what_is_quoted_exact_or_nowhere_in_scope_is_not_relaxed(engine: SearchEngine, query: str) -> None:
    engine.put(
        [
            document("1", title="渠道窜货处理", doc_no="H2021-9999"),
            document("2", compartment="L2", title="食堂菜单"),
        ]
    )

    result = engine.search(asked(query))

    assert (ids(result), result.widened, result.did_you_mean, result.searched) == ([], "", "", "")


def test_the_company_adds_its_own_words_that_mean_the_same(engine: SearchEngine) -> None:
    engine.put([document("1", title="橙意气泡水试饮")])

    assert engine.search(asked("小橙瓶 试饮")).total == 0
    found = engine.search(asked("小橙瓶 试饮", synonyms=[("小橙瓶", "橙意气泡水")]))
    assert (found.total, found.widened) == (1, "synonyms")


def test_pages_of_a_relaxed_question_go_on_with_the_same_reading(engine: SearchEngine) -> None:
    engine.put([document(str(n), title=f"渠道窜货处理第{n}期") for n in range(1, 8)])

    first = engine.search(asked("渠到窜货", limit=4))
    second = engine.search(asked("渠到窜货", limit=4, cursor=first.next_cursor))

    assert sorted([*ids(first), *ids(second)]) == [str(n) for n in range(1, 8)]
    assert first.did_you_mean == second.did_you_mean == "渠道窜货"


def test_lines_of_text_are_places_counted_on(engine: SearchEngine) -> None:
    lines = "\n".join(f"第{n}行没有什么" for n in range(1, 400))
    text = f"{lines}\n这里提到窜货。\n完"
    engine.put([document("1", files=[FileText("f", "a.txt", "text", [Passage(Place("line", 1), text)])])])

    (hit,) = engine.search(asked("窜货")).hits
    assert [place.place for place in hit.places] == [Place("line", 400)]


def test_no_places_are_named_where_none_are_asked_for(archive: SearchEngine) -> None:
    assert all(not hit.places for hit in archive.search(asked("窜货", places=0)).hits)
    assert all(not hit.places for hit in archive.search(asked()).hits)


# scope


@pytest.mark.requirement("R-SEC-7", "B45")
def test_what_is_out_of_scope_changes_nothing(engine: SearchEngine) -> None:
    known = [document(str(n), access=["d:市场部"], category="HT", date=date(2024, 1, n)) for n in range(1, 8)]
    engine.put(known)
    scope = Scope({"L0": frozenset({"d:市场部", "c:1"})})
    questions = [asked(q, scope, limit=3) for q in ("", "渠道", "“渠道文件”", "-x", "题名:渠道", "类别:HT")]
    before = [engine.search(question) for question in questions]

    hidden = [
        document(str(n), access=["d:销售部"], category="KH", date=date(2020, 1, 1)) for n in range(20, 30)
    ]
    secret = [replace(one, id=f"s{one.id}", compartment="L2", access=["d:市场部"]) for one in hidden]
    engine.put([*hidden, *secret])
    after = [engine.search(question) for question in questions]

    for one, other in zip(before, after, strict=True):
        assert (one.total, one.facets, ids(one)) == (other.total, other.facets, ids(other))
        assert [hit.places for hit in one.hits] == [hit.places for hit in other.hits]


@pytest.mark.requirement("R-SEC-7")
def test_a_scope_without_compartments_or_terms_finds_nothing(archive: SearchEngine) -> None:
    for scope in (
        Scope({}),
        Scope({"L9": None}),
        Scope({"L0": frozenset()}),
        Scope({"L0": frozenset({"d:无"})}),
    ):
        result = archive.search(asked("", scope))
        assert (result.total, ids(result), result.next_cursor) == (0, [], "")
        assert not any(result.facets.values())


def test_a_scope_may_differ_between_compartments(archive: SearchEngine) -> None:
    scope = Scope({"L0": frozenset({"d:市场部"}), "L1": None})
    expected = {
        one.id
        for one in DOCUMENTS
        if one.compartment == "L1" or (one.compartment == "L0" and one.department == "市场部")
    }
    assert set(ids(archive.search(asked("", scope, limit=200)))) == expected


# filters, facets, orders, pages


def test_filters_are_alternatives_within_a_kind_and_conditions_between(archive: SearchEngine) -> None:
    filters = Filters(
        category=["HT", "WD"], department=["销售部", "市场部"], file_type=["pdf"], state=["archived"]
    )
    expected = {
        one.id
        for one in DOCUMENTS
        if one.category in ("HT", "WD") and one.files[0].type == "pdf" and one.state == "archived"
    }
    assert set(ids(archive.search(asked(filters=filters, limit=200)))) == expected


@pytest.mark.requirement("R-SRC-1")
def test_every_field_of_the_language_narrows(engine: SearchEngine) -> None:
    engine.put(
        [
            document(
                "1",
                compartment="L1",
                customer="上海华联商厦有限公司",
                names=["王芳", "上海华联商厦有限公司"],
                responsible="销售部",
                keywords=["重点"],
                ref_code="Q001-HT·2024-D30-0007",
                dossiers=["d1"],
                numbers={"amount": 125000.5, "pages": 12, "bytes": 11 << 20, "unknown": 1},
                date=date(2024, 3, 5),
                created=date(2024, 7, 10),
                fields={"甲方": "青禾饮品", "付款方式": "货到付款"},
                files=[
                    FileText("f", "经销合同.pdf", "pdf", [Passage(Place("page", 1), "甲方付款")], sealed=True)
                ],
            ),
            document("2", compartment="L1C", numbers={"amount": 0}, created=date(2024, 7, 9)),
        ]
    )

    scope = Scope({"L1": None, "L1C": None})

    def found(text: str) -> list[str]:
        tree = parse(text, TODAY, ["甲方", "付款方式"]).tree
        return sorted(ids(engine.search(SearchRequest(scope, tree))))

    for text in (
        "客户:华联", "客户:上海华联商厦有限公司", "签署方:王芳", "责任者:销售部", "标签:重点", "案卷:d1", "档号:0007",
        "档号:Q001-HT", "金额:>5万", "金额:125000.5", "金额:十二万..13万", "页数:12", "页数>10", "大小:>10MB", "甲方:青禾",
        "付款方式:货到", "文件名:合同", "正文:付款", "年度:2024", "录入日期:今天", "有:附件", "有:红章",
        "有:档号 有:客户", "金额:>0", "日期:去年..今年 -密级:机密",
    ):  # fmt: skip
        assert found(text) == ["1"], text
    for text in ("无:附件", "无:客户,标签", "金额:0", "金额:<1", "录入日期:昨天", "-案卷:d1"):
        assert found(text) == ["2"], text
    assert found("密级:秘密") == found("有:金额") == ["1", "2"]
    for text in ("密级:机密", "客户:华润", "甲方:付款", "页数:>12", "档号:Q002", "similar:9", "标签:重"):
        assert found(text) == [], text


def test_records_like_another_can_be_asked_for_and_narrowed(engine: SearchEngine) -> None:
    engine.put(
        [
            document("1", title="华东区渠道窜货处罚决定"),
            document("2", title="华东区渠道窜货处罚请示", department="市场部"),
            document("3", title="员工食堂菜单"),
        ]
    )

    assert ids(engine.search(asked("similar:1"))) == ["2"]
    assert ids(engine.search(asked("similar:1 部门:销售部"))) == []
    hidden = Scope({"L1": None})
    assert ids(engine.search(asked("similar:1", hidden))) == []


def test_date_filters_are_inclusive_and_never_pass_what_has_no_date(archive: SearchEngine) -> None:
    dated = [one for one in DOCUMENTS if one.date]
    day = dated[10].date
    assert day is not None
    one_day = archive.search(asked(filters=Filters(date_from=day, date_to=day), limit=200))
    assert set(ids(one_day)) == {one.id for one in dated if one.date == day}
    assert archive.search(asked(filters=Filters(date_from=date.min))).total == len(dated)


def test_facets_count_what_answers(archive: SearchEngine) -> None:
    names = ("category", "year", "department", "file_type")
    result = archive.search(asked("渠道", facets=names))
    answering = [one for one in DOCUMENTS if one.id in ids(archive.search(asked("渠道", limit=200)))]

    assert {f.value: f.count for f in result.facets["category"]} == {
        value: sum(one.category == value for one in answering)
        for value in {one.category for one in answering}
    }
    assert sum(facet.count for facet in result.facets["year"]) == sum(
        one.date is not None for one in answering
    )
    assert sum(facet.count for facet in result.facets["file_type"]) == len(answering)
    counts = [facet.count for facet in result.facets["department"]]
    assert counts == sorted(counts, reverse=True)


def test_records_without_a_category_are_counted_and_found_as_such(engine: SearchEngine) -> None:
    engine.put([document("1"), document("2", category="HT")])

    assert {f.value: f.count for f in engine.search(asked()).facets["category"]} == {"": 1, "HT": 1}
    assert ids(engine.search(asked(filters=Filters(category=[""])))) == ["1"]
    assert ids(engine.search(asked(filters=Filters(own_category=["HT"])))) == ["2"]


def test_customers_tags_dossiers_and_years_filter_and_count(engine: SearchEngine) -> None:
    engine.put(
        [
            document(
                "1", customer="华联商厦", keywords=["重点", "续签"], dossiers=["a"], date=date(2026, 3, 31)
            ),
            document("2", customer="华联商厦", keywords=["重点"], dossiers=["a", "b"], date=date(2026, 4, 1)),
            document("3", customer="百盛", state="archived", date=date(2025, 12, 1)),
            document("4"),
        ]
    )

    def found(**wanted: object) -> list[str]:
        return ids(engine.search(asked(filters=Filters(**wanted))))  # type: ignore[arg-type]

    assert found(customer=["华联商厦"]) == ["2", "1"]
    assert found(customer=["华联商厦", "百盛"]) == ["3", "2", "1"]
    assert found(customer=["华联"]) == []
    assert found(tag=["续签"]) == ["1"]
    assert found(dossier=["b"]) == ["2"]
    assert found(year=[2025]) == ["3"]
    assert found(year=[2025, 2026], tag=["重点"]) == ["2", "1"]

    names = ("customer", "tag", "state", "month", "year")
    result = engine.search(asked(facets=names))
    counted = {name: [(f.value, f.count) for f in result.facets[name]] for name in names}
    assert counted == {
        "customer": [("华联商厦", 2), ("百盛", 1)],
        "tag": [("重点", 2), ("续签", 1)],
        "state": [("draft", 3), ("archived", 1)],
        "month": [("2025-12", 1), ("2026-03", 1), ("2026-04", 1)],
        "year": [("2025", 1), ("2026", 2)],
    }
    limited = engine.search(asked(facets=names, facet_limit=1)).facets
    assert [[f.value for f in limited[name]] for name in names] == [
        ["华联商厦"],
        ["重点"],
        ["draft"],
        ["2026-04"],
        ["2026"],
    ]


@pytest.mark.parametrize("order", ["relevance", "newest", "oldest", "date_desc", "date_asc", "title"])
@pytest.mark.parametrize("query", ["渠道", ""])
def test_paging_shows_everything_once_and_in_one_order(
    archive: SearchEngine, query: str, order: Order
) -> None:
    whole = archive.search(asked(query, order=order, limit=200))
    shown: list[str] = []
    cursor = ""
    while True:
        page = archive.search(asked(query, order=order, limit=7, cursor=cursor))
        assert page.total == whole.total
        shown += ids(page)
        cursor = page.next_cursor
        if not cursor:
            break

    assert shown == ids(whole)
    assert len(set(shown)) == whole.total


def test_orders(archive: SearchEngine) -> None:
    by_id = {one.id: one for one in DOCUMENTS}

    def ordered(order: Order) -> list[IndexDocument]:
        return [by_id[found] for found in ids(archive.search(asked(order=order, limit=200)))]

    assert [one.seq for one in ordered("newest")] == list(range(48, 0, -1))
    assert [one.seq for one in ordered("oldest")] == list(range(1, 49))
    for order, backwards in (("date_desc", True), ("date_asc", False)):
        found = ordered(order)  # type: ignore[arg-type]
        assert found[-1].date is None
        dates = [one.date for one in found[:-1] if one.date]
        assert dates == sorted(dates, reverse=backwards)


def test_a_query_that_gives_no_scores_comes_newest_first(archive: SearchEngine) -> None:
    found = [int(name[1:]) for name in ids(archive.search(asked("类别:WD", limit=200)))]
    assert found == sorted(found, reverse=True)


@pytest.mark.requirement("B41")
@pytest.mark.parametrize("cursor", ["x", "====", "bnVsbA", "WzEsMiwzLDQsNV0", "WyJ4IiwxLDEsIiIsIiJd", "é"])
def test_a_forged_cursor_is_refused(archive: SearchEngine, cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        archive.search(asked("渠道", cursor=cursor))


def test_a_page_of_nothing_still_counts(archive: SearchEngine) -> None:
    result = archive.search(asked("渠道", limit=0))
    assert (result.hits, result.next_cursor) == ([], "")
    assert result.total == archive.search(asked("渠道")).total


# suggestions and records alike


def suggested(engine: SearchEngine, text: str, scope: Scope = EVERYTHING) -> list[tuple[str, str]]:
    return [(found.kind, found.text) for found in engine.suggest(scope, text)]


@pytest.mark.parametrize(
    "typed",
    ["会", "会议", "会议纪", "會議", "hyjy", "HYJY", "hui", "huiyijiyao", "hy", "h", "会议jy", "huiyijy"],
)
def test_a_title_is_suggested_while_it_is_typed(engine: SearchEngine, typed: str) -> None:
    engine.put([document("1", title="会议纪要"), document("2", title="别的文件")])

    assert suggested(engine, typed) == [("title", "会议纪要")]


def test_parties_codes_and_tags_are_suggested_by_any_of_their_words(engine: SearchEngine) -> None:
    engine.put(
        [
            document(
                "1",
                title="补充协议",
                customer="上海华联商厦有限公司",
                names=["重庆百货"],
                keywords=["年度重点", "KA客户"],
                ref_code="Q001-WD·2024-D30-0007",
                doc_no="H2021-1234",
            )
        ]
    )

    assert suggested(engine, "华联") == suggested(engine, "hualian") == [("party", "上海华联商厦有限公司")]
    assert suggested(engine, "chongq") == suggested(engine, "cqbh") == [("party", "重庆百货")]
    assert suggested(engine, "ka") == [("tag", "KA客户")]
    assert suggested(engine, "zhongdian") == [("tag", "年度重点")]
    assert suggested(engine, "h2021-12") == suggested(engine, "1234") == [("code", "H2021-1234")]
    assert suggested(engine, "q001wd") == [("code", "Q001-WD·2024-D30-0007")]
    assert engine.suggest(EVERYTHING, "1234")[0].id == "1"
    for nothing in ("", " ", "“”", "xyz", "要", "纪要会"):
        assert suggested(engine, nothing) == []


def test_what_begins_with_it_is_suggested_first_and_once(engine: SearchEngine) -> None:
    engine.put([document(str(n), title="关于渠道的说明") for n in range(1, 30)])
    engine.put([document("30", title="渠道说明", customer="渠成商贸")])

    assert suggested(engine, "qu") == [
        ("title", "渠道说明"),
        ("party", "渠成商贸"),
        ("title", "关于渠道的说明"),
    ]
    assert len(engine.suggest(EVERYTHING, "qu", limit=2)) == 2


@pytest.mark.requirement("R-SEC-7", "B45")
def test_suggestions_and_likes_name_nothing_out_of_scope(engine: SearchEngine) -> None:
    scope = Scope({"L0": frozenset({"d:市场部"})})
    mine = document("1", title="会议纪要", access=["d:市场部"])
    engine.put([mine])
    before = (suggested(engine, "hui", scope), engine.similar(scope, "1"))
    engine.put(
        [
            document("2", title="会议通知", customer="汇丰银行", access=["d:销售部"], keywords=["会审"]),
            replace(mine, id="3", compartment="L1", title="会议决定"),
        ]
    )

    assert (suggested(engine, "hui", scope), engine.similar(scope, "1")) == before
    assert [engine.similar(scope, other) for other in ("2", "3", "9")] == [[], [], []]
    assert engine.suggest(Scope({}), "hui") == []


def test_records_alike_come_by_how_much_they_share(engine: SearchEngine) -> None:
    texts = {
        "1": "华东区渠道窜货处罚决定，扣除返利，取消促销资格。",
        "2": "关于华东区渠道窜货处罚的请示，扣除返利。",
        "3": "渠道建设规划与人员培训安排。",
        "4": "员工食堂菜单，周一供应面条。",
    }
    engine.put([document(name, title=text[:12], fields={"正文": text}) for name, text in texts.items()])

    assert [hit.id for hit in engine.similar(EVERYTHING, "1")][:1] == ["2"]
    assert "4" not in [hit.id for hit in engine.similar(EVERYTHING, "1")]
    assert len(engine.similar(EVERYTHING, "1", limit=1)) == 1


def test_a_score_is_explained_by_its_parts(engine: SearchEngine) -> None:
    engine.put(
        [document("1", title="渠道返利办法"), document("2", title="其他", fields={"正文": "渠道返利"})]
    )
    asked = SearchRequest(EVERYTHING, parse("渠道 返利", TODAY).tree)
    scores = {hit.id: hit.score for hit in engine.search(asked).hits}
    told = {name: engine.explain(asked, name) for name in ("1", "2")}
    for name, explanation in told.items():
        assert explanation is not None
        assert explanation.score == pytest.approx(scores[name], rel=1e-3)
        assert explanation.searched == "渠道 返利"
        assert explanation.score <= sum(part.score for part in explanation.parts) + 1e-6
        assert all(part.score > 0 and part.terms for part in explanation.parts)
    fields = {part.field for part in told["1"].parts} if told["1"] else set()
    assert any(field.startswith("title_pairs") for field in fields)
    assert not any(part.field.startswith("title") for part in (told["2"].parts if told["2"] else ()))
    assert engine.explain(asked, "9") is None
    assert engine.explain(replace(asked, scope=Scope({"L3": None})), "1") is None


def test_an_explanation_tells_how_the_question_was_relaxed(engine: SearchEngine) -> None:
    engine.put([document("1", title="会议纪要")])
    told = engine.explain(SearchRequest(EVERYTHING, parse("hyjy", TODAY).tree), "1")
    assert told is not None
    assert (told.widened, told.searched) == ("pinyin", "会议纪要")


# writing


def test_an_older_version_is_left_out(engine: SearchEngine) -> None:
    engine.put([document("1", 5, title="新的标题")])
    engine.put([document("1", 4, title="旧的标题"), document("2", 1)])

    assert engine.search(asked("“旧的标题”")).total == 0
    assert engine.search(asked("“新的标题”")).total == 1
    assert list(engine.versions("L0")) == [("1", 5), ("2", 1)]


def test_putting_the_same_again_changes_nothing(engine: SearchEngine) -> None:
    for _ in range(3):
        engine.put([document("1", 5)])
    assert engine.search(asked("渠道")).total == 1
    assert list(engine.versions("L0")) == [("1", 5)]


def test_versions_of_one_record_in_one_call_leave_the_newest(engine: SearchEngine) -> None:
    engine.put(
        [document("1", 2, title="第二版"), document("1", 3, title="第三版"), document("1", 1, title="第一版")]
    )
    assert [hit.title.text for hit in engine.search(asked()).hits] == ["第三版"]


def test_what_was_removed_does_not_come_back_with_an_older_put(engine: SearchEngine) -> None:
    engine.put([document("1", 1), document("2", 1)])
    engine.remove("L0", {"1": 3, "unknown": 1})
    engine.put([document("1", 2)])

    assert wait_for(lambda: ids(engine.search(asked())) == ["2"])
    engine.put([document("1", 4)])
    assert engine.search(asked()).total == 2


def test_removing_takes_no_newer_version(engine: SearchEngine) -> None:
    engine.put([document("1", 5)])
    engine.remove("L0", {"1": 4})
    assert engine.search(asked()).total == 1


def test_a_replaced_record_keeps_none_of_its_old_passages(engine: SearchEngine) -> None:
    pages = [Passage(Place("page", n), f"第{n}页 窜货") for n in range(1, 6)]
    engine.put([document("1", 1, files=[FileText("f", "a.pdf", "pdf", pages)])])
    engine.put([document("1", 2, files=[FileText("f", "a.pdf", "pdf", pages[4:])])])

    (hit,) = engine.search(asked("窜货", places=5)).hits
    assert [place.place.number for place in hit.places] == [5]


def test_a_record_moves_between_compartments_without_showing_twice(engine: SearchEngine) -> None:
    low, high = Scope({"L0": None}), Scope({"L1": None})
    engine.put([document("1", 1)])
    engine.put([document("1", 2, compartment="L1")])
    both = engine.search(asked("渠道"))
    assert ids(both) == ["1"]

    engine.remove("L0", {"1": 2})
    engine.put([document("1", 1)])  # an indexer that is late

    assert wait_for(lambda: engine.search(asked("", low)).total == 0)
    assert engine.search(asked("", high)).total == 1


def test_versions_are_listed_in_pages(engine: SearchEngine) -> None:
    engine.put([document(str(n), n, title="题") for n in range(10, 35)])

    listed: list[tuple[str, int]] = []
    while page := engine.versions("L0", after=listed[-1][0] if listed else "", limit=10):
        listed += page

    assert listed == [(str(n), n) for n in range(10, 35)]
    assert list(engine.versions("L5")) == []


def test_a_document_that_cannot_be_taken_is_named_and_the_others_are_taken(engine: SearchEngine) -> None:
    with pytest.raises(IndexRejected) as caught:
        engine.put(
            [document("1"), document("2", compartment="../etc"), document("3", seq=2**70), document("4")]
        )

    assert set(caught.value.ids) == {"2", "3"}
    assert set(ids(engine.search(asked("", Scope({"L0": None}))))) == {"1", "4"}


@pytest.mark.parametrize(
    "text", ["\x00中\x00国", "\ud800中国", "a\u200bb", "𠮷" * 3000, "x" * 5000, " \n\t", ""]
)
def test_any_text_can_be_indexed_and_shown(engine: SearchEngine, text: str) -> None:
    files = [FileText("f", f"{text[:50]}.txt", "text", [Passage(Place("line", 1), f"开头 {text} 结尾窜货")])]
    engine.put([document("1", title=f"题{text[:90]}", files=files, keywords=[text])])

    (hit,) = engine.search(asked("窜货")).hits
    assert hit.places[0].snippet.text.endswith("窜货")


def test_a_large_document_is_taken_whole(engine: SearchEngine) -> None:
    sentences = [f"第{n}条 客户档案由市场部负责收集整理，编号{n:06}。" for n in range(20_000)]
    pages = [
        Passage(Place("page", i // 40 + 1), "".join(sentences[i : i + 40])) for i in range(0, 20_000, 40)
    ]
    engine.put([document("1", files=[FileText("f", "大文件.pdf", "pdf", pages)])])

    (hit,) = engine.search(asked("“编号019999”")).hits
    assert [place.place.number for place in hit.places] == [500]


def test_a_long_query_is_answered(archive: SearchEngine) -> None:
    started = time.monotonic()
    words = " OR ".join(f"词{n}" for n in range(3000))
    for text in (
        "渠道 " * 5000,
        "(" * 5000,
        words,
        "窜货" * 3000,
        f"“{'渠道窜货' * 200}”",
        "*a*b*c*" * 200,
        "(a+)+$",
    ):
        archive.search(asked(text))
    assert time.monotonic() - started < 120


# rebuilding


def test_a_new_index_asks_for_a_rebuild_and_answers_meanwhile(engine: SearchEngine) -> None:
    engine.ready()
    before = engine.state
    engine.put([document("1")])
    assert engine.search(asked()).total == 1

    assert engine.rebuild([document("1"), document("2")]) == 2

    assert (before, engine.state) == ("new", "current")
    assert engine.search(asked()).total == 2


def test_a_rebuild_leaves_out_what_is_not_in_the_truth(engine: SearchEngine) -> None:
    engine.put([document("1"), document("2", compartment="L1")])
    assert engine.rebuild([document("3")]) == 1
    assert ids(engine.search(asked())) == ["3"]
    assert engine.rebuild([]) == 0
    assert engine.search(asked()).total == 0
    engine.put([document("4")])
    assert ids(engine.search(asked())) == ["4"]


def test_while_rebuilding_the_old_index_answers_and_puts_go_into_both(engine: SearchEngine) -> None:
    engine.put([document(str(n)) for n in range(10)])
    seen: list[int] = []

    def truth() -> Iterator[IndexDocument]:
        for n in range(10):
            if n == 4:
                engine.put([document("2", 9, title="改过的题名"), document("77", compartment="L1")])
                engine.remove("L0", {"8": 9})
                assert wait_for(lambda: engine.search(asked()).total == 10)
            seen.append(engine.search(asked()).total)
            yield document(str(n))

    engine.rebuild(truth())

    assert min(seen) == 10
    assert sorted(ids(engine.search(asked()))) == ["0", "1", "2", "3", "4", "5", "6", "7", "77", "9"]
    assert engine.search(asked("改过的题名")).total == 1


def test_a_rebuild_that_fails_leaves_the_old_index(engine: SearchEngine) -> None:
    engine.put([document("1")])

    def truth() -> Iterator[IndexDocument]:
        yield document("2")
        raise RuntimeError("the truth went away")

    with pytest.raises(RuntimeError):
        engine.rebuild(truth())
    assert ids(engine.search(asked())) == ["1"]
    engine.put([document("3")])
    assert engine.rebuild([document("1"), document("3")]) == 2
    assert sorted(ids(engine.search(asked()))) == ["1", "3"]


def test_many_writers_and_a_rebuild_end_with_the_newest_of_everything(engine: SearchEngine) -> None:
    faults: list[BaseException] = []

    def write(name: str) -> None:
        try:
            for version in range(1, 6):
                engine.put([document(name, version, title=f"第{version}版{name}")])
        except BaseException as fault:  # noqa: BLE001 - shown by the test
            faults.append(fault)

    threads = [threading.Thread(target=write, args=(str(n),)) for n in range(6)]
    for thread in threads:
        thread.start()
    engine.rebuild([document(str(n), 1) for n in range(6)])
    for thread in threads:
        thread.join()

    assert not faults
    assert sorted(engine.versions("L0")) == [(str(n), 5) for n in range(6)]


# several processes on one server


@pytest.fixture
def two_processes(
    request: pytest.FixtureRequest, server_url: Named
) -> Iterator[tuple[ElasticEngine, ElasticEngine]]:
    """Two engines that know of each other only through the server."""
    for one in _opened("elastic", request):
        assert isinstance(one, ElasticEngine)
        other = ElasticEngine(server_url(URL), one._server.prefix)
        yield one, other
        other.close()


@pytest.mark.server
def test_what_another_process_puts_during_a_rebuild_is_kept(
    two_processes: tuple[ElasticEngine, ElasticEngine],
) -> None:
    one, other = two_processes
    other.put([document("1")])

    def truth() -> Iterator[IndexDocument]:
        yield document("1")
        other.put([document("1", 5, title="改过的题名"), document("9", compartment="L1")])

    one.rebuild(truth())

    for engine in (one, other):
        assert engine.search(asked("改过的题名")).total == 1
        assert set(ids(engine.search(asked()))) == {"1", "9"}
    other.put([document("2", title="之后")])
    assert one.search(asked("之后")).total == 1


@pytest.mark.server
def test_a_switch_that_a_crash_cut_in_two_is_finished_by_the_next_process(
    two_processes: tuple[ElasticEngine, ElasticEngine],
) -> None:
    crashed, other = two_processes
    crashed.put([document("1")])
    server = crashed._server
    state = server.change_shared(lambda now: replace(now, filling="abc", filling_fingerprint=now.fingerprint))
    server.ensure(state, "abc", "L0")
    crashed.put([document("2")])
    server.client.indices.refresh(index=server.index_name("abc", "L0"))
    server.switch("abc")  # the aliases moved, then the process died

    assert other.state == "current"
    assert ids(other.search(asked())) == ["2"]
    other.put([document("3")])
    assert set(ids(other.search(asked()))) == {"2", "3"}


def wait_for(holds: Callable[[], bool], seconds: float = 2.0) -> bool:
    """Whether a condition comes to hold within `seconds`; the port allows one second for what is put."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
