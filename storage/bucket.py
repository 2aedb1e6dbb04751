"""Bucket: objects in MinIO or any other S3 store, through the `minio` client and requests that it signs."""

from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from hashlib import sha256 as new_sha256
from itertools import islice
from typing import BinaryIO, Literal
from urllib.parse import quote

import urllib3
from minio import Minio
from minio.error import S3Error
from urllib3.exceptions import HTTPError

from storage.addresses import BucketAddress
from storage.bucket_leftovers import BucketLeftovers
from storage.bucket_locks import BucketLocks, sdk_faults
from storage.bucket_parts import BucketParts
from storage.fixity import Intake
from storage.keys import checked, is_key, new_key, proved_by_block
from storage.links import SignedLinks, lifetime
from storage.multipart import MultipartUpload, md5_header
from storage.parting import part_size
from storage.port import (
    CHUNK,
    ObjectExists,
    ObjectMissing,
    PresignedRequest,
    RangeUnsatisfiable,
    StorageError,
    StoredObject,
    StoreUnavailable,
)
from storage.reading import ObjectReader, span
from storage.wire import Ask, Patience, Wire, from_http

Page = list[tuple[str, int]]
"""Names of objects, each with its size."""
PAGE = 1000
"""Keys of one listing request, the most that S3 gives."""
SIGNED_FOR = timedelta(hours=1)
"""Life of the URLs that we use ourselves: longer than any one request."""


