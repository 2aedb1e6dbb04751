"""The home folder of a deployment: who holds it, its secret, and where its server is reached."""

import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from service.system_words import words

MARKER = "sample-loaded"
"""A file that says: this archive has, or wants, no sample."""
LOCK_PATIENCE = 1.0
"""Seconds: a command that only looks whether a server runs holds the lock for a moment."""


class CannotStart(Exception):
    """A part cannot start; `chinese` and `english` say why and what to do."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(f"{chinese}\n{english}")
        self.chinese = chinese
        self.english = english


class HomeInUse(CannotStart):
    """Another process holds the home; it is named."""

    def __init__(self, path: Path, holder: "Holder") -> None:
        super().__init__(
            f"数据目录 {path} 正由另一个 fonds 进程使用（进程号 {holder.pid}，自 {holder.since} 起）。"
            "请使用它，或先停掉它；也可以用 FONDS_HOME 指定另一个目录",
            f"The data directory {path} is in use by another fonds process (pid {holder.pid}, since {holder.since}). "
            "Use that one, stop it first, or choose another directory with FONDS_HOME",
        )
        self.holder = holder


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a home, as it says of itself; `since` in local time for people."""

    pid: int
    since: str


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where the server of a home is reached, and the token of its local actor."""

    url: str
    token: str
    pid: int


class Home:
    """The folder `FONDS_HOME`. Nobody but its owner may read it: it holds documents and secrets."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = path / "log"
        self.database = path / "database"
        self.journal = path / "journal"

    def prepare(self) -> None:
        """Make the folders, closed to others; raises `CannotStart` where that is impossible."""
        try:
            for folder in (self.path, self.log):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.path.stat().st_mode & 0o077 and self.path.stat().st_uid == os.geteuid():
                self.path.chmod(0o700)
        except OSError as fault:
            chinese, english = words(fault)
            raise CannotStart(
                f"无法使用数据目录 {self.path}：{chinese}。用 FONDS_HOME 指定一个可写的目录",
                f"Cannot use the data directory {self.path}: {english}. Name a writable one with FONDS_HOME",
            ) from fault

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold the home alone until the block ends or the process dies; raises `HomeInUse`."""
        path = self.path / "lock"
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if not _lock(handle, LOCK_PATIENCE):
                raise HomeInUse(self.path, _holder(handle))
            os.ftruncate(handle, 0)
            since = datetime.now(UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
            os.pwrite(handle, json.dumps(asdict(Holder(os.getpid(), since))).encode(), 0)
            yield
        finally:
            os.close(handle)

    def secret(self) -> str:
        """The secret that signs links and cursors: generated once, 0600."""
        return kept_secret(self.path / "secret")

    def publish(self, address: ServerAddress) -> None:
        """Say where the server is reached, to the owner of the home only."""
        write_private(self.path / "server.json", json.dumps(asdict(address)))

    def withdraw(self) -> None:
        """Take the address away when the server ends."""
        (self.path / "server.json").unlink(missing_ok=True)

    def published(self) -> ServerAddress | None:
        """The running server's address; None when none runs, also when one was killed and left its address."""
        if not self.held():
            return None
        try:
            return ServerAddress(**json.loads((self.path / "server.json").read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def held(self) -> Holder | None:
        """Who holds the home now, if anybody."""
        try:
            handle = os.open(self.path / "lock", os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _holder(handle)
        finally:
            os.close(handle)
        return None


def kept_secret(path: Path) -> str:
    """The secret in a file, generated with it on first use, readable by its owner only."""
    try:
        text = path.read_text("utf-8").strip()
        if text:
            return text
    except FileNotFoundError:
        pass
    text = secrets.token_urlsafe(48)
    write_private(path, text)
    return text


def write_private(path: Path, text: str) -> None:
    """Write a whole file or nothing, 0600 from its first byte, on disk when this returns."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    with suppress(FileNotFoundError):
        draft.unlink()
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _lock(handle: int, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        else:
            return True


def _holder(handle: int) -> Holder:
    try:
        return Holder(**json.loads(os.pread(handle, 4096, 0)))
    except (ValueError, TypeError):
        return Holder(0, "?")
