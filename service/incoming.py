"""What brings many files in, wired: imports, migrations of shared folders, and those that the server carries out."""

import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from service.audit import Audit
from service.embedded.leash import leashed
from service.housekeeping import Chore
from service.settings import Settings
from service.usecases.contents.intake import Desk
from service.usecases.describing.records import Records
from service.usecases.describing.relations import Relations
from service.usecases.knowing.acting import Actors
from service.usecases.moving_in.hosting import Allowed, Hosting
from service.usecases.moving_in.imports import Imports
from service.usecases.moving_in.migrating import Migrations
from service.usecases.moving_in.near_groups import SPAN, NearGroups
from service.usecases.moving_in.placing import Placing
from service.usecases.scheme.categories import Categories

__all__ = ["Hosting", "Imports", "Migrations", "bringing_in", "chores_of"]


def bringing_in(
    desk: Desk,
    records: Records,
    scheme: tuple[Categories, Actors],
    audit: Audit,
    around: tuple[Settings, Callable[[], datetime]],
) -> dict[str, Any]:
    """The use cases by their names in `Fonds`."""
    (categories, actors), (settings, clock) = scheme, around
    placing = Placing(records, categories, actors)
    imports = Imports(desk, placing, categories, audit, clock)
    copies = NearGroups(imports, records, Relations(audit, clock), audit, clock)
    migrations = Migrations(imports, placing, copies, audit, clock)
    allowed = Allowed(settings.migrate_roots, settings.migrate_hosts)
    hosting = Hosting(migrations, allowed, actors, Carriers(settings.home).start, clock)
    return {"imports": imports, "migrations": migrations, "hosting": hosting}


def chores_of(incoming: dict[str, Any]) -> tuple[Chore, ...]:
    """What is done by the clock."""
    return (
        Chore("migrations", incoming["hosting"].due, 3.0),
        Chore("near_copies", incoming["migrations"].copies.look, 5.0, lot=SPAN),
    )


class Carriers:
    """Starts a process for every run that the server carries out: what reads shares never loads into the server.

    They end with the server; a run that was cut is taken up again when it has been silent for a while.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, run_id: str) -> None:
        """Carry out a run."""
        self._running = [one for one in self._running if one.poll() is None]
        folder = self._home / "log"
        folder.mkdir(parents=True, exist_ok=True)
        command = leashed([sys.executable, "-P", "-m", "service.cli.carrying", run_id])
        with (folder / "migrate.log").open("ab") as log:
            carrier = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._running.append(carrier)
