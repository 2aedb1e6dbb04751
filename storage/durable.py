"""Durable: what the disk store and its parts share of the operating system, and its faults as those of the port."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from storage.port import StoreFull, StoreUnavailable

NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


@contextmanager
def faults(doing: str) -> Iterator[None]:
    """Turn faults of the operating system into those of the port."""
    try:
        yield
    except OSError as fault:
        if fault.errno in NO_ROOM:
            raise StoreFull(f"{doing}: {fault.strerror}") from fault
        raise StoreUnavailable(f"{doing}: {fault.strerror or fault}") from fault


def write_all(file: BinaryIO, chunk: bytes | memoryview) -> None:
    """Write the whole chunk, however little the system takes at once."""
    rest = memoryview(chunk)
    while rest:
        rest = rest[file.write(rest) :]


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
