"""What is frozen stays, on a disk and in buckets with object lock; and of what goes no version stays behind."""

import uuid
from collections.abc import Iterator
from io import BytesIO
from urllib.parse import urlsplit

import pytest
from minio import Minio
from minio.deleteobjects import DeleteObject

from benchmarks.deployment import until
from storage.bucket import BucketStore
from storage.disk import DiskStore
from storage.keys import new_key
from storage.opening import open_store
from storage.port import ObjectExists, ObjectFrozen, ObjectMissing, StorageError
from storage.wire import Ask
from tests.contract.conftest import OBJECT_STORES, SIGNING
from tests.seaweed import START_SECONDS, ready

DATA = "营销档案".encode()


@pytest.fixture(params=OBJECT_STORES)
def store(request: pytest.FixtureRequest) -> Iterator[DiskStore | BucketStore]:
    """A store of our own making: a bucket gets its object lock when it is made, and never later."""
    if request.param == "disk":
        yield open_store(request.getfixturevalue("tmp_path").as_uri(), SIGNING)
        return
    variable = "bucket_url" if request.param == "bucket" else "seaweed_url"
    base = urlsplit(request.getfixturevalue(variable))
    url = f"{base.scheme}://{base.netloc}/worm-{uuid.uuid4().hex}"
    made = open_store(url, SIGNING)
    until(lambda: ready(made), START_SECONDS, "a bucket")
    yield made
    client, bucket = client_of(url)
    left = client.list_objects(bucket, recursive=True, include_version=True)
    gone = [DeleteObject(str(one.object_name), one.version_id) for one in left]
    assert not list(client.remove_objects(bucket, gone))
    client.remove_bucket(bucket)


def client_of(url: str) -> tuple[Minio, str]:
    parts = urlsplit(url)
    return (
        Minio(
            parts.netloc.rpartition("@")[2], parts.username, parts.password, secure=False, region="us-east-1"
        ),
        parts.path.strip("/"),
    )


@pytest.mark.requirement("R-VAL-12")
def test_what_is_frozen_can_be_taken_away_by_nobody_until_it_is_thawed(store) -> None:
    key, other = new_key("content"), new_key("text")
    store.put(key, BytesIO(DATA))
    store.put(other, BytesIO(DATA))
    assert store.freezer.able
    assert not store.freezer.frozen(key)
    for _ in range(2):
        store.freezer.freeze(key)
    assert store.freezer.frozen(key)
    with pytest.raises(ObjectFrozen):
        store.delete(key)
    if isinstance(store, BucketStore):  # its server keeps it against every client
        for version in store.freezer._versions_of(key):
            with pytest.raises(StorageError):
                store._wire.ask(Ask("DELETE", key, {"versionId": version}))
    with pytest.raises(ObjectExists):
        store.put(key, BytesIO(b"other"))
    assert b"".join(store.open(key)) == DATA
    for _ in range(2):
        store.freezer.thaw(key)
    store.delete(key)
    store.delete(other)
    with pytest.raises(ObjectMissing):
        store.stat(key)
    assert not store.freezer.frozen(key)
    store.freezer.thaw(key)


@pytest.mark.requirement("R-SEC-8")
def test_a_key_can_be_used_again_and_again_and_nothing_of_it_stays(store) -> None:
    key = new_key("content")
    for data in (b"first", b"second"):
        store.put(key, BytesIO(data))
        store.delete(key)
    store.delete(key)
    assert [one.key for one in store.list()] == []
    if isinstance(store, BucketStore):
        assert store.freezer._versions_of(key) == []
