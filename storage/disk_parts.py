"""Disk parts: one object sent in parts to a directory, each written straight to its place in one file."""

import hashlib
import os
import re
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from storage.durable import faults, sync_folder, write_all
from storage.keys import checked
from storage.links import SignedLinks
from storage.parting import place, require_whole, step_of
from storage.port import (
    CHUNK,
    ChecksumMismatch,
    ComingPart,
    ObjectExists,
    ObjectMissing,
    Part,
    PresignedRequest,
    StoredObject,
    StoreUnavailable,
)

FOLDER = "parts"
"""Where unfinished uploads lie, inside the directory of the store."""
UPLOAD = re.compile(r"[0-9a-f]{32}", re.ASCII)
DATA = re.compile(r"data\.(\d+)", re.ASCII)
MARK = re.compile(r"(\d{5})\.(\d+)\.([0-9a-f]{32})", re.ASCII)


class DiskParts:
    """`PartStore` in `root/parts/UPLOAD/`: the file `data.SIZE`, and a mark NUMBER.SIZE.MD5 for every durable part.

    A mark is taken away before its part is written anew and set after the bytes are on the platter: a crash
    leaves a part missing, never wrong. Nothing is copied at the end; the file gets its name.
    """

    def __init__(
        self,
        root: Path,
        links: SignedLinks,
        keep_reserve: Callable[[int], None],
        link: Callable[[Path, Path], None],
    ) -> None:
        self._root, self._links = root, links
        self._keep_reserve, self._link = keep_reserve, link
        self._busy: set[tuple[str, int]] = set()
        self._lock = threading.Lock()
        with faults("prepare"):
            (root / FOLDER).mkdir(mode=0o700, exist_ok=True)

    def begin(self, key: str, size: int) -> str:
        """See `PartStore.begin`."""
        checked(key)
        self._keep_reserve(size)
        upload = uuid.uuid4().hex
        with faults("begin"):
            folder = self._root / FOLDER / upload
            folder.mkdir(mode=0o700)
            os.close(os.open(folder / f"data.{size}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            sync_folder(folder)
            sync_folder(folder.parent)
        return upload

    def sign(self, key: str, upload: str, number: int, *, expires: timedelta) -> PresignedRequest:
        """See `PartStore.sign`; the URL leads to ourselves."""
        return PresignedRequest("PUT", self._links.sign_part(checked(key), upload, number, expires))

    def verify(self, key: str, query: Mapping[str, str]) -> tuple[str, int]:
        """See `PartStore.verify`."""
        return self._links.verify_part(key, query)

    def send(self, key: str, upload: str, part: ComingPart) -> Part:
        """See `PartStore.send`; while one request sends a part, another one is told to come later."""
        checked(key)
        folder = self._folder(upload)
        with self._alone(upload, part.number):
            data, size = self._data(folder)
            start, length = place(size, part.number, step_of(key, size))
            if part.size not in (None, length):
                raise ChecksumMismatch(f"part {part.number} has {length} bytes, {part.size} are coming")
            with faults("send"):
                self._unmark(folder, part.number)
            stored = self._write(data, start, length, part)
            with faults("mark"):
                (folder / f"{stored.number:05}.{stored.size}.{stored.etag}").touch(mode=0o600)
                sync_folder(folder)
        return stored

    def list(self, key: str, upload: str) -> Sequence[Part]:
        """See `PartStore.list`."""
        checked(key)
        with faults("list"):
            names = sorted(path.name for path in self._folder(upload).iterdir())
        found = (MARK.fullmatch(name) for name in names)
        return [Part(int(one[1]), int(one[2]), one[3]) for one in found if one]

    def complete(self, key: str, upload: str, size: int) -> StoredObject:
        """See `PartStore.complete`."""
        final = self._root / checked(key)
        try:
            folder = self._folder(upload)
        except ObjectMissing:
            with faults("look up"), suppress(FileNotFoundError):
                return StoredObject(key, final.stat().st_size)
            raise
        with self._alone(upload, 0):
            data = self._data(folder)[0]
            require_whole(self.list(key, upload), size, step_of(key, size))
            with faults("complete"):
                _sync_file(data)
            with suppress(ObjectExists):  # the key serves this upload alone: it is done already
                self._link(data, final)
            self._remove(folder)
        return StoredObject(key, size)

    def abort(self, key: str, upload: str) -> None:
        """See `PartStore.abort`; a request that still sends a part ends in nothing."""
        checked(key)
        with suppress(ObjectMissing):
            self._remove(self._folder(upload))

    def sweep(self, before: datetime) -> int:
        """Remove uploads that nothing was sent to since `before`; how many those were."""
        swept = 0
        with faults("sweep"):
            for folder in list((self._root / FOLDER).iterdir()):
                with suppress(FileNotFoundError):
                    if (
                        UPLOAD.fullmatch(folder.name.removesuffix(".ending"))
                        and folder.stat().st_mtime < before.timestamp()
                    ):
                        self._remove(folder)
                        swept += 1
        return swept

    def _folder(self, upload: str) -> Path:
        folder = self._root / FOLDER / upload
        with faults("look up"):
            if not UPLOAD.fullmatch(upload) or not folder.is_dir():
                if not (self._root / FOLDER).is_dir():
                    raise StoreUnavailable("the directory of the store is gone: is its disk mounted?")
                raise ObjectMissing(f"no upload {upload[:80]!r}")
        return folder

    def _data(self, folder: Path) -> tuple[Path, int]:
        with faults("look up"):
            for path in folder.iterdir():
                if found := DATA.fullmatch(path.name):
                    return path, int(found[1])
        raise ObjectMissing("the upload is ending")

    @contextmanager
    def _alone(self, upload: str, number: int) -> Iterator[None]:
        """Hold one part, or with number 0 the whole upload, against other requests."""
        with self._lock:
            rivals = (
                {(upload, number), (upload, 0)} if number else {one for one in self._busy if one[0] == upload}
            )
            if rivals & self._busy:
                raise StoreUnavailable("another request is still sending this part")
            self._busy.add((upload, number))
        try:
            yield
        finally:
            with self._lock:
                self._busy.discard((upload, number))

    def _unmark(self, folder: Path, number: int) -> None:
        old = list(folder.glob(f"{number:05}.*"))
        for mark in old:
            mark.unlink()
        if old:
            sync_folder(folder)

    def _write(self, data: Path, start: int, length: int, part: ComingPart) -> Part:
        with faults("open"):
            file = data.open("r+b", buffering=0)
        with file:
            with faults("seek"):
                file.seek(start)
            md5 = self._pour(part.source, file, length)
            if part.md5 not in (None, md5.digest()):
                raise ChecksumMismatch(f"part {part.number} differs from its Content-MD5")
            with faults("sync"):
                os.fdatasync(file.fileno())
        return Part(part.number, length, md5.hexdigest())

    def _pour(self, source: BinaryIO, file: BinaryIO, length: int) -> "hashlib._Hash":
        md5, left = hashlib.md5(usedforsecurity=False), length
        # Reading stands outside of `faults`: an OSError of the source is not one of the disk.
        while chunk := source.read(min(CHUNK, left) or 1):
            left -= len(chunk)
            if left < 0:
                raise ChecksumMismatch(f"more than the {length} bytes of this part")
            self._keep_reserve(len(chunk))
            md5.update(chunk)
            with faults("write"):
                write_all(file, chunk)
        if left:
            raise ChecksumMismatch(f"{left} of the {length} bytes of this part are missing")
        return md5

    def _remove(self, folder: Path) -> None:
        with faults("remove"):
            # Under another name first, so that a removal that is cut leaves nothing that looks like an upload.
            ending = folder.with_name(f"{folder.name}.ending")
            with suppress(FileNotFoundError):
                folder.rename(ending)
            shutil.rmtree(ending, ignore_errors=True)


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
