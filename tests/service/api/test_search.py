"""Search over HTTP: the question as it is asked, the answer as the command line prints it."""

from datetime import date
from typing import get_args

import pytest

from search.question.query import ProblemCode
from service.domain.holdings import Question
from service.english.problems import ENGLISH
from service.usecases.searching.finding import FAULTS_OF_QUESTIONS
from tests.service.api.conftest import Bearer
from tests.service.api.fakes import Archive


def test_the_question_arrives_whole(li: Bearer, archive: Archive) -> None:
    query = {
        "q": '"渠道 建设" 部门:销售部',
        "category": ["HT", "HD"],
        "department": "销售部",
        "type": ["pdf", "word"],
        "customer": "嘉禾连锁",
        "tag": ["返利", "窜货"],
        "state": "archived",
        "from": "2024-01-01",
        "to": "2024-12-31",
        "order": "newest",
        "limit": 5,
        "facet": ["category", "department", "customer", "tag", "state", "month"],
    }
    assert li.get("/api/v1/search", query_string=query).status_code == 200
    assert archive.finding.question == Question(
        text='"渠道 建设" 部门:销售部',
        category=("HT", "HD"),
        department=("销售部",),
        family=("pdf", "word"),
        customer=("嘉禾连锁",),
        tag=("返利", "窜货"),
        state=("archived",),
        date_from=date(2024, 1, 1),
        date_to=date(2024, 12, 31),
        order="newest",
        limit=5,
        facets=("category", "department", "customer", "tag", "state", "month"),
        fold=True,
    )


def test_nothing_asked_asks_for_everything(li: Bearer, archive: Archive) -> None:
    assert li.get("/api/v1/search").status_code == 200
    assert archive.finding.question == Question(fold=True)
    assert li.get("/api/v1/search?copies=1").status_code == 200
    assert archive.finding.question == Question()


def test_the_answer_has_the_shape_that_programs_know(li: Bearer) -> None:
    answer = li.get("/api/v1/search?q=渠道").json
    shape = {"total", "hits", "facets", "next_cursor", "widened", "did_you_mean", "searched", "problems"}
    assert set(answer) == shape | {"moved"}
    assert answer["total"] == 2
    assert answer["facets"] == {"category": [{"value": "HT", "label": "合同", "count": 2}], "year": []}
    hit = answer["hits"][0]
    assert (hit["id"], hit["title"], hit["title_marks"]) == ("r1", "渠道合同", [[0, 2]])
    assert (hit["category"], hit["file"], hit["file_id"], hit["score"]) == ("HT", "合同.pdf", "f1", 1.5)
    assert hit["place"] == {"kind": "page", "number": 2, "label": ""}
    assert (hit["snippet"], hit["marks"]) == ("渠道建设", [[0, 2]])
    assert hit["date"] == "2026-03-02"
    assert len(hit["places"]) == 1


def test_a_hit_without_a_place_says_so(li: Bearer) -> None:
    hit = li.get("/api/v1/search?q=渠道").json["hits"][1]
    assert (hit["place"], hit["snippet"], hit["marks"], hit["places"]) == (None, "", [], [])


def test_what_is_typed_is_completed(li: Bearer) -> None:
    answer = li.get("/api/v1/search/suggestions?q=渠道&limit=3").json
    assert answer == {"suggestions": [{"kind": "title", "text": "渠道合同", "id": "r1"}]}
    assert li.get("/api/v1/search/suggestions?q=").status_code == 400
    assert li.get("/api/v1/search/suggestions?q=a&limit=21").status_code == 400


@pytest.mark.parametrize(("kind", "media_type"), [("csv", "text/csv"), ("xlsx", "application/vnd.openxml")])
def test_an_export_is_a_file_with_a_name(li: Bearer, kind: str, media_type: str) -> None:
    answer = li.get(f"/api/v1/search/export?q=渠道&format={kind}")
    assert answer.headers["Content-Type"].startswith(media_type)
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert f"2026-03-02.{kind}" in answer.headers["Content-Disposition"]
    assert answer.text == "题名,档号,类别,客户,日期,部门,密级,状态"
    english = li.get("/api/v1/search/export", headers={"Accept-Language": "en"})
    assert english.text.startswith("Title,Reference code,")


def test_a_faulty_question_is_told_in_words(li: Bearer, archive: Archive) -> None:
    archive.finding.problems = ({"position": 3, "code": "unknown_field", "text": "颜色"},)
    fault = li.get("/api/v1/search?q=渠道 颜色:红").json["problems"][0]
    assert fault == {
        "position": 3,
        "code": "unknown_field",
        "text": "颜色",
        "message": "没有“颜色”这个检索字段，按普通文字检索",
    }
    english = li.get("/api/v1/search?q=x", headers={"Accept-Language": "en"}).json["problems"][0]
    assert english["message"] == 'There is no field "颜色"; searched as plain text'


@pytest.mark.parametrize("code", get_args(ProblemCode))
def test_every_fault_of_a_question_has_its_words_in_both_languages(code: str) -> None:
    assert FAULTS_OF_QUESTIONS[code] in ENGLISH


def test_what_is_alike_is_listed_up_to_the_limit(li: Bearer) -> None:
    assert [hit["id"] for hit in li.get("/api/v1/records/r1/similar").get_json()["hits"]] == ["r1"]
    assert li.get("/api/v1/records/r9/similar?limit=3").get_json()["hits"] == []
    assert li.get("/api/v1/records/r1/similar?limit=51").status_code == 400
