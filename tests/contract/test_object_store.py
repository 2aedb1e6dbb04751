"""The contract of `storage.port.ObjectStore`, the same for a disk and for a bucket."""

import hashlib
import os
import threading
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import BytesIO
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
import urllib3

from storage.fixity import verified
from storage.keys import new_key
from storage.port import (
    CHUNK,
    ChecksumMismatch,
    KeyRefused,
    ObjectExists,
    ObjectMissing,
    PresignedRequest,
    PresignRefused,
    RangeUnsatisfiable,
    StoredObject,
)
from tests.contract.conftest import OBJECT_STORES, opened

MIB = 1 << 20
MINUTE = timedelta(minutes=1)
SMALL = "营销档案".encode() * 10
LARGE = 20 * MIB + 17
"""More than one part of any size that a bucket uses."""


class Pattern:
    """A source of `size` bytes that are nowhere in memory; raises after `fails_after` bytes."""

    def __init__(self, size, fails_after=None):
        self.left, self.passed, self.fails_after = size, 0, fails_after

    def read(self, limit):
        if self.fails_after is not None and self.passed >= self.fails_after:
            raise ConnectionResetError("the client went away")
        count = min(limit, self.left, CHUNK)
        self.left -= count
        chunk = (self.passed % 251).to_bytes(1, "big") * count
        self.passed += count
        return chunk


def digest_of(chunks):
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def content(store, key, **span):
    return b"".join(store.open(key, **span))


def missing(store, key):
    with pytest.raises(ObjectMissing):
        store.stat(key)
    with pytest.raises(ObjectMissing):
        store.open(key)
    return True


@pytest.fixture
def store(object_store):
    return object_store


@pytest.fixture
def key():
    return new_key("content")


def test_what_was_put_comes_back_with_its_size_and_digest(store, key):
    stored = store.put(key, BytesIO(SMALL))
    assert stored == StoredObject(key, len(SMALL), hashlib.sha256(SMALL).hexdigest())
    assert content(store, key) == SMALL
    assert store.stat(key).size == len(SMALL)
    assert b"".join(verified(store.open(key), sha256=stored.sha256, size=stored.size)) == SMALL


def test_an_object_of_no_bytes(store, key):
    assert store.put(key, BytesIO()) == StoredObject(key, 0, hashlib.sha256().hexdigest())
    assert store.stat(key).size == 0
    assert content(store, key) == b""
    assert content(store, key, start=0, end=0) == b""
    assert content(store, key, start=0, end=5) == b""
    with pytest.raises(RangeUnsatisfiable):
        store.open(key, start=1)


def test_only_what_the_source_still_gives_is_stored(store, key):
    source = BytesIO(b"read already|rest")
    source.seek(13)
    store.put(key, source, size=4)
    assert content(store, key) == b"rest"


@pytest.mark.parametrize("size", [8 * MIB - 1, 8 * MIB, 8 * MIB + 1, 16 * MIB])
@pytest.mark.parametrize("promised", [True, False])
def test_sizes_at_the_edges_of_parts(store, key, size, promised):
    stored = store.put(key, Pattern(size), size=size if promised else None)
    assert (stored.size, store.stat(key).size) == (size, size)
    assert digest_of(store.open(key)) == stored.sha256


@pytest.mark.parametrize("promised", [True, False])
def test_a_large_object_passes_in_constant_memory(store, key, promised):
    tracemalloc.start()
    try:
        stored = store.put(key, Pattern(3 * LARGE), size=3 * LARGE if promised else None)
        assert digest_of(store.open(key)) == stored.sha256
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert stored.size == 3 * LARGE
    assert peak < 40 * MIB


@pytest.mark.requirement("F12")
def test_chunks_are_bounded(store, key):
    store.put(key, Pattern(3 * MIB))
    assert max(len(chunk) for chunk in store.open(key)) <= CHUNK


@pytest.mark.parametrize(
    ("start", "end"), [(0, 1), (0, None), (5, None), (5, 6), (5, 10_000), (3, 3), (len(SMALL) - 1, None)]
)
def test_a_range_gives_its_bytes(store, key, start, end):
    store.put(key, BytesIO(SMALL))
    assert content(store, key, start=start, end=end) == SMALL[start:end]


@pytest.mark.parametrize(
    ("start", "end"),
    [(len(SMALL), None), (len(SMALL) + 5, None), (-1, None), (-5, -2), (7, 6), (10_000, 10_000)],
)
def test_a_range_outside_is_refused_at_once(store, key, start, end):
    store.put(key, BytesIO(SMALL))
    with pytest.raises(RangeUnsatisfiable):
        store.open(key, start=start, end=end)


