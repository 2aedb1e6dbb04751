"""Search: a question in people's words, hits with places, facets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import Field, StringConstraints

from search.port import Explanation, FacetName, Order, Suggestion
from service.api import cursors
from service.api.exports import exported
from service.api.inputs import Cursor, IdPath, Input, Limit, Query, ShortLine
from service.api.questions import Conditions
from service.api.resource import Resource, Shown, answer, binary, fields_of
from service.domain.holdings import Finding, Findings, Question
from service.identity import actor, fonds
from service.problems import said
from service.usecases.searching.finding import FAULTS_OF_QUESTIONS, OTHER_FAULT
from service.usecases.searching.missed import MissedMonth
from service.usecases.searching.synonyms import MOST, SynonymsView

search = Resource("search", __name__, "检索 / search")


class SearchQuery(Conditions, Query):
    """A question. Repeated values of one kind are alternatives."""

    order: Order = "relevance"
    facet: Annotated[
        list[FacetName | Literal["archival_class"]],
        Field(max_length=8, default_factory=lambda: ["category", "year"]),
    ]
    limit: Limit = 20
    cursor: Cursor = ""
    copies: bool = Field(False, description="List copies and versions of one record as hits of their own")

    def question(self) -> Question:
        """The same as the use case takes it."""
        return Question(
            **self.conditions(),
            order=self.order,
            limit=self.limit,
            cursor=cursors.unseal(self.cursor),
            facets=tuple(self.facet),
            fold=not self.copies,
        )


class SuggestQuery(Query):
    """What has been typed so far."""

    q: Annotated[ShortLine, StringConstraints(min_length=1)] = Field(
        description="As it is, in full pinyin or by initials"
    )
    limit: Annotated[Limit, Field(le=20)] = 8


class ExplainQuery(Conditions, Query):
    """The question whose hit is explained."""


class AlikeQuery(Query):
    """How many are wanted."""

    limit: Annotated[Limit, Field(le=50)] = 10


@dataclass(frozen=True, slots=True)
class Alike:
    """Hits without places."""

    hits: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class Completions:
    """What begins like it, best first: `kind` is title, party, code or tag; `id` a record's for title and code."""

    suggestions: Sequence[Suggestion]


class MissedQuery(Query):
    """The month, as 2026-11; without it this one."""

    month: Annotated[str, StringConstraints(pattern=r"^(20[0-9]{2}-(0[1-9]|1[0-2]))?$")] = ""


class SynonymsBody(Input):
    """The whole list in the place of the one whose revision is `rev`: groups of words that mean the same."""

    rev: int
    groups: Annotated[list[Annotated[list[ShortLine], Field(max_length=60)]], Field(max_length=MOST + 1)]


class ExportQuery(SearchQuery):
    """A question, and what its answer is written as; `limit`, `cursor` and `facet` mean nothing here."""

    format: Literal["csv", "xlsx"] = "xlsx"


@search.get("/search", responses={"200": Shown[Findings]})
def find(query: SearchQuery) -> Response:
    """Hits that the asker may know of, with the places of the words and marks in the original text."""
    return answer(findings(fonds().finding.search(actor(), query.question())))


@search.get("/search/suggestions", responses={"200": Shown[Completions]})
def suggest(query: SuggestQuery) -> Response:
    """Titles, parties, codes and tags for what is being typed, of records that the asker may know of."""
    return answer(Completions(fonds().finding.suggest(actor(), query.q, limit=query.limit)))


@search.get("/records/<id>/score", responses={"200": Shown[Explanation]})
def explain(path: IdPath, query: ExplainQuery) -> Response:
    """Why a record stands where it stands among the hits of a question: its score, clause by clause."""
    return answer(fonds().finding.explain(actor(), Question(**query.conditions()), path.id))


@search.get("/records/<id>/similar", responses={"200": Shown[Alike]})
def similar(path: IdPath, query: AlikeQuery) -> Response:
    """Records that say much the same, most alike first; none for a record that the asker may not know of."""
    found = fonds().finding.alike(actor(), path.id, limit=query.limit)
    return answer({"hits": [hit(each) for each in found]})


@search.get("/search/missed", responses={"200": Shown[MissedMonth]})
def missed(query: MissedQuery) -> Response:
    """What at least two people searched for in a month and nobody found, for those who look after the archive."""
    return answer(fonds().finding.missed.month(actor(), query.month))


@search.get("/search/synonyms", responses={"200": Shown[SynonymsView]})
def synonyms() -> Response:
    """Words that mean the same, as searches take them when nothing is found as it stands; `rev` 0: nobody changed them."""
    return answer(fonds().finding.synonyms.view(actor()))


@search.put("/search/synonyms", responses={"200": Shown[SynonymsView]})
def change_synonyms(body: SynonymsBody) -> Response:
    """Change them; they count from the next search on."""
    return answer(fonds().finding.synonyms.change(actor(), body.rev, body.groups))


@search.get("/search/export", responses={"200": binary("The list of hits")})
def export(query: ExportQuery) -> Response:
    """The list of what is found, at most 10 000 rows: no files, no snippets. In a workbook every cell is a text."""
    return exported(query.question(), query.format)


def findings(found: Findings) -> Mapping[str, Any]:
    """The answer as the command line prints it too."""
    return {
        "total": found.total,
        "hits": [hit(each) for each in found.hits],
        "facets": found.facets,
        "next_cursor": cursors.seal(found.next_cursor),
        "widened": found.widened,
        "did_you_mean": found.did_you_mean,
        "searched": found.searched,
        "moved": found.moved,
        "problems": [{**fault, "message": problem(fault)} for fault in found.problems],
    }


def problem(fault: Mapping[str, Any]) -> str:
    """A fault of a question in words of the asker's language."""
    return said(FAULTS_OF_QUESTIONS.get(str(fault["code"]), OTHER_FAULT), {"text": fault.get("text", "")})


def hit(finding: Finding) -> Mapping[str, Any]:
    """A hit: its best place is told beside the others, for those who show only one."""
    best = finding.places[0] if finding.places else None
    return fields_of(finding) | {
        "place": {"kind": best.kind, "number": best.number, "label": best.label} if best else None,
        "snippet": best.snippet if best else "",
        "marks": best.marks if best else (),
    }
