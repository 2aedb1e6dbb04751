"""Mending: contents that were found changed or missing are fetched back from a backup, proved before they take a place."""

import hashlib
import logging
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from service.domain.permissions import Act, Actor, may
from service.errors import Conflict, Fault, Forbidden, InvalidInput
from service.models import File, FixityFinding, HeldObject
from service.usecases.contents.damage import Findings
from service.usecases.contents.freezing import Freezing
from service.usecases.safekeeping.backup.restoring import require_key
from service.usecases.safekeeping.backup.running import BAD
from service.usecases.safekeeping.backup.sealing import BadKey, KeyWanted
from service.usecases.safekeeping.backup.sets import BackupSet, Copied, Target
from service.usecases.safekeeping.beginning import NO_PLACE
from service.usecases.safekeeping.checking import Progress
from storage.encrypted import EncryptedStore
from storage.keys import is_encrypted
from storage.port import CHUNK, ChecksumMismatch, ObjectExists, ObjectMissing, StorageError
from storage.streams import stream_of

log = logging.getLogger(__name__)
SEALED = "这份备份已加密，要用私钥打开：fonds backup mend --identity 私钥文件"
WRONG_KEY = "密钥不对：这把私钥打不开这份备份。用备份时那把公钥所对应的私钥"
UNREADABLE = "备份位置读不出来，没有取回；检查它是否连着、可读，再来一次"


@dataclass(slots=True)
class MendReport:
    """Keys of contents: `mended` is whole again; `lacking` is in no set; `damaged` is not whole there either. `files`
    are their names, as far as files still have them."""

    mended: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    """The ids of the files whose content was not brought back."""


@dataclass(frozen=True, slots=True)
class Copies:
    """Where good copies are taken from: "" is the scheduled place, and all its sets. `identities` open sealed ones."""

    url: str = ""
    chosen: str = ""
    identities: Sequence[str] = field(default=(), repr=False)


