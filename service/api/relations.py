"""Relations: what belongs to a record without being part of it, seen from that record (R-SRC-3)."""

from flask import Response
from pydantic import Field

from service.api.inputs import Id, IdPath, Input, ShortLine
from service.api.resource import Listed, Resource, Shown, answer, listed, nothing
from service.identity import actor, fonds
from service.usecases.describing.near_copies import NearCopy
from service.usecases.describing.relations import ROLES, RelationView

relations = Resource("relations", __name__, "档案关系 / relations between records")


class RelationBody(Input):
    """A relation to enter: the other record, and what it is to this one."""

    role: ShortLine = Field(description="What the other record is: " + ", ".join(ROLES))
    record_id: ShortLine = Field(description="The other record")


class RelationPath(IdPath):
    """One relation of a record."""

    relation_id: Id


@relations.get("/records/<id>/relations", responses={"200": Listed[RelationView]})
def list_relations(path: IdPath) -> Response:
    """The related records that the asker may know of."""
    return listed(fonds().relations.list(actor(), path.id), counted=False)


@relations.get("/records/<id>/near-copies", responses={"200": Listed[NearCopy]})
def list_near_copies(path: IdPath) -> Response:
    """Records that look like another scan or copy of this one, as far as the asker may know of them: a proposal."""
    found = fonds().suggesting.copies.of(actor(), path.id)
    return listed(found)


@relations.post("/records/<id>/relations", responses={"201": Shown[RelationView]})
def add_relation(path: IdPath, body: RelationBody) -> Response:
    """Say what another record is to this one; saying it again changes nothing."""
    return answer(fonds().relations.add(actor(), path.id, body.role, body.record_id), 201)


@relations.delete("/records/<id>/relations/<relation_id>", responses={"204": None})
def remove_relation(path: RelationPath) -> Response:
    """Take a relation away, from both sides."""
    fonds().relations.remove(actor(), path.id, path.relation_id)
    return nothing()
