"""Categories: the scheme of the archive and the fields of each."""

from dataclasses import dataclass

from flask import Response

from service.api.inputs import Input, Path, ShortLine
from service.api.resource import Listed, Resource, Shown, answer, listed
from service.domain.holdings import CategoryView
from service.identity import actor, fonds
from service.usecases.scheme.scheme_texts import Brought
from service.usecases.scheme.scheming import DraftView

categories = Resource("categories", __name__, "档案分类 / the scheme")


class CodePath(Path):
    """A category by its code."""

    code: ShortLine


@categories.get("/categories", responses={"200": Listed[CategoryView]})
def list_categories() -> Response:
    """The whole scheme, parents before children."""
    actor()
    return listed(fonds().categories.all(), counted=False)


@categories.get("/categories/<code>", responses={"200": Shown[CategoryView]})
def get_category(path: CodePath) -> Response:
    """One category with the JSON Schema of its fields."""
    actor()
    return answer(fonds().categories.get(path.code))


@dataclass(frozen=True, slots=True)
class SchemeText:
    """The scheme as YAML, `format: fonds-scheme-1`."""

    text: str


class SchemeBody(Input):
    """The scheme as YAML. With a `reason` the changes are published, else they wait as drafts."""

    text: str
    reason: str = ""


class DecisionBody(Input):
    """A decision on revision `rev` of a draft; a return says why in `note`."""

    rev: int
    approve: bool
    note: str = ""


@categories.get("/scheme/drafts", responses={"200": Listed[DraftView]})
def list_drafts() -> Response:
    """Versions that wait for approval or for their day, for who approves or manages the scheme."""
    items = fonds().scheming.awaiting(actor())
    return listed(items)


@categories.post("/scheme/drafts/<code>/decision", responses={"200": Shown[CategoryView]})
def decide_draft(path: CodePath, body: DecisionBody) -> Response:
    """Approve a version that somebody else drafted, or return it."""
    made = fonds().scheming.decide(actor(), path.code, rev=body.rev, approve=body.approve, note=body.note)
    return answer(made)


@categories.get("/scheme", responses={"200": Shown[SchemeText]})
def export_scheme() -> Response:
    """All categories in force with their fields, for who manages the scheme."""
    return answer(SchemeText(fonds().scheme_texts.export(actor())))


@categories.post("/scheme", responses={"200": Shown[Brought]})
def import_scheme(body: SchemeBody) -> Response:
    """Enter what is new and draft what differs; categories left out stay. Of a text with a fault nothing is taken."""
    return answer(fonds().scheme_texts.bring(actor(), body.text, reason=body.reason))
