"""Reading: ranges, and an iterator of chunks that never ends short."""

from collections.abc import Callable, Iterator

from storage.port import CHUNK, RangeUnsatisfiable, StoreUnavailable


def span(size: int, start: int, end: int | None) -> tuple[int, int]:
    """The half-open range meant by `start` and `end` in an object of `size` bytes (`ObjectStore.open`)."""
    last = size if end is None else min(end, size)
    if start < 0 or start > last or (start == size and size > 0):
        raise RangeUnsatisfiable(f"bytes {start} to {end} of {size}")
    return start, last


class ObjectReader(Iterator[bytes]):
    """`length` bytes from `read`, in chunks; closed at the end, at a fault, by `close` and when forgotten.

    A class and not a generator, because a generator that nobody starts never closes what it holds.
    """

    def __init__(self, read: Callable[[int], bytes], close: Callable[[], None], length: int) -> None:
        self._read, self._close, self._left = read, close, length
        self._closed = False

    @classmethod
    def empty(cls) -> "ObjectReader":
        """No bytes at all."""
        return cls(lambda _: b"", lambda: None, 0)

    def __next__(self) -> bytes:
        if self._closed:
            raise StopIteration
        if self._left == 0:
            self.close()
            raise StopIteration
        try:
            chunk = self._read(min(CHUNK, self._left))
        except BaseException:
            self.close()
            raise
        if not chunk:
            self.close()
            raise StoreUnavailable(f"the object ended {self._left} bytes early")
        self._left -= len(chunk)
        return chunk

    def close(self) -> None:
        """Let go of the file or connection; may be repeated."""
        if not self._closed:
            self._closed = True
            self._close()

    def __del__(self) -> None:
        self.close()
