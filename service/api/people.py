"""People: users, and the bearer tokens of programs that act for them."""

from dataclasses import dataclass
from typing import Annotated

from flask import Response
from pydantic import Field, StringConstraints

from service.api.inputs import IdPath, Input, Secret, ShortLine
from service.api.resource import Listed, Resource, Shown, answer, nothing
from service.domain.permissions import Role
from service.identity import actor, fonds
from service.usecases.people import NewUser, UserView
from service.usecases.sign_in import TokenView

people = Resource("people", __name__, "用户与令牌 / users and tokens")


class NewUserBody(Input):
    """A user to be. Without a password one is made, shown once, and to be changed at the first sign-in."""

    name: ShortLine
    display_name: ShortLine = ""
    roles: Annotated[list[ShortLine], Field(max_length=20, description="; ".join(Role))]
    departments: Annotated[list[ShortLine], Field(max_length=50, default_factory=list)]
    password: Secret | None = None


@dataclass(frozen=True, slots=True)
class UserAdded:
    """The user, and his one-time password: "" if one was given, told nowhere else."""

    user: UserView
    one_time_password: str


@dataclass(frozen=True, slots=True)
class TokenAdded:
    """A token's text, told nowhere else, and what lists say of it."""

    token: str
    about: TokenView


class NewToken(Input):
    """A token to be."""

    name: Annotated[ShortLine, StringConstraints(min_length=1)]
    days: Annotated[int, Field(ge=1, le=365)] = 90


@people.get("/users", responses={"200": Listed[UserView]})
def list_users() -> Response:
    """All users."""
    return answer({"items": fonds().people.list(actor()), "next_cursor": "", "total": None})


@people.post("/users", responses={"201": Shown[UserAdded]})
def add_user(body: NewUserBody) -> Response:
    """Add a user."""
    new = NewUser(
        name=body.name,
        display_name=body.display_name,
        roles=body.roles,
        departments=body.departments,
        password=body.password,
    )
    user, password = fonds().people.add(actor(), new)
    return answer(UserAdded(user, password), 201)


@people.get("/tokens", responses={"200": Listed[TokenView]})
def list_tokens() -> Response:
    """One's own tokens, without their texts."""
    return answer({"items": fonds().sign_in.tokens(actor()), "next_cursor": "", "total": None})


@people.post("/tokens", responses={"201": Shown[TokenAdded]})
def add_token(body: NewToken) -> Response:
    """Make a token. Its text is in this answer and nowhere else."""
    text, view = fonds().sign_in.new_token(actor(), name=body.name, days=body.days)
    return answer(TokenAdded(text, view), 201)


@people.delete("/tokens/<id>", responses={"204": None})
def revoke_token(path: IdPath) -> Response:
    """Revoke a token; the next request with it is refused."""
    fonds().sign_in.revoke_token(actor(), path.id)
    return nothing()
