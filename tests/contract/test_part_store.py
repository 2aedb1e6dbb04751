"""The contract of `storage.port.PartStore`, the same for a disk and for a bucket that browsers do or do not reach."""

import base64
import hashlib
import os
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import BytesIO
from urllib.parse import parse_qsl, urlsplit

import pytest
import urllib3

from storage.keys import new_key
from storage.opening import open_store
from storage.parting import part_count, part_size, place
from storage.port import (
    ChecksumMismatch,
    ComingPart,
    KeyRefused,
    ObjectMissing,
    PresignRefused,
)
from tests.contract.conftest import SIGNING

MIB = 1 << 20
MINUTE = timedelta(minutes=1)
SIZE = 3 * 8 * MIB + 17
"""Four parts, the last one short."""

STORES = [
    "disk",
    pytest.param("bucket", marks=pytest.mark.server),
    pytest.param("bucket behind us", marks=pytest.mark.server),
    pytest.param("seaweed", marks=pytest.mark.server),
]


@pytest.fixture(params=STORES)
def reopened(request):
    """Opens the same place again and again, as a server that starts anew does."""
    if request.param == "disk":
        url, public = request.getfixturevalue("tmp_path").as_uri(), ""
    else:
        url = request.getfixturevalue("seaweed_url" if request.param == "seaweed" else "bucket_url")
        endpoint = urlsplit(url).netloc.rpartition("@")[2]
        public = "" if request.param == "bucket behind us" else f"http://{endpoint}"
    return lambda: open_store(url, SIGNING, public_url=public)


@pytest.fixture
def store(reopened):
    return reopened()


@pytest.fixture
def key():
    return new_key("content")


@pytest.fixture(scope="module")
def body():
    return random.Random(7).randbytes(SIZE)


def piece(body, number):
    start, length = place(len(body), number)
    return body[start : start + length]


def coming(number, data, **promised):
    return ComingPart(number, BytesIO(data), **promised)


def md5(data):
    return hashlib.md5(data, usedforsecurity=False).digest()


def deliver(store, key, url, data, *, md5_of=None):
    """Status of a part's PUT as a browser gets it; the routes of our own server stand in service/api."""
    digest = md5(data if md5_of is None else md5_of)
    parts = urlsplit(url)
    if parts.netloc != "archive.example":
        headers = {"Content-MD5": base64.b64encode(digest).decode()}
        return urllib3.request("PUT", url, body=data, headers=headers, retries=False).status
    try:
        upload, number = store.parts.verify(key, dict(parse_qsl(parts.query)))
    except PresignRefused:
        return 403
    try:
        store.parts.send(key, upload, coming(number, data, md5=digest, size=len(data)))
    except ChecksumMismatch:
        return 400
    return 200


def send_all(store, key, upload, body, numbers=None):
    for number in range(1, part_count(len(body)) + 1) if numbers is None else numbers:
        store.parts.send(key, upload, coming(number, piece(body, number)))


def content(store, key):
    return b"".join(store.open(key))


def test_parts_in_any_order_make_the_object(store, key, body):
    upload = store.parts.begin(key, SIZE)
    for number in (4, 2, 1, 3):
        url = store.parts.sign(key, upload, number, expires=MINUTE).url
        assert deliver(store, key, url, piece(body, number)) == 200
    found = store.parts.list(key, upload)
    assert [(part.number, part.size) for part in found] == [(n, place(SIZE, n)[1]) for n in range(1, 5)]
    with pytest.raises(ObjectMissing):
        store.stat(key)
    assert store.parts.complete(key, upload, SIZE).size == SIZE
    assert content(store, key) == body


def test_eight_at_once_make_the_same_object(store, key):
    body = os.urandom(16 * 8 * MIB)
    upload = store.parts.begin(key, len(body))
    numbers = list(range(1, 17))
    random.Random(1).shuffle(numbers)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: store.parts.send(key, upload, coming(n, piece(body, n))), numbers))
    store.parts.complete(key, upload, len(body))
    assert hashlib.sha256(content(store, key)).digest() == hashlib.sha256(body).digest()


def test_an_object_of_one_short_part(store, key):
    upload = store.parts.begin(key, 5)
    store.parts.send(key, upload, coming(1, b"12345", md5=md5(b"12345"), size=5))
    store.parts.complete(key, upload, 5)
    assert content(store, key) == b"12345"


def test_wrong_md5_is_no_part(store, key, body):
    upload = store.parts.begin(key, SIZE)
    url = store.parts.sign(key, upload, 1, expires=MINUTE).url
    assert deliver(store, key, url, piece(body, 1), md5_of=b"other") == 400
    assert store.parts.list(key, upload) == []
    with pytest.raises(ChecksumMismatch):
        store.parts.send(key, upload, coming(2, piece(body, 2), md5=md5(b"other")))
    assert store.parts.list(key, upload) == []


def test_a_part_sent_again_replaces_the_earlier_one(store, key, body):
    upload = store.parts.begin(key, SIZE)
    store.parts.send(key, upload, coming(2, b"\0" * (8 * MIB)))
    send_all(store, key, upload, body)
    complete_again(store, key, upload, body)
    assert content(store, key) == body


