"""Logs: one line an event, whatever is in it; and what an access line tells (B53)."""

import io
import json
import logging

import pytest

from service import logs
from tests.service.api.conftest import Bearer


def line(formatter: logging.Formatter, event: str, **facts: object) -> str:
    record = logging.LogRecord("fonds.test", logging.INFO, __file__, 1, event, None, None)
    record.facts = facts
    return formatter.format(record)


@pytest.mark.requirement("B53")
@pytest.mark.parametrize("formatter", [logs.JsonLines(), logs.TextLines()], ids=["json", "text"])
def test_no_value_makes_a_second_line_or_moves_the_cursor(formatter: logging.Formatter) -> None:
    text = line(formatter, "a\r\nb", name="x\ny\x1b[31m\u2028\x85")
    assert all(sign.isprintable() or sign == " " for sign in text)


@pytest.mark.requirement("B53")
def test_a_long_value_is_cut(caplog: pytest.LogCaptureFixture) -> None:
    parsed = json.loads(line(logs.JsonLines(), "e" * 5000, name="x" * 1_000_000))
    assert len(parsed["name"]) == logs.LONGEST + 1
    assert len(parsed["event"]) == logs.LONGEST


def test_a_json_line_holds_event_and_facts() -> None:
    parsed = json.loads(line(logs.JsonLines(), "request", status=200, user="王芳", none=None))
    assert parsed["event"] == "request"
    assert (parsed["level"], parsed["logger"], parsed["status"], parsed["user"]) == (
        "info",
        "fonds.test",
        200,
        "王芳",
    )
    assert parsed["at"].endswith("Z")


def test_other_records_keep_their_event_sentence_and_facts() -> None:
    record = logging.LogRecord("fonds.chores", logging.WARNING, __file__, 1, "%s failed", ("sweep",), None)
    record.__dict__ |= {"event": "chore_failed", "chore": "sweep"}
    parsed = json.loads(logs.JsonLines().format(record))
    assert (parsed["event"], parsed["message"], parsed["chore"]) == ("chore_failed", "sweep failed", "sweep")
    assert "chore_failed message=sweep failed chore=sweep" in logs.TextLines().format(record)


def test_lone_surrogates_are_written() -> None:
    assert "\\ud800" in line(logs.TextLines(), "x", name="\ud800")
    json.loads(line(logs.JsonLines(), "x", name="\ud800"))


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.mark.parametrize("kind", ["json", "text"])
def test_setup_sends_lines_to_the_stream_once(stream: io.StringIO, kind: str) -> None:
    root = logging.getLogger()
    former, level = list(root.handlers), root.level
    try:
        logs.setup(kind, stream)
        logs.setup(kind, stream)
        logging.getLogger("fonds.test").info("begun", extra=logs.facts(n=1))
        logging.getLogger("httpx").info("chatter")
    finally:
        root.handlers[:] = former
        root.setLevel(level)
    assert len(stream.getvalue().splitlines()) == 1


def test_a_traceback_stays_in_its_line() -> None:
    try:
        raise ValueError("x\ny")  # noqa: TRY301
    except ValueError as error:
        info = (ValueError, error, error.__traceback__)
    record = logging.LogRecord("fonds.test", logging.ERROR, __file__, 1, "failed", None, info)
    assert "ValueError" in json.loads(logs.JsonLines().format(record))["traceback"]
    assert all(each.startswith("    ") for each in logs.TextLines().format(record).splitlines()[1:])


@pytest.mark.requirement("B46")
def test_the_access_line_tells_who_what_when_and_no_query(
    li: Bearer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "fonds.access"):
        answer = li.get("/api/v1/search?q=绝密词")
    [record] = [each for each in caplog.records if each.name == "fonds.access"]
    facts = record.__dict__["facts"]
    assert facts["request_id"] == answer.headers["X-Request-Id"]
    assert (facts["user"], facts["method"], facts["route"], facts["status"]) == (
        "li",
        "GET",
        "/api/v1/search",
        200,
    )
    assert "绝密词" not in logs.JsonLines().format(record)
    assert "li-token" not in logs.JsonLines().format(record)


def test_a_refusal_has_its_code_in_the_access_line(li: Bearer, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "fonds.access"):
        li.get("/api/v1/records/r2")
    assert caplog.records[-1].__dict__["facts"]["code"] == "not_found"


def test_probes_are_not_logged_while_they_succeed(li: Bearer, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "fonds.access"):
        li.get("/healthz")
    assert [each for each in caplog.records if each.name == "fonds.access"] == []
