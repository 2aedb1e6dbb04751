"""Looking up a record by a piece of its title, code or text, to go to it or to name it in another one."""

from collections.abc import Iterator, Sequence

from search.port import Scope, SearchEngine, SearchUnavailable
from service.domain.holdings import Question, RecordView
from service.domain.permissions import Actor, search_scope
from service.errors import Unavailable
from service.usecases.describing.records import Records
from service.usecases.desk.recents import RecentRecords
from service.usecases.searching.finding import FindingRecords

MAX_TEXT = 200


class LookingUp:
    """As-you-type answers of a few records. Nothing outside the actor's scope takes part (R-SEC-7)."""

    def __init__(
        self, engine: SearchEngine, finding: FindingRecords, records: Records, recents: RecentRecords
    ) -> None:
        self._engine, self._finding, self._records, self._recents = engine, finding, records, recents

    def records(self, actor: Actor, text: str, *, limit: int = 8) -> Sequence[RecordView]:
        """Records whose title or code has words that begin like `text`, then those that say it; the actor's recent
        ones for an empty text. While search is away, of the recent ones those whose title has it."""
        text = text.strip()[:MAX_TEXT]
        if not text:
            return self.recent(actor, limit=limit)
        try:
            ids = list(dict.fromkeys(self._ids(actor, text, limit)))
        except (SearchUnavailable, Unavailable):
            return [one for one in self.recent(actor) if text.casefold() in one.title.casefold()][:limit]
        return self._records.some(actor, ids[: 2 * limit])[:limit]

    def recent(self, actor: Actor, *, limit: int = 20) -> Sequence[RecordView]:
        """What the actor opened lately and may still know of, the last first."""
        return self._records.some(actor, self._recents.ids(actor))[:limit]

    def _ids(self, actor: Actor, text: str, limit: int) -> Iterator[str]:
        for found in self._engine.suggest(Scope(search_scope(actor)), text, limit):
            if found.id:
                yield found.id
        # Suggestions name a title once, however many records bear it.
        for hit in self._finding.search(actor, Question(text=text, limit=limit, facets=())).hits:
            yield hit.id