def test_a_range_of_a_large_object(store, key):
    store.put(key, Pattern(LARGE))
    whole = content(store, key)
    assert content(store, key, start=8 * MIB - 3, end=8 * MIB + 3) == whole[8 * MIB - 3 : 8 * MIB + 3]
    assert content(store, key, start=LARGE - 5) == whole[-5:]


def test_a_reader_that_stops_early_lets_go(store, key):
    store.put(key, Pattern(LARGE))
    chunks = store.open(key)
    next(chunks)
    chunks.close()
    assert list(chunks) == []
    assert content(store, key, start=0, end=1) == b"\0"


def test_a_taken_key_keeps_what_it_holds(store, key):
    store.put(key, BytesIO(SMALL))
    for other in (BytesIO(b"other"), BytesIO(SMALL), Pattern(LARGE)):
        with pytest.raises(ObjectExists):
            store.put(key, other)
    assert content(store, key) == SMALL


@pytest.mark.parametrize("size", [1000, 9 * MIB], ids=["whole", "parts"])
def test_of_64_that_race_for_a_key_one_wins(store, key, size, request):
    """SeaweedFS 4.48 lets two completions of parts at the same moment both through: there what stands is whole, and
    one of theirs. Keys of ours are random, so that no two senders have the same one."""
    runners = 64 if size < MIB else 8
    start = threading.Barrier(runners)

    def run(number):
        body = number.to_bytes(1, "big") * size
        start.wait(180)
        try:
            return store.put(key, BytesIO(body), size=size)
        except ObjectExists:
            return None

    with ThreadPoolExecutor(runners) as threads:
        won = [stored for stored in threads.map(run, range(runners)) if stored]
    if request.node.callspec.id != "seaweed-parts":
        assert len(won) == 1
    assert digest_of(store.open(key)) in [stored.sha256 for stored in won]


@pytest.mark.requirement("S-ER-4")
@pytest.mark.parametrize("size", [len(SMALL), LARGE], ids=["small", "large"])
@pytest.mark.parametrize(
    "promise", [{"sha256": "0" * 64}, {"size": 1}, {"size": 60 * MIB}], ids=["sha256", "less", "more"]
)
def test_a_broken_promise_leaves_nothing(store, key, size, promise):
    with pytest.raises(ChecksumMismatch):
        store.put(key, Pattern(size), **promise)
    assert missing(store, key)


def test_kept_promises_are_accepted(store, key):
    digest = hashlib.sha256(SMALL).hexdigest()
    assert store.put(key, BytesIO(SMALL), sha256=digest, size=len(SMALL)).sha256 == digest


@pytest.mark.parametrize("fails_after", [0, 1, LARGE - 1])
def test_a_source_that_fails_leaves_nothing_and_is_heard(store, key, fails_after):
    with pytest.raises(ConnectionResetError, match="went away"):
        store.put(key, Pattern(LARGE, fails_after))
    assert missing(store, key)
    store.put(key, BytesIO(SMALL))
    assert content(store, key) == SMALL


def test_an_unknown_key_is_missing(store, key):
    assert missing(store, key)
    with pytest.raises(ObjectMissing):
        store.open(key, start=3, end=5)


def test_deleting_twice_is_no_error_and_frees_the_key(store, key):
    store.put(key, BytesIO(SMALL))
    store.delete(key)
    store.delete(key)
    assert missing(store, key)
    store.put(key, BytesIO(b"again"))
    assert content(store, key) == b"again"


@pytest.mark.requirement("B23")
@pytest.mark.parametrize(
    "bad", ["", "../x", "content/..", "content/0a/x", "/etc/passwd", "content/0a/" + "0" * 32 + "\n"]
)
def test_a_foreign_key_is_refused_by_everything(store, bad):
    for operation in (
        lambda: store.put(bad, BytesIO(SMALL)),
        lambda: store.open(bad),
        lambda: store.stat(bad),
        lambda: store.delete(bad),
        lambda: store.presign("GET", bad, expires=MINUTE),
    ):
        with pytest.raises(KeyRefused):
            operation()


def test_ready_is_quiet_and_may_be_asked_again(store):
    store.ready()
    store.ready()
    assert list(store.list("probe/")) == []


@pytest.fixture(scope="module", params=OBJECT_STORES)
def filled(request) -> Iterator[tuple[object, list[str]]]:
    """A store that holds 1,200 texts, more than a page of any listing, and their keys."""
    store = opened(request.param, request)
    keys = sorted(new_key("text") for _ in range(1200))
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda key: store.put(key, BytesIO(key[-3:].encode()), size=3), keys))
    yield store, keys
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(store.delete, keys))


