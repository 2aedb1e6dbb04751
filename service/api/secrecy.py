"""Secrecy acts: propose a level, decide, and what becomes due."""

from typing import Annotated

from flask import Response
from pydantic import Field

from service.api.inputs import Day, IdPath, Input, ShortLine, Text
from service.api.resource import Listed, Resource, Shown, answer, listed, nothing
from service.identity import actor, fonds
from service.usecases.knowing.secrecy import DueLine, HiddenLine, SecrecyActView, SecrecySaid

secrecy = Resource("secrecy", __name__, "定密与变更 / secrecy acts")

Why = Annotated[Text, Field(max_length=500)]


class ProposalBody(Input):
    """A level to be, until and including a day (null for L0), and why."""

    level: ShortLine
    until: Day | None = None
    reason: Why


class DecisionBody(Input):
    """A decision; a refusal says why."""

    approve: bool
    note: Why = ""


@secrecy.get("/records/<id>/secrecy", responses={"200": Listed[SecrecyActView]})
def list_secrecy_acts(path: IdPath) -> Response:
    """Every act on a record's level, newest first."""
    return listed(fonds().knowing.secrecy.of(actor(), path.id), counted=False)


@secrecy.post("/records/<id>/secrecy", responses={"201": Shown[SecrecyActView]})
def propose_secrecy(path: IdPath, body: ProposalBody) -> Response:
    """Propose a level."""
    said = SecrecySaid(body.level, body.until, body.reason)
    return answer(fonds().knowing.secrecy.propose(actor(), path.id, said), 201)


@secrecy.get("/secrecy/waiting", responses={"200": Listed[SecrecyActView]})
def list_waiting_secrecy() -> Response:
    """The open proposals that the asker may decide on, or has made."""
    return listed(fonds().knowing.secrecy.waiting(actor()), counted=False)


@secrecy.get("/secrecy/due", responses={"200": Listed[DueLine]})
def list_due_secrecy() -> Response:
    """Records whose level ends within three months or has ended."""
    return listed(fonds().knowing.secrecy.due(actor()), counted=False)


@secrecy.get("/secrecy/top", responses={"200": Listed[HiddenLine]})
def list_top_secret() -> Response:
    """The register of 绝密: numbers without titles."""
    return listed(fonds().knowing.secrecy.top_secret(actor()), counted=False)


@secrecy.post("/secrecy/<id>/decision", responses={"200": Shown[SecrecyActView]})
def decide_secrecy(path: IdPath, body: DecisionBody) -> Response:
    """Approve or refuse a proposal of somebody else."""
    acts = fonds().knowing.secrecy
    return answer(acts.decide(actor(), path.id, approve=body.approve, note=body.note))


@secrecy.delete("/secrecy/<id>", responses={"204": None})
def withdraw_secrecy(path: IdPath) -> Response:
    """Take back one's own proposal."""
    fonds().knowing.secrecy.withdraw(actor(), path.id)
    return nothing()
