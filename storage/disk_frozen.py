"""Frozen files of a disk: read-only, and refused by the store itself. The master of the machine can still take them."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from storage.durable import faults

READ_ONLY, READ_WRITE, WRITABLE = 0o400, 0o600, 0o200


class ReadOnlyFiles:
    """`Freezer` by the mode of files."""

    able = True

    def __init__(self, path: Callable[[str], Path]) -> None:
        """`path`: key → file."""
        self._path = path

    def freeze(self, key: str) -> None:
        """See `Freezer.freeze`."""
        self._turn(key, READ_ONLY)

    def thaw(self, key: str) -> None:
        """See `Freezer.thaw`."""
        self._turn(key, READ_WRITE)

    def frozen(self, key: str) -> bool:
        """See `Freezer.frozen`."""
        with faults("look up"), suppress(FileNotFoundError):
            return not self._path(key).stat().st_mode & WRITABLE
        return False

    def _turn(self, key: str, mode: int) -> None:
        with faults("change the mode"), suppress(FileNotFoundError):
            self._path(key).chmod(mode)
