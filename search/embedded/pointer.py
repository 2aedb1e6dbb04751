"""The pointer: which generation of the embedded index answers, and what it was made with."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def read_pointer(directory: Path) -> dict[str, Any] | None:
    """What `current.json` says, None if there is none that can be read: then the index is made anew."""
    try:
        pointer = json.loads((directory / "current.json").read_text(encoding="utf-8"))
        known = re.fullmatch(r"[0-9a-f]{32}", pointer["generation"])
        return pointer if known and {"fingerprint", "complete"} <= pointer.keys() else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write_pointer(directory: Path, pointer: Mapping[str, Any]) -> None:
    """Replace `current.json` so that a crash leaves the old one or the new one."""
    draft = directory / "current.json.new"
    with draft.open("w", encoding="utf-8") as file:
        json.dump(pointer, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(directory / "current.json")
    folder = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
