"""Snapshots: states of the embedded index that are held for people who page through an answer."""

import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

KEPT = 120.0
"""Seconds that a state is held behind the last look at it."""
MOST = 40
"""States held at once: each keeps files of the index on the disk that a merge has replaced; the oldest goes first."""


class Snapshots:
    """Compartment → searcher, by a name that a cursor carries. Who may see what is asked with every page anew."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, tuple[float, Mapping[str, Any]]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, searchers: Mapping[str, Any]) -> str:
        """Hold a state; its name."""
        name = uuid.uuid4().hex
        self.sweep()
        with self._lock:
            self._held[name] = (time.monotonic(), searchers)
            while len(self._held) > MOST:
                self._held.popitem(last=False)
        return name

    def held(self, name: str) -> Mapping[str, Any] | None:
        """The state of that name, for another while; None if it is held no more."""
        self.sweep()
        with self._lock:
            found = self._held.get(name)
            if found is None:
                return None
            self._held[name] = (time.monotonic(), found[1])
            self._held.move_to_end(name)
            return found[1]

    def let_go(self, name: str) -> None:
        """Hold it no longer; it may be gone already."""
        with self._lock:
            self._held.pop(name, None)

    def sweep(self) -> None:
        """Let go of what nobody has looked at for long."""
        with self._lock:
            ended = time.monotonic() - KEPT
            for name in [name for name, (used, _) in self._held.items() if used < ended]:
                del self._held[name]
