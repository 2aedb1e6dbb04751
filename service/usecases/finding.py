"""Finding: a question in people's words becomes hits that the actor may know of, with places and facets."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from search.port import (
    Filters,
    Hit,
    InvalidCursor,
    Scope,
    SearchEngine,
    SearchRequest,
    SearchResult,
    SearchUnavailable,
)
from search.query import And, FieldIs, Node, Not, Or, parse
from service.audit import Audit
from service.domain.holdings import CategoryView, FacetLine, Finding, Findings, FoundPlace, Question
from service.domain.permissions import Actor, knows, search_scope
from service.errors import MalformedRequest, Unavailable
from service.usecases.categories import Categories
from service.usecases.hit_rows import HitRows
from service.usecases.showing import guarded

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


class FindingRecords:
    """Search for people. Nothing outside the actor's scope takes part in anything (R-SEC-7)."""

    def __init__(
        self,
        engine: SearchEngine,
        categories: Categories,
        audit: Audit,
        clock: Callable[[], datetime],
        rows: HitRows | None = None,
    ) -> None:
        self._engine, self._categories, self._audit, self._clock = engine, categories, audit, clock
        self._rows = rows or HitRows()

    def search(self, actor: Actor, question: Question, *, today: date | None = None) -> Findings:
        """Answer a question. A faulty query gets its faults and the best-effort answer, never an error.

        Raises `Unavailable("search")` while the engine is away.
        """
        scheme = {category.code: category for category in self._categories.all()}
        parsed = parse(question.text, today or self._clock().astimezone().date())
        tree = resolved(parsed.tree, scheme) if parsed.tree else None
        request = SearchRequest(
            scope=Scope(search_scope(actor)),
            query=tree,
            filters=Filters(
                category=question.category,
                department=question.department,
                file_type=question.family,
                date_from=question.date_from,
                date_to=question.date_to,
            ),
            order="newest" if tree is None and question.order == "relevance" else question.order,  # type: ignore[arg-type]
            limit=question.limit,
            cursor=question.cursor,
            facets=question.facets,  # type: ignore[arg-type]
        )
        try:
            result = self._engine.search(request)
        except InvalidCursor as fault:
            raise MalformedRequest("翻页标记无效；从第一页重新开始") from fault
        except SearchUnavailable as fault:
            raise Unavailable("search", "检索暂时不可用，著录和下载不受影响") from fault
        entered = self._audit.insert_meanwhile(actor, "search", total=result.total)
        hits = self._hits(actor, result, scheme)
        entered.result()
        return Findings(
            total=result.total - (len(result.hits) - len(hits)),
            hits=hits,
            facets={name: _labelled(name, values, scheme) for name, values in result.facets.items()},
            next_cursor=result.next_cursor,
            widened=result.widened,
            problems=tuple(
                {"position": problem.position, "code": problem.code, "text": getattr(problem, "text", "")}
                for problem in parsed.problems
            ),
        )

    def _hits(self, actor: Actor, result: SearchResult, scheme: Mapping[str, CategoryView]) -> list[Finding]:
        """Hits with what the truth says of them now: a record that became stricter is left out."""
        rows = self._rows.of([hit.id for hit in result.hits])
        return [
            _finding(hit, *rows[hit.id], scheme)
            for hit in result.hits
            if hit.id in rows and knows(actor, guarded(rows[hit.id][0]))
        ]


def resolved(tree: Node, scheme: Mapping[str, CategoryView]) -> Node:
    """The tree with names of categories replaced by their codes."""
    if isinstance(tree, And | Or):
        return replace(tree, parts=tuple(resolved(part, scheme) for part in tree.parts))
    if isinstance(tree, Not):
        return Not(resolved(tree.part, scheme))
    if isinstance(tree, FieldIs) and tree.field == "category":
        return _category(tree.value, scheme)
    return tree


def _category(value: str, scheme: Mapping[str, CategoryView]) -> Node:
    wanted = value.casefold()
    exact = [
        c.code
        for c in scheme.values()
        if wanted in (c.code.casefold(), c.name.casefold(), c.name_en.casefold())
    ]
    codes = exact or [c.code for c in scheme.values() if wanted and wanted in c.name.casefold()]
    parts = tuple(FieldIs("category", code) for code in codes)
    return parts[0] if len(parts) == 1 else Or(parts) if parts else FieldIs("category", value)


def _finding(hit: Hit, row: Any, files: Sequence[Any], scheme: Mapping[str, CategoryView]) -> Finding:
    by_id = {file.id: file for file in files}
    placed = next((by_id[place.file_id] for place in hit.places if place.file_id in by_id), None)
    best = placed or (files[0] if files else None)
    category = scheme.get(row.category)
    return Finding(
        id=row.id,
        title=hit.title.text,
        title_marks=tuple(hit.title.marks),
        category=row.category,
        category_name=category.name if category else "",
        department=row.department,
        date=row.date.date() if row.date else None,
        ref_code=row.ref_code,
        secrecy=row.secrecy,
        life=row.life,
        score=hit.score,
        file=best.name if best else "",
        file_id=best.id if best else "",
        family=best.family if best else "",
        has_preview=bool(best and best.preview_key),
        places=tuple(
            FoundPlace(
                file_id=place.file_id,
                file=place.file_name,
                kind=place.place.kind,
                number=place.place.number,
                label=place.place.label,
                snippet=place.snippet.text,
                marks=tuple(place.snippet.marks),
            )
            for place in hit.places
        ),
    )


def _labelled(name: str, values: Sequence[Any], scheme: Mapping[str, CategoryView]) -> tuple[FacetLine, ...]:
    def label(value: str) -> str:
        if name == "category":
            return scheme[value].name if value in scheme else value or "未分类"
        return FAMILY_NAMES.get(value, value) if name == "file_type" else value

    return tuple(FacetLine(value.value, label(value.value), value.count) for value in values)
