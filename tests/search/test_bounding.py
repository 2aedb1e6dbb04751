"""Whether the best hits of a broad question are those of all its answers, and its words decide as its pairs do."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import tantivy

from search.answering.answer import question_of
from search.answering.clauses import All, Clause, deciding
from search.answering.relaxing import Reading
from search.embedded import bounding
from search.embedded.bounding import Frequencies, prospects, reach
from search.embedded.engine import EmbeddedEngine
from search.embedded.index import RECORDS, CompartmentIndex
from search.embedded.query import query
from search.indexing.entries import entry
from search.port import FileText, IndexDocument, Passage, Place, Scope, SearchRequest
from search.question.query import parse

SCOPE = Scope({"L0": None})
TODAY = date(2024, 7, 1)
WORDS = [
    *("渠道", "返利", "货", "经销商", "合同", "客户", "逾期", "说明书", "价格", "经销"),
    *("推销商品", "会议", "纪要", "预算", "审批", "年度", "营销", "计划"),
]
ASKED = [
    "渠道 返利",
    "经销商合同",
    "货",
    "渠道 OR 逾期",
    "客户 -逾期",
    "年度营销计划",
    "“渠道返利”",
    "标题:合同 渠道",
    "渠道 价格 会议 推销",
    "说明书",
    "2024年 渠道",
]


def record(chance: random.Random, number: int) -> IndexDocument:
    """Frequent words and rare ones; a title has one of them now and then."""
    often = [1 / (rank + 1) for rank in range(len(WORDS))]
    said = "".join(chance.choices(WORDS, often, k=60))
    title = chance.choice(WORDS) if number % 6 == 0 else f"文件{number}"
    file = FileText("f", "甲.pdf", "pdf", [Passage(Place("page", 1), f"{said}。{number}号")])
    day = date(2019 + number % 6, 1 + number % 12, 1)
    return IndexDocument(
        f"r{number}", 1, "L0", title, number, date=day, state="draft", files=[file], access=("d:1",)
    )


@pytest.fixture(scope="module")
def searcher() -> Iterator[Any]:
    chance = random.Random(3)
    index = CompartmentIndex(None)
    index.write([entry(record(chance, number)) for number in range(400)])
    index.write([entry(replace(record(chance, number), version=2)) for number in range(60)])
    yield index.records()
    index.close()


def asked(text: str) -> Clause:
    tree = parse(text, TODAY).tree
    return question_of(SearchRequest(SCOPE, tree, today=TODAY), Reading("", tree), None).clause


def scores(searcher: Any, clause: Clause) -> dict[str, float]:
    hits = searcher.search(query(RECORDS, clause), 1000).hits
    return {searcher.doc(address).get_first("id"): score for score, address in hits}


@pytest.mark.parametrize("text", ASKED)
def test_no_other_answer_scores_more_than_is_told(searcher: Any, text: str) -> None:
    clause, known = asked(text), Frequencies(searcher, "L0")
    every = scores(searcher, clause)
    assert len(every) <= reach(clause, known)
    best = prospects(clause, known)
    if best is None:
        return
    likely = scores(searcher, best.clause)
    assert likely == pytest.approx({name: every[name] for name in likely})
    assert max((score for name, score in every.items() if name not in likely), default=0.0) <= best.rest


def test_questions_of_frequent_words_have_prospects(searcher: Any) -> None:
    """Else the test above says nothing."""
    known = Frequencies(searcher, "L0")
    sure = 0
    for text in ASKED:
        best = prospects(asked(text), known)
        if best is not None:
            likely = sorted(scores(searcher, best.clause).values(), reverse=True)
            sure += len(likely) > 3 and likely[3] > best.rest
    assert sure >= 4


@pytest.mark.parametrize("text", ASKED)
def test_a_word_decides_like_its_pairs(searcher: Any, text: str) -> None:
    clause = asked(text)
    assert scores(searcher, deciding(clause)).keys() == scores(searcher, clause).keys()


def test_a_word_is_asked_before_the_places_of_its_pairs() -> None:
    assert "body_words" in repr(deciding(asked("经销商")))
    assert "body_words" not in repr(deciding(asked("“经销商”")))


def test_a_short_page_of_a_broad_question_begins_a_long_one() -> None:
    """Ten hits are found among the prospects; of two hundred, which is more than they are, all answers are scored."""
    chance = random.Random(5)
    engine = EmbeddedEngine(None)
    engine.rebuild(
        IndexDocument(
            f"r{number}",
            1,
            "L0",
            "渠道返利" if number % 100 == 0 else f"渠道{chance.choice('甲乙丙')}返利",
            number,
            state="draft",
            date=date(2024, 1 + number % 12, 1),
        )
        for number in range(bounding.BROAD + 100)
    )
    tree = parse("渠道 返利", TODAY).tree
    short, long = (engine.search(SearchRequest(SCOPE, tree, limit=limit, today=TODAY)) for limit in (10, 200))
    engine.close()
    assert short.total == long.total == bounding.BROAD + 100
    assert short.facets == long.facets
    assert [(hit.id, hit.score) for hit in short.hits] == [(hit.id, hit.score) for hit in long.hits[:10]]
    assert short.hits[0].title.text == "渠道返利"


def test_what_was_deleted_counts_as_scores_count_it() -> None:
    """Rarity is that of the index as scores see it, with records that are deleted and still lie there."""
    index = CompartmentIndex(None)
    index.write([entry(record(random.Random(1), number)) for number in range(20)])
    index.write([entry(replace(record(random.Random(1), number), version=2)) for number in range(5)])
    searcher = index.records()
    known = Frequencies(searcher, "L0")
    assert known.records >= searcher.num_docs == 20
    made = tantivy.Query.term_query(RECORDS, "body_pairs", "渠道")
    score, address = searcher.search(made, 1).hits[0]
    assert score <= bounding.MOST_GIVEN * known.rarity("body_pairs", "渠道")
    assert "idf" in made.explain(searcher, address).to_json()
    index.close()


def test_conditions_make_a_question_narrow(searcher: Any) -> None:
    known = Frequencies(searcher, "L0")
    clause = asked("渠道")
    assert reach(clause, known) > 300
    assert reach(All((clause,), filters=(asked("“逾期渠道”"),)), known) < 300
    assert bounding.broad(clause, (), known) is None, "too few records"
