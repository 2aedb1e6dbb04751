"""Categories: the scheme of the archive and the fields of each."""

from flask import Response

from service.api.inputs import Path, ShortLine
from service.api.resource import Listed, Resource, Shown, answer
from service.domain.holdings import CategoryView
from service.identity import actor, fonds

categories = Resource("categories", __name__, "档案分类 / the scheme")


class CodePath(Path):
    """A category by its code."""

    code: ShortLine


@categories.get("/categories", responses={"200": Listed[CategoryView]})
def list_categories() -> Response:
    """The whole scheme, parents before children."""
    actor()
    return answer({"items": fonds().categories.all(), "next_cursor": "", "total": None})


@categories.get("/categories/<code>", responses={"200": Shown[CategoryView]})
def get_category(path: CodePath) -> Response:
    """One category with the JSON Schema of its fields."""
    actor()
    return answer(fonds().categories.get(path.code))
