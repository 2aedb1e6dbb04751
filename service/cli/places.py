"""Places: folders and addresses of backups, looked at before they are opened, and what is told of their sets."""

from collections.abc import Iterable

from service.cli.terminal import USAGE, Failure, Terminal
from service.usecases.safekeeping.backup.places import folder_of, holds_sets


def require_there(target: str) -> None:
    """A folder that holds no sets is not opened: opening a store makes folders in it."""
    folder = folder_of(target)
    if folder and not folder.is_dir():
        raise Failure(f"没有 {folder} 这个文件夹", f"There is no folder {folder}", USAGE)
    if folder and not holds_sets(folder):
        raise Failure(f"{folder} 里没有备份", f"There is no backup in {folder}", USAGE)


def complain_of_unreadable(terminal: Terminal, keys: Iterable[str]) -> None:
    """Name sets that cannot be read, and what they keep from being let go."""
    for key in keys:
        terminal.complain(
            f"这套备份已读不出来：{key}；确认不再需要后删除该文件，旧备份才会继续清理",
            f"This set cannot be read: {key}. Delete that file once it is not needed: until then no old set is let go",
        )
