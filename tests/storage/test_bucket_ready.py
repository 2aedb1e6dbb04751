"""Bucket: what `ready` makes, proves and refuses."""

import time

import pytest

from storage.addresses import BucketAddress
from storage.bucket import BucketStore
from storage.port import StoreUnavailable
from storage.wire import Patience
from tests.storage.fake_s3 import Fault


def fail(s3, *faults):
    s3.faults.extend(faults)


def test_ready_makes_the_bucket_and_leaves_nothing_in_it(store, s3):
    s3.buckets.clear()
    store.ready()
    assert s3.buckets == {"fonds"}
    assert s3.objects == {}


def test_ready_says_if_the_bucket_may_not_be_made(store, s3):
    s3.buckets.clear()
    s3.may_make_buckets = False
    with pytest.raises(StoreUnavailable, match="no bucket fonds"):
        store.ready()


def test_ready_refuses_a_store_that_overwrites(store, s3):
    s3.conditional = False
    with pytest.raises(StoreUnavailable, match="If-None-Match"):
        store.ready()


def test_ready_refuses_a_store_that_forgets_or_forges(store, s3):
    fail(s3, Fault("refuse", "GET", query="probe", status=404, code="NoSuchKey"))
    with pytest.raises(StoreUnavailable, match="a probe fails"):
        store.ready()
    fail(s3, Fault("nonsense", "GET", query="probe"))
    with pytest.raises(StoreUnavailable, match="does not give back"):
        store.ready()
    assert s3.objects == {}


def test_ready_says_if_there_is_no_room(store, s3):
    fail(s3, Fault("refuse", "PUT", query="probe", status=507, code="XMinioStorageFull"))
    with pytest.raises(StoreUnavailable, match="XMinioStorageFull"):
        store.ready()


@pytest.mark.requirement("F11")
def test_ready_waits_for_an_answer_and_not_for_storing(server, s3):
    address = BucketAddress(server.endpoint, "fonds", "key", "secret", secure=False)
    store = BucketStore(address, Patience(connect=0.3, answer=0.3, storing=60))
    for method in ("HEAD", "PUT", "GET", "DELETE"):
        fail(s3, Fault("stall", method))
        began = time.monotonic()
        with pytest.raises(StoreUnavailable):
            store.ready()
        assert time.monotonic() - began < 30
