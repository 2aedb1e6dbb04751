"""libtiff, which Pillow brings: rows one after the other of what is packed in one piece, which Pillow decodes whole."""

import contextlib
import ctypes
import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from PIL import _imaging

_SIZE, _HANDLE = ctypes.c_ssize_t, ctypes.c_void_p
_READ = ctypes.CFUNCTYPE(_SIZE, _HANDLE, ctypes.c_void_p, _SIZE)
_SEEK = ctypes.CFUNCTYPE(ctypes.c_uint64, _HANDLE, ctypes.c_uint64, ctypes.c_int)
_CLOSE = ctypes.CFUNCTYPE(ctypes.c_int, _HANDLE)
_LENGTH = ctypes.CFUNCTYPE(ctypes.c_uint64, _HANDLE)
_PIECE = 1 << 20
BEGIN = 1 << 20
"""Where the packed pieces stand in what libtiff reads, behind the directory."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A TIFF file as libtiff is to see it: `head` with its directory, at `BEGIN` some stretches (start, size) of `file`."""

    file: BinaryIO
    head: bytes
    stretches: Sequence[tuple[int, int]]

    @property
    def size(self) -> int:
        """Bytes as libtiff sees them."""
        return BEGIN + sum(size for _, size in self.stretches)

    def read(self, at: int, size: int) -> bytes:
        """At most `size` bytes from `at`; fewer only where a stretch ends."""
        if at < BEGIN:
            return self.head[at : at + size].ljust(min(size, BEGIN - at), b"\0")
        at -= BEGIN
        for start, length in self.stretches:
            if at < length:
                self.file.seek(start + at)
                return self.file.read(min(size, length - at))
            at -= length
        return b""


class _Reader:
    """What libtiff calls to read a `Packed`."""

    def __init__(self, packed: Packed) -> None:
        self._packed, self._at = packed, 0
        # kept, for libtiff calls them after this has returned
        self.calls = (
            _READ(self._read), _READ(lambda *_: 0), _SEEK(self._seek), _CLOSE(lambda _: 0),
            _LENGTH(lambda _: packed.size),
        )  # fmt: skip

    def _read(self, _: object, into: int, size: int) -> int:
        done = 0
        while done < size:
            piece = self._packed.read(self._at, min(size - done, _PIECE))
            if not piece:
                break
            ctypes.memmove(into + done, piece, len(piece))
            done += len(piece)
            self._at += len(piece)
        return done

    def _seek(self, _: object, offset: int, whence: int) -> int:
        self._at = offset + (0, self._at, self._packed.size)[whence]
        return self._at


@functools.cache
def library() -> Any | None:
    """The libtiff that Pillow decodes with; None where it cannot be called."""
    try:
        found = ctypes.CDLL(_imaging.__file__)
        found.TIFFClientOpen.restype = _HANDLE
        found.TIFFScanlineSize.restype = _SIZE
    except (OSError, AttributeError):
        return None
    found.TIFFClientOpen.argtypes = [
        ctypes.c_char_p, ctypes.c_char_p, _HANDLE, _READ, _READ, _SEEK, _CLOSE, _LENGTH, _HANDLE, _HANDLE,
    ]  # fmt: skip
    found.TIFFScanlineSize.argtypes = [_HANDLE]
    found.TIFFReadScanline.argtypes = [_HANDLE, _HANDLE, ctypes.c_uint32, ctypes.c_uint16]
    found.TIFFClose.argtypes = [_HANDLE]
    for silenced in (found.TIFFSetErrorHandler, found.TIFFSetWarningHandler):
        silenced.argtypes = [_HANDLE]
        silenced(None)
    return found


def rows(packed: Packed, plane: int, lengths: Sequence[int]) -> Iterator[bytes]:
    """The rows of a plane, as many at a time as `lengths` say, unpacked, each from a new byte on; fewer where the file
    is damaged, none where libtiff cannot be called."""
    known = library()
    if known is None:
        return
    reader = _Reader(packed)
    with contextlib.ExitStack() as stack:
        handle = known.TIFFClientOpen(b"", b"rm", None, *reader.calls, None, None)
        if not handle:
            return
        stack.callback(known.TIFFClose, handle)
        width, number = known.TIFFScanlineSize(handle), 0
        for length in lengths:
            lot = ctypes.create_string_buffer(max(1, width * length))
            for row in range(length):
                if known.TIFFReadScanline(handle, ctypes.addressof(lot) + row * width, number, plane) < 0:
                    return
                number += 1
            yield lot.raw