class BucketStore:
    """`ObjectStore` in an S3 bucket; conditional writes (`If-None-Match: *`) must be known to the store.

    Objects of up to one part (8 or 16 MiB) are proved before they are sent, larger ones before they are
    completed: so a broken promise leaves nothing. Holds at most two parts in memory per `put`.
    """

    served_here: Literal[False] = False
    """Presigned URLs lead to the store itself."""

    def __init__(
        self, address: BucketAddress, patience: Patience | None = None, *, links: SignedLinks | None = None
    ) -> None:
        """`links` sign for our own server, which takes parts where browsers do not reach the store."""
        patience = patience or Patience()
        self._bucket, self._prefix = address.bucket, address.prefix
        # Without a region every signing may ask the server for one.
        pool = urllib3.PoolManager(maxsize=32, retries=False, timeout=patience.timeout("GET"))
        self._client = _client(address, address.endpoint, address.secure, pool)
        self.presignable = bool(address.public_endpoint)
        self._signer = (
            _client(address, address.public_endpoint, address.public_secure, pool)
            if address.public_endpoint
            else self._client
        )
        sign = partial(self._sign, self._client, SIGNED_FOR)
        self._wire = Wire(sign, pool, patience)
        self._quick = Wire(sign, pool, replace(patience, storing=patience.answer))
        self._create_once_proved = False
        self.freezer = BucketLocks(self._client, self._bucket, self._wire, self._name)
        through_us = links if links and not self.presignable else None
        self.parts = BucketParts(
            self._wire, self._name, self.stat, through_us or partial(self._sign, self._signer)
        )

    def put(
        self, key: str, source: BinaryIO, *, sha256: str | None = None, size: int | None = None
    ) -> StoredObject:
        """See `ObjectStore.put`; after a lost answer the store is looked into before anything is said."""
        name = self._name(key)
        intake = Intake(source, sha256=sha256, size=size, blocks=proved_by_block(key))
        limit = part_size(size)
        upload: MultipartUpload | None = None
        try:
            while len(part := _fill(intake, limit)) == limit:
                upload = upload or MultipartUpload(self._wire, name)
                upload.send(part)
            stored = intake.stored(key)
            if upload and part:
                upload.send(part)
            self._commit(stored, upload.complete if upload else partial(self._create, self._wire, name, part))
        except BaseException:
            if upload:
                upload.abort()
            raise
        return stored

    def open(self, key: str, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """See `ObjectStore.open`."""
        if end is not None and end <= start:
            span(self.stat(key).size, start, end)
            return ObjectReader.empty()
        if start < 0:
            raise RangeUnsatisfiable(f"bytes {start} to {end}")
        ranged = start > 0 or end is not None
        headers = {"Range": f"bytes={start}-{'' if end is None else end - 1}"} if ranged else {}
        try:
            ask = Ask("GET", self._name(key), headers=headers)
            response = self._wire.persistently(lambda: self._wire.once(ask, stream=True))
        except RangeUnsatisfiable:
            if start == 0:  # an object of no bytes
                return ObjectReader.empty()
            raise
        return _reader(response, start if ranged else None)

    def stat(self, key: str) -> StoredObject:
        """See `ObjectStore.stat`.

        Asks for the first byte and not by HEAD: HEAD cannot tell a missing object from a missing bucket, and a
        head that a broken connection has shortened reads like a whole one, with a shorter number in it.
        """
        ask = Ask("GET", self._name(key), headers={"Range": "bytes=0-0"})
        try:
            return StoredObject(
                key, self._wire.persistently(lambda: _size(self._wire.once(ask, stream=True)))
            )
        except RangeUnsatisfiable:
            return StoredObject(key, 0)

    def delete(self, key: str) -> None:
        """See `ObjectStore.delete`; in a bucket that keeps versions all of them go."""
        with suppress(ObjectMissing):
            self.freezer.remove(key)

    def list(self, prefix: str = "", *, after: str = "") -> Iterator[StoredObject]:
        """See `ObjectStore.list`; a thousand keys at a time, and a passing fault costs one page only."""
        last = self._prefix + after if after else ""
        while True:
            page = self._wire.persistently(partial(self._page, prefix, last))
            for name, size in page:
                key = name.removeprefix(self._prefix)
                if is_key(key):
                    yield StoredObject(key, size)
            if len(page) < PAGE:
                return
            last = page[-1][0]

    def presign(
        self, method: Literal["GET", "PUT"], key: str, *, expires: timedelta, filename: str = ""
    ) -> PresignedRequest:
        """See `ObjectStore.presign`; signed for the public address where there is one.

        A PUT is create-once only if its sender adds `If-None-Match: *`: so its key serves one upload.
        """
        query = {"response-content-disposition": _disposition(filename)} if method == "GET" else {}
        return PresignedRequest(
            method, self._sign(self._signer, lifetime(expires), method, self._name(key), query)
        )

    def sweep(self, older_than: timedelta, spared: Collection[str]) -> int:
        """Drop uploads in parts that were begun longer ago and never ended, but for the `spared` keys; how many."""
        return BucketLeftovers(self._client, self._bucket, self._prefix, self.parts).sweep(older_than, spared)

    def ready(self) -> None:
        """See `ObjectStore.ready`: makes the bucket if need be, then writes, reads and removes a probe."""
        try:
            with sdk_faults():
                self._require_bucket()
            self._probe(new_key("probe"))
        except StoreUnavailable:
            raise
        except StorageError as fault:
            raise StoreUnavailable(f"a probe fails: {fault}") from fault

    def _name(self, key: str) -> str:
        return self._prefix + checked(key)

    def _sign(self, client: Minio, expires: timedelta, method: str, name: str, query: dict[str, str]) -> str:
        return client.get_presigned_url(method, self._bucket, name, expires, extra_query_params={**query})

    @staticmethod
    def _create(wire: Wire, name: str, body: bytearray) -> None:
        wire.once(Ask("PUT", name, {}, {"If-None-Match": "*"} | md5_header(body), body))

    def _commit(self, stored: StoredObject, request: Callable[[], object]) -> None:
        """Make the object appear by `request`, once, whatever becomes of the answers (F12, F15)."""
        doubtful = False

        def step() -> None:
            nonlocal doubtful
            try:
                request()
            except (ObjectExists, ObjectMissing) as fault:
                if doubtful and self._holds(stored):
                    return
                if isinstance(fault, ObjectMissing):
                    raise StoreUnavailable("the object store has lost an upload in progress") from fault
                raise
            except StoreUnavailable:
                doubtful = True
                if not self._holds(stored):
                    raise

        self._wire.persistently(step)

    def _holds(self, stored: StoredObject) -> bool:
        """Whether these very bytes lie under the key: read back, since an ETag is not a digest everywhere."""
        try:
            if self.stat(stored.key).size != stored.size:
                return False
            digest = new_sha256()
            for chunk in self.open(stored.key):
                digest.update(chunk)
        except ObjectMissing:
            return False
        return digest.hexdigest() == stored.sha256

    def _page(self, prefix: str, last: str) -> Page:
        with sdk_faults():
            found = self._client.list_objects(
                self._bucket, prefix=self._prefix + prefix, recursive=True, start_after=last or None
            )
            return [(str(entry.object_name), int(entry.size or 0)) for entry in islice(found, PAGE)]

    def _require_bucket(self) -> None:
        if self._client.bucket_exists(self._bucket):
            return
        try:
            self._make_bucket()
        except S3Error as fault:
            if fault.code not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
                raise StoreUnavailable(
                    f"there is no bucket {self._bucket} and none may be made: {fault.code}"
                ) from fault

    def _make_bucket(self) -> None:
        """With object lock, which can only be given at birth, where the store knows it."""
        try:
            self._client.make_bucket(self._bucket, object_lock=True)
        except S3Error as fault:
            if fault.code not in {"NotImplemented", "InvalidRequest", "AccessDenied"}:
                raise
            self._client.make_bucket(self._bucket)

    def _probe(self, key: str) -> None:
        name = self._name(key)

        self._create(self._quick, name, bytearray(b"probe"))
        try:
            if self._quick.once(Ask("GET", name)).data != b"probe":
                raise StoreUnavailable("the object store does not give back what was stored")
            if not self._create_once_proved:
                self._prove_create_once(name)
        finally:
            self.delete(key)

    def _prove_create_once(self, name: str) -> None:
        with suppress(ObjectExists):
            self._create(self._quick, name, bytearray(b"second"))
            raise StoreUnavailable(
                "the object store overwrites: it does not know If-None-Match, which fonds needs"
            )
        self._create_once_proved = True


def _client(address: BucketAddress, endpoint: str, secure: bool, pool: urllib3.PoolManager) -> Minio:
    return Minio(
        endpoint,
        address.access_key,
        address.secret_key,
        secure=secure,
        region=address.region,
        http_client=pool,
    )


def _disposition(filename: str) -> str:
    """Always an attachment, so that nothing runs in the origin of the store (B10)."""
    if not filename:
        return "attachment"
    return f"attachment; filename*=UTF-8''{quote(filename.encode('utf-8', 'replace'), safe='')}"


def _fill(intake: Intake, limit: int) -> bytearray:
    part = bytearray()
    while len(part) < limit and (chunk := intake.read(min(CHUNK, limit - len(part)))):
        part += chunk
    return part


def _size(response: urllib3.BaseHTTPResponse) -> int:
    """The size of the object whose first byte was asked for."""
    total = response.headers.get("Content-Range", "").rpartition("/")[2]
    if response.status == 206 and total.isdecimal():
        size = int(total)
    elif response.headers.get("Content-Length") == "0":
        return 0
    else:
        response.close()
        raise StoreUnavailable("the object store answers with another range than was asked for")
    if b"".join(_reader(response, 0)) == b"":
        raise StoreUnavailable("the object store answers with no byte")
    return size


def _reader(response: urllib3.BaseHTTPResponse, start: int | None) -> ObjectReader:
    length = response.headers.get("Content-Length", "")
    begins = response.headers.get("Content-Range", "").startswith(f"bytes {start}-")
    if not length.isdecimal() or (start is not None and not (response.status == 206 and begins)):
        response.close()
        raise StoreUnavailable("the object store answers with another range than was asked for")

    def read(limit: int) -> bytes:
        try:
            return response.read(limit, decode_content=False)
        except HTTPError as fault:
            raise from_http(fault) from fault

    def close() -> None:
        # What was read to its end may serve the next request; anything else is cut.
        response.release_conn() if response.length_remaining == 0 else response.close()

    return ObjectReader(read, close, int(length))
