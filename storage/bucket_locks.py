"""Bucket locks: versions and legal holds of a bucket that keeps them, so that what is frozen stays and what goes is gone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from xml.etree.ElementTree import ParseError

from minio import Minio
from minio.commonconfig import ENABLED
from minio.error import InvalidResponseError, MinioException, S3Error, ServerError
from minio.versioningconfig import SUSPENDED
from urllib3.exceptions import HTTPError

from storage.multipart import md5_header
from storage.port import ObjectFrozen, ObjectMissing, StorageError, StoreUnavailable
from storage.wire import Ask, Wire, from_http, refusal

NOT_THERE = {"ObjectLockConfigurationNotFoundError", "NoSuchBucket", "NotImplemented", "AccessDenied"}
"""Answers of a store that keeps no locks, or lets nobody ask: then there are none for us."""


FREEZABLE = "content/"
"""Only originals are ever frozen; of all else nobody has to ask."""


class BucketLocks:
    """`Freezer` by S3's legal hold. A hold has no end: it is lifted by whoever may destroy, and by nothing else."""

    def __init__(self, client: Minio, bucket: str, wire: Wire, name: Callable[[str], str]) -> None:
        """`name`: key → name in the bucket."""
        self._client, self._bucket, self._wire, self._name = client, bucket, wire, name
        self._able: bool | None = None
        self._versions: bool | None = None

    @property
    def able(self) -> bool:
        """See `Freezer.able`; asked once."""
        if self._able is None:
            self._able = self._asked(self._lock_status) == ENABLED
        return self._able

    def freeze(self, key: str) -> None:
        """See `Freezer.freeze`."""
        if self.able:
            self._hold(key, "ON")

    def thaw(self, key: str) -> None:
        """See `Freezer.thaw`."""
        if self.frozen(key):
            self._hold(key, "OFF")

    def frozen(self, key: str) -> bool:
        """See `Freezer.frozen`."""
        if not (key.startswith(FREEZABLE) and self.able):
            return False
        try:
            said = self._wire.ask(Ask("GET", self._name(key), {"legal-hold": ""})).data
        except ObjectMissing:  # also: this version never had a hold
            return False
        return b"<Status>ON</Status>" in said

    def remove(self, key: str) -> None:
        """Take an object away with all its versions: in a bucket that keeps them a plain deletion only hides it.

        Raises `ObjectFrozen`; then it is as it was.
        """
        if self.frozen(key):
            raise ObjectFrozen(f"{key} is frozen")
        name = self._name(key)
        if not self._keeps_versions():
            self._wire.ask(Ask("DELETE", name))
            return
        for version in self._versions_of(name):
            self._wire.ask(Ask("DELETE", name, {"versionId": version}))

    def _hold(self, key: str, status: str) -> None:
        body = f"<LegalHold><Status>{status}</Status></LegalHold>".encode()
        self._wire.ask(Ask("PUT", self._name(key), {"legal-hold": ""}, md5_header(body), body))

    def _keeps_versions(self) -> bool:
        if self._versions is None:
            self._versions = self._asked(self._version_status) in (ENABLED, SUSPENDED)
        return self._versions

    def _versions_of(self, name: str) -> list[str]:
        with sdk_faults():
            found = self._client.list_objects(self._bucket, prefix=name, recursive=True, include_version=True)
            return [one.version_id or "null" for one in found if one.object_name == name]

    def _lock_status(self) -> str:
        self._client.get_object_lock_config(self._bucket)
        return ENABLED

    def _version_status(self) -> str:
        return str(self._client.get_bucket_versioning(self._bucket).status or "")

    @staticmethod
    def _asked(question: Callable[[], str]) -> str:
        try:
            with sdk_faults(known=NOT_THERE):
                return question()
        except _Known:
            return ""


class _Known(StorageError):
    """An answer that is expected."""


@contextmanager
def sdk_faults(known: frozenset[str] | set[str] = frozenset()) -> Iterator[None]:
    """Faults of the client as those of the port; those whose code is `known` apart."""
    try:
        yield
    except S3Error as fault:
        if fault.code in known:
            raise _Known(fault.code) from fault
        raise refusal(fault.response.status, fault.code or "") from fault
    except ServerError as fault:
        raise refusal(fault.status_code, "") from fault
    except (InvalidResponseError, ValueError, ParseError) as fault:
        raise StoreUnavailable("the object store answers with what is not S3's XML") from fault
    except MinioException as fault:
        raise StoreUnavailable(f"the object store fails: {type(fault).__name__}") from fault
    except HTTPError as fault:
        raise from_http(fault) from fault
