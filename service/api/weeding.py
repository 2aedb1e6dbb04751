"""Weeding lists 剔除清单: proposed by the archivist, decided by the department's manager."""

from typing import Annotated

from flask import Response
from pydantic import Field

from service.api.inputs import Id, IdPath, Input, Text
from service.api.resource import Listed, Resource, Shown, answer, listed, nothing
from service.identity import actor, fonds
from service.usecases.archival.weeding import WeedingView

weeding = Resource("weeding", __name__, "剔除清单 / weeding lists")

Why = Annotated[Text, Field(max_length=500)]


class ListBody(Input):
    """Records that are not archived yet, and why they need not be."""

    records: Annotated[list[Id], Field(min_length=1, max_length=200)]
    reason: Why


class WeedingDecisionBody(Input):
    """A decision; `keep` stays out of an approval, a refusal says why."""

    approve: bool
    note: Why = ""
    keep: list[Id] = Field(default_factory=list, max_length=200)


@weeding.get("/weeding-lists", responses={"200": Listed[WeedingView]})
def list_weeding() -> Response:
    """The lists that wait for one's decision, and one's own."""
    return listed(fonds().archival.weeding.lists(actor()), counted=False)


@weeding.post("/weeding-lists", responses={"201": Listed[WeedingView]})
def propose_weeding(body: ListBody) -> Response:
    """Put records on a list, one for each department."""
    return listed(fonds().archival.weeding.propose(actor(), body.records, body.reason), 201, counted=False)


@weeding.get("/weeding-lists/<id>", responses={"200": Shown[WeedingView]})
def get_weeding(path: IdPath) -> Response:
    """One list."""
    return answer(fonds().archival.weeding.get(actor(), path.id))


@weeding.post("/weeding-lists/<id>/decision", responses={"200": Shown[WeedingView]})
def decide_weeding(path: IdPath, body: WeedingDecisionBody) -> Response:
    """Approve or refuse a list of somebody else."""
    weeds = fonds().archival.weeding
    return answer(weeds.decide(actor(), path.id, approve=body.approve, note=body.note, keep=body.keep))


@weeding.delete("/weeding-lists/<id>", responses={"204": None})
def withdraw_weeding(path: IdPath) -> Response:
    """Take back one's own list."""
    fonds().archival.weeding.withdraw(actor(), path.id)
    return nothing()
