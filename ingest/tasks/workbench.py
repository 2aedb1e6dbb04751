"""The task of the cells of the ward "making": what an order wants made of a file."""

from collections.abc import Mapping
from typing import Any

from ingest.jail.frames import Allow, Reply, Task
from ingest.tasks import proxy, searchable

_TASKS: Mapping[str, Task] = {"proxy": proxy.make, "searchable": searchable.make}


def make(order: Mapping[str, Any], file: int, allow: Allow) -> Reply:
    """Make what `order["make"]` says."""
    return _TASKS[order["make"]](order, file, allow)
