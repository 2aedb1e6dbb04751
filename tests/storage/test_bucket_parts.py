"""Bucket parts: what is said when the store fails in the middle (the contract has a real one)."""

from io import BytesIO

import pytest

from storage.multipart import listed
from storage.parting import part_count, place
from storage.port import ComingPart, ObjectMissing, StoreUnavailable
from tests.storage.fake_s3 import Fault

MIB = 1 << 20
BODY = bytes(range(256)) * (25 * MIB // 256)


@pytest.fixture
def upload(store, key):
    opened = store.parts.begin(key, len(BODY))
    for number in range(1, part_count(len(BODY)) + 1):
        start, length = place(len(BODY), number)
        store.parts.send(key, opened, ComingPart(number, BytesIO(BODY[start : start + length])))
    return opened


def test_a_listing_of_several_pages_has_every_part(store, key, upload):
    assert [part.number for part in store.parts.list(key, upload)] == [1, 2, 3, 4]


@pytest.mark.requirement("F15")
@pytest.mark.parametrize("kind", ["lose", "late"])
def test_a_lost_answer_is_looked_into(store, s3, key, upload, kind):
    s3.faults.append(Fault(kind, "POST", "uploadId"))
    if kind == "lose":
        assert store.parts.complete(key, upload, len(BODY)).size == len(BODY)
    else:
        with pytest.raises(StoreUnavailable):
            store.parts.complete(key, upload, len(BODY))
    assert store.parts.complete(key, upload, len(BODY)).size == len(BODY)
    assert s3.objects[key] == BODY


def test_an_upload_that_the_store_has_dropped_is_missing(store, s3, key, upload):
    s3.uploads.clear()
    with pytest.raises(ObjectMissing):
        store.parts.complete(key, upload, len(BODY))


@pytest.mark.parametrize("kind", ["nonsense", "late"])
def test_a_listing_that_is_none_is_a_fault_of_the_store(store, s3, key, upload, kind):
    s3.faults.append(Fault(kind, "GET", "uploadId"))
    with pytest.raises(StoreUnavailable):
        store.parts.list(key, upload)


def test_of_the_versions_of_a_part_that_a_store_lists_the_newest_stands():
    def told(number: int, etag: str, second: int) -> str:
        return (
            f"<Part><ETag>{etag}</ETag><LastModified>2026-11-22T10:00:0{second}Z</LastModified>"
            f"<PartNumber>{number}</PartNumber><Size>5</Size></Part>"
        )

    versions = told(1, "old", 1) + told(1, "new", 2) + told(2, "a", 3) + told(2, "b", 3) + told(3, "c", 1)
    page = f"<ListPartsResult>{versions}{told(3, 'c', 1)}</ListPartsResult>"
    assert [(part.number, part.etag) for part in listed(page.encode())[0]] == [(1, "new"), (3, "c")]
