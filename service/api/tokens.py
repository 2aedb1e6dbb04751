"""Tokens: the bearer tokens of programs, one's own and, for who manages users, everybody's."""

from dataclasses import dataclass
from typing import Annotated

from flask import Response
from pydantic import Field, StringConstraints

from service.api import cursors
from service.api.inputs import IdPath, Input, PageQuery, ShortLine
from service.api.resource import Listed, Resource, Shown, answer, listed, nothing
from service.domain.permissions import Scope
from service.identity import actor, fonds
from service.usecases.people.tokens import TokenView

tokens = Resource("tokens", __name__, "令牌 / bearer tokens")


class NewToken(Input):
    """A token to be."""

    name: Annotated[ShortLine, StringConstraints(min_length=1)]
    days: Annotated[int, Field(ge=1, le=365)] = 90
    scopes: Annotated[
        list[ShortLine],
        Field(max_length=10, default_factory=list, description="; ".join(Scope) + "; empty = all"),
    ]


@dataclass(frozen=True, slots=True)
class TokenAdded:
    """A token's text, told nowhere else, and what lists say of it."""

    token: str
    about: TokenView


@tokens.get("/tokens", responses={"200": Listed[TokenView]})
def list_tokens() -> Response:
    """One's own tokens, without their texts."""
    return listed(fonds().tokens.own(actor()), counted=False)


@tokens.get("/tokens/all", responses={"200": Listed[TokenView]})
def list_all_tokens(query: PageQuery) -> Response:
    """Everybody's tokens, newest first, for who manages users."""
    page = fonds().tokens.page(actor(), after=cursors.unseal(query.cursor), limit=query.limit)
    return answer({"items": page.items, "next_cursor": cursors.seal(page.next_cursor), "total": page.total})


@tokens.post("/tokens", responses={"201": Shown[TokenAdded]})
def add_token(body: NewToken) -> Response:
    """Make a token. Its text is in this answer and nowhere else."""
    text, view = fonds().tokens.add(actor(), name=body.name, days=body.days, scopes=body.scopes)
    return answer(TokenAdded(text, view), 201)


@tokens.delete("/tokens/<id>", responses={"204": None})
def revoke_token(path: IdPath) -> Response:
    """Revoke a token of one's own; the next request with it is refused."""
    fonds().tokens.revoke(actor(), path.id)
    return nothing()


@tokens.delete("/tokens/all/<id>", responses={"204": None})
def revoke_any_token(path: IdPath) -> Response:
    """Revoke anybody's token, for who manages users."""
    fonds().tokens.revoke_any(actor(), path.id)
    return nothing()
