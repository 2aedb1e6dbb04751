"""Facets: what an answer is made of, counted for who may know of it and named for people."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, cast

from search.port import FacetName, FacetValue, Filters, SearchRequest, SearchResult
from service.domain.archival_classes import counted_by_class
from service.domain.holdings import CategoryView, FacetLine, Question
from service.domain.permissions import Actor
from service.usecases.dossiers.dossiers import titles_of
from service.usecases.scheme.categories import Categories

FAMILY_NAMES = {
    "pdf": "PDF",
    "word": "Word 文档",
    "slides": "幻灯片",
    "sheet": "表格",
    "text": "文本",
    "mail": "邮件",
    "image": "图片",
    "video": "视频",
    "audio": "音频",
    "archive": "压缩包",
    "other": "其他",
}
"""The families of files as facets show them."""

CLASS = "archival_class"
"""The facet that no engine knows: it is made of the counts of categories (R-CAT-2)."""

FACET_LIMIT = 100
"""Values of a facet that people are shown; of customers there may be thousands."""

DOSSIERS = 40
"""Dossiers that a facet looks up by name: those with the most records."""


def counted_by_engine(facets: Sequence[str]) -> tuple[FacetName, ...]:
    """The facets that an engine is asked for, so that all of `facets` can be told."""
    named = dict.fromkeys("category" if one == CLASS else one for one in facets)
    return tuple(cast("FacetName", one) for one in named)


class Facets:
    """Tells the facets of answers. `ask` puts a question to the engine."""

    def __init__(self, ask: Callable[[SearchRequest], SearchResult], categories: Categories) -> None:
        self._ask, self._categories = ask, categories

    def of(
        self, actor: Actor, question: Question, request: SearchRequest, result: SearchResult
    ) -> dict[str, tuple[FacetLine, ...]]:
        """The facets that were asked for; each leaves the conditions on itself aside, so that others of its values can
        be chosen beside."""
        scheme = self._categories.scheme()
        counted = {**result.facets, **self._open(request)}
        told = {
            name: self._labelled(actor, name, values, scheme)
            for name, values in counted.items()
            if name in question.facets
        }
        if CLASS in question.facets:
            told[CLASS] = self._classes(request, result, scheme)
        return told

    def _open(self, request: SearchRequest) -> dict[str, Sequence[FacetValue]]:
        """The facets that are conditions themselves, counted without them: one small question for each."""
        found: dict[str, Sequence[FacetValue]] = {}
        for facet in request.facets:
            without = _without(request.filters, facet)
            if without != request.filters and not request.cursor:
                found[facet] = self._counted(request, facet, without)
        return found

    def _counted(self, request: SearchRequest, facet: FacetName, filters: Filters) -> Sequence[FacetValue]:
        """One facet of a question under these conditions instead of its own."""
        alone = replace(request, filters=filters, facets=(facet,), limit=0, places=0)
        return self._ask(alone).facets[facet]

    def _classes(
        self, request: SearchRequest, result: SearchResult, scheme: Mapping[str, CategoryView]
    ) -> tuple[FacetLine, ...]:
        """Categories summed up by archival class, whichever classes are chosen."""
        counted = result.facets["category"]
        if request.filters.own_category and not request.cursor:
            counted = self._counted(request, "category", replace(request.filters, own_category=()))
        return counted_by_class([(one.value, one.count) for one in counted], scheme)

    def _labelled(
        self, actor: Actor, name: str, values: Sequence[FacetValue], scheme: Mapping[str, CategoryView]
    ) -> tuple[FacetLine, ...]:
        """Values as people read them; a dossier that the actor may not know of is no value."""
        if name == "dossier":
            titles = titles_of(actor, [one.value for one in values[:DOSSIERS]])
            return tuple(
                FacetLine(one.value, titles[one.value], one.count) for one in values if one.value in titles
            )

        def label(value: str) -> str:
            if name == "category":
                return scheme[value].name if value in scheme else value or "未分类"
            return FAMILY_NAMES.get(value, value) if name == "file_type" else value

        return tuple(FacetLine(one.value, label(one.value), one.count) for one in values)


def _without(filters: Filters, facet: str) -> Filters:
    """The conditions without those on what a facet counts; months are counted of the whole year they are in."""
    if facet == "year":
        return replace(filters, date_from=None, date_to=None)
    if facet == "month":
        year = one_year(filters.date_from, filters.date_to)
        return replace(filters, date_from=date(year, 1, 1), date_to=date(year, 12, 31)) if year else filters
    nothing: Any = {facet: ()}  # facets and the conditions on them have one name
    return replace(filters, **nothing)


def one_year(start: date | None, end: date | None) -> int:
    """The year that both ends of a range lie in, 0 if it is open or of several years."""
    return start.year if start and end and start.year == end.year else 0
