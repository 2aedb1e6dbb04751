"""The journal: entries that are durable on this machine's disk from the moment they are appended until the database
has them (ADR 0007)."""

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from service.errors import Unavailable
from service.models.together import Together
from storage.durable import sync_folder

Entry = Mapping[str, Any]

ROOM = 1 << 20
"""Bytes of a file that are there from the start: writing over them costs half of what growing a file does."""
LOT = 200
TIME = "$at"


class Journal:
    """Two files in `folder`, used in turn: one is appended to while the other's entries go to the database.

    One process at a time may have it open. What a crash left is in the first `drain`.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._pages = [_Page(folder / "one.journal"), _Page(folder / "two.journal")]
        sync_folder(folder)
        self._turn = threading.Lock()
        self._draining = threading.Lock()
        self._together: Together[bytes, None] = Together(self._write, limit=LOT)

    def append(self, entry: Entry) -> None:
        """Returns when the entry would survive a power cut. Values are what JSON has, and times.

        Raises `Unavailable("audit")` if the disk takes nothing.
        """
        self._together.do(_line(entry))

    def append_soon(self, entry: Entry) -> None:
        """As `append`, but a power cut within about a second may still lose it; the end of any process does not.

        It is synced with the next entry that is, or is in the database by the next `drain`.
        """
        self._write([_line(entry)], synced=False)

    def drain(self, enter: Callable[[Sequence[Entry]], object]) -> int:
        """Hand over what waits, and forget it when `enter` returns; how many entries.

        Entries are handed over again after a crash or a fault of `enter`: it has to know them by their ids.
        """
        with self._draining:
            with self._turn:
                if not self._pages[1].lines:  # else an earlier drain did not come to its end
                    self._pages.reverse()
                page = self._pages[1]
            for start in range(0, len(page.lines), LOT):
                lot = page.lines[start : start + LOT]
                enter([json.loads(line, object_hook=_meant) for line in lot])
            done = len(page.lines)
            if done:
                page.clear()
            return done

    def close(self) -> None:
        """Let go of the files; what waits stays in them."""
        with self._draining, self._turn:
            for page in self._pages:
                page.close()

    def _write(self, lines: Sequence[bytes], *, synced: bool = True) -> Sequence[Exception | None]:
        with self._turn:
            try:
                self._pages[0].append(lines, synced=synced)
            except OSError as fault:
                raise Unavailable("audit", str(fault)) from fault
        return [None] * len(lines)


class _Page:
    """One file: lines of JSON, then zeros."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        raw = path.read_bytes()
        self.lines = list(_whole_lines(raw))
        self._used = sum(len(line) + 1 for line in self.lines)
        _write_all(self._file, bytes(max(ROOM, len(raw)) - self._used), self._used)
        os.fsync(self._file)

    def append(self, lines: Sequence[bytes], *, synced: bool) -> None:
        piece = b"\n".join(lines) + b"\n"
        _write_all(self._file, piece, self._used)
        if synced:
            os.fdatasync(self._file)
        self._used += len(piece)
        self.lines += lines

    def clear(self) -> None:
        os.ftruncate(self._file, max(ROOM, self._used))
        _write_all(self._file, bytes(self._used), 0)
        os.ftruncate(self._file, ROOM)
        os.fdatasync(self._file)
        self._used, self.lines = 0, []

    def close(self) -> None:
        os.close(self._file)


def _line(entry: Entry) -> bytes:
    return _ENCODER.encode(entry).encode()


def _whole_lines(raw: bytes) -> Iterator[bytes]:
    """Lines up to the first one that was not written to its end."""
    for line in raw.split(b"\n")[:-1]:
        if b"\0" in line:
            return
        yield line


def _write_all(file: int, piece: bytes, at: int) -> None:
    rest = memoryview(piece)
    while rest:
        written = os.pwrite(file, rest, at)
        rest, at = rest[written:], at + written


def _told(value: Any) -> Any:
    if isinstance(value, datetime):
        return {TIME: value.isoformat()}
    if isinstance(value, (set, frozenset, tuple)):
        return sorted(value)
    raise TypeError(f"no entry of a journal holds {type(value).__name__}")


def _meant(value: dict[str, Any]) -> Any:
    return datetime.fromisoformat(value[TIME]) if value.keys() == {TIME} else value


_ENCODER = json.JSONEncoder(default=_told, ensure_ascii=False, separators=(",", ":"), check_circular=False)
