"""HTTP in several processes: no part is embedded, so each process only connects (ADR 0002)."""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.app import create_app
from service.embedded.deployment import local_actor
from service.embedded.home import Home, ServerAddress
from service.embedded.refusals import refusals_told
from service.embedded.workers import broker_probes, order_of
from service.identity import LocalKey
from service.serving import Processes
from service.settings import Settings
from service.usecases.people.users import People
from service.wiring import Addresses, Fonds, Outside, connect

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


@dataclass(frozen=True, slots=True)
class _Plan:
    settings: Settings
    secret: str
    token: str

    @property
    def url(self) -> str:
        """The address for people."""
        return self.settings.public_url or Processes.url_of(self.settings)

    def connect(self) -> Fonds:
        addresses = Addresses.of(self.settings, mongo_url="", secret=self.secret, base_url=lambda: self.url)
        facts = {"settings": dict(self.settings.shown()), "url": self.url}
        order = order_of(self.settings, addresses)
        outside = Outside(dispatcher=order.dispatcher(), probes=broker_probes(order), facts=lambda: facts)
        with refusals_told():
            return connect(self.settings, addresses, outside)

    def app(self) -> "WSGIApplication":
        return create_app(self.connect(), local=LocalKey(self.token, local_actor()))


def serve_processes(settings: Settings, announce: Callable[[People, str], None]) -> None:
    """Serve until SIGTERM or Ctrl-C; gunicorn ends this process. `announce` is called with the first address."""
    home = Home(settings.home)
    home.prepare()
    with home.hold():
        plan = _Plan(settings, settings.secret or home.secret(), secrets.token_urlsafe(32))

        def ready(url: str) -> None:
            home.publish(ServerAddress(url, plan.token, os.getpid()))

        try:
            fonds = plan.connect()
            try:
                announce(fonds.people, plan.url)
            finally:
                fonds.close()
            Processes(plan.app, settings, ready).run()
        finally:
            home.withdraw()
