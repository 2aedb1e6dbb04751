"""Forward migrations of the stored schema: each runs once, in order, and may be interrupted and run again."""

import contextlib
from collections.abc import Callable

from mongoengine.errors import NotUniqueError

from service.models.archive import File
from service.models.state import SchemaVersion
from service.models.uploads import Usage


def count_usage() -> None:
    """Count the bytes that were there before quotas; who brought them was not written down then."""
    total, files = 0, 0
    for row in File._get_collection().find({}, {"size": 1}).batch_size(1000):
        total, files = total + int(row["size"]), files + 1
    Usage.objects(id="all:0").update_one(set__bytes=total, set__files=files, upsert=True)


MIGRATIONS: tuple[Callable[[], None], ...] = (count_usage,)
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
