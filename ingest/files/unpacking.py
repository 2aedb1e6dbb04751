"""libarchive, where the system has it: unpacks what Python's own libraries only list."""

import contextlib
import ctypes
import functools
import io
import os
from collections.abc import Iterator
from typing import Any

from ingest.draft import Source

_NAMES = ("libarchive.so.13", "libarchive.so")
_OK, _END = 0, 1
_BLOCK = 64 * 1024


@functools.cache
def library() -> Any | None:
    """The system's libarchive; None where it is not installed or too old for RAR 5."""
    for name in _NAMES:
        try:
            found = ctypes.CDLL(name)
            found.archive_read_support_format_rar5.argtypes = [ctypes.c_void_p]
        except (OSError, AttributeError):
            continue
        found.archive_read_new.restype = ctypes.c_void_p
        for taking in (found.archive_read_support_format_rar, found.archive_read_free):
            taking.argtypes = [ctypes.c_void_p]
        found.archive_read_open_fd.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
        found.archive_read_open_memory.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
        found.archive_read_next_header.argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p)]
        found.archive_read_data.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
        found.archive_read_data.restype = ctypes.c_ssize_t
        return found
    return None


class Entries:
    """The entries of a RAR file, one after the other: earlier ones may be left out, none is had twice."""

    def __init__(self, known: Any, handle: int) -> None:
        self._known, self._handle = known, handle
        self._next = 0
        self._ended = False

    def data(self, number: int, size: int) -> bytes:
        """The bytes of entry `number`, counted from 0 with folders; b"" if they cannot be unpacked to `size`."""
        entry = ctypes.c_void_p()
        while self._next <= number and not self._ended:
            self._ended = self._known.archive_read_next_header(self._handle, ctypes.byref(entry)) != _OK
            self._next += 1
        if self._ended or self._next != number + 1:
            return b""
        buffer = ctypes.create_string_buffer(size)
        done = 0
        while done < size:
            place = ctypes.cast(ctypes.byref(buffer, done), ctypes.c_char_p)
            count = self._known.archive_read_data(self._handle, place, size - done)
            if count <= 0:
                break
            done += count
        return buffer.raw if done == size else b""


@contextlib.contextmanager
def entries(source: Source) -> Iterator[Entries | None]:
    """The entries of the RAR file `source`, which nobody else may read meanwhile; None where libarchive is missing."""
    known = library()
    if known is None:
        yield None
        return
    handle = known.archive_read_new()
    try:
        known.archive_read_support_format_rar(handle)
        known.archive_read_support_format_rar5(handle)
        try:
            descriptor = source.open().fileno()
        except io.UnsupportedOperation:
            whole = source.whole()
            known.archive_read_open_memory(handle, whole, len(whole))
        else:
            # Python's file may think that it stands there already, by what it has read ahead
            os.lseek(descriptor, 0, os.SEEK_SET)
            known.archive_read_open_fd(handle, descriptor, _BLOCK)
        yield Entries(known, handle)
    finally:
        known.archive_read_free(handle)
