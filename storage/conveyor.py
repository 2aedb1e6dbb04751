"""A conveyor: while the next piece of a large object comes in, the last ones are digested and written beside it."""

import os
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

PIECE = 1 << 20
PIECES = 6
"""Pieces that may be under way: what one object takes in memory."""


class Conveyor:
    """Fills pieces of memory, has them digested and written in their order, and fills them again.

    `digest` and `write` (at an offset) run in threads of their own; both let the interpreter go meanwhile.
    """

    def __init__(
        self, digest: Callable[[Any], object], write: Callable[[Any, int], None], start: int
    ) -> None:
        """`start` is the offset of the first piece."""
        self._digest, self._write, self._offset = digest, write, start
        self._fault: BaseException | None = None
        self._free: queue.SimpleQueue[bytearray] = queue.SimpleQueue()
        self._to_digest: queue.SimpleQueue[tuple[bytearray, int] | None] = queue.SimpleQueue()
        self._to_write: queue.SimpleQueue[tuple[bytearray, int] | None] = queue.SimpleQueue()
        self._made = 0

    def run(self, fill: Callable[[memoryview], int]) -> None:
        """Move everything that `fill` gives, to the end (0); raises what `fill`, `digest` and `write` raise."""
        threads = [
            threading.Thread(target=work, name=f"conveyor-{work.__name__}", daemon=True)
            for work in (self._digesting, self._writing)
        ]
        for thread in threads:
            thread.start()
        try:
            while self._fault is None:
                piece = self._piece()
                if not (filled := fill(memoryview(piece))):
                    break
                self._to_digest.put((piece, filled))
        finally:
            self._to_digest.put(None)
            for thread in threads:
                thread.join()
        if self._fault is not None:
            raise self._fault

    def _piece(self) -> bytearray:
        """A free one; they are made as they are needed, up to `PIECES`."""
        if self._made < PIECES:
            with suppress(queue.Empty):
                return self._free.get_nowait()
            self._made += 1
            return bytearray(PIECE)
        return self._free.get()

    def _digesting(self) -> None:
        while (item := self._to_digest.get()) is not None:
            piece, filled = item
            self._guarded(self._digest, memoryview(piece)[:filled])
            self._to_write.put(item)
        self._to_write.put(None)

    def _writing(self) -> None:
        while (item := self._to_write.get()) is not None:
            piece, filled = item
            self._guarded(lambda part: self._write(part, self._offset), memoryview(piece)[:filled])
            self._offset += filled
            self._free.put(piece)

    def _guarded(self, work: Callable[[memoryview], object], part: memoryview) -> None:
        """After a fault pieces still go round, so that nobody waits for one for ever."""
        try:
            if self._fault is None:
                work(part)
        except BaseException as fault:  # noqa: BLE001  it is raised again where the object comes in
            self._fault = self._fault or fault


def write_at(file: int, part: memoryview, offset: int) -> None:
    """Write all of `part`, and have the disk begin with it now instead of at the sync."""
    start, rest = offset, part
    while rest:
        written = os.pwrite(file, rest, offset)
        rest, offset = rest[written:], offset + written
    os.posix_fadvise(file, start, len(part), os.POSIX_FADV_DONTNEED)
