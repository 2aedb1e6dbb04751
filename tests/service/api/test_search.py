"""Search over HTTP: the question as it is asked, the answer as the command line prints it."""

from datetime import date

from service.domain.holdings import Question
from tests.service.api.conftest import Bearer
from tests.service.api.fakes import Archive


def test_the_question_arrives_whole(li: Bearer, archive: Archive) -> None:
    query = {
        "q": '"渠道 建设" 部门:销售部',
        "category": ["HT", "HD"],
        "department": "销售部",
        "type": ["pdf", "word"],
        "from": "2024-01-01",
        "to": "2024-12-31",
        "order": "newest",
        "limit": 5,
        "facet": ["category", "department"],
    }
    assert li.get("/api/v1/search", query_string=query).status_code == 200
    assert archive.finding.question == Question(
        text='"渠道 建设" 部门:销售部',
        category=("HT", "HD"),
        department=("销售部",),
        family=("pdf", "word"),
        date_from=date(2024, 1, 1),
        date_to=date(2024, 12, 31),
        order="newest",
        limit=5,
        facets=("category", "department"),
    )


def test_nothing_asked_asks_for_everything(li: Bearer, archive: Archive) -> None:
    assert li.get("/api/v1/search").status_code == 200
    assert archive.finding.question == Question()


def test_the_answer_has_the_shape_that_programs_know(li: Bearer) -> None:
    answer = li.get("/api/v1/search?q=渠道").json
    assert set(answer) == {"total", "hits", "facets", "next_cursor", "widened", "problems"}
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
