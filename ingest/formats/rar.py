"""RAR: names of all members; their bytes where they were only stored, or where the system's libarchive unpacks them."""

import contextlib
from collections.abc import Iterator
from functools import partial
from typing import Any

import rarfile

from ingest.draft import UNKNOWN_CIPHER, Draft, Source, Unreadable, locked
from ingest.files import unpacking
from ingest.files.archive import refuse_bomb
from ingest.formats.bundle import Bundle, Member
from ingest.inner import MAX_INNER


@contextlib.contextmanager
def _rar(source: Source) -> Iterator[Iterator[Member]]:
    try:
        with rarfile.RarFile(source.open()) as package:
            if package.needs_password():
                raise Unreadable("encrypted", UNKNOWN_CIPHER) if source.password else locked(source)
            with unpacking.entries(source) as packed:
                if packed:
                    refuse_bomb(source.size, sum(entry.file_size for entry in package.infolist()))
                yield _members(package, packed)
    except rarfile.Error as error:
        raise Unreadable("damaged", str(error)) from error


def _members(package: Any, packed: unpacking.Entries | None) -> Iterator[Member]:
    for number, entry in enumerate(package.infolist()):
        if entry.is_dir():
            continue
        size = entry.file_size
        if packed:
            yield entry.filename, size, partial(packed.data, number, min(size, MAX_INNER))
        elif entry.compress_type == rarfile.RAR_M0:
            yield entry.filename, size, partial(_stored, package, entry)
        else:  # a size of nothing: it is named, and nothing is unpacked
            yield entry.filename, 0, bytes


def _stored(package: Any, entry: Any) -> bytes:
    try:
        with package.open(entry) as stream:
            return bytes(stream.read(MAX_INNER))
    except rarfile.Error:
        return b""


class Rar(Bundle):
    """An archive that says how many of its members are only named."""

    def read(self, source: Source, draft: Draft) -> None:
        super().read(source, draft)
        if unpacking.library():
            return
        with contextlib.suppress(rarfile.Error), rarfile.RarFile(source.open()) as package:
            entries = [entry for entry in package.infolist() if not entry.is_dir()]
            draft.know("named_only", sum(one.compress_type != rarfile.RAR_M0 for one in entries) or "")


FORMATS = (Rar(("application/vnd.rar",), _rar),)
