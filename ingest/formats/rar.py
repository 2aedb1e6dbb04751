"""RAR: names of all members; of those that were only stored, the bytes. What is packed needs a program that no cell runs."""

import contextlib
from collections.abc import Iterator
from functools import partial
from typing import Any

import rarfile

from ingest.draft import Draft, Source, Unreadable, locked
from ingest.formats.bundle import Bundle, Member
from ingest.inner import MAX_INNER


@contextlib.contextmanager
def _rar(source: Source) -> Iterator[Iterator[Member]]:
    try:
        with rarfile.RarFile(source.open()) as package:
            if package.needs_password():
                raise locked(source)
            yield _members(package)
    except rarfile.Error as error:
        raise Unreadable("damaged", str(error)) from error


def _members(package: Any) -> Iterator[Member]:
    for entry in package.infolist():
        if entry.is_dir():
            continue
        stored = entry.compress_type == rarfile.RAR_M0
        # a size of nothing: it is named, and nothing is unpacked
        yield entry.filename, entry.file_size if stored else 0, partial(_bytes, package, entry, stored=stored)


def _bytes(package: Any, entry: Any, *, stored: bool) -> bytes:
    if not stored:
        return b""
    try:
        with package.open(entry) as stream:
            return bytes(stream.read(MAX_INNER))
    except rarfile.Error:
        return b""


class Rar(Bundle):
    """An archive that says how many of its members are only named."""

    def read(self, source: Source, draft: Draft) -> None:
        super().read(source, draft)
        with contextlib.suppress(rarfile.Error), rarfile.RarFile(source.open()) as package:
            entries = [entry for entry in package.infolist() if not entry.is_dir()]
            draft.know("named_only", sum(one.compress_type != rarfile.RAR_M0 for one in entries) or "")


FORMATS = (Rar(("application/vnd.rar",), _rar),)
