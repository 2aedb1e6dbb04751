"""Delivery: ranges, names, and that no file ever runs in our pages or arrives whole but wrong (B09, B10, B23)."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote

import pytest

from service.api import delivery
from service.errors import ContentDamaged
from tests.service.api.conftest import Bearer
from tests.service.api.fakes import Archive, a_file

URL = "/api/v1/files/f1/content"


def test_the_whole_comes_with_its_digest_as_tag(li: Bearer, archive: Archive) -> None:
    answer = li.get(URL)
    assert (answer.status_code, answer.data) == (200, archive.files.content_of)
    assert answer.headers["ETag"] == f'"{archive.files.view.sha256}"'
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.content_length == len(archive.files.content_of)
    assert answer.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, 5129),
        ("bytes=-5", 5124, 5129),
        ("bytes=0-0", 0, 1),
        ("bytes=5000-9999999999999999999", 5000, 5129),
        ("bytes=-99999", 0, 5129),
    ],
)
def test_one_range_is_honoured(li: Bearer, archive: Archive, asked: str, start: int, end: int) -> None:
    answer = li.get(URL, headers={"Range": asked})
    assert answer.data == archive.files.content_of[start:end]
    assert answer.content_length == end - start
    if end - start < 5129:
        assert answer.status_code == 206
        assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/5129"
    else:
        assert answer.status_code == 200


@pytest.mark.parametrize(
    "asked",
    ["bytes=0-1,5-6", "bytes=5-1", "bytes=-", "bytes", "items=0-5", "bytes=a-b", "bytes=٣-٤", "bytes= 0-5"],
)
def test_other_ranges_get_the_whole(li: Bearer, archive: Archive, asked: str) -> None:
    answer = li.get(URL, headers={"Range": asked.encode().decode("latin1")})
    assert (answer.status_code, answer.data) == (200, archive.files.content_of)


@pytest.mark.parametrize("asked", ["bytes=5129-", "bytes=99999-100000"])
def test_a_range_behind_the_end_says_how_long_the_file_is(li: Bearer, asked: str) -> None:
    answer = li.get(URL, headers={"Range": asked})
    assert (answer.status_code, answer.json["code"]) == (416, "range_unsatisfiable")
    assert answer.headers["Content-Range"] == "bytes */5129"


def test_a_range_of_another_version_gets_the_whole(li: Bearer, archive: Archive) -> None:
    same = {"Range": "bytes=0-9", "If-Range": f'"{archive.files.view.sha256}"'}
    assert li.get(URL, headers=same).status_code == 206
    for other in ('"abc"', f'W/"{archive.files.view.sha256}"', "Wed, 21 Oct 2026 07:28:00 GMT"):
        assert li.get(URL, headers={"Range": "bytes=0-9", "If-Range": other}).status_code == 200


def test_what_the_browser_has_is_not_sent_again(li: Bearer, archive: Archive) -> None:
    answer = li.get(URL, headers={"If-None-Match": f'"x", "{archive.files.view.sha256}"'})
    assert (answer.status_code, answer.data) == (304, b"")
    assert li.get(URL, headers={"If-None-Match": '"x"'}).status_code == 200


def test_head_tells_everything_but_the_bytes(li: Bearer, archive: Archive) -> None:
    got, told = li.get(URL), li.head(URL)
    assert told.data == b""
    assert {**got.headers, "X-Request-Id": ""} == {**told.headers, "X-Request-Id": ""}


def test_the_source_is_closed_however_it_ends(li: Bearer, archive: Archive) -> None:
    response = li.get(URL, buffered=False)
    response.close()
    assert archive.files.closed == 1


@pytest.mark.requirement("B09", "B10")
@pytest.mark.parametrize(
    "media_type",
    [
        "text/html",
        "application/xhtml+xml",
        "image/svg+xml",
        "text/xml",
        "application/xml",
        "text/javascript",
        "application/javascript",
        "text/css",
        "message/rfc822",
        "application/x-shockwave-flash",
        "application/octet-stream",
        "",
    ],
)
def test_what_could_run_is_an_attachment_of_no_type(li: Bearer, archive: Archive, media_type: str) -> None:
    archive.files.view = replace(archive.files.view, media_type=media_type)
    answer = li.get(URL)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.requirement("B09", "B10")
@pytest.mark.parametrize("media_type", sorted(delivery.INLINE))
def test_what_is_shown_is_locked_in(li: Bearer, archive: Archive, media_type: str) -> None:
    archive.files.view = replace(archive.files.view, media_type=media_type)
    answer = li.get(URL)
    assert answer.headers["Content-Disposition"].startswith("inline;")
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert not any("script" in rule for rule in policy)


def test_a_download_is_never_shown(li: Bearer) -> None:
    answer = li.get(URL + "?download=1")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment;")


@pytest.mark.requirement("B23")
@pytest.mark.parametrize(
    "name",
    [
        "合同.pdf",
        "../../etc/passwd",
        "..\\x",
        'a"; filename="b.exe',
        "a%0d%0aSet-Cookie: x",
        "a\r\nSet-Cookie: x=1",
        "\u202efdp.exe",
        "😀.txt",
        "e\u0301.txt",
        "-rf",
        "CON",
        ".htaccess",
        "x" * 255,
        "it's (1)*.pdf",
    ],
)
def test_any_name_comes_through_and_breaks_nothing(li: Bearer, archive: Archive, name: str) -> None:
    archive.files.view = replace(archive.files.view, name=name)
    answer = li.get(URL)
    header = answer.headers["Content-Disposition"]
    exact = header.partition("filename*=UTF-8''")[2]
    assert unquote(exact, errors="strict") == name
    assert header.isascii()
    assert header.isprintable()
    assert "Set-Cookie" not in answer.headers
    assert header.count('"') == 2


def damaged(pieces: int) -> Iterator[bytes]:
    for _ in range(pieces):
        yield b"x" * 1000
    raise ContentDamaged


def test_damage_found_at_once_is_a_problem(li: Bearer, archive: Archive) -> None:
    archive.files.chunks = damaged(0)
    answer = li.get(URL)
    assert (answer.status_code, answer.json["code"]) == (500, "content_damaged")


def test_damage_found_in_the_middle_breaks_the_answer_off(
    li: Bearer, archive: Archive, caplog: pytest.LogCaptureFixture
) -> None:
    archive.files.chunks = damaged(3)
    response = li.get(URL, buffered=False)
    assert response.content_length == 5129
    with pytest.raises(ContentDamaged), caplog.at_level(logging.ERROR):
        b"".join(response.response)
    assert caplog.records[-1].getMessage() == "content_broken_off"


def test_where_browsers_reach_the_store_they_are_sent_there(li: Bearer, archive: Archive) -> None:
    archive.files.redirect = "https://store.example/content/ab?signature=x"
    answer = li.get(URL)
    assert (answer.status_code, answer.headers["Location"]) == (307, archive.files.redirect)
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_the_preview_is_shown(li: Bearer) -> None:
    answer = li.get("/api/v1/files/f1/preview")
    assert (answer.data, answer.mimetype) == (b"jpg", "image/jpeg")


def test_an_empty_content_is_whole(li: Bearer, archive: Archive) -> None:
    archive.files.view = a_file(b"")
    archive.files.chunks = iter(())
    archive.files.content_of = b"x"
    assert li.get(URL).status_code == 200
