"""Suggestions: what a record's files say for its description, each with the place where it stands."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response
from pydantic import Field

from service.api.inputs import IdPath, Query, ShortLine
from service.api.resource import Resource, Shown, answer
from service.identity import actor, fonds
from service.usecases.describing.suggesting import Offered

suggestions = Resource("suggestions", __name__, "著录建议 / suggestions for describing")


class SuggestionsQuery(Query):
    """For which description."""

    category: ShortLine | None = Field(
        None, description="For the fields of this category, instead of the record's or the suggested one"
    )


@dataclass(frozen=True, slots=True)
class Suggestions:
    """At most one a field, in the order of the form; nothing is written until somebody changes the record."""

    suggestions: Sequence[Offered]


@suggestions.get("/records/<id>/suggestions", responses={"200": Shown[Suggestions]})
def get_suggestions(path: IdPath, query: SuggestionsQuery) -> Response:
    """What could be said of a record and is not yet, read from its files' texts, names and folders."""
    found = fonds().suggesting.for_record(actor(), path.id, category=query.category)
    return answer(Suggestions(found))