class Mending:
    """Puts good copies of a backup target in the place of what the findings name (S-ER-5, R-BAK-1)."""

    def __init__(
        self,
        store: EncryptedStore,
        findings: Findings,
        spool: Path,
        open_target: Callable[[str, Sequence[str]], Target],
        place: str,
    ) -> None:
        """`open_target` is given an address and private keys, and raises `ValueError`; `place` is the scheduled one."""
        self._store, self._findings, self._spool = store, findings, spool
        self._open, self._place, self._freezing = open_target, place, Freezing(store)

    def mend(self, actor: Actor, wanted: Copies = Copies()) -> Iterator[Progress | MendReport]:
        """As `run`, from the scheduled place. Another place and private keys are named only by commands on this machine.

        Raises `Forbidden`, `InvalidInput`, `Conflict`, `NotFound`.
        """
        if not may(actor, Act.OPERATE):
            raise Forbidden
        if (wanted.url or wanted.identities) and not actor.id.startswith("local:"):
            raise Forbidden
        return self._told(actor, wanted)

    def _told(self, actor: Actor, wanted: Copies) -> Iterator[Progress | MendReport]:
        url = wanted.url or self._place
        if not url:
            raise InvalidInput([Fault("target", "no_target", NO_PLACE)])
        try:
            for step in self.run(self._open(url, wanted.identities), wanted.chosen):
                if isinstance(step, MendReport):
                    facts = {name: len(getattr(step, name)) for name in ("mended", "lacking", "damaged")}
                    whole = not (step.lacking or step.damaged)
                    self._findings.audit.insert(
                        actor, "mend", "system", "mend", result="done" if whole else "failed", **facts
                    )
                yield step
        except KeyWanted as fault:
            raise Conflict(SEALED) from fault
        except BadKey as fault:
            raise InvalidInput([Fault("identity", "bad_key", WRONG_KEY)]) from fault
        except ValueError as fault:
            raise InvalidInput([Fault("target", "bad_target", BAD)]) from fault
        except StorageError as fault:
            raise InvalidInput([Fault("target", "unreadable_target", UNREADABLE)]) from fault

    def run(self, target: Target, chosen: str = "") -> Iterator[Progress | MendReport]:
        """Steps as `Progress`, at the end one `MendReport`. Looks into the set `chosen` begins, else into all, the
        newest first. Raises `NotFound` for a set that is not there, `KeyWanted` and `BadKey` for a sealed one."""
        self._spool.mkdir(mode=0o700, parents=True, exist_ok=True)
        rows, report = self._damaged(), MendReport()
        sets = [target.chosen(chosen)] if chosen else target.sets()[::-1]
        copies = _copies(target, sets, set(rows))
        for made in {made.key: made for _, made in copies.values()}.values():
            require_key(target, made)
        for number, (key, row) in enumerate(rows.items()):
            yield Progress("mending", number, len(rows))
            fate = self._fetched(target, row, *copies[key]) if key in copies else "lacking"
            if fate == "mended":
                self._findings.mended(key)
            else:
                report.files += [file.id for file in File.objects(object_key=key).only("id").limit(3)]
            getattr(report, fate).append(key)
        yield Progress("mending", len(rows), len(rows))
        yield report

    def _damaged(self) -> dict[str, Any]:
        """The rows of what is found changed or missing, by key; what no row names any more is no finding."""
        found: dict[str, Any] = {}
        for finding in FixityFinding.objects.limit(1000):
            if finding.repaired_at is not None or finding.kind == "untracked":
                continue
            rows = list(HeldObject.objects(key=finding.key).limit(1))
            if rows:
                found[finding.key] = rows[0]
            else:
                self._findings.mended(finding.key)
        return found

    def _fetched(self, target: Target, row: Any, copied: Copied, made: BackupSet) -> str:
        try:
            source = stream_of(target.store.open(row.key))
            with (
                tempfile.TemporaryFile(dir=self._spool) as copy,
                target.seal.opened(source, sealed=made.sealed) as lying,
            ):
                while chunk := lying.read(CHUNK):
                    copy.write(chunk)
                self._prove(copy, row, copied.size)
                self._put_back(copy, row, copied.size)
        except ObjectMissing:
            return "lacking"
        except KeyWanted:
            raise
        except (ChecksumMismatch, BadKey, EOFError) as fault:
            log.warning("no good copy of %s: %s", row.key, fault, extra={"event": "no_good_copy"})
            return "damaged"
        return "mended"

    def _prove(self, copy: IO[bytes], row: Any, size: int) -> None:
        """Hold the copy's clear bytes against the digest of the row."""
        copy.seek(0)
        digest, seen = hashlib.sha256(), 0
        for clear in self._store.clear(row.key, iter(lambda: copy.read(CHUNK), b""), size):
            digest.update(clear)
            seen += len(clear)
        if (seen, digest.hexdigest()) != (row.size, row.sha256):
            raise ChecksumMismatch(f"{seen} bytes, SHA-256 {digest.hexdigest()}, instead of {row.sha256}")

    def _put_back(self, copy: IO[bytes], row: Any, size: int) -> None:
        """The bad one is let go of when the good one is proved; its data key opens that one, too."""
        copy.seek(0)
        self._store.freezer.thaw(row.key)
        self._store.inside.delete(row.key)
        source = cast("BinaryIO", copy)
        try:
            if is_encrypted(row.key):
                self._store.inside.put(row.key, source, size=size)
            else:
                self._store.put(row.key, source, sha256=row.sha256, size=row.size)
        except ObjectExists:
            log.info("somebody else has mended %s", row.key)
        self._freezing.keep(row.key)


def _copies(target: Target, sets: list[BackupSet], wanted: set[str]) -> dict[str, tuple[Copied, BackupSet]]:
    """Where the wanted objects are: a copy is the same in every set that names it."""
    found: dict[str, tuple[Copied, BackupSet]] = {}
    for made in sets:
        if made.rows_only or wanted <= found.keys():
            continue
        for key, copied in (target.named(made) or {}).items():
            if key in wanted:
                found.setdefault(key, (copied, made))
    return found
