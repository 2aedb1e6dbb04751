"""Disk: objects as files of a local directory, durable when a call returns."""

import os
import shutil
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Literal

from storage.conveyor import Conveyor
from storage.disk_frozen import ReadOnlyFiles
from storage.disk_parts import DiskParts
from storage.durable import faults, sync_folder, write_all
from storage.fixity import Intake
from storage.keys import checked, is_key, new_key, proved_by_block
from storage.links import SignedLinks
from storage.port import (
    ObjectExists,
    ObjectFrozen,
    ObjectMissing,
    PresignedRequest,
    StoredObject,
    StoreFull,
    StoreUnavailable,
)
from storage.reading import ObjectReader, span
from storage.straight import PIECE, Straight, piece_of_memory

PARTS_KEPT = timedelta(days=30)
"""How long an upload in parts may rest before its bytes go; whoever keeps account of uploads ends them earlier."""
RESERVE = 1 << 30
"""Bytes kept free for the database and the logs on the same disk, unless 5 % of the disk are fewer (F09)."""


class DiskStore:
    """`ObjectStore` in a directory: `root/KIND/XX/NAME`, and `root/tmp` for what is not acknowledged yet.

    A file is written and synced under a temporary name and then linked to its own, which fails if that is
    taken; a crash leaves temporary files only, which `sweep` removes. The file system must have hard links.
    """

    presignable = True
    served_here: Literal[True] = True
    """Presigned URLs lead to our own HTTP server, which asks `verify`."""

    def __init__(
        self,
        root: Path,
        *,
        sign_key: bytes,
        base_url: str | Callable[[], str],
        clock: Callable[[], datetime],
        reserve_bytes: int | None = None,
    ) -> None:
        self._root, self._tmp, self._clock = root, root / "tmp", clock
        self._links = SignedLinks(sign_key, base_url, clock)
        self._durable: set[Path] = set()
        with faults("prepare"):
            self._tmp.mkdir(mode=0o700, parents=True, exist_ok=True)
            sync_folder(root.parent)
            total = shutil.disk_usage(root).total
        self._reserve = min(RESERVE, total // 20) if reserve_bytes is None else reserve_bytes
        self.freezer = ReadOnlyFiles(self._path)
        self.parts = DiskParts(root, self._links, self._keep_reserve, self._link)

    def put(
        self, key: str, source: BinaryIO, *, sha256: str | None = None, size: int | None = None
    ) -> StoredObject:
        """See `ObjectStore.put`; nothing appears under `key` before all of it is on the platter."""
        final = self._path(key)
        self._keep_reserve(size or 0)
        intake = Intake(source, sha256=sha256, size=size, blocks=proved_by_block(key))
        temp = self._tmp / uuid.uuid4().hex
        try:
            self._receive(intake, temp, final.parent)
            stored = intake.stored(key)
            self._link(temp, final)
        finally:
            with suppress(OSError):
                temp.unlink(missing_ok=True)
        return stored

    def open(self, key: str, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """See `ObjectStore.open`."""
        path = self._path(key)
        with self._lookup(key):
            file = path.open("rb", buffering=0)
        try:
            with faults("open"):
                first, last = span(os.fstat(file.fileno()).st_size, start, end)
                file.seek(first)
        except BaseException:
            file.close()
            raise

        def read(limit: int) -> bytes:
            with faults("read"):
                return file.read(limit)

        return ObjectReader(read, file.close, last - first)

    def stat(self, key: str) -> StoredObject:
        """See `ObjectStore.stat`."""
        path = self._path(key)
        with self._lookup(key):
            return StoredObject(key, path.stat().st_size)

    def delete(self, key: str) -> None:
        """See `ObjectStore.delete`; gone for good, also after a power cut."""
        path = self._path(key)
        with suppress(ObjectMissing), self._lookup(key):
            if self.freezer.frozen(key):
                raise ObjectFrozen(f"{key} is frozen")
            path.unlink()
            sync_folder(path.parent)

    def list(self, prefix: str = "", *, after: str = "") -> Iterator[StoredObject]:
        """See `ObjectStore.list`; holds the names of one folder (1/256 of a kind) in memory."""
        for kind in self._folders("", prefix, after):
            for folder in self._folders(f"{kind}/", prefix, after):
                yield from self._objects(folder, prefix, after)

    def presign(
        self, method: Literal["GET", "PUT"], key: str, *, expires: timedelta, filename: str = ""
    ) -> PresignedRequest:
        """See `ObjectStore.presign`; the URL leads to ourselves."""
        return PresignedRequest(method, self._links.sign(method, checked(key), expires, filename))

    def verify(self, method: str, key: str, query: Mapping[str, str]) -> None:
        """Return if `presign` gave this request and it is in time, else `PresignRefused` (answer 403).

        `query` holds the decoded query parameters: `expires`, `signature` and, where one was signed, `filename`.
        """
        self._links.verify(method, key, query)

    def ready(self) -> None:
        """See `ObjectStore.ready`: writes, links and removes a probe."""
        try:
            key = new_key("probe")
            self.put(key, BytesIO(b"probe"))
            self.delete(key)
        except StoreFull as fault:
            raise StoreUnavailable(f"no room: {fault}") from fault

    def sweep(self, older_than: timedelta, spared: Collection[str] = ()) -> int:  # noqa: ARG002  parts have their own time
        """Remove what interrupted writes left, if untouched for `older_than`; how many files that were."""
        oldest = (self._clock() - older_than).timestamp()
        swept = 0
        with faults("sweep"):
            for temp in self._tmp.iterdir():
                with suppress(FileNotFoundError):
                    if temp.stat().st_mtime < oldest:
                        temp.unlink()
                        swept += 1
        return swept + self.parts.sweep(self._clock() - PARTS_KEPT)

    def _path(self, key: str) -> Path:
        return self._root / checked(key)

    @contextmanager
    def _lookup(self, key: str) -> Iterator[None]:
        """A missing file is a missing object only while the directory of the store itself is there."""
        with faults("look up"):
            try:
                yield
            except FileNotFoundError as fault:
                if not self._tmp.is_dir():
                    raise StoreUnavailable(
                        "the directory of the store is gone: is its disk mounted?"
                    ) from fault
                raise ObjectMissing(f"nothing under {key}") from fault

    def _keep_reserve(self, coming: int) -> None:
        with faults("look for room"):
            free = shutil.disk_usage(self._root).free
        if free - coming < self._reserve:
            raise StoreFull(f"{free} bytes are free, {coming} are coming, {self._reserve} must stay free")

    def _receive(self, intake: Intake, temp: Path, folder: Path) -> None:
        with faults("create"):
            file = os.fdopen(os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=0)
        with file:
            # Reading stands outside of faults: an OSError of the source is not one of the disk.
            first = None if intake.promised >= PIECE else _beginning(intake)
            if first is None or len(first) == PIECE:
                Conveyor(intake.digest, self._writer(file.fileno(), folder)).run(intake.fill, first)
            else:
                self._keep_reserve(len(first))
                with faults("write"):
                    write_all(file, first)
            with faults("sync"):
                # Asked once: after a failed fsync the kernel may forget the pages and report success (F08).
                os.fsync(file.fileno())

    def _writer(self, file: int, folder: Path) -> Callable[[memoryview, int], None]:
        straight = Straight(file)

        def write(part: memoryview, offset: int) -> None:
            self._keep_reserve(len(part))
            with faults("write"):
                if not offset:  # while the rest comes in; later everybody would wait for it
                    self._prepare_folder(folder)
                straight.write(part, offset)

        return write

    def _link(self, temp: Path, final: Path) -> None:
        with faults("link"):
            self._prepare_folder(final.parent)
            try:
                os.link(temp, final)
            except FileExistsError:
                raise ObjectExists(f"the key is taken: {final.name}") from None
            try:
                sync_folder(final.parent)
            except OSError:
                final.unlink(missing_ok=True)
                raise

    def _prepare_folder(self, folder: Path) -> None:
        """Make `folder` and know its name to be on the disk, also when another process has just made it."""
        if folder in self._durable and folder.is_dir():
            return
        known = folder.parent in self._durable and folder.parent.is_dir()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync_folder(folder.parent)
        if not known:
            sync_folder(self._root)
        self._durable |= {folder, folder.parent}

    def _folders(self, inside: str, prefix: str, after: str) -> Iterator[str]:
        with faults("list"), os.scandir(self._root / inside) as entries:
            names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
        for path in sorted(inside + name for name in names):
            if path.startswith(prefix[: len(path)]) and path >= after[: len(path)]:
                yield path

    def _objects(self, folder: str, prefix: str, after: str) -> Iterator[StoredObject]:
        with faults("list"):
            keys = sorted(f"{folder}/{name}" for name in os.listdir(self._root / folder))  # noqa: PTH208 one call
        for key in keys:
            if key.startswith(prefix) and key > after and is_key(key):
                with suppress(ObjectMissing):
                    yield self.stat(key)


def _beginning(intake: Intake) -> memoryview:
    """The first piece, digested, as far as the source reaches."""
    first, filled = piece_of_memory(), 0
    while filled < len(first) and (chunk := intake.read(len(first) - filled)):
        first[filled : filled + len(chunk)] = chunk
        filled += len(chunk)
    return first[:filled]
