"""Places of backups, looked at before they are opened: opening a store makes folders in it."""

from pathlib import Path
from urllib.parse import unquote, urlsplit


def folder_of(url: str) -> Path | None:
    """The folder of a `file:///…` address; None for a bucket."""
    parts = urlsplit(url)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


def holds_sets(folder: Path) -> bool:
    """Whether backup sets lie in a folder."""
    return (folder / "backup").is_dir()
