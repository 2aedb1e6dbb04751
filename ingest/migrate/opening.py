"""Opening: what an address of an origin says chooses its kind, here and nowhere else."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from ingest.migrate.bucket import BucketOrigin
from ingest.migrate.folder import FolderOrigin
from ingest.migrate.packages import Package, PackageOrigin
from ingest.migrate.port import Origin, OriginUnusable
from ingest.migrate.sevenzip import RarPackage, SevenPackage
from ingest.migrate.share import ShareAddress, ShareOrigin
from ingest.migrate.zipped import TarPackage, ZipPackage
from storage.addresses import BucketAddress

REMOTE = ("smb", "s3+http", "s3+https")
_KINDS: tuple[tuple[int, bytes, Callable[[Path, int], Package]], ...] = (
    (0, b"PK", ZipPackage),
    (0, b"7z\xbc\xaf\x27\x1c", SevenPackage),
    (0, b"Rar!", RarPackage),
    (257, b"ustar", TarPackage),
    (0, b"\x1f\x8b", TarPackage),
    (0, b"BZh", TarPackage),
    (0, b"\xfd7zXZ", TarPackage),
)


def open_origin(address: str) -> Origin:
    """The origin that an address names: a folder, an archive file, smb://USER:PASSWORD@SERVER/SHARE/PATH, or
    s3+https://KEY:SECRET@HOST/BUCKET/PREFIX. Raises `OriginUnusable`; nothing remote is asked yet."""
    if re.match(r"[a-z][a-z0-9+]*://", address):
        parts = _split(address)
        if parts.scheme == "smb":
            return ShareOrigin(_share(parts))
        if parts.scheme in REMOTE:
            return BucketOrigin(_bucket(parts))
        raise OriginUnusable(
            f"不认识的来源 {parts.scheme}://", f"There is no source of the kind {parts.scheme}://"
        )
    path = Path(address).expanduser()
    if path.is_dir():
        return FolderOrigin(path)
    if not path.exists():
        raise OriginUnusable(f"没有 {path}", f"There is no {path}")
    if not path.is_file():
        raise OriginUnusable(
            f"{path} 是管道或设备，不能迁移；应为文件夹或压缩包",
            f"{path} is a pipe or a device; a folder or an archive file is wanted",
        )
    return PackageOrigin(path, kind_of(path))


def kind_of(path: Path) -> Callable[[Path, int], Package]:
    """What opens this archive file, by its first bytes. Raises `OriginUnusable`."""
    try:
        with path.open("rb") as file:
            head = file.read(512)
    except OSError as fault:
        raise OriginUnusable(
            f"读不了 {path}：{fault.strerror}", f"Cannot read {path}: {fault.strerror}"
        ) from fault
    for at, start, unpack in _KINDS:
        if head[at : at + len(start)] == start:
            return unpack
    raise OriginUnusable(
        f"{path.name} 不是文件夹，也不是 zip、tar、7z、rar",
        f"{path.name} is no folder, zip, tar, 7z or rar",
    )


def _split(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:  # its own words repeat the password
        raise OriginUnusable(
            "来源的网址读不懂；特殊字符要写成 %XX",
            "The address cannot be read: percent-encode special characters",
        ) from None
    if not parts.hostname or not parts.path.strip("/"):
        raise OriginUnusable(
            "来源要写成 smb://服务器/共享/文件夹 或 s3+https://主机/桶/前缀",
            "A source is written smb://SERVER/SHARE/FOLDER or s3+https://HOST/BUCKET/PREFIX",
        )
    return parts


def _share(parts: SplitResult) -> ShareAddress:
    share, _, path = unquote(parts.path).strip("/").partition("/")
    return ShareAddress(
        server=parts.hostname or "",
        share=share,
        path=path,
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        port=parts.port or 445,
    )


def _bucket(parts: SplitResult) -> BucketAddress:
    bucket, _, prefix = unquote(parts.path).strip("/").partition("/")
    return BucketAddress(
        endpoint=parts.netloc.rpartition("@")[2],
        bucket=bucket,
        access_key=unquote(parts.username or ""),
        secret_key=unquote(parts.password or ""),
        secure=parts.scheme == "s3+https",
        prefix=f"{prefix}/" if prefix else "",
    )