def test_a_listing_has_every_object_once_in_order(filled):
    store, keys = filled
    found = list(store.list("text/"))
    assert [entry.key for entry in found] == keys
    assert {entry.size for entry in found} == {3}


@pytest.mark.parametrize("at", [0, 1, 599, 1000, 1198, 1199])
def test_a_listing_goes_on_behind_any_key(filled, at):
    store, keys = filled
    assert [entry.key for entry in store.list("text/", after=keys[at])] == keys[at + 1 :]


def test_a_listing_goes_on_behind_a_key_that_is_gone(filled):
    store, keys = filled
    between = keys[600][:-1]
    assert [entry.key for entry in store.list("text/", after=between)] == keys[600:]


@pytest.mark.parametrize("prefix", ["text/0", "text/7f/", "te", "preview/", "text/zz", "x"])
def test_a_listing_keeps_to_its_prefix(filled, prefix):
    store, keys = filled
    assert [entry.key for entry in store.list(prefix)] == [key for key in keys if key.startswith(prefix)]


def test_a_listing_is_lazy(filled):
    store, keys = filled
    assert next(iter(store.list("text/"))).key == keys[0]


def test_a_whole_listing_is_in_order_over_kinds(store):
    mine = [store.put(new_key(kind), BytesIO(b"x")).key for kind in ("text", "preview", "content", "text")]
    found = [entry.key for entry in store.list()]
    assert found == sorted(found)
    assert set(mine) <= set(found)
    assert next(key for key in found if key in mine) == mine[2]


def send(store, request: PresignedRequest, body=b"", *, url="", method=""):
    """Status and body of a presigned request as a browser gets them; the routes of a disk stand in service/api."""
    method, url = method or request.method, url or request.url
    if not store.served_here:
        answer = urllib3.request(method, url, body=body or None, retries=False)
        return answer.status, answer.data
    parts = urlsplit(url)
    key = unquote(parts.path).removeprefix("/objects/")
    try:
        store.verify(method, key, dict(parse_qsl(parts.query, keep_blank_values=True)))
    except PresignRefused:
        return 403, b""
    if method == "GET":
        return 200, content(store, key)
    store.put(key, BytesIO(body), size=len(body))
    return 200, b""


def test_a_presigned_get_gives_the_object(store, key):
    store.put(key, BytesIO(SMALL))
    request = store.presign("GET", key, expires=MINUTE, filename='合同 "2026"; x=1\r\n.pdf')
    assert send(store, request) == (200, SMALL)


def test_a_presigned_put_stores_the_object(store, key):
    request = store.presign("PUT", key, expires=MINUTE)
    assert send(store, request, SMALL)[0] == 200
    assert content(store, key) == SMALL


@pytest.mark.requirement("B46")
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_tampered_presigned_request_is_refused(store, key, method):
    victim = new_key("content")
    store.put(victim, BytesIO(b"secret"))
    if method == "GET":
        store.put(key, BytesIO(SMALL))
    request = store.presign(method, key, expires=MINUTE, filename="a.pdf" if method == "GET" else "")
    other_key = request.url.replace(key, victim)
    later = request.url.replace("expires=", "expires=9").replace("X-Amz-Expires=6", "X-Amz-Expires=9")
    renamed = request.url.replace("a.pdf", "b.exe")
    unsigned = request.url.split("?")[0]
    for url in {other_key, later, renamed, unsigned} - {request.url}:
        assert send(store, request, SMALL, url=url)[0] == 403
    assert send(store, request, SMALL, method="PUT" if method == "GET" else "GET")[0] == 403
    assert content(store, victim) == b"secret"


@pytest.mark.requirement("B46")
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_an_expired_presigned_request_is_refused(store, key, method):
    if method == "GET":
        store.put(key, BytesIO(SMALL))
    request = store.presign(method, key, expires=timedelta(seconds=1))
    deadline = datetime.now(UTC) + timedelta(seconds=180)
    pause = threading.Event()
    while (status := send(store, request, SMALL if method == "PUT" else b"")[0]) != 403:
        # A PUT that comes in time takes the key: free it, so that the next answer is about the signature.
        if method == "PUT":
            store.delete(key)
        assert datetime.now(UTC) < deadline
        pause.wait(0.1)
    assert status == 403


def test_a_url_lives_no_longer_than_s3_allows(store, key):
    for expires in (timedelta(0), timedelta(days=8)):
        with pytest.raises(ValueError, match="7 days"):
            store.presign("GET", key, expires=expires)


def test_many_threads_read_and_write_at_once(store):
    def work(number):
        key, body = new_key("content"), os.urandom(1000 + number)
        store.put(key, BytesIO(body))
        return content(store, key) == body

    with ThreadPoolExecutor(40) as threads:
        assert all(threads.map(work, range(120)))
