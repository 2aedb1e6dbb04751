"""Bucket leftovers: uploads in parts that were begun and never ended; no listing shows them, their bytes stay."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta

from minio import Minio

from storage.bucket_locks import sdk_faults
from storage.keys import is_key
from storage.port import PartStore

MOST_PAGES = 100


class BucketLeftovers:
    """What crashes leave in a bucket. MinIO lists none of them and drops them itself after a day."""

    def __init__(self, client: Minio, bucket: str, prefix: str, parts: PartStore) -> None:
        self._client, self._bucket, self._prefix, self._parts = client, bucket, prefix, parts

    def sweep(self, older_than: timedelta, spared: Collection[str]) -> int:
        """Drop those that were begun longer ago, but for the `spared` keys; how many."""
        oldest, swept = datetime.now(UTC) - older_than, 0
        for key, upload, begun in list(self._begun()):
            if key not in spared and begun is not None and begun < oldest:
                self._parts.abort(key, upload)
                swept += 1
        return swept

    def _begun(self) -> Iterator[tuple[str, str, datetime | None]]:
        """Key, id and time of every upload that was begun under a key of ours."""
        after: tuple[str | None, str | None] = (None, None)
        for _ in range(MOST_PAGES):
            with sdk_faults():
                page = self._client._list_multipart_uploads(  # noqa: SLF001  there is no public way to ask
                    self._bucket, prefix=self._prefix, key_marker=after[0], upload_id_marker=after[1]
                )
            for one in page.uploads:
                key = one.object_name.removeprefix(self._prefix)
                if is_key(key) and one.upload_id:
                    yield key, one.upload_id, one.initiated_time
            if not page.is_truncated:
                return
            after = (page.next_key_marker, page.next_upload_id_marker)
