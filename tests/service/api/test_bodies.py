"""Bodies: what is read, what is refused, and that nothing short or long passes for whole."""

import io
import json
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder

from service.api.bodies import JSON_LIMIT, Body, StrictRequest, json_object
from service.errors import InvalidInput, MalformedRequest, TooLarge, UnsupportedMedia


def request(body: bytes = b"", *, length: int | None = None, **headers: str) -> StrictRequest:
    """A request whose server, like gunicorn and cheroot, ends the stream silently wherever it ends."""
    environ = EnvironBuilder(method="POST", headers=list(headers.items())).get_environ()
    environ["wsgi.input"] = io.BytesIO(body)
    environ["wsgi.input_terminated"] = True
    environ["CONTENT_LENGTH"] = str(len(body) if length is None else length)
    return StrictRequest(environ)


def chunked(body: Any) -> StrictRequest:
    asked = request(Transfer_Encoding="chunked")
    asked.environ |= {"wsgi.input": body, "CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}
    return asked


class Cut(io.BytesIO):
    """A body that breaks off as a server notices it."""

    def read(self, size: int | None = -1, /) -> bytes:
        if chunk := super().read(size):
            return chunk
        raise ValueError("bad chunk")


def test_a_body_is_read_whole() -> None:
    assert Body(request(b"abc"), 10).readall() == b"abc"


def test_no_length_and_no_chunks_mean_no_body() -> None:
    asked = request(b"left over from another request")
    asked.environ["CONTENT_LENGTH"] = ""
    assert Body(asked, 10).read(5) == b""


@pytest.mark.requirement("B20")
def test_a_body_of_exactly_the_limit_passes() -> None:
    assert Body(request(b"x" * 10), 10).readall() == b"x" * 10


@pytest.mark.requirement("B20")
def test_an_announced_body_above_the_limit_is_refused_unread() -> None:
    asked = request(length=11)
    asked.environ["wsgi.input"] = None
    with pytest.raises(TooLarge):
        Body(asked, 10)


@pytest.mark.requirement("B20")
def test_a_chunked_body_above_the_limit_is_refused_while_it_comes() -> None:
    body = Body(chunked(io.BytesIO(b"x" * 100)), 10)
    with pytest.raises(TooLarge):
        body.readall()


def test_a_chunked_body_of_exactly_the_limit_passes() -> None:
    assert Body(chunked(io.BytesIO(b"x" * 10)), 10).readall() == b"x" * 10


@pytest.mark.requirement("B21")
def test_a_body_shorter_than_announced_is_no_body() -> None:
    with pytest.raises(MalformedRequest):
        Body(request(b"abc", length=4), 10).readall()


@pytest.mark.requirement("B21")
def test_a_chunked_body_that_breaks_off_is_no_body() -> None:
    with pytest.raises(MalformedRequest):
        Body(chunked(Cut(b"abc")), 10).readall()


@pytest.mark.requirement("B34")
@pytest.mark.parametrize("length", ["-1", "+3", "3 ", "٣", "1e3", "9" * 30])
def test_a_length_that_is_no_number_is_refused(length: str) -> None:
    asked = request()
    asked.environ["CONTENT_LENGTH"] = length
    with pytest.raises(MalformedRequest):
        Body(asked, 10)


@pytest.mark.requirement("B34")
def test_a_compressed_body_is_refused() -> None:
    asked = request(b"abc")
    asked.environ["HTTP_CONTENT_ENCODING"] = "gzip"
    with pytest.raises(UnsupportedMedia):
        Body(asked, 10)


def test_json_of_another_type_is_refused() -> None:
    asked = request(b"{}")
    asked.environ["CONTENT_TYPE"] = "text/plain"
    with pytest.raises(UnsupportedMedia):
        asked.get_json()


def test_json_above_its_limit_is_refused_unread() -> None:
    asked = request(length=20 << 20)
    asked.environ |= {"CONTENT_TYPE": "application/json", "wsgi.input": None}
    with pytest.raises(TooLarge):
        asked.get_json()


def test_malformed_json_is_told_with_its_place() -> None:
    with pytest.raises(MalformedRequest) as refused:
        json_object(b'{"a": 1,\n "b": }')
    assert refused.value.params == {"line": 2, "column": 7}


@pytest.mark.requirement("B25")
@pytest.mark.parametrize(
    "raw",
    [
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a":' * 200 + b"1" + b"}" * 200,
        b"[" * 100_000,
        b'{"a": "\xff"}',
        b"",
    ],
    ids=["doubled key", "NaN", "infinity", "deep", "very deep", "not UTF-8", "empty"],
)
def test_what_is_no_plain_json_is_malformed(raw: bytes) -> None:
    with pytest.raises(MalformedRequest):
        json_object(raw)


def test_brackets_inside_of_texts_do_not_count_as_depth() -> None:
    text = '"[' * 100
    assert json_object(json.dumps({"a": text}).encode()) == {"a": text}


@pytest.mark.requirement("B25", "B36")
@pytest.mark.parametrize(
    ("raw", "path", "code"),
    [
        (b'{"a": [1, 9223372036854775808]}', "a.1", "number_too_large"),
        (b'{"a": -9223372036854775809}', "a", "number_too_large"),
        (b'{"a": ' + b"9" * 5000 + b"}", "a", "number_too_large"),
        (b'{"a": "x\\u0000"}', "a", "nul_character"),
        (b'{"a": {"b": "\\ud800"}}', "a.b", "lone_surrogate"),
        (b'{"a": {"\\u0000": 1}}', "a", "bad_key"),
        (b'{"password": {"$ne": ""}}', "password", "operator_in_value"),
        (b'"text"', "", "object_expected"),
        (b"[1]", "", "object_expected"),
    ],
)
def test_values_that_no_rule_can_take_are_faults_with_their_place(raw: bytes, path: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        json_object(raw)
    assert [(fault.path, fault.code) for fault in refused.value.faults] == [(path, code)]


def test_whole_numbers_of_64_bits_pass() -> None:
    assert json_object(b'{"a": 9223372036854775807, "b": -9223372036854775808}') == {
        "a": 2**63 - 1,
        "b": -(2**63),
    }


@pytest.mark.requirement("B25")
def test_more_values_than_anybody_writes_are_refused() -> None:
    raw = json.dumps({"a": [0] * 20_000}).encode()
    assert len(raw) < JSON_LIMIT
    with pytest.raises(TooLarge):
        json_object(raw)


@pytest.mark.requirement("B25")
def test_very_many_faults_are_told_only_in_part() -> None:
    with pytest.raises(InvalidInput) as refused:
        json_object(json.dumps({"a": ["\0"] * 5000}).encode())
    assert len(refused.value.faults) == 50
