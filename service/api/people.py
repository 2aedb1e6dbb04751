"""People: users and departments, for who manages them."""

from dataclasses import dataclass
from typing import Annotated

from flask import Response
from pydantic import Field

from service.api import cursors
from service.api.inputs import IdPath, Input, PageQuery, Secret, ShortLine
from service.api.resource import Listed, Resource, Shown, answer, listed, nothing
from service.domain.people import Standing
from service.domain.permissions import Role
from service.identity import actor, fonds
from service.usecases.people.departments import DepartmentView
from service.usecases.people.sessions import SessionView
from service.usecases.people.users import NewUser, UserView, WhoIs

people = Resource("people", __name__, "用户与部门 / users and departments")

Roles = Annotated[list[ShortLine], Field(max_length=20, description="; ".join(Role))]
Names = Annotated[list[ShortLine], Field(max_length=50)]
Reach = dict[ShortLine, Names]
"""Role → the departments in which it counts, ["*"] for all; the others count where the role says."""


class NewUserBody(Input):
    """A user to be. Without a password one is made, shown once, and to be changed at the first sign-in."""

    name: ShortLine
    display_name: ShortLine = ""
    roles: Roles
    departments: Annotated[list[ShortLine], Field(max_length=50, default_factory=list)]
    clearance: ShortLine = "L2"
    reach: Annotated[Reach, Field(default_factory=dict)]
    circles: Annotated[list[ShortLine], Field(max_length=100, default_factory=list)]
    password: Secret | None = None


class StandingBody(Input):
    """What changes of a user. What is left out or null stays as it is."""

    display_name: ShortLine | None = None
    roles: Roles | None = None
    departments: Names | None = None
    clearance: ShortLine | None = None
    reach: Reach | None = None
    circles: Annotated[list[ShortLine], Field(max_length=100)] | None = None


class UsersQuery(PageQuery):
    """A page of users by sign-in name."""

    q: ShortLine = Field("", description="words of name or department")
    role: ShortLine = Field("", description="only with this role")
    state: ShortLine = Field("", description="active or disabled; empty = both")


class NewDepartment(Input):
    """A department to be."""

    name: ShortLine
    order: Annotated[int, Field(ge=0, le=10_000)] = 100


@dataclass(frozen=True, slots=True)
class UserAdded:
    """The user, and his one-time password: "" if one was given, told nowhere else."""

    user: UserView
    one_time_password: str


@dataclass(frozen=True, slots=True)
class OneTimePassword:
    """A password for one sign-in, told nowhere else."""

    one_time_password: str


@people.get("/users", responses={"200": Listed[UserView]})
def list_users(query: UsersQuery) -> Response:
    """Users by sign-in name."""
    asked = WhoIs(query.q, query.role, query.state)
    page = fonds().people.page(actor(), asked, after=cursors.unseal(query.cursor), limit=query.limit)
    return answer({"items": page.items, "next_cursor": cursors.seal(page.next_cursor), "total": page.total})


@people.post("/users", responses={"201": Shown[UserAdded]})
def add_user(body: NewUserBody) -> Response:
    """Add a user."""
    new = NewUser(
        name=body.name,
        display_name=body.display_name,
        roles=body.roles,
        departments=body.departments,
        password=body.password,
        clearance=body.clearance,
        reach=body.reach,
        circles=body.circles,
    )
    user, password = fonds().people.add(actor(), new)
    return answer(UserAdded(user, password), 201)


@people.get("/users/<id>", responses={"200": Shown[UserView]})
def get_user(path: IdPath) -> Response:
    """One user."""
    return answer(fonds().people.get(actor(), path.id))


@people.patch("/users/<id>", responses={"200": Shown[UserView]})
def change_user(path: IdPath, body: StandingBody) -> Response:
    """Change name, roles, departments or clearance; it counts from the next request on."""
    said = Standing(body.display_name, body.roles, body.departments, body.clearance, body.reach, body.circles)
    return answer(fonds().people.change(actor(), path.id, said))


@people.post("/users/<id>/disable", responses={"200": Shown[UserView]})
def disable_user(path: IdPath) -> Response:
    """Let a user in no more; his sessions end now."""
    return answer(fonds().people.disable(actor(), path.id))


@people.post("/users/<id>/enable", responses={"200": Shown[UserView]})
def enable_user(path: IdPath) -> Response:
    """Let a user in again."""
    return answer(fonds().people.enable(actor(), path.id))


@people.post("/users/<id>/unlock", responses={"200": Shown[UserView]})
def unlock_user(path: IdPath) -> Response:
    """Forget the wrong passwords tried under a user's name."""
    return answer(fonds().people.unlock(actor(), path.id))


@people.post("/users/<id>/password", responses={"200": Shown[OneTimePassword]})
def reset_password(path: IdPath) -> Response:
    """Give a user a one-time password; his sessions end now."""
    return answer(OneTimePassword(fonds().people.reset_password(actor(), path.id)))


@people.get("/users/<id>/sessions", responses={"200": Listed[SessionView]})
def list_user_sessions(path: IdPath) -> Response:
    """Where a user is signed in."""
    return listed(fonds().sessions.of(actor(), path.id), counted=False)


@people.get("/departments", responses={"200": Listed[DepartmentView]})
def list_departments() -> Response:
    """Every department in its order."""
    return listed(fonds().departments.all(actor()), counted=False)


@people.post("/departments", responses={"204": None})
def add_department(body: NewDepartment) -> Response:
    """Enter a department."""
    fonds().departments.add(actor(), body.name, order=body.order)
    return nothing()
