"""An S3 bucket of somebody else as an origin."""

from collections.abc import Iterator

from ingest.files.walk import Entry, aside
from ingest.migrate.port import Counted, OriginUnusable
from storage.addresses import BucketAddress
from storage.foreign import ForeignBucket, ForeignObject, ForeignUnusable

WHY = {
    "unreachable": (
        "连不上服务器，检查它是否开着、地址和端口对不对",
        "the server cannot be reached; check that it runs, its address and its port",
    ),
    "no_bucket": ("服务器上没有这个存储桶，检查地址", "the server has no such bucket; check the address"),
    "refused": ("密钥不对，或没有读取的权限", "the key is wrong, or it may not read it"),
}
"""Kind of fault → why, in Chinese and English."""


class BucketOrigin:
    """See `Origin`. Objects are the files, the slashes in their names the folders."""

    def __init__(self, address: BucketAddress) -> None:
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
        except ForeignUnusable as fault:
            chinese, english = WHY.get(
                fault.kind, (f"{fault}。检查地址和密钥", f"{fault}. Check the address and the key")
            )
            raise OriginUnusable(
                f"读不了存储桶 {self.address}：{chinese}", f"Cannot read the bucket {self.address}: {english}"
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
