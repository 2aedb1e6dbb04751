"""Finding: a question in people's words becomes hits that the actor may know of, with places and facets."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from search.port import (
    Explanation,
    Filters,
    Hit,
    InvalidCursor,
    Scope,
    SearchEngine,
    SearchRequest,
    SearchResult,
    SearchUnavailable,
    Suggestion,
)
from search.question.query import Node
from search.question.tree import names_field
from service.audit import Audit
from service.domain.archival_classes import categories_of
from service.domain.dates import day_of
from service.domain.dealing import customer
from service.domain.holdings import CategoryView, Finding, Findings, FoundPlace, Question
from service.domain.lifecycle import PAST
from service.domain.permissions import Actor, knows, search_scope
from service.errors import MalformedRequest, NotFound, Unavailable
from service.usecases.describing.showing import guarded
from service.usecases.scheme.categories import Categories
from service.usecases.scheme.understanding import understood
from service.usecases.searching.facets import FACET_LIMIT, Facets, counted_by_engine
from service.usecases.searching.hit_rows import HitRows
from service.usecases.searching.missed import MissedQuestions
from service.usecases.searching.synonyms import Synonyms

FAULTS_OF_QUESTIONS: Mapping[str, str] = {
    "unclosed_quote": "引号没有成对，按到末尾为止检索",
    "empty_quote": "引号里没有字，已略去",
    "unclosed_parenthesis": "括号没有成对，按到末尾为止检索",
    "stray_parenthesis": "多出一个括号，已略去",
    "stray_operator": "“%(text)s”缺少前后的检索词，已略去",
    "unknown_field": "没有“%(text)s”这个检索字段，按普通文字检索",
    "empty_value": "“%(text)s”后面没有值，按普通文字检索",
    "bad_date": "“%(text)s”不是日期，按普通文字检索",
    "bad_number": "“%(text)s”不是数值，按普通文字检索",
    "unknown_value": "“%(text)s”不是这个字段的值，按普通文字检索",
    "too_long": "检索式过长，只取前一部分",
    "too_many_terms": "检索词过多，只取前一部分",
    "too_deep": "括号层数过多，已略去内层",
}
OTHER_FAULT = "检索式有误，已尽量检索"
"""What is wrong with a question, by code; the answer was made as well as it could be."""


NEWEST = 50
"""How many of the newest matches are looked at to see which of them are new."""

NO_CATEGORY = "-"
"""What no category is called: the condition of a class without any."""

PAGE = 200
"""Hits of one page of a list that is read to its end: the most that an engine gives at once."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a question stands: how many answer it, the number `seq` of the newest, and how many are newer than asked."""

    total: int
    newest: int
    newer: int


