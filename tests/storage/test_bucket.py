"""Bucket: what is said when the store fails, on a fake that fails on command (the contract has a real one)."""

import traceback
import tracemalloc
from datetime import timedelta
from io import BytesIO

import pytest

from storage.addresses import BucketAddress
from storage.bucket import BucketStore
from storage.keys import new_key
from storage.port import (
    CHUNK,
    ChecksumMismatch,
    ObjectExists,
    ObjectMissing,
    StoreFull,
    StoreUnavailable,
)
from storage.wire import ATTEMPTS
from tests.storage.fake_s3 import Fault

MIB = 1 << 20
SMALL = "合同".encode() * 1000
LARGE = bytes(range(256)) * (18 * MIB // 256)


def content(store, key):
    return b"".join(store.open(key))


def fail(s3, *faults):
    s3.faults.extend(faults)


def test_small_objects_take_one_request_and_large_ones_parts(store, s3, key):
    store.put(key, BytesIO(SMALL))
    assert s3.asked == ["PUT"]
    s3.asked.clear()
    other = new_key("content")
    store.put(other, BytesIO(LARGE), size=len(LARGE))
    parts = ["PUT partNumber&uploadId"] * 3
    assert s3.asked == ["POST uploads", *parts, "POST uploadId"]
    assert (s3.objects[key], s3.objects[other]) == (SMALL, LARGE)


def test_a_prefix_stands_before_every_name(server, s3, key):
    store = BucketStore(BucketAddress(server.endpoint, "fonds", "key", "secret", secure=False, prefix="a/b/"))
    store.put(key, BytesIO(SMALL))
    assert list(s3.objects) == [f"a/b/{key}"]
    s3.objects["a/bystander"] = s3.objects["a/b/stray"] = b""
    assert [found.key for found in store.list()] == [key]
    assert list(store.list(after=key)) == []
    assert content(store, key) == SMALL


@pytest.mark.requirement("F13")
@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_store_that_is_busy_is_asked_again(store, s3, key, status):
    fail(s3, Fault("refuse", "PUT", status=status))
    store.put(key, BytesIO(SMALL))
    fail(s3, Fault("refuse", "GET", status=status), Fault("refuse", "GET", status=status))
    assert content(store, key) == SMALL


@pytest.mark.requirement("F13")
def test_a_store_that_stays_busy_is_given_up(store, s3, key):
    fail(s3, *[Fault("refuse", "PUT")] * 50)
    with pytest.raises(StoreUnavailable, match="503 SlowDown"):
        store.put(key, BytesIO(SMALL))
    assert s3.asked.count("PUT") == ATTEMPTS
    assert s3.objects == {}


@pytest.mark.requirement("F12")
@pytest.mark.parametrize("at", [0, 1, 4000])
def test_a_connection_reset_while_sending_is_repeated(store, s3, key, at):
    fail(s3, Fault("reset", "PUT", at=at))
    store.put(key, BytesIO(SMALL))
    assert s3.objects == {key: SMALL}


@pytest.mark.requirement("F12")
@pytest.mark.parametrize("at", [0, 3 * MIB])
def test_a_part_whose_connection_is_reset_is_sent_again(store, s3, key, at):
    fail(s3, Fault("reset", "PUT", query="partNumber=2", at=at), Fault("refuse", "PUT", query="partNumber=3"))
    store.put(key, BytesIO(LARGE), size=len(LARGE))
    assert s3.objects == {key: LARGE}
    assert s3.uploads == {}


@pytest.mark.requirement("F15")
@pytest.mark.parametrize(("body", "method"), [(SMALL, "PUT"), (LARGE, "POST")], ids=["whole", "parts"])
def test_a_lost_answer_is_no_failure_if_the_object_is_there(store, s3, key, body, method):
    fail(s3, Fault("lose", method, query="uploadId" if method == "POST" else ""))
    assert store.put(key, BytesIO(body), size=len(body)).size == len(body)
    assert s3.objects == {key: body}
    assert s3.uploads == {}


@pytest.mark.requirement("F11", "F15")
@pytest.mark.parametrize(("body", "method"), [(SMALL, "PUT"), (LARGE, "POST")], ids=["whole", "parts"])
def test_an_answer_that_never_comes_is_no_failure_if_the_object_is_there(store, s3, key, body, method):
    fail(s3, Fault("mute", method, query="uploadId" if method == "POST" else ""))
    sent = {"PUT": "PUT", "POST": "POST uploadId"}[method]
    assert store.put(key, BytesIO(body), size=len(body)).size == len(body)
    assert s3.objects == {key: body}
    assert s3.asked.count(sent) == 1


@pytest.mark.requirement("F15")
def test_a_lost_answer_about_the_bytes_of_another_is_told_as_taken(store, s3, key):
    fail(s3, Fault("reset", "PUT"))
    s3.objects[key] = SMALL[::-1]
    with pytest.raises(ObjectExists):
        store.put(key, BytesIO(SMALL))
    assert s3.objects == {key: SMALL[::-1]}


@pytest.mark.requirement("F15")
def test_after_a_lost_answer_a_store_that_cannot_be_looked_into_leaves_the_outcome_unknown(store, s3, key):
    fail(s3, *[Fault("lose", "PUT")] * 3, *[Fault("refuse", "GET", status=403, code="AccessDenied")] * 3)
    with pytest.raises(StoreUnavailable):
        store.put(key, BytesIO(SMALL))


@pytest.mark.requirement("F12")
@pytest.mark.parametrize("kind", ["late", "nonsense"])
def test_a_completion_that_fails_behind_status_200_is_no_success(store, s3, key, kind):
    fail(s3, Fault(kind, "POST", query="uploadId"))
    with pytest.raises(StoreUnavailable):
        store.put(key, BytesIO(LARGE), size=len(LARGE))
    assert (s3.objects, s3.uploads) == ({}, {})


@pytest.mark.parametrize(
    "answer", [Fault("nonsense", "POST", "uploads"), Fault("nonsense", "PUT", "partNumber=1")]
)
def test_an_upload_to_something_that_is_no_s3_fails(store, s3, key, answer):
    fail(s3, answer)
    with pytest.raises(StoreUnavailable, match="answers with"):
        store.put(key, BytesIO(LARGE), size=len(LARGE))
    assert (s3.objects, s3.uploads) == ({}, {})


def test_an_upload_that_the_store_forgot_is_unavailable_and_not_missing(store, s3, key):
    fail(s3, Fault("refuse", "POST", query="uploadId", status=404, code="NoSuchUpload"))
    with pytest.raises(StoreUnavailable, match="lost an upload"):
        store.put(key, BytesIO(LARGE), size=len(LARGE))


def test_a_failing_source_and_a_broken_promise_drop_the_parts(store, s3, key):
    class Failing(BytesIO):
        def read(self, limit=-1):
            if self.tell() > 10 * MIB:
                raise ConnectionResetError("the client went away")
            return super().read(limit)

    with pytest.raises(ConnectionResetError):
        store.put(key, Failing(LARGE), size=len(LARGE))
    with pytest.raises(ChecksumMismatch):
        store.put(key, BytesIO(LARGE), size=len(LARGE), sha256="0" * 64)
    assert "POST uploads" in s3.asked
    assert (s3.objects, s3.uploads) == ({}, {})


def test_a_small_broken_promise_is_not_even_sent(store, s3, key):
    with pytest.raises(ChecksumMismatch):
        store.put(key, BytesIO(SMALL), sha256="0" * 64)
    assert s3.asked == []


@pytest.mark.requirement("F12")
@pytest.mark.parametrize("at", [0, 1, CHUNK, CHUNK + 1, 18 * MIB - 1])
def test_an_answer_cut_at_byte_n_is_never_a_short_success(store, s3, key, at):
    store.put(key, BytesIO(LARGE))
    fail(s3, Fault("cut", "GET", at=at))
    got = b""
    chunks = store.open(key)
    try:
        for chunk in chunks:
            got += chunk
    except StoreUnavailable:
        pass
    else:
        pytest.fail("the end was announced")
    assert len(got) <= at
    assert LARGE.startswith(got)
    assert content(store, key) == LARGE


@pytest.mark.requirement("F12")
def test_a_range_that_the_store_does_not_heed_is_refused(store, s3, key):
    store.put(key, BytesIO(SMALL))
    fail(s3, Fault("whole", "GET"))
    with pytest.raises(StoreUnavailable, match="another range"):
        store.open(key, start=5, end=9)
    fail(s3, Fault("whole", "GET"))
    with pytest.raises(StoreUnavailable, match="another range"):
        store.stat(key)


@pytest.mark.requirement("F11")
@pytest.mark.parametrize("method", ["PUT", "GET", "DELETE"])
def test_a_store_that_stalls_is_waited_for_once(store, s3, key, method):
    s3.objects[key] = SMALL
    fail(s3, *[Fault("stall", method)] * 5)
    operation = {
        "PUT": lambda: store.put(new_key("content"), BytesIO(SMALL)),
        "GET": lambda: store.open(key),
        "DELETE": lambda: store.delete(key),
    }[method]
    with pytest.raises(StoreUnavailable, match="does not answer"):
        operation()
    assert s3.asked.count(method) == 1


@pytest.mark.requirement("F17")
def test_a_store_that_is_down_is_unavailable_everywhere(store, server, key):
    server.stop()
    for operation in (
        lambda: store.put(key, BytesIO(SMALL)),
        lambda: store.open(key),
        lambda: store.stat(key),
        lambda: store.delete(key),
        lambda: list(store.list()),
        store.ready,
    ):
        with pytest.raises(StoreUnavailable):
            operation()


@pytest.mark.requirement("F09")
@pytest.mark.parametrize(
    ("status", "code"), [(507, "XMinioStorageFull"), (403, "QuotaExceeded"), (507, "Whatever")]
)
@pytest.mark.parametrize("body", [SMALL, LARGE], ids=["whole", "parts"])
def test_a_full_store_says_so_and_is_not_asked_again(store, s3, key, body, status, code):
    fail(s3, Fault("refuse", "PUT", status=status, code=code))
    with pytest.raises(StoreFull):
        store.put(key, BytesIO(body))
    assert (s3.objects, s3.uploads) == ({}, {})


def test_bytes_altered_on_the_way_are_sent_again(store, s3, key):
    fail(s3, Fault("refuse", "PUT", status=400, code="BadDigest"))
    store.put(key, BytesIO(SMALL))
    assert s3.objects == {key: SMALL}


def test_a_missing_bucket_is_not_a_missing_object(store, s3, key):
    s3.buckets.clear()
    for operation in (lambda: store.stat(key), lambda: store.open(key), lambda: store.delete(key)):
        with pytest.raises(StoreUnavailable, match="NoSuchBucket"):
            operation()
    s3.buckets.add("fonds")
    with pytest.raises(ObjectMissing):
        store.stat(key)


def test_a_refused_key_is_unavailable(store, s3, key):
    fail(s3, Fault("refuse", "GET", status=403, code="SignatureDoesNotMatch"))
    with pytest.raises(StoreUnavailable, match="SignatureDoesNotMatch"):
        store.open(key)


@pytest.mark.requirement("F13")
def test_a_listing_survives_faults_between_its_pages(store, s3):
    keys = sorted(new_key("text") for _ in range(2500))
    s3.objects.update(dict.fromkeys(keys, b"abc"))
    fail(s3, Fault("refuse", "GET"))
    found = store.list()
    first = [next(found).key for _ in range(1000)]
    fail(s3, Fault("refuse", "GET", status=500, code="InternalError"), Fault("lose", "GET"))
    assert first + [entry.key for entry in found] == keys


def test_a_listing_of_something_that_is_no_s3_fails(store, s3):
    for kind in ("nonsense", "late"):
        fail(s3, Fault(kind, "GET"))
        with pytest.raises(StoreUnavailable, match="not S3's XML"):
            list(store.list())


@pytest.mark.requirement("B46")
@pytest.mark.parametrize("kind", ["reset", "refuse", "stall"])
def test_no_message_holds_a_signed_url_or_a_secret(store, s3, key, kind):
    fail(s3, *[Fault(kind, "GET")] * 5)
    with pytest.raises(StoreUnavailable) as caught:
        store.open(key)
    told = "".join(traceback.format_exception(caught.value)) + repr(
        store.presign("GET", key, expires=timedelta(hours=1))
    )
    assert "Signature" not in told
    assert "verysecret" not in told


def test_a_presigned_get_is_always_an_attachment(store, key):
    plain = store.presign("GET", key, expires=timedelta(hours=1)).url
    assert "response-content-disposition=attachment&" in plain
    named = store.presign("GET", key, expires=timedelta(hours=1), filename='合 "同".html').url
    assert (
        "attachment%3B%20filename%2A%3DUTF-8%27%27%25E5%2590%2588%2520%2522%25E5%2590%258C%2522.html" in named
    )


@pytest.mark.parametrize("size", [96 * MIB, None])
def test_memory_holds_parts_and_never_the_object(server, key, size):
    class Endless:
        left = 96 * MIB

        def read(self, limit):
            count = min(limit, self.left)
            self.left -= count
            return bytes(count)

    class Discarding(dict):
        def __setitem__(self, number, body):
            super().__setitem__(number, b"")

    class Uploads(dict):
        def __setitem__(self, upload, parts):
            super().__setitem__(upload, Discarding(parts))

    server.state.uploads = Uploads()
    store = BucketStore(BucketAddress(server.endpoint, "fonds", "key", "secret", secure=False))
    tracemalloc.start()
    try:
        store.put(key, Endless(), size=size)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # Two parts of ours and one in the fake server, which runs in this process.
    assert peak < (3 * 8 if size else 3 * 16) * MIB + 8 * MIB
