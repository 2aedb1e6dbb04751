"""The URL chooses the store; a bad one is told clearly and without the secret."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from storage.bucket import BucketStore
from storage.disk import DiskStore
from storage.keys import new_key
from storage.opening import LinkSigning, open_store

SIGNING = LinkSigning(b"k" * 32, "http://archive.example", lambda: datetime(2026, 11, 21, tzinfo=UTC))
HOUR = timedelta(hours=1)
SECRET = "p/w:@?#%"
ENCODED = "p%2Fw%3A%40%3F%23%25"


def presigned(store):
    return urlsplit(store.presign("GET", new_key("content"), expires=HOUR).url)


def test_a_file_url_opens_a_directory_and_makes_it(tmp_path):
    store = open_store(f"file://{tmp_path}/%E6%A1%A3%E6%A1%88%20%23", SIGNING)
    assert isinstance(store, DiskStore)
    assert store.served_here
    store.ready()
    assert (tmp_path / "档案 #").is_dir()


@pytest.mark.parametrize(("scheme", "web"), [("s3+http", "http"), ("s3+https", "https")])
def test_an_s3_url_opens_a_bucket_and_asks_nothing(scheme, web):
    store = open_store(f"{scheme}://key:{ENCODED}@127.0.0.1:1/fonds-bucket", SIGNING)
    assert isinstance(store, BucketStore)
    assert not store.served_here
    assert not store.presignable
    url = presigned(store)
    assert (url.scheme, url.netloc) == (web, "127.0.0.1:1")
    assert url.path.startswith("/fonds-bucket/content/")


def test_key_and_secret_are_decoded():
    plain = open_store(f"s3+http://k%40y:{ENCODED}@127.0.0.1:1/fonds", SIGNING)
    assert "X-Amz-Credential=k%40y%2F" in presigned(plain).query


def test_a_prefix_and_a_region_may_follow():
    store = open_store("s3+http://key:secret@[::1]:9000/fonds/part/one/?region=cn-north-1", SIGNING)
    url = presigned(store)
    assert url.netloc == "[::1]:9000"
    assert url.path.startswith("/fonds/part/one/content/")
    assert "%2Fcn-north-1%2Fs3%2F" in url.query


@pytest.mark.parametrize("public", ["https://files.example", "http://files.example:9000"])
def test_presigned_urls_lead_to_the_public_address(public):
    store = open_store("s3+http://key:secret@minio:9000/fonds", SIGNING, public_url=public)
    assert store.presignable
    assert store.presign("GET", new_key("content"), expires=HOUR).url.startswith(f"{public}/fonds/content/")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "one of the forms"),
        ("/srv/objects", "one of the forms"),
        (f"ftp://key:{ENCODED}@host/fonds", "one of the forms"),
        (f"s3://key:{ENCODED}@host/fonds", "one of the forms"),
        ("file:relative", "ABSOLUTE"),
        ("file://host/share", "ABSOLUTE"),
        ("file:///x%00y", "ABSOLUTE"),
        ("file:///srv/#1", "%23"),
        ("s3+http://host/fonds", "lacks its key or secret"),
        ("s3+http://key@host/fonds", "lacks its key or secret"),
        (f"s3+http://:{ENCODED}@host/fonds", "lacks its key or secret"),
        (f"s3+http://key:{ENCODED}@/fonds", "lacks a host"),
        (f"s3+http://key:{ENCODED}@host:port/fonds", "no valid URL"),
        (f"s3+http://key:{ENCODED}@host:99999/fonds", "no valid URL"),
        (f"s3+http://key:{SECRET}@host/fonds", "lacks|no valid URL"),
        (f"s3+http://key:{ENCODED}@host", "no name of a bucket"),
        (f"s3+http://key:{ENCODED}@host/A", "no name of a bucket"),
        ("s3+http://key:p@w/P/w:@?%@host/fonds", "no name of a bucket"),
        (f"s3+http://key:{ENCODED}@host/fonds?zone=1", "one parameter, region"),
        (f"s3+http://key:{ENCODED}@host/fonds?region=a/b", "letters, digits"),
    ],
)
def test_a_bad_address_is_told_without_the_secret(url, words):
    with pytest.raises(ValueError, match=words) as caught:
        open_store(url, SIGNING)
    assert SECRET not in str(caught.value)
    assert ENCODED not in str(caught.value)


@pytest.mark.parametrize(
    "public", ["files.example", "ftp://files.example", "https://files.example/s3", "https://a:b@c"]
)
def test_a_bad_public_address_is_refused(public):
    with pytest.raises(ValueError, match="public address"):
        open_store("s3+http://key:secret@minio:9000/fonds", SIGNING, public_url=public)


def test_the_secret_is_in_no_text_of_the_address():
    store = open_store("s3+http://key:verysecret@minio:9000/fonds", SIGNING)
    assert "verysecret" not in repr(vars(store))
