"""Saved searches over HTTP: the question goes in and comes out as `GET /search` takes it."""

from datetime import date

from service.domain.holdings import Question
from tests.service.api.conftest import Bearer
from tests.service.api.fakes import Archive


def test_a_search_is_kept_with_its_whole_question(li: Bearer, archive: Archive) -> None:
    asked = {
        "q": "窜货",
        "type": ["pdf"],
        "customer": ["嘉禾连锁"],
        "from": "2026-01-01",
        "order": "date_desc",
    }
    answer = li.post("/api/v1/saved-searches", json={"name": "窜货", "question": asked, "watched": False})
    assert answer.status_code == 201
    assert archive.saved_searches.saved == Question(
        text="窜货", family=("pdf",), customer=("嘉禾连锁",), date_from=date(2026, 1, 1), order="date_desc"
    )
    shown = answer.json
    assert {key: shown["question"][key] for key in asked} == asked
    assert (shown["name"], shown["watched"]) == ("窜货", False)


def test_a_search_is_renamed_and_no_more_watched(li: Bearer) -> None:
    changed = li.patch("/api/v1/saved-searches/s1", json={"watched": False}).json
    assert (changed["name"], changed["watched"], changed["fresh"]) == ("窜货", False, 2)
    assert li.patch("/api/v1/saved-searches/s1", json={"name": "串货"}).json["name"] == "串货"
    assert li.patch("/api/v1/saved-searches/s2", json={"name": "串货"}).status_code == 404
    assert li.patch("/api/v1/saved-searches/s1", json={"colour": "red"}).status_code == 422


def test_what_was_searched_for_is_told_and_forgotten(li: Bearer) -> None:
    assert li.get("/api/v1/recent-searches").json == {"recent": ["窜货", "返利"]}
    assert li.delete("/api/v1/recent-searches").status_code == 204
