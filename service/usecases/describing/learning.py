"""Learning categories from accepted descriptions, now and then, bit by bit; and guessing that of a new text."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ingest import texts
from service.domain.suggesting.learning import SIGNS, Guess, Learned, loaded
from service.domain.suggesting.source import MAX_QUOTE, Evidence, Source, Suggestion
from service.models import File, Learning, Record
from service.models.reading import by_key, counter, newest
from service.usecases.describing.records import SEQ
from storage.port import ObjectMissing, ObjectStore

LOT = 20
"""Records that are learned in one go."""
MOST = 2000
"""Newest records that are learned from at all."""
AGAIN = timedelta(days=1)
FRESH = timedelta(minutes=5)
OPEN = ("L0", "L1")
"""Levels that teach: what is stricter leaves no trace in what others are told."""
NOW = "now"


@dataclass(slots=True)
class _Pass:
    below: int
    learned: Learned = field(default_factory=Learned)
    count: int = 0


class LearningCategories:
    """One model for all; it says which category, never of which record it knows."""

    def __init__(self, store: ObjectStore, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock
        self._pass: _Pass | None = None
        self._lock = threading.Lock()
        self._model, self._read_at = Learned(), datetime.min.replace(tzinfo=clock().tzinfo)

    def tend(self) -> int:
        """Go on learning anew once a day; how many records were looked at. A restart begins the round again."""
        if self._pass is None:
            row = by_key(Learning, id=NOW)
            if row and row.at > self._clock() - AGAIN:
                return 0
            self._pass = _Pass(counter(SEQ) + 1)
        going = self._pass
        rows = newest(Record, below=going.below, limit=LOT, category__ne="", inbox=False, **_TEACHING)
        for row in rows:
            going.learned.learn(row.category, self._said(row))
        going.count += len(rows)
        going.below = min((row.seq for row in rows), default=0)
        if len(rows) < LOT or going.count >= MOST:
            self._pass = None
            values = {
                "set__data": going.learned.dumped(),
                "set__records": going.count,
                "set__at": self._clock(),
            }
            Learning.objects(id=NOW).update_one(**values, upsert=True)
        return len(rows)

    def guess(self, text: str) -> Guess | None:
        """The category of a text as others like it were described, see `Learned.guess`."""
        return self._fresh().guess(text)

    def _fresh(self) -> Learned:
        with self._lock:
            if self._clock() - self._read_at > FRESH:
                row = by_key(Learning, id=NOW)
                self._model = loaded(bytes(row.data)) if row else Learned()
                self._read_at = self._clock()
            return self._model

    def _said(self, row: Any) -> str:
        """Title and beginning of the first text of a record."""
        files = File.objects(record_id=row.id, parent=None, deleted_at=None, superseded_by=None)
        key = next((file.text_key for file in sorted(files, key=lambda one: one.order) if file.text_key), "")
        said = [row.title]
        try:
            for passage in texts.load(self._store.open(key)) if key else ():
                said.append(passage.text)
                if sum(map(len, said)) > SIGNS:
                    break
        except (ObjectMissing, texts.BadText):
            pass
        return "\n".join(said)


def guessed(learning: LearningCategories, source: Source) -> Suggestion | None:
    """The category of what arrived as a suggestion, at the place in its main file that speaks most for it."""
    main = source.files[0] if source.files else None
    for number, passage in enumerate(main.passages[:1] if main else ()):
        found = learning.guess(passage.text)
        if main and found and found.category in {one.code for one in source.categories}:
            quote = " ".join(passage.text[found.start : found.end].split())[:MAX_QUOTE]
            place = (passage.kind, passage.number, passage.label, number, found.start, found.end)
            evidence = Evidence("text", main.id, *place, quote)
            return Suggestion("category", found.category, evidence, "learned", found.confidence)
    return None


_TEACHING: dict[str, Any] = {"secrecy__in": OPEN, "core_secret": False, "deleted_at": None}
