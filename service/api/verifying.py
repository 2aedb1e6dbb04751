"""Doubts about drafts with their answers, duplicates, and merging two records of the same customer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from flask import Response
from pydantic import Field

from service.api.inputs import Id, IdPath, Input, ShortLine, Text
from service.api.records import described, revision
from service.api.resource import Listed, Resource, Shown, listed
from service.domain.holdings import RecordView
from service.identity import actor, fonds
from service.problems import language
from service.usecases.archival.verifying import DoubtView

verifying = Resource("verifying", __name__, "核实与查重 / doubts and duplicates")


class AnswersBody(Input):
    """Doubt → what was verified."""

    answers: Annotated[dict[str, Text], Field(min_length=1, max_length=50)]


class MergeBody(Input):
    """The record that goes, at the revision that was looked at; `take` names fields ("fields.mobile") of it that
    replace those of the one that stays."""

    other: Id
    other_rev: int
    take: list[ShortLine] = Field(default_factory=list, max_length=100)
    reason: ShortLine = Field(
        "", description="Why, where the one that stays is archived: it gets a new version"
    )


@dataclass(frozen=True, slots=True)
class DoubtShown:
    """A doubt in the asker's language; `answer` "" while it waits for one."""

    key: str
    path: str
    what: str
    answer: str
    by: str


@verifying.get("/records/<id>/doubts", responses={"200": Listed[DoubtShown]})
def list_doubts(path: IdPath) -> Response:
    """What is likely wrong in a record though no rule forbids it; a draft is submitted once all are answered."""
    items = [_doubt(one) for one in fonds().archival.verifying.of(actor(), path.id)]
    return listed(items)


@verifying.post("/records/<id>/doubts", responses={"200": Shown[RecordView]})
def answer_doubts(path: IdPath, body: AnswersBody) -> Response:
    """Answer doubts; who answered and when stays on the record, as long as the values stay."""
    answers: Mapping[str, str] = body.answers
    return described(fonds().archival.verifying.answer(actor(), path.id, revision(), answers))


@verifying.get("/records/<id>/twins", responses={"200": Listed[RecordView]})
def list_twins(path: IdPath) -> Response:
    """Other records with a name and a contact of this one."""
    items: Sequence[RecordView] = fonds().archival.merging.twins(actor(), path.id)
    return listed(items)


@verifying.post("/records/<id>/merge", responses={"200": Shown[RecordView]})
def merge_records(path: IdPath, body: MergeBody) -> Response:
    """Merge another draft into this one: blanks are filled, files and dossiers go over, both histories stay.

    With a reason this one is archived, and the draft goes into its next version, which is the answer.
    """
    gone = (body.other, body.other_rev)
    if body.reason:
        return described(fonds().archival.joining.join(actor(), path.id, gone, body.reason, body.take))
    kept = (path.id, revision())
    return described(fonds().archival.merging.merge(actor(), kept, gone, body.take))


def _doubt(one: DoubtView) -> DoubtShown:
    what = one.what_en if language() == "en" else one.what
    return DoubtShown(one.key, one.path, what, one.answer, one.by)
