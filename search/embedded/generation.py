"""A generation: the compartments of the embedded index that one rebuild has made."""

import re
import threading
from dataclasses import dataclass, field
from pathlib import Path

from search.embedded.index import CompartmentIndex

_COMPARTMENT = re.compile(r"[A-Za-z0-9_-]{1,32}")


@dataclass(slots=True)
class Generation:
    """All compartments built by one rebuild. `path` None holds them in memory; `own`: no other process adds any."""

    path: Path | None
    own: bool = False
    filling: bool = False
    indexes: dict[str, CompartmentIndex] = field(default_factory=dict)
    _missing: set[str] = field(default_factory=set)
    _opening: threading.Lock = field(default_factory=threading.Lock)

    def existing(self, compartment: str) -> CompartmentIndex | None:
        """The index of a compartment if there is one."""
        found = self.indexes.get(compartment)
        if found or self.path is None or compartment in self._missing:
            return found
        if not _COMPARTMENT.fullmatch(compartment):
            return None
        if (self.path / compartment / "passages" / "meta.json").exists():
            return self.opened(compartment)
        if self.own:  # looking for it on the disk with every question costs more than all of them in memory
            self._missing.add(compartment)
        return None

    def compartments(self) -> list[str]:
        """The compartments that hold anything."""
        made = [folder.name for folder in self.path.iterdir()] if self.path and self.path.is_dir() else []
        return sorted({*made, *self.indexes})

    def opened(self, compartment: str) -> CompartmentIndex:
        """The index of a compartment, made if there is none."""
        if not _COMPARTMENT.fullmatch(compartment):
            raise ValueError("A compartment's name has 1 to 32 letters, digits, '-' and '_'.")
        with self._opening:
            if compartment not in self.indexes:
                path = self.path and self.path / compartment
                self.indexes[compartment] = CompartmentIndex(path, filling=self.filling)
            return self.indexes[compartment]

    def filled(self) -> None:
        """Commit what was filled in."""
        self.filling = False
        for index in list(self.indexes.values()):
            index.filled()

    def close(self) -> None:
        for index in self.indexes.values():
            index.close()
