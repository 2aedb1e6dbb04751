"""The scheme, wired: its fields as versions, who may approve them, and the scheme as a text."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from service.audit import Audit
from service.domain.permissions import Act, Actor, rights_of
from service.usecases.knowing.acting import Actors
from service.usecases.scheme.categories import Categories
from service.usecases.scheme.scheme_texts import SchemeTexts
from service.usecases.scheme.scheming import Scheming


def of_scheme(
    categories: Categories, audit: Audit, clock: Callable[[], datetime], actors: Actors
) -> dict[str, Any]:
    """The use cases about the scheme, by their names in `Fonds`."""
    scheming = Scheming(categories, audit, clock, somebody_else_in(actors))
    return {"scheming": scheming, "scheme_texts": SchemeTexts(scheming, categories)}


def somebody_else_in(actors: Actors) -> Callable[[Actor], bool]:
    """Whether anybody but a person could approve what he hands in."""

    def somebody_else(actor: Actor) -> bool:
        return any(
            one.id != actor.id and Act.APPROVE_SCHEME in rights_of(one) for one in actors.everybody({})
        )

    return somebody_else
