"""Places: folders and addresses of backups, looked at before they are opened."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from service.cli.terminal import USAGE, Failure


def require_there(target: str) -> None:
    """A folder that holds no sets is not opened: opening a store makes folders in it."""
    parts = urlsplit(target)
    folder = Path(unquote(parts.path))
    if parts.scheme == "file" and not folder.is_dir():
        raise Failure(f"没有 {folder} 这个文件夹", f"There is no folder {folder}", USAGE)
    if parts.scheme == "file" and not (folder / "backup").is_dir():
        raise Failure(f"{folder} 里没有备份", f"There is no backup in {folder}", USAGE)
