"""Overview: the figures of a person's start page, counted by the index within what he may know of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from search.port import Filters, Scope, SearchEngine, SearchRequest, SearchUnavailable
from search.question.tree import DateIn
from service.domain.dates import day_of
from service.domain.permissions import Act, Actor, may, search_scope
from service.errors import Unavailable

WEEKS = 12


@dataclass(frozen=True, slots=True)
class Week:
    """What came in from Monday `start` on: category → records; "" is not described yet."""

    start: date
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """All of the week."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Figures:
    """What a start page says: `undescribed` waits in the inbox, `states` counts records by their life."""

    undescribed: int
    states: Mapping[str, int]
    weeks: Sequence[Week]
    newest: Sequence[str]


class Overview:
    """Counts of the index, as many questions for a hundred records as for a million; none goes to the database."""

    def __init__(self, engine: SearchEngine, clock: Callable[[], datetime]) -> None:
        self._engine, self._clock = engine, clock

    def figures(self, actor: Actor) -> Figures:
        """The figures for this person. Raises `Unavailable("search")`; everything is 0 for who sees no records."""
        scope = search_scope(actor)
        if not scope:
            return Figures(0, {}, (), ())
        try:
            return self._figures(Scope(scope), describes=may(actor, Act.CREATE))
        except SearchUnavailable as fault:
            raise Unavailable("search", "检索暂时不可用，著录和下载不受影响") from fault

    def _figures(self, scope: Scope, *, describes: bool) -> Figures:
        now = self._engine.search(
            SearchRequest(
                scope=scope,
                order="newest",
                limit=7,
                facets=("category", "state"),
                places=0,
                filters=Filters(),
            )
        )
        described = sum(value.count for value in now.facets.get("category", ()) if value.value)
        today = day_of(self._clock())
        monday = today - timedelta(days=today.weekday())
        starts = [monday - timedelta(weeks=back) for back in reversed(range(WEEKS))]
        return Figures(
            undescribed=max(0, now.total - described) if describes else 0,
            states={value.value: value.count for value in now.facets.get("state", ())},
            weeks=tuple(self._week(scope, start) for start in starts),
            newest=tuple(hit.id for hit in now.hits),
        )

    def _week(self, scope: Scope, start: date) -> Week:
        found = self._engine.search(
            SearchRequest(
                scope=scope,
                query=DateIn(start, start + timedelta(days=6), "created"),
                order="newest",
                limit=1,
                facets=("category",),
                places=0,
            )
        )
        counts = {value.value: value.count for value in found.facets.get("category", ()) if value.value}
        rest = found.total - sum(counts.values())
        return Week(start, counts | ({"": rest} if rest > 0 else {}))
