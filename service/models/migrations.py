"""Forward migrations of the stored schema: each runs once, in order, and may be interrupted and run again."""

import contextlib
from collections.abc import Callable

from mongoengine.errors import NotUniqueError

from service.models.state import SchemaVersion

MIGRATIONS: tuple[Callable[[], None], ...] = ()
"""Step n brings version n to n + 1. Steps only add or fill; the program before can still read what they leave."""


class NewerSchema(Exception):
    """The data were written by a newer program; running an older one on them could damage them."""


def migrate(steps: tuple[Callable[[], None], ...] = MIGRATIONS) -> int:
    """Bring the data to the version of this program; return it."""
    row = SchemaVersion.objects(id="schema").first()
    version = row.version if row else len(steps)
    if version > len(steps):
        raise NewerSchema(
            f"the data have schema version {version}, this program knows {len(steps)}: use a newer program"
        )
    if row is None:
        # Processes of a cluster start together: the first to come says it for all.
        with contextlib.suppress(NotUniqueError):
            SchemaVersion(version=version).save(force_insert=True)
    for number, step in enumerate(steps[version:], start=version + 1):
        step()
        SchemaVersion.objects(id="schema").update_one(set__version=number)
    return len(steps)
