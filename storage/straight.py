"""Straight: a large file's bytes go from memory to the disk without a copy in the system's cache, where it lets them."""

import errno
import fcntl
import mmap
import os

PIECE = 1 << 20
ALIGNED = 4096
"""What memory, offset and length of a write past the cache are multiples of, on every disk of today."""
_DIRECT = getattr(os, "O_DIRECT", 0)


def piece_of_memory() -> memoryview:
    """`PIECE` bytes that begin at a page; the system gives them when they are first written to."""
    return memoryview(mmap.mmap(-1, PIECE))


class Straight:
    """Writes to a file at offsets. What is not aligned, and everything where the file system will not have it
    otherwise, goes through the cache, and the disk begins with it at once."""

    def __init__(self, file: int) -> None:
        """`file` is a descriptor open for writing, whose flags are changed."""
        self._file = file
        self._direct = bool(_DIRECT) and self._switch(on=True)

    def write(self, part: memoryview, offset: int) -> None:
        """Write all of `part`."""
        straight = len(part) - len(part) % ALIGNED if self._direct and offset % ALIGNED == 0 else 0
        written = self._past_the_cache(part[:straight], offset)
        if written < len(part):
            if self._direct:
                self._direct = not self._switch(on=False)
            write_at(self._file, part[written:], offset + written)

    def _past_the_cache(self, part: memoryview, offset: int) -> int:
        """How many of these bytes were written; the rest the file system does not take like this."""
        written = 0
        while written < len(part) and written % ALIGNED == 0:
            try:
                written += os.pwrite(self._file, part[written:], offset + written)
            except OSError as fault:
                if fault.errno != errno.EINVAL:
                    raise
                break
        return written

    def _switch(self, *, on: bool) -> bool:
        flags = fcntl.fcntl(self._file, fcntl.F_GETFL)
        try:
            fcntl.fcntl(self._file, fcntl.F_SETFL, flags | _DIRECT if on else flags & ~_DIRECT)
        except OSError:
            return False
        return True


def write_at(file: int, part: memoryview, offset: int) -> None:
    """Write all of `part`, and have the disk begin with it now instead of at the sync."""
    start, rest = offset, part
    while rest:
        written = os.pwrite(file, rest, offset)
        rest, offset = rest[written:], offset + written
    os.posix_fadvise(file, start, len(part), os.POSIX_FADV_DONTNEED)
