"""Near copies: records one of whose files looks like another scan, version or copy of one of this record's (issue D.9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ingest.pictures import sketching
from service.domain.permissions import Act, Actor, knows
from service.models import File, NearSketch, Record
from service.usecases.describing.showing import guarded, known_record

MAX_FILES = 50
"""Files of a record whose copies are looked for."""
MAX_CANDIDATES = 200
"""Files that share a key with them and are compared."""
MOST = 5

CopyKind = Literal["scan", "text", "picture"]


@dataclass(frozen=True, slots=True)
class NearCopy:
    """A record that may be a copy: `file_id` of this record looks like `other_file_id` of that one.

    `kind` is scan where one of the two was recognised, text, or picture; `share` how many of a hundred words are the
    same, 0 of pictures.
    """

    record_id: str
    title: str
    secrecy: str
    kind: CopyKind
    share: int
    file_id: str
    other_file_id: str


@dataclass(frozen=True, slots=True)
class _Match:
    ours: Any
    theirs: Any
    share: float


class NearCopies:
    """A proposal only: who looks decides, and enters a relation or does not."""

    def of(self, actor: Actor, record_id: str) -> Sequence[NearCopy]:
        """The records with copies that the actor may know of, the most alike first; each once, at most `MOST`.

        Raises `NotFound`, and `Forbidden` for who may not read the record's files.
        """
        row = known_record(actor, record_id, Act.READ_CONTENT)
        ours = _sketches(_files(record_id=row.id))
        keys = {key for one in ours for key in one.keys}
        found = NearSketch.objects(keys__in=sorted(keys)).limit(MAX_CANDIDATES) if keys else ()
        theirs = [one for one in found if one.record_id != row.id]
        best: dict[str, _Match] = {}
        for match in sorted(_matches(ours, theirs), key=lambda one: one.share):
            best[match.theirs.record_id] = match
        files = _files(
            id__in=[one.theirs.id for one in best.values()] + [one.ours.id for one in best.values()]
        )
        records = {one.id: one for one in Record.objects(id__in=list(best), deleted_at=None)} if best else {}
        shown = [
            _copy(match, records[other], files)
            for other, match in best.items()
            if other in records and match.theirs.id in files and knows(actor, guarded(records[other]))
        ]
        return sorted(shown, key=lambda one: (-one.share, one.record_id))[:MOST]


def _files(**condition: Any) -> Mapping[str, Any]:
    """Files in use, by id. A condition on rows that are not looked at would not be bounded: these are keys."""
    if not next(iter(condition.values())):
        return {}
    rows = File.objects(**condition).only("id", "facts", "deleted_at", "superseded_by")
    return {row.id: row for row in rows if not row.deleted_at and not row.superseded_by}


def _sketches(files: Mapping[str, Any]) -> Sequence[Any]:
    return list(NearSketch.objects(id__in=list(files)[:MAX_FILES])) if files else []


def _matches(ours: Sequence[Any], theirs: Sequence[Any]) -> Sequence[_Match]:
    pairs = [(one, other) for one in ours for other in theirs if set(one.keys) & set(other.keys)]
    return [_Match(one, other, share) for one, other in pairs if (share := same(one, other)) is not None]


def same(one: Any, other: Any) -> float | None:
    """How alike two files are, None if they are no copies. Words decide where both have some."""
    if one.words and other.words:
        share = sketching.same_words(one.words, other.words)
        alike = share >= sketching.SAME and sketching.same_numbers(one.numbers, other.numbers)
        return share if alike else None
    return 0.0 if sketching.same_look(one.look, other.look) else None


def _copy(match: _Match, record: Any, files: Mapping[str, Any]) -> NearCopy:
    scanned = any(
        files[one.id].facts.get("recognised") for one in (match.ours, match.theirs) if one.id in files
    )
    return NearCopy(
        record_id=record.id,
        title=record.title,
        secrecy=record.secrecy,
        kind="picture" if not match.share else "scan" if scanned else "text",
        share=round(100 * match.share),
        file_id=match.ours.id,
        other_file_id=match.theirs.id,
    )
