"""The contract suites: one suite over every adapter of a port, embedded and on real servers.

A suite parametrises over adapters and marks those that need a server with `pytest.mark.server`. These run only
with FONDS_TEST_SERVERS=1 (else they are deselected, not skipped), and then a missing server is a failure.
"""

import os
import re
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.deployment import until
from storage.bucket import BucketStore
from storage.disk import DiskStore
from storage.opening import LinkSigning, open_store
from storage.port import ObjectStore
from tests.seaweed import START_SECONDS, Seaweed, ready

HERE = Path(__file__).parent
SIGNING = LinkSigning(b"contract" * 4, "http://archive.example", lambda: datetime.now(UTC))

OBJECT_STORES = [
    "disk",
    pytest.param("bucket", marks=pytest.mark.server),
    pytest.param("seaweed", marks=pytest.mark.server),
]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the cases that need a server out of a run that has none; keep together what waits for the same server.

    The groups are for `--dist loadgroup`: a file each, the search engines beside each other, the second store once.
    """
    for item in items:
        if HERE in item.path.parents:
            kind = re.search(r"elastic|seaweed", item.name)
            item.add_marker(pytest.mark.xdist_group(kind[0] if kind else item.path.stem))
    if os.environ.get("FONDS_TEST_SERVERS") == "1":
        return
    left_out = [item for item in items if HERE in item.path.parents and item.get_closest_marker("server")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


@pytest.fixture(scope="session")
def server_url() -> Callable[[str], str]:
    """The URL of a real server by the name of its variable; without it the test fails."""

    def named(variable: str) -> str:
        return os.environ.get(variable) or pytest.fail(
            f"{variable} names no server, and FONDS_TEST_SERVERS=1"
        )

    return named


@pytest.fixture(scope="session")
def bucket_url(server_url: Callable[[str], str]) -> Iterator[str]:
    """A place of our own in the test bucket, emptied at the end."""
    yield from a_place_in_the_bucket(server_url)


@pytest.fixture(scope="session")
def seaweed_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A bucket of a second kind of server, which is started for the run."""
    seaweed = Seaweed(tmp_path_factory.mktemp("seaweed") / "home")
    try:
        seaweed.start()
        store = open_store(seaweed.url, SIGNING)
        until(lambda: ready(store), START_SECONDS, "a bucket", seaweed.home / "log")
        yield f"{seaweed.url}/contract"
    finally:
        seaweed.kill()


def a_place_in_the_bucket(server_url: Callable[[str], str]) -> Iterator[str]:
    """A fresh place in the test bucket, emptied when the iterator goes on."""
    url = f"{server_url('FONDS_TEST_S3_URL')}/contract-{uuid.uuid4().hex}"
    yield url
    store = open_store(url, SIGNING)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda found: store.delete(found.key), store.list()))


def opened(adapter: str, request: pytest.FixtureRequest) -> DiskStore | BucketStore:
    """A store of the kind `adapter`; a disk is new, a bucket may hold what other tests left."""
    if adapter == "disk":
        return open_store(request.getfixturevalue("tmp_path_factory").mktemp("objects").as_uri(), SIGNING)
    return open_store(
        request.getfixturevalue("bucket_url" if adapter == "bucket" else "seaweed_url"), SIGNING
    )


@pytest.fixture(params=OBJECT_STORES)
def object_store(request: pytest.FixtureRequest) -> ObjectStore:
    """Each kind of object store, for a suite that only needs the port."""
    return opened(request.param, request)
