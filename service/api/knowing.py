"""Who may know what: roles, need-to-know circles, and deputies."""

from dataclasses import dataclass
from typing import Annotated

from flask import Response
from pydantic import Field

from service import identity
from service.api.inputs import Day, IdPath, Input, Query, ShortLine
from service.api.resource import Listed, Resource, Shown, answer, listed, nothing
from service.domain.permissions import Act
from service.domain.roles import RoleSaid, RoleView
from service.identity import actor, fonds
from service.usecases.knowing.access import AccessView, GrantSaid, GrantView
from service.usecases.knowing.circles import CircleView
from service.usecases.knowing.deputies import DeputySaid, DeputyView

knowing = Resource("knowing", __name__, "角色、知悉范围与代理 / roles, need-to-know circles, deputies")


class RoleBody(Input):
    """A role: what it allows, and whether it counts in all departments."""

    name: ShortLine
    name_en: ShortLine = ""
    acts: Annotated[list[ShortLine], Field(max_length=60, description="; ".join(Act))]
    everywhere: bool = False


class NewCircle(Input):
    """A circle to be."""

    name: ShortLine


@dataclass(frozen=True, slots=True)
class Entered:
    """The id of what was entered."""

    id: str


class NewDeputy(Input):
    """Who (by sign-in name) stands in, from the first day to the last one, and why."""

    deputy: ShortLine
    first_day: Day
    last_day: Day
    reason: ShortLine


class ActingBody(Input):
    """The id of whom one acts for in this session; "" for oneself again."""

    acting_for: ShortLine


@knowing.get("/roles", responses={"200": Listed[RoleView]})
def list_roles() -> Response:
    """Every role in its order."""
    found = list(fonds().knowing.roles.all(actor()).values())
    return listed(found, counted=False)


@knowing.put("/roles/<id>", responses={"200": Shown[RoleView]})
def save_role(path: IdPath, body: RoleBody) -> Response:
    """Change a role, or enter one of the house's own; it counts from the next request on."""
    roles = fonds().knowing.roles
    said = RoleSaid(body.name, body.name_en, body.acts, body.everywhere)
    return answer(roles.save(actor(), path.id, said, new=path.id not in roles.all(actor())))


@knowing.delete("/roles/<id>", responses={"204": None})
def remove_role(path: IdPath) -> Response:
    """Let a role go that nobody holds; a starting role goes back to what it was."""
    fonds().knowing.roles.remove(actor(), path.id)
    return nothing()


@knowing.get("/circles", responses={"200": Listed[CircleView]})
def list_circles() -> Response:
    """Every need-to-know circle."""
    return listed(fonds().knowing.circles.all(actor()), counted=False)


@knowing.post("/circles", responses={"201": Shown[Entered]})
def add_circle(body: NewCircle) -> Response:
    """Enter a circle."""
    return answer(Entered(fonds().knowing.circles.add(actor(), body.name)), 201)


@knowing.post("/circles/<id>/close", responses={"204": None})
def close_circle(path: IdPath) -> Response:
    """Let a circle open nothing any more; it counts from the next request on."""
    fonds().knowing.circles.close(actor(), path.id)
    return nothing()


@knowing.post("/circles/<id>/reopen", responses={"204": None})
def reopen_circle(path: IdPath) -> Response:
    """Let a circle open again what names it."""
    fonds().knowing.circles.close(actor(), path.id, closed=False)
    return nothing()


@knowing.get("/users/<id>/deputies", responses={"200": Listed[DeputyView]})
def list_deputies(path: IdPath) -> Response:
    """Who stands in for a user, now or later."""
    found = fonds().knowing.deputies.of(actor(), path.id)
    return listed(found, counted=False)


@knowing.post("/users/<id>/deputies", responses={"201": Shown[DeputyView]})
def add_deputy(path: IdPath, body: NewDeputy) -> Response:
    """Name a deputy."""
    said = DeputySaid(path.id, body.deputy, body.first_day, body.last_day, body.reason)
    return answer(fonds().knowing.deputies.add(actor(), said), 201)


@knowing.delete("/deputies/<id>", responses={"204": None})
def end_deputy(path: IdPath) -> Response:
    """End a deputyship now."""
    fonds().knowing.deputies.end(actor(), path.id)
    return nothing()


@knowing.put("/session/acting", responses={"204": None})
def act_for(body: ActingBody) -> Response:
    """Act for somebody in this session, as his deputy."""
    fonds().knowing.deputies.begin(actor(), identity.session_token(), body.acting_for)
    return nothing()


class AskedQuery(Query):
    """For whom in particular it is asked."""

    who: ShortLine = Field("", description="a beginning of a name: told also if he cannot see it")


class NewGrant(Input):
    """To whom (by sign-in name), until and including which day, and why."""

    user: ShortLine
    last_day: Day
    reason: ShortLine


class CirclesBody(Input):
    """Ids of the circles to which a record is open."""

    circles: Annotated[list[ShortLine], Field(max_length=100)]


@knowing.get("/records/<id>/access", responses={"200": Shown[AccessView]})
def get_access(path: IdPath, query: AskedQuery) -> Response:
    """Who can see a record, and why."""
    return answer(fonds().knowing.access.of(actor(), path.id, asked=query.who))


@knowing.post("/records/<id>/grants", responses={"201": Shown[GrantView]})
def give_grant(path: IdPath, body: NewGrant) -> Response:
    """Open a record to a user until the end of a day."""
    said = GrantSaid(body.user, body.last_day, body.reason)
    return answer(fonds().knowing.access.give(actor(), path.id, said), 201)


@knowing.delete("/grants/<id>", responses={"204": None})
def withdraw_grant(path: IdPath) -> Response:
    """End a grant now."""
    fonds().knowing.access.withdraw(actor(), path.id)
    return nothing()


@knowing.put("/records/<id>/circles", responses={"204": None})
def set_circles(path: IdPath, body: CirclesBody) -> Response:
    """Say to which need-to-know circles a record is open."""
    fonds().knowing.access.set_circles(actor(), path.id, body.circles)
    return nothing()
