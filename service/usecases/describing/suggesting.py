"""Suggesting: what a record's files say for its description, for those who may change it (issue B, inbox)."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from ingest import texts
from search.port import Place
from service.domain.dates import day_of
from service.domain.describing import is_blank, shown
from service.domain.holdings import CategoryView
from service.domain.names import title_of
from service.domain.permissions import Act, Actor, Guarded, knows
from service.domain.suggesting import (
    Evidence,
    Party,
    Passage,
    Source,
    SourceFile,
    Suggestion,
    Value,
    locate,
    suggest,
)
from service.domain.suggesting.lines import MAX_CHARACTERS
from service.domain.suggesting.source import Where
from service.domain.wording import core_hints
from service.errors import Fault, InvalidInput
from service.models import File, Record
from service.models.reading import counter, newest
from service.usecases.describing.learning import LearningCategories, guessed
from service.usecases.describing.near_copies import NearCopies
from service.usecases.describing.records import SEQ
from service.usecases.describing.showing import guarded, known_record
from service.usecases.scheme.categories import Categories
from storage.port import ObjectMissing, ObjectStore

MAX_FILES = 5
"""Files of one record whose texts are read."""
MAX_PARTIES = 200
"""Newest dossiers of each kind whose names are known."""
FRESH_SECONDS = 60
"""How long the names of parties are used before they are read anew."""
NAMES = {"KH": ("full_name", "short_name"), "HZ": ("partner_name", ""), "QD": ("channel_name", "")}
"""Category of a dossier → its fields for the full and the short name of the party."""


@dataclass(frozen=True, slots=True)
class ShownEvidence:
    """Where a suggestion was read; see `service.domain.suggesting.Evidence`. `file` is the name of the file."""

    where: Where
    file_id: str
    file: str
    place: Place | None
    """Of text only."""
    fact: str
    """Which fact of the file, where it is one."""
    passage: int
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Offered:
    """A suggestion as people see it: `shown` is the value in their words."""

    field: str
    label: str
    label_en: str
    value: Value
    shown: str
    shown_en: str
    reason: str
    evidence: ShownEvidence
    confidence: float = 0.0
    """Of what was learned: the share of such guesses that were right."""


class Parties:
    """Names of customers, partners and dealers, for those who may know of their dossiers (R-SEC-7)."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._read_at: datetime | None = None
        self._known: Sequence[tuple[Guarded, Party]] = ()

    def known_to(self, actor: Actor) -> tuple[Party, ...]:
        """The parties that the actor may know of, each once."""
        return tuple(dict.fromkeys(party for dossier, party in self._fresh() if knows(actor, dossier)))

    def _fresh(self) -> Sequence[tuple[Guarded, Party]]:
        now = self._clock()
        with self._lock:
            age = (now - self._read_at).total_seconds() if self._read_at else None
            if age is None or not 0 <= age < FRESH_SECONDS:
                self._known, self._read_at = tuple(_parties()), now
            return self._known


class Suggesting:
    """Suggestions for a description, each with its evidence. Nothing is written: a person decides."""

    def __init__(self, store: ObjectStore, categories: Categories, clock: Callable[[], datetime]) -> None:
        self._store, self._categories, self._clock = store, categories, clock
        self._parties = Parties(clock)
        self.copies, self.learning = NearCopies(), LearningCategories(store, clock)

    def for_record(self, actor: Actor, record_id: str, *, category: str | None = None) -> Sequence[Offered]:
        """What could be said of a record and is not yet; at most one suggestion a field.

        `category` asks for the fields of that category instead of the record's or the suggested one. What intake
        entered by itself (a title from the file name, the time of change as date, the uploader's department)
        counts as not said. Raises `NotFound`, `Forbidden` for who may not change it, `InvalidInput`, and
        `storage.port.StoreUnavailable`.
        """
        row = known_record(actor, record_id, Act.CHANGE)
        scheme = self._scheme(row)
        if category and category not in scheme:
            unknown = Fault("category", "unknown_category", "没有类别 %(code)s", {"code": category})
            raise InvalidInput([unknown])
        files = _in_order(
            list(File.objects(record_id=row.id, parent=None, deleted_at=None, superseded_by=None))
        )
        source = Source(
            files=self._read(row, files),
            categories=tuple(scheme.values()),
            category=row.category if category is None else category,
            parties=self._parties.known_to(actor),
            departments=tuple({*actor.departments, row.department} - {""}),
        )
        today = day_of(self._clock())
        found = suggest(source, today)
        if not source.category and not _suggested(found) and (told := guessed(self.learning, source)):
            found = [*suggest(replace(source, category=str(told.value)), today), told]
        names = {file.id: file.name for file in files}
        chosen = scheme.get(source.category or _suggested(found))
        return [_offered(one, names, scheme, chosen) for one in found if _unsaid(row, files, one)]

    def grounds(self, actor: Actor, record_id: str) -> Mapping[str, ShownEvidence]:
        """Field ("date", "fields.amount") → where what the record says in it stands in the texts of its files.

        What a suggestion would say just so is grounded where that was read, next to its label; else where the value
        stands first. For who may read the content. Raises `NotFound`, `Forbidden`, `StoreUnavailable`.
        """
        row = known_record(actor, record_id, Act.READ_CONTENT)
        files = _in_order(list(File.objects(record_id=row.id, deleted_at=None, superseded_by=None)))
        read = self._read(row, files)
        scheme = tuple(self._scheme(row).values())
        source = Source(read, scheme, row.category or "-", self._parties.known_to(actor))
        said = _recorded(row)
        found = {
            one.field: one.evidence
            for one in suggest(source, day_of(self._clock()))
            if one.evidence.where == "text" and one.field in said and _same(said[one.field], one.value)
        }
        found |= locate({path: value for path, value in said.items() if path not in found}, read)
        names = {file.id: file.name for file in files}
        return {path: _source(found[path], names) for path in said if path in found}

    def _scheme(self, row: Any) -> dict[str, CategoryView]:
        """The categories by code, a record's own in the version that its description is in."""
        scheme, own = {one.code: one for one in self._categories.all()}, self._categories.of(row)
        return scheme | ({own.code: own} if own else {})

    def party_names(self, actor: Actor) -> Sequence[str]:
        """Full names of the customers, partners and dealers that the actor may know of, sorted."""
        return sorted({party.name for party in self._parties.known_to(actor)})

    def _read(self, row: Any, files: Sequence[Any]) -> tuple[SourceFile, ...]:
        room = MAX_CHARACTERS
        read: list[SourceFile] = []
        for file in files[:MAX_FILES]:
            passages = tuple(self._beginning(file.text_key, room)) if file.text_key and room > 0 else ()
            room -= sum(len(passage.text) for passage in passages)
            modified = row.source.modified if row.source else None
            read.append(
                SourceFile(
                    id=file.id,
                    name=file.name,
                    path=file.path,
                    modified=modified,
                    facts=dict(file.facts),
                    passages=passages,
                )
            )
        return tuple(read)

    def _beginning(self, key: str, room: int) -> Iterator[Passage]:
        """The first passages of a text object; a text that is lost or damaged says nothing, the name still does."""
        try:
            for passage in texts.load(self._store.open(key)):
                yield Passage(passage.place.kind, passage.place.number, passage.place.label, passage.text)
                room -= len(passage.text)
                if room <= 0:
                    return
        except (ObjectMissing, texts.BadText):
            return


