"""An archive at rest: its home held, database and objects open, and nobody serving or working on it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from service.embedded.database import started_in
from service.embedded.home import MARKER, Home
from service.embedded.refusals import refusals_told
from service.models.connection import connect, disconnect
from service.settings import Settings
from service.wiring import Addresses, open_objects
from storage.port import ObjectStore


@contextmanager
def at_rest(settings: Settings) -> Iterator[ObjectStore]:
    """Open the archive of the settings for the length of a block; no sample will be loaded into it afterwards.

    Raises `CannotStart`, as `HomeInUse` while a server runs.
    """
    home = Home(settings.home)
    home.prepare()
    with ExitStack() as parts:
        parts.enter_context(home.hold())
        url = settings.mongo_url or started_in(home, parts)
        addresses = Addresses.of(settings, mongo_url=url, secret=home.secret(), base_url=lambda: "")
        with refusals_told():
            connect(addresses.mongo_url, database=addresses.database)
        parts.callback(disconnect)
        yield open_objects(addresses)
        (home.path / MARKER).touch()