def complete_again(store, key, upload, body):
    """A store that tells versions of a part by the second alone has the ones of the same second sent once more."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        try:
            return store.parts.complete(key, upload, SIZE)
        except ChecksumMismatch:
            there = {part.number for part in store.parts.list(key, upload)}
            send_all(store, key, upload, body, [n for n in range(1, 5) if n not in there])
    pytest.fail("the parts were never whole")


@pytest.mark.parametrize("there", [[1, 2, 3], [1, 3, 4], [2, 3, 4], []])
def test_a_gap_is_refused_and_what_is_there_stays(store, key, body, there):
    upload = store.parts.begin(key, SIZE)
    send_all(store, key, upload, body, there)
    with pytest.raises(ChecksumMismatch):
        store.parts.complete(key, upload, SIZE)
    with pytest.raises(ObjectMissing):
        store.stat(key)
    assert [part.number for part in store.parts.list(key, upload)] == there
    send_all(store, key, upload, body, [number for number in range(1, 5) if number not in there])
    store.parts.complete(key, upload, SIZE)
    assert content(store, key) == body


def test_announced_and_real_length_must_agree(store, key):
    upload = store.parts.begin(key, 10)
    for data, size in ((b"123", 10), (b"0123456789x", 10)):
        with pytest.raises(ChecksumMismatch):
            store.parts.send(key, upload, coming(1, data, size=size))
    assert store.parts.list(key, upload) == []


@pytest.mark.requirement("F15")
def test_completing_again_gives_the_same_object(store, key, body):
    upload = store.parts.begin(key, SIZE)
    send_all(store, key, upload, body)
    first = store.parts.complete(key, upload, SIZE)
    assert store.parts.complete(key, upload, SIZE) == first
    assert content(store, key) == body


def test_a_restart_in_the_middle_goes_on_where_it_was(reopened, key, body):
    before = reopened()
    upload = before.parts.begin(key, SIZE)
    send_all(before, key, upload, body, [3, 1])
    url = before.parts.sign(key, upload, 2, expires=MINUTE).url
    after = reopened()
    assert [part.number for part in after.parts.list(key, upload)] == [1, 3]
    assert deliver(after, key, url, piece(body, 2)) == 200
    send_all(after, key, upload, body, [4])
    reopened().parts.complete(key, upload, SIZE)
    assert content(after, key) == body


def test_a_sender_that_goes_away_leaves_no_part(store, key, body):
    class Cut(BytesIO):
        def read(self, limit=-1):
            chunk = super().read(limit)
            if not chunk:
                raise ConnectionResetError("the client went away")
            return chunk

    upload = store.parts.begin(key, SIZE)
    with pytest.raises(ConnectionResetError):
        store.parts.send(key, upload, ComingPart(1, Cut(piece(body, 1)[:MIB])))
    assert store.parts.list(key, upload) == []
    send_all(store, key, upload, body)
    store.parts.complete(key, upload, SIZE)
    assert content(store, key) == body


def test_what_is_aborted_is_gone(store, key, body):
    upload = store.parts.begin(key, SIZE)
    send_all(store, key, upload, body, [1])
    store.parts.abort(key, upload)
    store.parts.abort(key, upload)
    for operation in (
        lambda: store.parts.list(key, upload),
        lambda: store.parts.send(key, upload, coming(1, piece(body, 1))),
        lambda: store.parts.complete(key, upload, SIZE),
    ):
        with pytest.raises(ObjectMissing):
            operation()


def test_an_unfinished_upload_is_no_object(store, key, body):
    upload = store.parts.begin(key, SIZE)
    send_all(store, key, upload, body, [1])
    assert key not in {found.key for found in store.list("content/")}


@pytest.mark.requirement("B46")
def test_a_tampered_part_url_is_refused(store, key, body):
    victim = new_key("content")
    upload, other = store.parts.begin(key, SIZE), store.parts.begin(victim, SIZE)
    url = store.parts.sign(key, upload, 1, expires=MINUTE).url
    tampered = {
        url.replace(key, victim),
        url.replace("part=1", "part=2").replace("partNumber=1", "partNumber=2"),
        url.replace(upload, other),
        url.replace("expires=", "expires=9").replace("X-Amz-Expires=6", "X-Amz-Expires=9"),
        url.split("?")[0] + f"?upload={upload}&part=1&uploadId={upload}&partNumber=1",
    } - {url}
    assert len(tampered) == 5
    for one in tampered:
        at = victim if victim in one else key
        assert deliver(store, at, one, piece(body, 1)) == 403
    assert store.parts.list(key, upload) == []
    assert store.parts.list(victim, other) == []


@pytest.mark.requirement("B46")
def test_a_whole_object_s_url_takes_no_part(store, key, body):
    upload = store.parts.begin(key, SIZE)
    url = store.presign("PUT", key, expires=MINUTE).url
    assert deliver(store, key, f"{url}&upload={upload}&part=1&uploadId={upload}&partNumber=1", b"x") == 403


@pytest.mark.requirement("B46")
def test_an_expired_part_url_is_refused(store, key, body):
    upload = store.parts.begin(key, SIZE)
    url = store.parts.sign(key, upload, 1, expires=timedelta(seconds=1)).url
    deadline, pause = datetime.now(UTC) + timedelta(seconds=180), threading.Event()
    while deliver(store, key, url, piece(body, 1)) != 403:
        assert datetime.now(UTC) < deadline
        pause.wait(0.1)


@pytest.mark.requirement("B23")
def test_a_foreign_key_or_upload_is_refused(store, key):
    upload = store.parts.begin(key, 5)
    with pytest.raises(KeyRefused):
        store.parts.begin("../x", 5)
    with pytest.raises(KeyRefused):
        store.parts.send("../x", upload, coming(1, b"12345"))
    for foreign in ("0" * 32, "no-such-upload"):
        with pytest.raises(ObjectMissing):
            store.parts.list(key, foreign)


def test_parts_of_huge_objects_stay_within_what_s3_allows():
    for size in (1, 8 * MIB, 78 << 30, 4 << 40):
        assert part_count(size) <= 10_000
        assert part_size(size) <= 5 << 30
    assert part_size(100) == 8 * MIB
