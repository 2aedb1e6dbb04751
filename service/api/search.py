"""Search: a question in people's words, hits with places, facets."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import Field, StringConstraints

from service.api import cursors
from service.api.inputs import Cursor, Day, Limit, Query, ShortLine, Text
from service.api.resource import Resource, Shown, answer, names_of
from service.domain.holdings import Finding, Findings, Question
from service.identity import actor, fonds

search = Resource("search", __name__, "检索 / search")

Several = Annotated[list[ShortLine], Field(max_length=50, default_factory=list)]


class SearchQuery(Query):
    """A question. Repeated values of one kind are alternatives."""

    q: Annotated[Text, StringConstraints(max_length=1000)] = Field(
        "", description='Words, "phrases", 字段:值'
    )
    category: Several
    department: Several
    type: Annotated[
        Several,
        Field(description="pdf, word, slides, sheet, text, mail, image, video, audio, archive, other"),
    ]
    from_: Day | None = Field(None, alias="from", description="Earliest date of the record")
    to: Day | None = Field(None, description="Latest date of the record")
    order: Literal["relevance", "newest", "oldest", "date_desc", "date_asc", "title"] = "relevance"
    facet: Annotated[
        list[Literal["category", "year", "department", "file_type"]],
        Field(max_length=4, default_factory=lambda: ["category", "year"]),
    ]
    limit: Limit = 20
    cursor: Cursor = ""


@search.get("/search", responses={"200": Shown[Findings]})
def find(query: SearchQuery) -> Response:
    """Hits that the asker may know of, with the places of the words and marks in the original text."""
    question = Question(
        text=query.q,
        category=tuple(query.category),
        department=tuple(query.department),
        family=tuple(query.type),
        date_from=query.from_,
        date_to=query.to,
        order=query.order,
        limit=query.limit,
        cursor=cursors.unseal(query.cursor),
        facets=tuple(query.facet),
    )
    return answer(findings(fonds().finding.search(actor(), question)))


def findings(found: Findings) -> Mapping[str, Any]:
    """The answer as the command line prints it too."""
    return {
        "total": found.total,
        "hits": [hit(each) for each in found.hits],
        "facets": found.facets,
        "next_cursor": cursors.seal(found.next_cursor),
        "widened": found.widened,
        "problems": found.problems,
    }


def hit(finding: Finding) -> Mapping[str, Any]:
    """A hit: its best place is told beside the others, for those who show only one."""
    best = finding.places[0] if finding.places else None
    return {name: getattr(finding, name) for name in names_of(Finding)} | {
        "place": {"kind": best.kind, "number": best.number, "label": best.label} if best else None,
        "snippet": best.snippet if best else "",
        "marks": best.marks if best else (),
    }
