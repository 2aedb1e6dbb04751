"""A whole deployment in one process and its children: the order in which its parts start and stop."""

import logging
import os
import pwd
import secrets
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

from ingest.jail.warden import JailDied, Jails
from search.warming import warm
from service.app import create_app
from service.domain.permissions import Actor, Role
from service.embedded.database import started_in
from service.embedded.home import CannotStart, Home, ServerAddress
from service.embedded.refusals import refusals_told
from service.embedded.workers import WorkerPool, broker_probes, order_of
from service.identity import LocalKey
from service.models.changes import Changes
from service.serving import LOOPBACK, Server, address_url
from service.settings import Settings
from service.system_words import words
from service.wiring import Addresses, Fonds, Outside, connect

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Purpose:
    """What it is started for: to serve until it is stopped, or for one command, which then also brings workers
    where nobody else can be running any."""

    command: bool = False


class Deployment:
    """Holds a home and runs what belongs to it: database, workers, housekeeping, HTTP. Started and stopped once."""

    def __init__(self, settings: Settings, purpose: Purpose | None = None) -> None:
        self.settings = settings
        self.home = Home(settings.home)
        self._purpose = purpose or Purpose()
        self._parts = ExitStack()
        self._url = ""
        self._known_walls: dict[str, bool] = {}
        self._fonds: Fonds | None = None

    @property
    def fonds(self) -> Fonds:
        """The wired program, once started."""
        if self._fonds is None:
            raise RuntimeError("the deployment has not started")
        return self._fonds

    def start(self) -> ServerAddress:
        """Start every part, ready when this returns; raises `CannotStart` with nothing left running."""
        with ExitStack() as parts:
            address = self._start(parts)
            self._parts = parts.pop_all()
        if not self._purpose.command:
            threading.Thread(target=warm, args=(self.fonds.engine,), name="warming", daemon=True).start()
        return address

    def stop(self) -> None:
        """Stop in order: take no new request, let running ones end, then housekeeping, workers, database."""
        self._parts.close()

    def __enter__(self) -> "Deployment":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _start(self, parts: ExitStack) -> ServerAddress:
        self.home.prepare()
        parts.enter_context(self.home.hold())
        self.home.withdraw()
        mongo_url = self.settings.mongo_url or started_in(self.home, parts)
        secret = self.settings.secret or self.home.secret()
        addresses = Addresses.of(
            self.settings, mongo_url=mongo_url, secret=secret, base_url=lambda: self._url
        )
        pool = self._worker_pool(addresses)
        fonds = self._connect(addresses, pool)
        self._fonds = fonds
        parts.callback(fonds.close)
        if not self.settings.mongo_url:
            fonds.ledger.release_all(blameless=True)  # no worker outlives its server
        if self._brings_workers:
            parts.callback(pool.stop)
            pool.start()
        if self.settings.embedded or self._purpose.command:
            parts.callback(_in_thread(fonds.housekeeping.run, "housekeeping"))
        return self._serve(fonds, parts)

    @property
    def _brings_workers(self) -> bool:
        """With a queue workers are started by `fonds work`; but nobody else has reached a database of ours yet."""
        return not self.settings.queue_url or (self._purpose.command and not self.settings.mongo_url)

    def _worker_pool(self, addresses: Addresses) -> WorkerPool:
        return WorkerPool(order_of(self.settings, addresses), self.home.log)

    def _connect(self, addresses: Addresses, pool: WorkerPool) -> Fonds:
        outside = Outside(
            dispatcher=pool.dispatcher,
            probes={"queue": pool.probe}
            if self._brings_workers
            else broker_probes(order_of(self.settings, addresses)),
            facts=self._facts,
            alone=not self.settings.mongo_url,
            journal=None if self.settings.mongo_url else self.home.journal,
            changes=None if self.settings.mongo_url else Changes(),
        )
        with refusals_told():
            return connect(self.settings, addresses, outside)

    def _serve(self, fonds: Fonds, parts: ExitStack) -> ServerAddress:
        token = secrets.token_urlsafe(32)
        app = create_app(fonds, local=LocalKey(token, local_actor()))
        server = Server(app, self.settings)
        self._url = served_by(server, self.settings)
        parts.callback(server.stop)
        near = self._url
        if self.settings.listen[0] not in LOOPBACK:
            near_server = Server(app, replace(self.settings, listen=("127.0.0.1", 0), threads=4))
            near = near_server.start()
            parts.callback(near_server.stop)
        address = ServerAddress(near, token, os.getpid())
        self.home.publish(address)
        parts.callback(self.home.withdraw)
        return address

    def _facts(self) -> Mapping[str, Any]:
        return {"settings": dict(self.settings.shown()), "jail": self._walls(), "url": self.url}

    def _walls(self) -> Mapping[str, bool]:
        """Which walls stand around parsers on this system; a jail is started once to ask."""
        if not self._known_walls:
            jails = Jails()
            try:
                self._known_walls = dict(jails.walls())
            except JailDied as fault:
                log.warning("no jail can be started: %s", fault)
                self._known_walls = {"starts": False}
            finally:
                jails.close()
        return self._known_walls

    @property
    def url(self) -> str:
        """The address for people."""
        return self.settings.public_url or self._url


def local_actor() -> Actor:
    """Who acts by the commands of this machine: its user, as archivist and administrator."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = str(os.getuid())
    roles = frozenset({Role.ARCHIVIST, Role.SYSADMIN, Role.AUDITOR})
    return Actor(id=f"local:{name}", name=name, display_name=name, roles=roles)


def served_by(server: Server, settings: Settings) -> str:
    """Start it; its URL. Raises `CannotStart` where the address of the settings cannot be had."""
    try:
        return server.start()
    except OSError as fault:
        url, (chinese, english) = address_url(*settings.listen), words(fault)
        raise CannotStart(
            f"无法在 {url} 提供服务：{chinese}。用 FONDS_LISTEN 换一个地址或端口",
            f"Cannot serve on {url}: {english}. Choose another address or port with FONDS_LISTEN",
        ) from fault


def _in_thread(run: Callable[[threading.Event], None], name: str) -> Callable[[], None]:
    """Run it in a thread; the answer stops it and waits for its end."""
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(stop,), name=name)
    thread.start()

    def end() -> None:
        stop.set()
        thread.join()

    return end
