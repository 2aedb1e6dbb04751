"""A bucket store on a fake server, with little patience."""

import pytest

from storage.addresses import BucketAddress
from storage.bucket import BucketStore
from storage.keys import new_key
from storage.wire import Patience
from tests.storage.fake_s3 import FakeS3


@pytest.fixture
def server():
    running = FakeS3()
    running.start()
    yield running
    if not running.state.stopped.is_set():
        running.stop()


@pytest.fixture
def s3(server):
    return server.state


@pytest.fixture
def store(server):
    address = BucketAddress(server.endpoint, "fonds", "key", "verysecret", secure=False)
    return BucketStore(address, Patience(connect=0.5, answer=0.5, storing=0.5))


@pytest.fixture
def key():
    return new_key("content")
