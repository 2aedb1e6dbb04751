"""A bucket of somebody else on real servers as an origin of migrations: listed, read as it was listed, never written."""

import errno
import uuid
from collections.abc import Iterator
from contextlib import closing, suppress
from io import BytesIO
from urllib.parse import urlsplit

import pytest
from minio import Minio
from minio.error import S3Error

from ingest.migrate.inside import InsideOrigin
from ingest.migrate.opening import open_origin
from ingest.migrate.port import OriginUnusable
from tests.ingest.migrate.test_inside import packed

pytestmark = [pytest.mark.server, pytest.mark.requirement("R-CAP-3")]

FILES = {
    "合同/2023/购销 #1.txt": "购销合同".encode(),
    "large.bin": bytes(range(256)) * 40_000,
    "Thumbs.db": b"x",
    "空.txt": b"",
    "包.zip": packed({"内.txt": b"inside"}),
}


@pytest.fixture(params=["bucket", "seaweed"])
def place(request: pytest.FixtureRequest) -> Iterator[tuple[str, Minio, str, str]]:
    """An address below a bucket that holds `FILES`, a client that may write there, and where they lie."""
    url = request.getfixturevalue("bucket_url" if request.param == "bucket" else "seaweed_url")
    parts = urlsplit(url)
    bucket, prefix = parts.path.strip("/").split("/")[0], f"foreign-{uuid.uuid4().hex}/"
    client = Minio(
        parts.netloc.rpartition("@")[2],
        access_key=parts.username,
        secret_key=parts.password,
        secure=False,
        region="us-east-1",
    )
    with suppress(S3Error):
        client.make_bucket(bucket)
    for name, data in FILES.items():
        client.put_object(bucket, prefix + name, BytesIO(data), len(data))
    yield f"s3+http://{parts.netloc}/{bucket}/{prefix}", client, bucket, prefix
    for name in FILES:
        client.remove_object(bucket, prefix + name)


def listing(client: Minio, bucket: str, prefix: str) -> dict[str, str | None]:
    found = client.list_objects(bucket, prefix=prefix, recursive=True)
    return {str(one.object_name): one.etag for one in found}


def test_objects_are_files_and_the_bucket_stays_as_it_was(place) -> None:
    address, client, bucket, prefix = place
    before = listing(client, bucket, prefix)
    with closing(open_origin(address)) as place_, closing(InsideOrigin(place_)) as origin:
        assert "secret" not in origin.address
        found = {entry.path: entry for entry in origin.entries()}
        kinds = {path: (entry.kind, entry.reason) for path, entry in found.items()}
        assert kinds == {
            "合同/2023/购销 #1.txt": ("file", ""),
            "large.bin": ("file", ""),
            "Thumbs.db": ("set_aside", "junk"),
            "空.txt": ("set_aside", "empty"),
            "包.zip": ("set_aside", "opened"),
            "包.zip/内.txt": ("file", ""),
        }
        for path in ("合同/2023/购销 #1.txt", "large.bin", "包.zip/内.txt"):
            with closing(origin.open(found[path])) as stream:
                data = b"".join(iter(lambda stream=stream: stream.read(1 << 16) or b"", b""))
            assert data == FILES.get(path, b"inside")
            assert found[path].stamp
        assert found["large.bin"].modified is not None
        client.put_object(bucket, f"{prefix}large.bin", BytesIO(b"another"), 7)
        with pytest.raises(OSError) as changed:
            origin.open(found["large.bin"])
        assert changed.value.errno == errno.ENOENT
    after = listing(client, bucket, prefix)
    assert after.pop(f"{prefix}large.bin") != before.pop(f"{prefix}large.bin")
    assert after == before


def test_a_bucket_that_cannot_be_read_is_told_without_its_secret(place) -> None:
    address = place[0]
    for wrong in (
        address.replace(":fonds-secret@", ":other-secret@"),
        address.replace("/foreign-", "-no/x-"),
    ):
        with closing(open_origin(wrong)) as origin, pytest.raises(OriginUnusable) as refused:
            list(origin.entries())
        assert "存储桶" in refused.value.chinese
        assert "secret" not in refused.value.chinese + refused.value.english