class FindingRecords:
    """Search for people. Nothing outside the actor's scope takes part in anything (R-SEC-7).

    `missed` holds what was searched for and not found, `synonyms` the words that mean the same.
    """

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
        self.missed = MissedQuestions(clock)
        self.synonyms = Synonyms(audit, clock, self._rows.changes)
        self._facets = Facets(self._ask, categories)

    def search(self, actor: Actor, question: Question, *, today: date | None = None) -> Findings:
        """Answer a question. A faulty query gets its faults and the best-effort answer, never an error.

        The counts of a facet leave the conditions on that facet itself aside, so that others of its values can be
        chosen beside. Raises `Unavailable("search")` while the engine is away.
        """
        scheme = self._categories.scheme()
        day, groups = today or self._today(), self.synonyms.groups()
        parsed = understood(question.text, day, scheme, groups)
        fold = question.fold and not names_field(parsed.tree, "same")
        request = replace(
            _request(actor, question, parsed.tree, scheme), today=day, fold=fold, synonyms=groups
        )
        result = self._ask(request)
        entered = self._audit.insert_meanwhile(actor, "search", total=result.total)
        facets = self._facets.of(actor, question, request, result)
        hits = self._hits(actor, result.hits)
        if not result.total:
            self.missed.note(actor, question)
        entered.result()
        return Findings(
            total=result.total - (len(result.hits) - len(hits)),
            hits=hits,
            facets=facets,
            next_cursor=result.next_cursor,
            widened=result.widened,
            did_you_mean=result.did_you_mean,
            searched=result.searched,
            problems=tuple(
                {"position": problem.position, "code": problem.code, "text": getattr(problem, "text", "")}
                for problem in parsed.problems
            ),
            pieces=parsed.pieces,
            moved=result.moved,
        )

    def filed(self, actor: Actor, dossier_ids: Sequence[str]) -> Mapping[str, int]:
        """How many records of each of a few dossiers the actor may know of. It stands beside their names: no event.

        Raises `Unavailable("search")`.
        """
        if not dossier_ids:
            return {}
        counted = Question(dossier=tuple(dossier_ids), facets=("dossier",))
        request = replace(_request(actor, counted, None, {}), limit=1, places=0, facet_limit=0)
        found = self._ask(request).facets.get("dossier", ())
        return dict.fromkeys(dossier_ids, 0) | {
            one.value: one.count for one in found if one.value in dossier_ids
        }

    def suggest(self, actor: Actor, text: str, *, limit: int = 8) -> list[Suggestion]:
        """What the actor may know of and begins like `text`: titles, parties, codes, tags.

        Typing is no search yet and no event. Raises `Unavailable("search")`.
        """
        try:
            found = self._engine.suggest(Scope(search_scope(actor)), text, limit)
        except SearchUnavailable as fault:
            raise Unavailable("search", "检索暂时不可用，著录和下载不受影响") from fault
        rows = self._rows.of([one.id for one in found if one.id])
        known = {key for key, (row, _) in rows.items() if knows(actor, guarded(row))}
        return [one for one in found if not one.id or one.id in known]

    def count(self, actor: Actor, question: Question) -> int:
        """How many records answer a question, as it stands: what is asked to help with another, so it is no event."""
        return self._ask(replace(self._bare(actor, question), limit=0, relax=False)).total

    def tally(self, actor: Actor, question: Question) -> Mapping[str, int]:
        """How many answer a question by department: a number beside a name, so it is no event.

        Raises `Unavailable("search")`.
        """
        bare = replace(
            self._bare(actor, question), facets=("department",), facet_limit=0, limit=0, relax=False
        )
        return {one.value: one.count for one in self._ask(bare).facets["department"]}

    def left_out(self, actor: Actor, question: Question) -> Mapping[str, int]:
        """How many superseded and weeded records would answer too, by their state; {} where they are not left out.

        It is said beside an answer, so it is no event. Raises `Unavailable("search")`.
        """
        bare = self._bare(actor, question)
        if not bare.filters.hidden:
            return {}
        only = replace(bare.filters, state=bare.filters.hidden, hidden=())
        found = self._ask(replace(bare, filters=only, facets=("state",), limit=0, relax=False))
        return {line.value: line.count for line in found.facets["state"]}

    def standing(self, actor: Actor, question: Question, *, newer_than: int | None = None) -> Standing:
        """How many answer a question now, and how many of the newest of them have a `seq` above `newer_than`.

        It is looked at for its owner, nobody reads anything: no event. Raises `Unavailable("search")`.
        """
        limit = 1 if newer_than is None else NEWEST
        bare = replace(self._bare(actor, question), order="newest", limit=limit, relax=False)
        result = self._ask(bare)
        rows = self._rows.of([hit.id for hit in result.hits])
        numbers = [row.seq for row, _ in rows.values() if knows(actor, guarded(row))]
        newer = sum(number > newer_than for number in numbers) if newer_than is not None else 0
        return Standing(result.total, max(numbers, default=0), newer)

    def each(self, actor: Actor, question: Question, *, most: int) -> Iterator[Finding]:
        """The hits of a question to its end or to `most`, page by page, without places.

        Whoever takes them away enters that as an event himself. Raises `Unavailable("search")`.
        """
        request = replace(self._bare(actor, question), limit=min(PAGE, most))
        given = 0
        while given < most:
            result = self._ask(request)
            for hit in self._hits(actor, result.hits)[: most - given]:
                given += 1
                yield hit
            if not result.next_cursor:
                return
            request = replace(request, cursor=result.next_cursor)

    def alike(self, actor: Actor, record_id: str, *, limit: int = 5) -> list[Finding]:
        """Records that the actor may know of and whose words are those of one, most alike first; none for a record
        outside his scope. Shown beside a record that was opened, so it is no event. Raises `Unavailable("search")`.
        """
        try:
            hits = self._engine.similar(Scope(search_scope(actor)), record_id, limit)
        except SearchUnavailable as fault:
            raise Unavailable("search", "检索暂时不可用，著录和下载不受影响") from fault
        return [one for one in self._hits(actor, hits) if one.life not in PAST]

    def explain(self, actor: Actor, question: Question, record_id: str) -> Explanation:
        """Why a record stands where it stands among the hits of a question. Raises `NotFound` if it is none."""
        try:
            found = self._engine.explain(self._bare(actor, question), record_id)
        except SearchUnavailable as fault:
            raise Unavailable("search", "检索暂时不可用，著录和下载不受影响") from fault
        rows = self._rows.of([record_id]) if found else {}
        if found is None or record_id not in rows or not knows(actor, guarded(rows[record_id][0])):
            raise NotFound("这件档案不在检索结果里")
        return found

    def _today(self) -> date:
        return day_of(self._clock())

    def _bare(self, actor: Actor, question: Question) -> SearchRequest:
        scheme = self._categories.scheme()
        day, groups = self._today(), self.synonyms.groups()
        tree = understood(question.text, day, scheme, groups).tree
        asked = replace(question, facets=(), cursor="")
        return replace(_request(actor, asked, tree, scheme), places=0, today=day, synonyms=groups)

    def _ask(self, request: SearchRequest) -> SearchResult:
        try:
            return self._engine.search(request)
        except InvalidCursor as fault:
            raise MalformedRequest("翻页标记无效；从第一页重新开始") from fault
        except SearchUnavailable as fault:
            raise Unavailable("search", "检索暂时不可用，著录和下载不受影响") from fault

    def _hits(self, actor: Actor, found: Sequence[Hit]) -> list[Finding]:
        """Hits with what the truth says of them now: a record that became stricter is left out."""
        rows = self._rows.of([hit.id for hit in found])
        return [
            _finding(hit, *rows[hit.id], self._categories.of(rows[hit.id][0]))
            for hit in found
            if hit.id in rows and knows(actor, guarded(rows[hit.id][0]))
        ]


