"""The embedded database: SecantusDB as a supervised child process, reached over loopback with a password."""

import re
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from service.embedded.child import Child, Command
from service.embedded.heartbeat import Heartbeat, Rhythm
from service.embedded.home import CannotStart, Home, kept_secret, write_private

USER = "fonds"
READY = re.compile(r"secantus listening on 127\.0\.0\.1:(\d+)")
GRACE = 10.0
CACHE = "256M"
"""Memory for what is read and written, taken as it is needed. A fifth of it must hold every page that the transactions
under way touch, which cannot be written before they end: a thread that looks for room holds the lock that they need for
ending, and all stand still. A lot of files touches a page of 32 kB or more for each key of its rows that is random."""


class Database:
    """SecantusDB in a folder of its own (ADR 0003).

    It listens on a random port, which it keeps through restarts by supervision: clients hold its address. The next
    start of the server takes a new one.
    """

    def __init__(self, folder: Path, log: Path, *, rhythm: Rhythm | None = None) -> None:
        """`rhythm`: how its heartbeat is felt."""
        self._folder = folder
        self._log = log
        self._rhythm = rhythm
        self._child: Child | None = None
        self._heartbeat: Heartbeat | None = None
        self.url = ""
        """mongodb://… with the password, once started."""

    @property
    def pid(self) -> int:
        """Process id, 0 while it does not run."""
        return self._child.pid if self._child else 0

    @property
    def restarts(self) -> int:
        """How often supervision started it again."""
        return self._child.restarts if self._child else 0

    def start(self) -> str:
        """Start it, on first use with a new user and password; the URL. Raises `CannotStart`."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self._folder / "empty.toml").touch()
        password = kept_secret(self._folder / "password")
        settled = self._folder / "user-made"
        if not settled.exists():
            with self._running(auth=False) as child:
                _make_user(f"mongodb://{_address(child)}/", password)
        self._child = self._child_process(auth=True)
        self._child.start()
        address = _address(self._child)
        self.url = f"mongodb://{USER}:{quote(password, safe='')}@{address}/fonds?authSource=admin"
        if not settled.exists():
            _drop_strangers(self.url)
            write_private(settled, USER)
        write_private(self._folder / "url", self.url)
        self._heartbeat = Heartbeat(self.url, self._child.kill, self._rhythm)
        self._heartbeat.start()
        return self.url

    def stop(self) -> None:
        """End it in order; what it has acknowledged is on disk in any case."""
        if self._heartbeat is not None:
            self._heartbeat.stop()
        if self._child is not None:
            _end(self._child)
        (self._folder / "url").unlink(missing_ok=True)

    @contextmanager
    def _running(self, *, auth: bool) -> Iterator[Child]:
        child = self._child_process(auth=auth)
        child.start()
        try:
            yield child
        finally:
            _end(child)

    def _child_process(self, *, auth: bool) -> Child:
        def command() -> Command:
            port = child.match[1] if child.match else "0"
            return Command(self._argv(port, auth=auth))

        child = Child(self._log, command, ready=READY)
        return child

    def _argv(self, port: str, *, auth: bool) -> list[str]:
        # An empty configuration file, because without one it takes what it finds in the user's own folders.
        return [
            str(Path(sys.executable).with_name("secantusd-py")),
            *("--host", "127.0.0.1", "--port", port),
            *("--storage-path", str(self._folder / "data")),
            *("--cache-size", CACHE, "--sync-on-commit"),
            *("--config", str(self._folder / "empty.toml")),
            *(["--auth"] if auth else []),
        ]


def started_in(home: Home, parts: ExitStack) -> str:
    """Start the database of a home, to be stopped with the other parts; its URL. Raises `CannotStart`."""
    database = Database(home.database, home.log / "database.log")
    parts.callback(database.stop)
    return database.start()


def running_url(folder: Path) -> str:
    """The URL of the database that a server of this home runs now, "" if none does."""
    try:
        return (folder / "url").read_text("utf-8")
    except FileNotFoundError:
        return ""


def _port(child: Child) -> int:
    assert child.match is not None  # noqa: S101
    return int(child.match[1])


def _address(child: Child) -> str:
    return f"127.0.0.1:{_port(child)}"


def _end(child: Child) -> None:
    """Its accepting thread notices the end only with the next connection, else after 2 s: so one is made."""

    def nudge() -> None:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", _port(child)), timeout=0.2).close()

    child.stop(GRACE, nudge)


def _make_user(url: str, password: str) -> None:
    """Create the user while nobody has to sign in; repeatable, because the first try may have been cut off."""
    roles = [{"role": "root", "db": "admin"}]
    client: MongoClient[dict[str, object]] = MongoClient(url, serverSelectionTimeoutMS=10_000)
    try:
        try:
            client.admin.command("createUser", USER, pwd=password, roles=roles)
        except OperationFailure:
            client.admin.command("updateUser", USER, pwd=password, roles=roles)
    except PyMongoError as fault:
        raise CannotStart(
            f"无法建立数据库用户：{fault}", f"The database user could not be made: {fault}"
        ) from fault
    finally:
        client.close()


def _drop_strangers(url: str) -> None:
    """Remove users that another local account may have made in the moment without passwords."""
    client: MongoClient[dict[str, object]] = MongoClient(url, serverSelectionTimeoutMS=10_000)
    try:
        for user in client.admin.command("usersInfo", 1)["users"]:
            if user["user"] != USER:
                client.admin.command("dropUser", user["user"])
    finally:
        client.close()
