"""Links: what was signed passes, anything else is refused."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from storage.keys import new_key
from storage.links import SignedLinks, lifetime
from storage.port import PresignRefused

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Clock:
    now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def links(clock):
    return SignedLinks(b"k" * 32, "http://archive.example", clock)


def signed(links, method="GET", key=None, filename=""):
    key = key or new_key("content")
    url = urlsplit(links.sign(method, key, MINUTE, filename))
    return key, dict(parse_qsl(url.query))


@pytest.mark.parametrize(
    "filename", ["", "合同 2026&a=b.pdf", 'a"; x=\r\n', "\u202egpj.exe", "café/..\\x", "\udcff.doc"]
)
def test_what_was_signed_is_accepted(links, filename):
    key, query = signed(links, filename=filename)
    links.verify("GET", key, query)


def test_the_url_names_base_and_key(links):
    key = new_key("preview")
    assert links.sign("GET", key, MINUTE, "").startswith(f"http://archive.example/objects/{key}?expires=")


def test_the_base_may_become_known_later(clock):
    links = SignedLinks(b"k" * 32, lambda: "http://127.0.0.1:8080/", clock)
    assert links.sign("GET", new_key("text"), MINUTE, "").startswith("http://127.0.0.1:8080/objects/text/")


@pytest.mark.requirement("B46")
@pytest.mark.parametrize(
    "change",
    [
        {"filename": "other.pdf"},
        {"filename": ""},
        {"expires": "99999999999"},
        {"expires": "soon"},
        {"expires": ""},
        {"expires": "１７９５２４４４６０"},
        {"signature": ""},
        {"signature": "0" * 64},
        {"signature": "签名"},
    ],
)
def test_a_changed_query_is_refused(links, change):
    key, query = signed(links, filename="contract.pdf")
    with pytest.raises(PresignRefused):
        links.verify("GET", key, query | change)


@pytest.mark.requirement("B46")
@pytest.mark.parametrize("missing", ["expires", "signature", "filename"])
def test_a_missing_parameter_is_refused(links, missing):
    key, query = signed(links, filename="contract.pdf")
    del query[missing]
    with pytest.raises(PresignRefused):
        links.verify("GET", key, query)


@pytest.mark.requirement("B46")
def test_another_method_key_or_signer_is_refused(links, clock):
    key, query = signed(links)
    with pytest.raises(PresignRefused):
        links.verify("PUT", key, query)
    with pytest.raises(PresignRefused):
        links.verify("GET", new_key("content"), query)
    with pytest.raises(PresignRefused):
        SignedLinks(b"other" * 8, "", clock).verify("GET", key, query)
    with pytest.raises(PresignRefused):
        links.verify("GET", "../etc/passwd", query)


@pytest.mark.requirement("B46")
def test_a_link_lives_exactly_as_long_as_it_says(links, clock):
    key, query = signed(links)
    clock.now = NOW + MINUTE - timedelta(milliseconds=1)
    links.verify("GET", key, query)
    clock.now = NOW + MINUTE
    with pytest.raises(PresignRefused, match="expired"):
        links.verify("GET", key, query)


@pytest.mark.parametrize("wrong", [timedelta(0), timedelta(seconds=-1), timedelta(days=7, seconds=1)])
def test_a_lifetime_that_s3_would_refuse_is_refused_everywhere(links, wrong):
    with pytest.raises(ValueError, match="7 days"):
        lifetime(wrong)
    with pytest.raises(ValueError, match="7 days"):
        links.sign("GET", new_key("content"), wrong, "")


def test_a_short_key_is_refused(clock):
    with pytest.raises(ValueError, match="16 bytes"):
        SignedLinks(b"short", "", clock)
