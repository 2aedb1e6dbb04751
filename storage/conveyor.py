"""A conveyor: while the next piece of a large object comes in, the last ones are digested and written beside it."""

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from storage.straight import piece_of_memory

PIECES = 6
"""Pieces that may be under way: what one object takes in memory."""


class Conveyor:
    """Fills pieces of memory, has them digested and written in their order, and fills them again.

    `digest` and `write` (at an offset) run in threads of their own; both let the interpreter go meanwhile.
    """

    def __init__(self, digest: Callable[[Any], object], write: Callable[[Any, int], None]) -> None:
        self._digest, self._write, self._offset = digest, write, 0
        self._fault: BaseException | None = None
        self._free: queue.SimpleQueue[memoryview] = queue.SimpleQueue()
        self._to_digest: queue.SimpleQueue[tuple[memoryview, int] | None] = queue.SimpleQueue()
        self._to_write: queue.SimpleQueue[tuple[memoryview, int] | None] = queue.SimpleQueue()
        self._made = 0

    def run(self, fill: Callable[[memoryview], int], first: memoryview | None = None) -> None:
        """Move the first piece, which is full and digested, if there is one, and everything that `fill` gives, to the
        end (0); raises what `fill`, `digest` and `write` raise."""
        threads = [
            threading.Thread(target=work, name=f"conveyor-{work.__name__}", daemon=True)
            for work in (self._digesting, self._writing)
        ]
        for thread in threads:
            thread.start()
        if first is not None:
            self._made = 1
            self._to_write.put((first, len(first)))
        try:
            while self._fault is None:
                piece = self._piece()
                if not (filled := fill(piece)):
                    break
                self._to_digest.put((piece, filled))
        finally:
            self._to_digest.put(None)
            for thread in threads:
                thread.join()
        if self._fault is not None:
            raise self._fault

    def _piece(self) -> memoryview:
        """A free one; they are made as they are needed, up to `PIECES`."""
        if self._made < PIECES:
            with suppress(queue.Empty):
                return self._free.get_nowait()
            self._made += 1
            return piece_of_memory()
        return self._free.get()

    def _digesting(self) -> None:
        while (item := self._to_digest.get()) is not None:
            piece, filled = item
            self._guarded(self._digest, piece[:filled])
            self._to_write.put(item)
        self._to_write.put(None)

    def _writing(self) -> None:
        while (item := self._to_write.get()) is not None:
            piece, filled = item
            self._guarded(lambda part: self._write(part, self._offset), piece[:filled])
            self._offset += filled
            self._free.put(piece)

    def _guarded(self, work: Callable[[memoryview], object], part: memoryview) -> None:
        """After a fault pieces still go round, so that nobody waits for one for ever."""
        try:
            if self._fault is None:
                work(part)
        except BaseException as fault:  # noqa: BLE001  it is raised again where the object comes in
            self._fault = self._fault or fault
