"""Opening: the scheme of a URL chooses the store, here and nowhere else."""

import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from storage.addresses import BucketAddress
from storage.disk import DiskStore
from storage.links import SignedLinks

if TYPE_CHECKING:
    from storage.bucket import BucketStore

BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
FORMS = "file:///DIRECTORY, s3+http://KEY:SECRET@HOST:PORT/BUCKET or s3+https://KEY:SECRET@HOST:PORT/BUCKET"


@dataclass(frozen=True, slots=True)
class LinkSigning:
    """What a store needs that signs for itself: a secret key, the address of our pages, the time."""

    sign_key: bytes
    base_url: str | Callable[[], str]
    clock: Callable[[], datetime]


def open_store(
    url: str, signing: LinkSigning, *, public_url: str = "", reserve_bytes: int | None = None
) -> "DiskStore | BucketStore":
    """The store that `url` names; nothing is asked of it yet (that is what `ready` does).

    `file:///DIRECTORY` (made if missing), `s3+http://KEY:SECRET@HOST[:PORT]/BUCKET[/PREFIX][?region=REGION]`,
    `s3+https://…`; KEY, SECRET and DIRECTORY are percent-encoded. `public_url` (http or https, for s3 only) is
    the address of the store that browsers reach; `reserve_bytes` (for file only) is what stays free, None = the
    smaller of 1 GiB and 5 %. A bad URL is a `ValueError` that says what is wrong without
    repeating the secret.
    """
    parts = _split(url, "the address of the object store")
    if parts.scheme == "file":
        return DiskStore(
            _directory(parts),
            sign_key=signing.sign_key,
            base_url=signing.base_url,
            clock=signing.clock,
            reserve_bytes=reserve_bytes,
        )
    if parts.scheme in {"s3+http", "s3+https"}:
        links = SignedLinks(signing.sign_key, signing.base_url, signing.clock)
        # the client takes 8 MB, which who keeps objects in a folder does without
        bucket = importlib.import_module("storage.bucket")
        store: BucketStore = bucket.BucketStore(_address(parts, public_url), links=links)
        return store
    raise ValueError(f"the address of the object store has one of the forms {FORMS}")


def _split(url: str, what: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        # The words of urllib may repeat the part at fault, which may be the secret.
        raise ValueError(f"{what} is no valid URL (is a special character not percent-encoded?)") from None
    return parts


def _directory(parts: SplitResult) -> Path:
    path = unquote(parts.path)
    if parts.netloc not in {"", "localhost"} or not path.startswith("/") or "\0" in path:
        raise ValueError("a directory of objects is written file:///ABSOLUTE/PATH")
    if parts.query or parts.fragment:
        raise ValueError("in file:///… the characters ? and # are written %3F and %23")
    return Path(path)


def _address(parts: SplitResult, public_url: str) -> BucketAddress:
    bucket, _, prefix = parts.path.lstrip("/").partition("/")
    if not parts.hostname or parts.fragment:
        raise ValueError(f"the address of the object store lacks a host, or holds #: {FORMS}")
    if not parts.username or not parts.password:
        raise ValueError(f"the address of the object store lacks its key or secret: {FORMS}")
    if not BUCKET_NAME.fullmatch(bucket):
        # Not repeated: behind a secret that was not percent-encoded this may be a piece of it.
        raise ValueError("behind the host there is no name of a bucket: 3 to 63 of a-z, 0-9, '.' and '-'")
    public = _public(public_url)
    return BucketAddress(
        endpoint=_endpoint(parts),
        bucket=bucket,
        access_key=unquote(parts.username),
        secret_key=unquote(parts.password),
        secure=parts.scheme == "s3+https",
        region=_region(parts.query),
        prefix=f"{prefix.strip('/')}/" if prefix.strip("/") else "",
        public_endpoint=_endpoint(public) if public else "",
        public_secure=public is not None and public.scheme == "https",
    )


def _endpoint(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


def _region(query: str) -> str:
    given = parse_qs(query, keep_blank_values=True)
    if set(given) - {"region"}:
        raise ValueError("the address of the object store knows one parameter, region")
    region = given.get("region", ["us-east-1"])[-1]
    if not re.fullmatch(r"[A-Za-z0-9-]+", region):
        raise ValueError("the region of the object store is made of letters, digits and '-'")
    return region


def _public(url: str) -> SplitResult | None:
    if not url:
        return None
    parts = _split(url, "the public address of the object store")
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise ValueError(
            "the public address of the object store is http://HOST[:PORT] or https://HOST[:PORT]"
        )
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("the public address of the object store has no path: S3 signatures allow none")
    return parts
