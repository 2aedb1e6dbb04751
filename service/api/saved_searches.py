"""Saved searches 收藏的检索: one's own, with how many records are new, and what was searched for last."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from flask import Response

from search.port import Order
from service.api.inputs import IdPath, Input, ShortLine
from service.api.questions import Conditions
from service.api.resource import Listed, Resource, Shown, answer, listed, nothing
from service.domain.holdings import Question
from service.identity import actor, fonds
from service.usecases.desk.saved_searches import SavedSearchView

saved_searches = Resource("saved_searches", __name__, "收藏的检索 / saved searches")


class SavedQuestion(Conditions, Input):
    """A question as `GET /search` takes it."""

    order: Order = "relevance"

    def question(self) -> Question:
        """The same as the use case takes it."""
        return Question(**self.conditions(), order=self.order)


class NewSavedSearch(Input):
    """A search to keep. `watched`: tell me when something new answers it."""

    name: ShortLine
    question: SavedQuestion
    watched: bool = True


class SavedSearchChange(Input):
    """What to change; what is left out stays."""

    name: ShortLine | None = None
    watched: bool | None = None


@dataclass(frozen=True, slots=True)
class Recent:
    """Questions, newest first."""

    recent: list[str]


@saved_searches.get("/saved-searches", responses={"200": Listed[SavedSearchView]})
def list_saved() -> Response:
    """One's own saved searches by name; `fresh` records are new since each was opened."""
    items = [shown(one) for one in fonds().saved_searches.list(actor())]
    return listed(items)


@saved_searches.post("/saved-searches", responses={"201": Shown[SavedSearchView]})
def save_search(body: NewSavedSearch) -> Response:
    """Keep a question under a name of one's own."""
    saved = fonds().saved_searches.save(actor(), body.name, body.question.question(), watched=body.watched)
    return answer(shown(saved), 201)


@saved_searches.get("/saved-searches/<id>", responses={"200": Shown[SavedSearchView]})
def get_saved(path: IdPath) -> Response:
    """One of them."""
    return answer(shown(fonds().saved_searches.get(actor(), path.id)))


@saved_searches.patch("/saved-searches/<id>", responses={"200": Shown[SavedSearchView]})
def change_saved(path: IdPath, body: SavedSearchChange) -> Response:
    """Rename it, or be told or not of what is new."""
    searches = fonds().saved_searches
    view = searches.get(actor(), path.id)
    if body.name is not None:
        view = searches.rename(actor(), path.id, body.name)
    if body.watched is not None:
        view = searches.watch(actor(), path.id, body.watched)
    return answer(shown(view))


@saved_searches.post("/saved-searches/<id>/looked", responses={"200": Shown[SavedSearchView]})
def look(path: IdPath) -> Response:
    """Say that one has looked: what answers it now is not new any more. The search is shown as it was before."""
    return answer(shown(fonds().saved_searches.open(actor(), path.id)))


@saved_searches.delete("/saved-searches/<id>", responses={"204": None})
def delete_saved(path: IdPath) -> Response:
    """Forget it."""
    fonds().saved_searches.delete(actor(), path.id)
    return nothing()


@saved_searches.get("/recent-searches", responses={"200": Shown[Recent]})
def recent() -> Response:
    """What one searched for last on the pages."""
    return answer(Recent(list(fonds().search_habits.of(actor()).recent)))


@saved_searches.delete("/recent-searches", responses={"204": None})
def forget_recent() -> Response:
    """Forget what one searched for."""
    fonds().search_habits.forget(actor())
    return nothing()


def shown(view: SavedSearchView) -> Mapping[str, Any]:
    """A saved search with its question as `GET /search` takes it."""
    question = view.question
    asked = {
        "q": question.text,
        "category": question.category,
        "department": question.department,
        "type": question.family,
        "customer": question.customer,
        "tag": question.tag,
        "state": question.state,
        "from": question.date_from,
        "to": question.date_to,
        "order": question.order,
    }
    return asdict(view) | {"question": asked}
