"""A folder of this machine, mounted shares included, as an origin."""

import os
from collections.abc import Iterator
from pathlib import Path

from ingest.files.walk import Entry, Source, open_source, shown, walk
from ingest.migrate.port import OriginUnusable


class FolderOrigin:
    """See `Origin`. Links are not followed, devices not opened, other file systems below it are walked."""

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()

    @property
    def address(self) -> str:
        """The absolute path."""
        return shown(os.fsencode(self._root))

    def entries(self) -> Iterator[Entry]:
        """See `Origin`."""
        try:
            yield from walk(self._root)
        except OSError as fault:
            raise OriginUnusable(
                f"无法读取文件夹 {self._root}：{fault.strerror}",
                f"Cannot read the folder {self._root}: {fault.strerror}",
            ) from fault

    def open(self, entry: Entry) -> Source:
        """See `Origin`."""
        return open_source(entry)

    def close(self) -> None:
        """Nothing is held."""
