"""A bucket that is not ours: what lies in it is listed and read, and nothing is ever written."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, cast

import urllib3
from minio import Minio
from minio.error import MinioException, S3Error
from urllib3.exceptions import HTTPError

from storage.addresses import BucketAddress
from storage.port import StorageError

KINDS = {
    "NoSuchBucket": "no_bucket",
    "AccessDenied": "refused",
    "InvalidAccessKeyId": "refused",
    "SignatureDoesNotMatch": "refused",
}
"""Code of an answer → why the bucket cannot be used."""


@dataclass(frozen=True, slots=True)
class ForeignObject:
    """An object of it; `etag` changes with its content."""

    name: str
    size: int
    modified: datetime | None
    etag: str
    owner: str


class ForeignUnusable(StorageError):
    """It cannot be listed. `kind`: unreachable, no_bucket, refused (the key is wrong or may not), or other."""

    def __init__(self, kind: str, told: str) -> None:
        super().__init__(told)
        self.kind = kind


class ForeignBucket:
    """List and read. Raises `ForeignUnusable` where it cannot be asked, `OSError` where one object cannot be read."""

    def __init__(self, address: BucketAddress) -> None:
        self._at = address
        pool = urllib3.PoolManager(maxsize=32, retries=urllib3.Retry(3), timeout=urllib3.Timeout(10, read=60))
        self._pool = pool
        self._client = Minio(
            address.endpoint,
            access_key=address.access_key or None,
            secret_key=address.secret_key or None,
            secure=address.secure,
            region=address.region,
            http_client=pool,
        )

    def objects(self) -> Iterator[ForeignObject]:
        """Everything below the prefix, by name."""
        try:
            found = self._client.list_objects(self._at.bucket, prefix=self._at.prefix or None, recursive=True)
            for one in found:
                name = str(one.object_name)
                if not one.is_dir and not name.endswith("/"):
                    yield ForeignObject(
                        name, one.size or 0, one.last_modified, one.etag or "", one.owner_name or ""
                    )
        except (MinioException, HTTPError, ValueError) as fault:
            raise ForeignUnusable(_kind(fault), _told(fault)) from fault

    def open(self, name: str, etag: str) -> BinaryIO:
        """The bytes of an object, if it still is this version of it; close it."""
        with _as_os_error():
            answer: Any = self._client.get_object(
                self._at.bucket, name, request_headers={"If-Match": f'"{etag}"'} if etag else None
            )
        return cast("BinaryIO", _Body(answer))

    def close(self) -> None:
        """Hang up."""
        self._pool.clear()


class _Body:
    """An answer's body that gives its connection back."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def read(self, size: int = -1) -> bytes:
        with _as_os_error():
            return bytes(self._answer.read(size if size >= 0 else None))

    def close(self) -> None:
        self._answer.close()
        self._answer.release_conn()


@contextmanager
def _as_os_error() -> Iterator[None]:
    try:
        yield
    except S3Error as fault:
        gone = fault.code in ("NoSuchKey", "PreconditionFailed")
        raise OSError(errno.ENOENT if gone else errno.EIO, _told(fault)) from fault
    except (MinioException, HTTPError) as fault:
        raise OSError(errno.EIO, _told(fault)) from fault


def _kind(fault: Exception) -> str:
    if isinstance(fault, S3Error):
        return KINDS.get(str(fault.code), "other")
    return "unreachable" if isinstance(fault, HTTPError) else "other"


def _told(fault: Exception) -> str:
    """What went wrong, without the address that may hold a key."""
    return str(getattr(fault, "message", "") or type(fault).__name__)[:200]