def _parties() -> Iterator[tuple[Guarded, Party]]:
    top = counter(SEQ) + 1
    for category, (full, short) in NAMES.items():
        for row in newest(Record, below=top, limit=MAX_PARTIES, category=category, deleted_at=None):
            name, known_as = str(row.fields.get(full) or "").strip(), str(row.fields.get(short) or "").strip()
            if len(name) >= 2:
                yield guarded(row), Party(name, known_as)


def _in_order(files: Sequence[Any]) -> Sequence[Any]:
    """In the order of the record; the first one with text comes first, because it says most."""
    ordered = sorted(files, key=lambda file: (file.order, file.created_at))
    return sorted(ordered, key=lambda file: not file.text_key)


def _suggested(found: Sequence[Suggestion]) -> str:
    return next((str(one.value) for one in found if one.field == "category"), "")


def _unsaid(row: Any, files: Sequence[Any], one: Suggestion) -> bool:
    """Whether the record says nothing here yet, or only what intake entered by itself, and that is different."""
    if one.field.startswith("fields."):
        return is_blank(row.fields.get(one.field.removeprefix("fields.")))
    said = getattr(row, one.field)
    if one.field == "title":
        return said != one.value and said in {title_of(file.name) for file in files}
    if one.field == "date":
        provisional = row.source and row.source.modified and said == day_of(row.source.modified)
        return said is None or (bool(provisional) and said.isoformat() != one.value)
    if one.field == "department":
        return not said or (row.rev == 1 and row.source is not None and said != one.value)
    return is_blank(said)


def _offered(
    one: Suggestion,
    files: Mapping[str, str],
    scheme: Mapping[str, CategoryView],
    category: CategoryView | None,
) -> Offered:
    label, label_en, texts_shown = _worded(one, scheme, category)
    return Offered(
        field=one.field,
        label=label,
        label_en=label_en,
        value=one.value,
        shown=texts_shown[0],
        shown_en=texts_shown[1],
        reason=one.reason,
        confidence=round(one.confidence, 2),
        evidence=_source(one.evidence, files),
    )


def _worded(
    one: Suggestion, scheme: Mapping[str, CategoryView], category: CategoryView | None
) -> tuple[str, str, tuple[str, str]]:
    """Label in Chinese and English, and the value in both."""
    if one.field == "category":
        named = scheme[str(one.value)]
        return "类别", "Category", (named.name, named.name_en)
    value = list(one.value) if isinstance(one.value, tuple) else one.value
    hints: Mapping[str, Any] = {}
    if category and one.field.startswith("fields."):
        hints = category.schema["properties"][one.field.removeprefix("fields.")]
    else:
        hints = core_hints(one.field)
    title = str(hints.get("title", one.field))
    return title, str(hints.get("x-title-en", title)), (shown(value, hints), shown(value, hints, "en"))


GROUNDED = ("title", "date", "responsible", "doc_no")
"""Fields of the core that say something which may stand in a file."""


def _recorded(row: Any) -> dict[str, Any]:
    """What a record says, in the order of its form."""
    said = {name: getattr(row, name) for name in GROUNDED} | {f"fields.{k}": v for k, v in row.fields.items()}
    return {path: value for path, value in said.items() if not is_blank(value)}


def _same(stored: Any, suggested: Value) -> bool:
    if isinstance(stored, date):
        return stored.isoformat() == suggested
    return list(stored) == list(suggested) if isinstance(suggested, tuple) else bool(stored == suggested)


def _source(evidence: Evidence, files: Mapping[str, str]) -> ShownEvidence:
    textual = evidence.where == "text"
    return ShownEvidence(
        where=evidence.where,
        file_id=evidence.file_id,
        file=files.get(evidence.file_id, ""),
        place=_place(evidence) if textual else None,
        fact="" if textual else evidence.label,
        passage=evidence.passage,
        start=evidence.start,
        end=evidence.end,
        quote=evidence.quote,
    )


def _place(evidence: Evidence) -> Place:
    kind: Any = evidence.kind
    return Place(kind, evidence.number, evidence.label)
