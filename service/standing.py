"""How the house stands: versions, room on the disk, the index, when each chore was last done."""

import platform
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from search.port import SearchEngine
from service import VERSION
from service.housekeeping import Housekeeping
from service.models.connection import server_version


def standing(home: Path, engine: SearchEngine, housekeeping: Housekeeping) -> Mapping[str, Any]:
    """Facts for the status; sizes are bytes of the disk that the home is on."""
    disk = shutil.disk_usage(home if home.exists() else home.absolute().anchor)
    return {
        "version": VERSION,
        "versions": {"python": platform.python_version(), "database": server_version()},
        "index": engine.state,
        "disk": {"total": disk.total, "free": disk.free},
        "chores": [asdict(one) for one in housekeeping.rounds()],
    }
