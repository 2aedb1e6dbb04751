"""Search, check, reindex, status, user: what they print for programs and people, and their exit codes."""

import re
from pathlib import Path

import httpx
import pytest

from tests.service.cli.conftest import Archive, Serving


def test_search_has_the_agreed_shape(sampled: Serving) -> None:
    found = sampled.archive.json("search", "返利", "--limit", "2")
    assert list(found) == ["total", "hits", "facets"]
    assert found["total"] > 2
    assert len(found["hits"]) == 2
    hit = found["hits"][0]
    assert list(hit) == ["id", "title", "category", "file", "score", "place", "snippet"]
    assert set(hit["place"]) == {"kind", "number", "label"}
    assert "返利" in hit["snippet"]
    assert set(found["facets"]) == {"category", "year"}
    assert all(
        set(line) == {"value", "label", "count"} for lines in found["facets"].values() for line in lines
    )


def test_search_narrows_by_category_and_date(sampled: Serving) -> None:
    every = sampled.archive.json("search", "返利")
    contracts = sampled.archive.json("search", "返利", "--category", "HT")
    assert {hit["category"] for hit in contracts["hits"]} == {"HT"}
    assert 0 < contracts["total"] < every["total"]
    assert sampled.archive.json("search", "返利", "--to", "1999-12-31")["total"] == 0
    assert sampled.archive.json("search", "返利", "--from", "1999-12-31")["total"] == every["total"]


def test_search_for_people_names_file_place_and_snippet(sampled: Serving) -> None:
    done = sampled.archive.run("search", '"跨区域销售"')
    assert done.returncode == 0
    assert "永丰商贸经销商合同.pdf · 第 1 页" in done.stdout
    assert "跨区域销售" in done.stdout
    assert "共 1 件" in done.stderr


def test_search_explains_scores(sampled: Serving) -> None:
    found = sampled.archive.json("search", "返利", "--limit", "2", "--explain")
    assert [told["score"] for told in found["explanations"]] == pytest.approx(
        [hit["score"] for hit in found["hits"]], rel=1e-3
    )
    shown = sampled.archive.run("search", "返利", "--explain").stdout
    assert "检索式读作 返利" in shown
    assert "body_" in shown


def test_search_speaks_english_on_request(sampled: Serving) -> None:
    done = sampled.archive.run("search", '"跨区域销售"', LANG="en_US.UTF-8")
    assert "page 1" in done.stdout
    assert "1 records in all" in done.stderr


@pytest.mark.parametrize("words", [("--from", "昨天"), ("--limit", "0"), ("--to", "2024-13-01")])
def test_wrong_options_of_search_are_wrong_use(sampled: Serving, words: tuple[str, ...]) -> None:
    assert sampled.archive.run("search", "返利", *words).returncode == 2


def test_reindex_keeps_what_is_found(sampled: Serving) -> None:
    before = sampled.archive.json("search", "窜货")
    assert sampled.archive.json("reindex")["records"] >= 15
    after = sampled.archive.json("search", "窜货")
    assert {hit["id"] for hit in after["hits"]} == {hit["id"] for hit in before["hits"]}


def test_status_names_every_part(sampled: Serving) -> None:
    status = sampled.archive.json("status")
    assert status["running"] is True
    assert set(status["parts"]) >= {"database", "objects", "search", "queue"}
    assert not any(status["parts"].values())
    assert status["jail"]["limits"] is True
    assert "运行中" in sampled.archive.run("status").stdout


def test_user_add_gives_a_password_that_opens_once(sampled: Serving) -> None:
    words = ("--role", "staff", "--role", "dept_head", "--department", "销售部", "--display-name", "李建国")
    done = sampled.archive.run("user", "add", "lijianguo", *words)
    assert done.returncode == 0, done.stderr
    password = re.search(r"一次性密码\s+(\S+)", done.stdout)
    assert password is not None
    session = httpx.post(
        sampled.address.url + "/api/v1/session",
        json={"name": "lijianguo", "password": password[1]},
        headers={"Origin": sampled.address.url},
        trust_env=False,
    )
    assert session.status_code == 200, session.text
    assert session.json()["user"]["display_name"] == "李建国"
    assert set(session.json()["user"]["roles"]) == {"staff", "dept_head"}
    twice = sampled.archive.run("user", "add", "lijianguo")
    assert twice.returncode == 2
    assert "Traceback" not in twice.stderr


def test_version() -> None:
    assert re.fullmatch(r"fonds \d+\.\d+\.\d+\n", Archive(Path("/nonexistent")).run("--version").stdout)


def test_help_tells_the_exit_codes() -> None:
    text = re.sub(r"\s", "", Archive(Path("/nonexistent")).run("--help").stdout)
    for words in ("0完成", "1有差异", "2用法不对", "3连接或启动不了"):
        assert words in text


def test_work_without_a_queue_is_told_why(archive: Archive) -> None:
    done = archive.run("work")
    assert done.returncode == 2
    assert "FONDS_QUEUE_URL" in done.stderr


def test_sweep_without_a_database_is_told_why(archive: Archive) -> None:
    done = archive.run("sweep")
    assert done.returncode == 3
    assert "FONDS_MONGO_URL" in done.stderr


def test_an_unreachable_database_is_told(archive: Archive) -> None:
    done = archive.run("status", FONDS_MONGO_URL="mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=300")
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


def test_check_finds_a_lost_object_and_commands_need_no_server(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "纪要.txt").write_text("渠道窜货", "utf-8")
    assert archive.json("import", str(tmp_path / "in"))["archived"] == 1
    assert archive.json("status")["running"] is False
    content = [
        path for path in (archive.path / "objects").rglob("*") if path.is_file() and "content" in str(path)
    ]
    for path in content:
        path.chmod(0o600)
        path.unlink()
    report = archive.json("check", code=1)
    assert [each["kind"] for each in report["differences"]] == ["missing"]
    said = archive.run("check")
    assert said.returncode == 1
    assert "原文缺失" in said.stdout
    assert archive.home.held() is None
