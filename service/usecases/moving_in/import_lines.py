"""Lines of import runs: what they are known by, what they add up to, and how they are shown."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ingest.port import Offer
from service.domain.holdings import ImportLine as LineView
from service.domain.holdings import ImportView
from service.domain.permissions import Actor, knows
from service.models import ImportLine, Record
from service.models.imports import place_of
from service.usecases.describing.showing import guarded

ENDED = {"done": "archived", "quarantined": "quarantined", "failed": "failed"}
"""State of a file whose ingest has ended → its fate."""
FATES = ("archived", "duplicates", "set_aside", "quarantined", "failed")


def new_line(run: Any, path: str, raw_path: bytes, version: str = "") -> Any:
    """A line of a run, by its path; of a migration by its path and `version`, whichever run it comes in."""
    raw = raw_path or path.encode("utf-8", "surrogatepass")
    shown = path.encode("utf-8", "replace").decode()[:4096].replace("\0", "␀")
    line_id = versioned(run, raw, version) if run.migration_id else f"{run.id}:{_digest(raw)[:32]}"
    return ImportLine(id=line_id, run_id=run.id, path=shown, raw_path=raw_path or None)


def line_of(run: Any, offer: Offer) -> Any:
    """The line that an offered file has in this run."""
    line = new_line(run, offer.path or offer.name, offer.raw_path, version_of(offer.size, offer.stamp))
    line.same = path_of(line) if run.migration_id else None
    return line


def numbered(line: Any, n: int) -> None:
    """Give a line its number, with its fate as it is."""
    line.n, line.at = n, place_of(line.run_id, n)
    line.waits = None if line.fate else line.at


def between(run_id: str, low: int, upto: int) -> Any:
    """The lines of a run whose numbers are above `low` and at most `upto`."""
    return ImportLine.objects(at__gt=place_of(run_id, low), at__lte=place_of(run_id, upto))


def versioned(run: Any, raw: bytes, version: str) -> str:
    """The id of the line of one version of a file of a migration."""
    return same_path(run.migration_id, raw) + _digest(version.encode())[:12]


def same_path(migration_id: str, raw: bytes) -> str:
    """What the ids of all versions of a file begin with."""
    return f"{migration_id[:16]}:{_digest(raw)[:24]}:"


def path_of(line: Any) -> str:
    """The same, from a line of a migration."""
    return str(line.id).rpartition(":")[0] + ":"


def version_of(size: int, stamp: str, fate: str = "", run: Any = None) -> str:
    """What tells versions of a file apart. A failure is one of its run, so that the next run tries again."""
    return f"failed:{run.id}" if fate == "failed" else f"{size}:{stamp}:{fate}"


def fate_of(file: Mapping[str, Any] | None) -> tuple[str, str] | None:
    """Fate and reason of the row of a file whose ingest has ended, else None."""
    if file is None:
        return "failed", "lost"
    fate = ENDED.get(file["state"])
    return (fate, file.get("warning" if fate == "archived" else "reason", "")) if fate else None


def sums_of(line: Any) -> dict[str, int]:
    """What a new line adds to its run."""
    return {"found": 1, "bytes": line.size} | ({f"fates.{line.fate}": 1} if line.fate else {})


def added(sums: list[Mapping[str, int]]) -> dict[str, int]:
    """Several such sums as one."""
    total: dict[str, int] = {}
    for each in sums:
        for name, amount in each.items():
            total[name] = total.get(name, 0) + amount
    return total


def numbers_of(run_id: str) -> str:
    """The counter of a run's lines."""
    return f"import_lines:{run_id}"


def show_run(run: Any) -> ImportView:
    """A run as a value."""
    fates = {fate: run.fates.get(fate, 0) for fate in (("planned", *FATES) if run.dry else FATES)}
    return ImportView(
        id=run.id,
        source=run.source,
        category=run.category,
        state=run.state,
        started_at=run.started_at,
        ended_at=run.ended_at,
        found=run.found,
        waiting=max(0, run.found - sum(fates.values())),
        fates=fates,
        bytes=run.bytes,
        migration_id=run.migration_id,
        dry=run.dry,
        archives=run.archives,
        unchanged=run.unchanged,
        expected_files=run.expected_files,
        expected_bytes=run.expected_bytes,
        control=run.control,
        alive_at=run.alive_at,
        comparing=bool(run.near_due),
    )


def show_lines(actor: Actor, lines: Sequence[Any]) -> list[LineView]:
    """Lines as values; one of a record that the actor may not know of keeps its fate and size, and names nothing."""
    made = {line.record_id for line in lines if line.record_id}
    rows = Record.objects(id__in=list(made)) if made else ()
    known = {row.id for row in rows if knows(actor, guarded(row))}
    return [
        show_line(line)
        if not line.record_id or line.record_id in known
        else replace(show_line(line), path="", record_id="", file_id="", said={})
        for line in lines
    ]


def show_line(line: Any) -> LineView:
    """A line as a value."""
    return LineView(
        n=line.n,
        path=line.path,
        fate=line.fate,
        reason=line.reason,
        size=line.size,
        record_id=line.record_id,
        file_id=line.file_id,
        said=dict(line.said),
    )


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
