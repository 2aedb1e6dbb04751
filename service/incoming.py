"""What brings many files in, wired: imports, and migrations of shared folders."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from service.audit import Audit
from service.usecases.acting import Actors
from service.usecases.categories import Categories
from service.usecases.imports import Imports
from service.usecases.intake import Desk
from service.usecases.migrating import Migrations
from service.usecases.placing import Placing
from service.usecases.records import Records


def bringing_in(
    desk: Desk,
    records: Records,
    scheme: tuple[Categories, Actors],
    audit: Audit,
    clock: Callable[[], datetime],
) -> dict[str, Any]:
    """The use cases by their names in `Fonds`."""
    categories, actors = scheme
    placing = Placing(records, categories, actors)
    imports = Imports(desk, placing, categories, audit, clock)
    return {"imports": imports, "migrations": Migrations(imports, placing, audit, clock)}
