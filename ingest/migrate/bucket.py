"""An S3 bucket of somebody else as an origin."""

from collections.abc import Iterator

from ingest.migrate.port import Counted, OriginUnusable
from ingest.walk import Entry, aside
from storage.foreign import ForeignAddress, ForeignBucket, ForeignObject
from storage.port import StorageError


class BucketOrigin:
    """See `Origin`. Objects are the files, the slashes in their names the folders."""

    def __init__(self, address: ForeignAddress) -> None:
        self._at, self._bucket = address, ForeignBucket(address)

    @property
    def address(self) -> str:
        """s3+http(s)://HOST/BUCKET/PREFIX."""
        scheme = "s3+https" if self._at.secure else "s3+http"
        return f"{scheme}://{self._at.endpoint}/{self._at.bucket}/{self._at.prefix}".rstrip("/")

    def entries(self) -> Iterator[Entry]:
        """See `Origin`."""
        try:
            for found in self._bucket.objects():
                yield self._entry(found)
        except StorageError as fault:
            raise OriginUnusable(
                f"读不了存储桶 {self.address}：{fault}。检查地址和密钥",
                f"Cannot read the bucket {self.address}: {fault}. Check the address and the key",
            ) from fault

    def open(self, entry: Entry) -> Counted:
        """See `Origin`."""
        return Counted(self._bucket.open(self._at.prefix + entry.path, entry.stamp), entry.size)

    def close(self) -> None:
        """Hang up."""
        self._bucket.close()

    def _entry(self, found: ForeignObject) -> Entry:
        path = found.name.removeprefix(self._at.prefix)
        reason = aside(path.rpartition("/")[2].lower(), found.size)
        return Entry(
            path.encode("utf-8", "replace"),
            path,
            "set_aside" if reason else "file",
            reason,
            found.size,
            found.modified,
            stamp=found.etag.strip('"'),
            owner=found.owner,
        )
