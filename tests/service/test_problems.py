"""Problems: every error has its status, its words in two languages, and none of a stranger's text."""

import ast
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pymongo.errors
import pytest
from flask import Flask, g
from werkzeug.exceptions import RequestEntityTooLarge, RequestHeaderFieldsTooLarge

from search.port import SearchUnavailable
from service import errors, problems
from service.api.inputs import MESSAGES
from service.english.problems import ENGLISH
from storage import port as storage

ERRORS: dict[type[errors.ServiceError], errors.ServiceError] = {
    errors.ServiceError: errors.ServiceError(),
    errors.InvalidInput: errors.InvalidInput([errors.Fault("title", "missing", "必填")]),
    errors.EmptyFile: errors.EmptyFile(),
    errors.StaleRevision: errors.StaleRevision(7),
    errors.SecondFactorNeeded: errors.SecondFactorNeeded("ticket"),
    errors.TooManyAttempts: errors.TooManyAttempts(90),
    errors.Unavailable: errors.Unavailable("database", "mongo1.internal:27017 refused"),
}


def all_errors() -> Iterator[type[errors.ServiceError]]:
    waiting: list[type[errors.ServiceError]] = [errors.ServiceError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__ in ("service.errors", "service.problems"):
            yield kind


@pytest.fixture
def app() -> Flask:
    return Flask(__name__)


def told(app: Flask, error: Exception, language: str = "") -> problems.Problem:
    with app.test_request_context("/api/v1/x", headers={"Accept-Language": language} if language else {}):
        g.request_id = "trace-1"
        return problems.problem(error)


@pytest.mark.parametrize("kind", sorted(all_errors(), key=lambda kind: kind.__name__))
def test_every_error_has_a_code_a_status_and_a_title_in_both_languages(
    app: Flask, kind: type[errors.ServiceError]
) -> None:
    error = ERRORS.get(kind) or kind()
    chinese, english = told(app, error), told(app, error, "en-US,en;q=0.9")
    assert chinese.code == kind.code
    assert chinese.status == kind.status
    assert chinese.title == kind.title
    assert english.title.isascii()
    assert english.detail.isascii()


def test_codes_are_told_apart() -> None:
    kinds = list(all_errors())
    assert len({kind.code for kind in kinds}) == len(kinds)


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (storage.StoreFull("/dev/sda1"), "no_room", 507),
        (storage.StoreUnavailable("10.0.0.1"), "unavailable", 503),
        (storage.RangeUnsatisfiable("x"), "range_unsatisfiable", 416),
        (storage.PresignRefused("x"), "forbidden", 403),
        (SearchUnavailable("http://elastic:secret@es"), "unavailable", 503),
        (pymongo.errors.ServerSelectionTimeoutError("10.0.0.2"), "unavailable", 503),
        (pymongo.errors.NetworkTimeout("10.0.0.2"), "unavailable", 503),
        (pymongo.errors.AutoReconnect("10.0.0.2"), "unavailable", 503),
        (pymongo.errors.OperationFailure("secret query"), "internal", 500),
        (ValueError("secret"), "internal", 500),
        (storage.ObjectMissing("key"), "internal", 500),
        (RequestEntityTooLarge(), "too_large", 413),
        (RequestHeaderFieldsTooLarge(), "refused", 431),
    ],
)
def test_what_others_raise_becomes_a_problem_without_their_words(
    app: Flask, error: Exception, code: str, status: int
) -> None:
    problem = told(app, error)
    assert (problem.code, problem.status) == (code, status)
    shown = json.dumps(problem.members(), ensure_ascii=False)
    assert all(secret not in shown for secret in ("10.0", "secret", "sda1", "key"))


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (errors.TooManyAttempts(90), "90"),
        (errors.Unavailable("search"), "5"),
        (errors.NoRoom(), "60"),
    ],
)
def test_what_passes_says_when_to_come_again(app: Flask, error: Exception, seconds: str) -> None:
    assert told(app, error).headers["Retry-After"] == seconds


def test_a_part_that_is_away_is_named(app: Flask) -> None:
    problem = told(app, errors.Unavailable("search", "http://10.0.0.1"))
    assert problem.members()["part"] == "search"
    assert "检索" in problem.detail