def _hidden(question: Question, tree: Node | None) -> tuple[str, ...]:
    """The states that a question leaves out: a dossier shows all that lies in it."""
    asked = question.past or question.state or question.dossier or names_field(tree, "state")
    return () if asked else PAST


def _request(
    actor: Actor, question: Question, tree: Node | None, scheme: Mapping[str, CategoryView]
) -> SearchRequest:
    classes = categories_of(question.archival_class, scheme)
    return SearchRequest(
        scope=Scope(search_scope(actor)),
        query=tree,
        filters=Filters(
            category=question.category,
            own_category=classes or (NO_CATEGORY,) if question.archival_class else (),
            department=question.department,
            file_type=question.family,
            state=question.state,
            customer=question.customer,
            tag=question.tag,
            dossier=question.dossier,
            date_from=question.date_from,
            date_to=question.date_to,
            hidden=_hidden(question, tree),
        ),
        order="newest" if tree is None and question.order == "relevance" else question.order,  # type: ignore[arg-type]
        limit=question.limit,
        cursor=question.cursor,
        facets=counted_by_engine(question.facets),
        facet_limit=FACET_LIMIT,
    )


def _finding(hit: Hit, row: Any, files: Sequence[Any], category: CategoryView | None) -> Finding:
    by_id = {file.id: file for file in files}
    place = next((place for place in hit.places if place.file_id in by_id), None)
    best = by_id[place.file_id] if place else (files[0] if files else None)
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
        file=place.file_name if place else best.name if best else "",
        file_id=best.id if best else "",
        family=best.family if best else "",
        has_preview=bool(best and best.preview_key),
        folded=hit.folded,
        folded_as=hit.folded_as,
        customer=customer(row.fields, category.schema, row.responsible) if category else "",
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
