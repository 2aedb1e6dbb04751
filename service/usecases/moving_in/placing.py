"""Placing: what a file that an import brings is entered as, by the run's category or by its mapping."""

from dataclasses import replace
from typing import Any

from ingest.port import Offer
from service.domain.dates import day_of
from service.domain.holdings import Description
from service.domain.migrating import Placed, place, stricter
from service.domain.names import title_of
from service.domain.permissions import Act, Actor, may
from service.domain.uploads import Presets, preset
from service.errors import Forbidden, InvalidInput
from service.models import Record
from service.usecases.describing.drafting import hold_if_lacking
from service.usecases.describing.records import Records
from service.usecases.knowing.acting import Actors
from service.usecases.moving_in.migration_plans import MigrationPlans
from service.usecases.scheme.categories import Categories

LOCAL = "local:"
"""How the id of the actor of this machine's commands begins."""


class Placing:
    """Drafts of imported records."""

    def __init__(self, records: Records, categories: Categories, actors: Actors) -> None:
        self._records, self._categories, self._actors = records, categories, actors
        self.plans = MigrationPlans(categories)

    def acting(self, actor: Actor, run: Any) -> Actor:
        """Who takes the files in: of a run that the server carries out itself the person who wanted it, as he is now.

        Raises `Forbidden` if he may not any longer.
        """
        if not run.migration_id or run.by == actor.id or not actor.id.startswith(LOCAL):
            return actor
        person = self._actors.named(run.by)
        if person is None or not may(person, Act.IMPORT):
            raise Forbidden
        return person

    def of(self, run: Any, path: str, modified: Any) -> Placed:
        """What the mapping of a run says of a file."""
        return place(self.plans.kept(run.id, run.mapping), path, modified)

    def draft(self, actor: Actor, run: Any, offer: Offer, name: str) -> Any:
        """The record of an offered file: a draft without a reference code, in the inbox while it lacks something."""
        described = self._described(run, offer, name)
        try:
            record = self._records.draft(actor, described)
        except InvalidInput:
            # A word in a folder's name must not cost the file, and what it costs must not make it less secret.
            plain = Description(
                title=described.title,
                date=described.date,
                category=described.category,
                secrecy=described.secrecy,
            )
            record = self._records.draft(actor, plain)
        if run.migration_id:
            hold_if_lacking(record, self._categories.of(record))
        record.source = _provenance(offer, run)
        return record

    def _described(self, run: Any, offer: Offer, name: str) -> Description:
        title = title_of(name)
        changed = day_of(offer.modified) if offer.modified else None
        if not run.migration_id:
            return Description(title=title, category=offer.category or run.category, date=changed)
        placed = self.of(run, offer.path or offer.name, offer.modified)
        category = self._categories.find(placed.category)
        presets = Presets(
            category=category.code if category else "",
            department=placed.department,
            customer=placed.customer,
            keywords=placed.tags,
        )
        said = Description(title=title, date=placed.day, **preset(presets, category))
        secrecy = stricter(placed.secrecy, category.secrecy if category else "") if placed.secrecy else None
        return replace(said, secrecy=secrecy, responsible=placed.responsible or None)


def _provenance(offer: Offer, run: Any) -> Any:
    return Record.source.document_type(
        path=offer.path,
        raw_path=offer.raw_path or None,
        modified=offer.modified,
        import_id=run.id,
        origin=run.source if run.migration_id else "",
        owner=offer.owner[:200],
    )