def test_a_stale_revision_tells_the_present_one(app: Flask) -> None:
    problem = told(app, errors.StaleRevision(7), "en")
    assert problem.members()["current"] == 7
    assert "7" in problem.detail


def test_faults_are_translated_with_their_figures(app: Flask) -> None:
    faults = [
        errors.Fault("title", "string_too_long", "最多 %(max_length)s 个字", {"max_length": 500}),
        errors.Fault(
            "fields.amount",
            "wrong_type",
            "“%(label)s”应为%(expected)s",
            {"label": "金额", "label_en": "Amount", "expected": "数字或文字"},
        ),
    ]
    problem = told(app, errors.InvalidInput(faults), "en")
    assert [fault["message"] for fault in problem.faults] == [
        "At most 500 characters",
        '"Amount" must be a number or text',
    ]
    assert problem.detail == 'At most 500 characters; "Amount" must be a number or text'
    assert told(app, errors.InvalidInput(faults)).faults[0]["message"] == "最多 500 个字"


@pytest.mark.parametrize(
    ("asked", "given"),
    [("", "zh"), ("zh-TW", "zh"), ("en", "en"), ("fr", "zh"), ("en;q=0.5, zh;q=0.9", "zh")],
)
def test_chinese_unless_english_is_asked_for(app: Flask, asked: str, given: str) -> None:
    with app.test_request_context("/", headers={"Accept-Language": asked} if asked else {}):
        assert problems.language() == given


def test_the_user_s_choice_goes_before_the_browser_s(app: Flask) -> None:
    headers = {"Accept-Language": "zh", "Cookie": "fonds_language=en"}
    with app.test_request_context("/", headers=headers):
        assert problems.language() == "en"


def test_the_unforeseen_is_logged_with_its_trace_and_told_without(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    with app.test_request_context("/api/v1/x"), caplog.at_level(logging.ERROR):
        g.request_id = "trace-1"
        try:
            raise ValueError("what nobody may read")  # noqa: TRY301
        except ValueError as error:
            response = problems.respond(error)
    assert "what nobody may read" not in response.get_data(as_text=True)
    assert response.get_json(force=True)["trace_id"] == "trace-1"
    assert caplog.records[0].exc_info is not None


def test_pages_are_rendered_by_the_hook_and_plainly_without_one(app: Flask) -> None:
    page = {"Accept": "text/html,application/xhtml+xml"}
    with app.test_request_context("/search", headers=page):
        plain = problems.respond(errors.NotFound())
        app.extensions["fonds.problem_page"] = lambda problem: f"<h1>{problem.code}</h1>"
        shown = problems.respond(errors.NotFound())
    assert (plain.mimetype, plain.status_code) == ("text/plain", 404)
    assert (shown.mimetype, shown.get_data()) == ("text/html", b"<h1>not_found</h1>")


def test_programs_get_problem_json_whatever_they_accept(app: Flask) -> None:
    with app.test_request_context("/api/v1/x", headers={"Accept": "text/html"}):
        assert problems.respond(errors.NotFound()).mimetype == "application/problem+json"


def told_texts() -> Iterator[tuple[str, str]]:
    """Every Chinese text that code gives to an error or a fault, with the file it stands in."""
    kinds = {kind.__name__ for kind in all_errors()} | {"Fault"}
    root = Path(errors.__file__).parent
    for path in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in kinds:
                yield from ((text, path.name) for arg in node.args for text in chinese(arg))


def chinese(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and any("\u4e00" <= sign <= "\u9fff" for sign in text):
            yield text


def test_everything_that_is_told_has_its_english() -> None:
    missing = {f"{file}: {text}" for text, file in told_texts() if text not in ENGLISH}
    missing |= {text for text in (*MESSAGES.values(), *problems.UNAVAILABLE.values()) if text not in ENGLISH}
    assert missing == set()


def test_english_fills_the_same_placeholders() -> None:
    def places(text: str) -> set[str]:
        return {piece.split(")")[0].removesuffix("_en") for piece in text.split("%(")[1:]}

    assert {key for key, text in ENGLISH.items() if places(key) != places(text)} == set()
