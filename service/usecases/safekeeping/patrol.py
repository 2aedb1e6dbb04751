"""The patrol: every held object is read again within a set number of days, and what is wrong is told and mended (S-ER-5)."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from service.domain.permissions import Act, Actor, may
from service.errors import Forbidden
from service.models import FixityFinding, HeldObject, Orphan, PatrolState
from service.models.reading import by_key
from service.usecases.contents.damage import Findings
from service.usecases.contents.freezing import Freezing
from service.usecases.safekeeping.checking import GRACE, Difference, Progress
from service.usecases.safekeeping.replica import Replica
from storage.blocks import Digests
from storage.encrypted import EncryptedStore
from storage.keys import proved_by_block
from storage.port import ChecksumMismatch, ObjectMissing

log = logging.getLogger(__name__)
FOLDERS = 256
"""Objects lie in so many folders of random names: one is as large as the other, and one is a day's or hour's work."""

Kind = Literal["changed", "missing", "untracked"]


@dataclass(frozen=True, slots=True)
class Pace:
    """A round of all folders takes `days` (0 = no patrol); reading gives way, so as to take `rate` bytes a second at most.

    `wait` is told the seconds to rest, and answers whether it is time to break off.
    """

    days: int
    rate: int
    wait: Callable[[float], bool]


@dataclass(frozen=True, slots=True)
class ObjectFinding:
    """An object that is not as its row says; `repaired_at` when a good copy took its place."""

    key: str
    kind: str
    detail: str
    found_at: datetime
    repaired_at: datetime | None


@dataclass(frozen=True, slots=True)
class FixityReport:
    """A round of all folders: contents that were read, and findings that are open behind it."""

    read: int
    open: int


class _BrokenOff(Exception):
    """The program ends; the folder is begun again at the next start."""


class Patrol:
    """Walks the store folder by folder. State is one row: killed anywhere, it goes on with the folder it was in."""

    def __init__(
        self,
        store: EncryptedStore,
        replica: Replica,
        pace: Pace,
        findings: Findings,
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._replica, self._pace = store, replica, pace
        self._findings, self._clock, self._freezing = findings, clock, Freezing(store)

    def walk(self) -> int:
        """Look at the next folder if its time has come; how many objects were read."""
        if not self._pace.days:
            return 0
        state = by_key(PatrolState, id="fixity")
        if state is None:
            state = PatrolState(id="fixity", began_at=self._clock()).save()
        due = state.began_at + timedelta(days=self._pace.days) * (state.folder / FOLDERS)
        if self._clock() < due:
            return 0
        try:
            count = self.look(state.folder)
        except _BrokenOff:
            return 0
        told = {"set__folder": state.folder + 1}
        if state.folder + 1 == FOLDERS:
            told = {"set__folder": 0, "set__began_at": self._clock(), "set__rounds": state.rounds + 1}
        PatrolState.objects(id="fixity").update_one(**told)
        return count

    def look_again(self) -> int:
        """Judge what somebody met while opening it, and mend it from the second copy; how many contents that were."""
        waiting = [found.key for found in FixityFinding.objects.limit(1000) if found.waits]
        for key in waiting:
            rows = list(HeldObject.objects(key=key).limit(1))
            if not rows:
                self._findings.mended(key)  # nobody names it any more
                continue
            try:
                self._judge(rows[0], self._fault(rows[0], known=True))
            except _BrokenOff:
                return 0
        return len(waiting)

    def round(self, begin: int = 0) -> Iterator[Progress | FixityReport]:
        """Look at all folders from `begin` on, now: steps as `Progress`, at the end one `FixityReport`; none if the
        program ends meanwhile."""
        read = 0
        for folder in range(begin, FOLDERS):
            yield Progress("folders", folder, FOLDERS)
            try:
                read += self.look(folder)
            except _BrokenOff:
                return
        yield FixityReport(read, self.state()["open"])

    def look(self, folder: int) -> int:
        """Compare one folder of contents with its rows, byte for byte; how many objects were read."""
        prefix = f"content/{folder:02x}/"
        there = {held.key: held.size for held in self._store.list(prefix)}
        rows = {row.key: row for row in HeldObject.objects(key__gte=prefix, key__lt=f"content/{folder:02x}0")}
        for key, row in rows.items():
            self._judge(row, self._fault(row, known=key in there))
            self._freezing.keep(key)
        for key in there.keys() - rows.keys():
            self._stranger(key)
        return len(rows)

    def hear(self, differences: Iterable[Difference], read: bool) -> None:
        """Take over what a check of everything found in contents: who runs the machine sees one truth. What is there
        again, and was `read` if it had changed, is mended."""
        faults = {each.what: each for each in differences if each.kind in ("changed", "missing")}
        known = {row.key: row for row in FixityFinding.objects.limit(1000) if row.repaired_at is None}
        for key in faults.keys() - known.keys():
            if key.startswith("content/"):
                self._findings.note(key, faults[key].kind, faults[key].detail)
        for key, row in known.items():
            if key not in faults and (row.kind == "missing" or (read and row.kind == "changed")):
                self._findings.mended(key)

    def findings(self, actor: Actor) -> list[ObjectFinding]:
        """What is wrong now and what was mended, newest first; for who runs the machine, and for the auditor."""
        if not (may(actor, Act.OPERATE) or may(actor, Act.WATCH)):
            raise Forbidden
        rows = sorted(FixityFinding.objects.limit(1000), key=lambda row: row.found_at, reverse=True)
        return [ObjectFinding(row.key, row.kind, row.detail, row.found_at, row.repaired_at) for row in rows]

    def state(self) -> Mapping[str, Any]:
        """How far the patrol is, and how many findings are open."""
        row = by_key(PatrolState, id="fixity")
        return {
            "open": sum(1 for found in FixityFinding.objects.limit(1000) if found.repaired_at is None),
            "rounds": row.rounds if row else 0,
            "folder": row.folder if row else 0,
            "days": self._pace.days,
        }

    def _fault(self, row: Any, *, known: bool) -> tuple[Kind, str] | None:
        try:
            size, digests = self._read(row.key)
        except ObjectMissing:
            # What came after the listing is read; what went with its last row is no fault.
            gone = by_key(HeldObject, id=row.id) is None
            return None if gone else ("missing", "not in the store" if not known else "vanished")
        except ChecksumMismatch as fault:
            return "changed", str(fault)
        if (size, digests.sha256) != (row.size, row.sha256):
            return "changed", f"{size} bytes, SHA-256 {digests.sha256}, instead of {row.size}, {row.sha256}"
        self._store.blocks.note(row.key, size, digests.blocks)
        return None

    def _read(self, key: str) -> tuple[int, Digests]:
        """Read all of it; its blocks too, where an earlier program has not digested them."""
        digest, size = Digests(blocks=proved_by_block(key) and not self._store.blocks.known(key)), 0
        for chunk in self._paced(self._store.open(key)):
            digest.update(chunk)
            size += len(chunk)
        return size, digest

    def _paced(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            yield chunk
            if self._pace.wait(len(chunk) / self._pace.rate):
                raise _BrokenOff

    def _judge(self, row: Any, fault: tuple[Kind, str] | None) -> None:
        known = by_key(FixityFinding, key=row.key)
        if fault is None:
            if known is not None and known.repaired_at is None:
                self._findings.mended(row.key)  # by hand, from a backup
            return
        kind, detail = fault
        if known is None or known.repaired_at is not None:
            self._findings.note(row.key, kind, detail)
        elif known.waits:
            FixityFinding.objects(key=row.key).update_one(set__waits=False)
        if self._repaired(row, kind):
            self._findings.mended(row.key)

    def _repaired(self, row: Any, kind: Kind) -> bool:
        """Put the second copy in the place of the bad one: fetched and proved before that one is let go."""
        try:
            with self._replica.good_copy(row.key, sha256=row.sha256, size=row.size) as source:
                if kind == "changed":
                    self._store.freezer.thaw(row.key)
                    self._store.inside.delete(row.key)  # its data key opens the good copy, too
                self._store.put(row.key, source, sha256=row.sha256, size=row.size)
        except (ObjectMissing, ChecksumMismatch) as fault:
            log.warning("no good copy of %s: %s", row.key, fault, extra={"event": "no_good_copy"})
            return False
        return True

    def _stranger(self, key: str) -> None:
        """An object without a row is told once it has been seen for a day; `fonds check --repair` collects it."""
        seen = by_key(Orphan, key=key)
        if seen is None:
            Orphan(key=key, seen_at=self._clock()).save()
        elif seen.seen_at + GRACE <= self._clock() and by_key(FixityFinding, key=key) is None:
            self._findings.note(key, "untracked", "no row names it")
