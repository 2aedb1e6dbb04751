"""One job from claim to outcome: fetch and verify, scan, read or recognise in jails, store text and preview, finish."""

import io
import logging
import os
import secrets
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Literal, get_args

from ingest.jail.warden import JailClosed, JailDied
from ingest.jobs.heartbeat import Heartbeat, Lease
from ingest.jobs.playing import wanted
from ingest.jobs.reading import Extraction, Recognition, Round, together
from ingest.jobs.scan import EicarScanner, Examination, Scanner, ScannerUnavailable
from ingest.pictures.sketching import LOOK, sketch
from ingest.port import (
    Job,
    Ledger,
    Member,
    Members,
    Outcome,
    Rendition,
    Sketch,
    Stage,
    Transcript,
    Transcripts,
    Want,
)
from ingest.tasks.extract import Finding, finding
from ingest.tasks.members import Unpacked, unpacked
from storage.fixity import verified
from storage.keys import is_encrypted, new_key
from storage.port import ChecksumMismatch, ObjectMissing, ObjectStore, StorageError

log = logging.getLogger(__name__)

Fate = Literal["not_free", "done", "unread", "turned", "failed", "quarantined", "lost", "hindered"]
"""What became of one call; unread = its recognition waits; turned = others that wait go first; hindered = the world,
not the file, was in the way: wait before the next one."""

Hindrance = Literal[
    "scanner_unavailable", "store_unavailable", "no_scratch_space", "no_jail", "stopping", "turn"
]
Fault = Literal["killed_jail", "object_missing", "checksum_mismatch"]

BLAMELESS: frozenset[str] = frozenset(get_args(Hindrance))
"""Reasons of `Ledger.fail` that are not the file's fault: they do not use up an attempt."""

VERSION = "PP-OCRv6-small:1"
"""Networks and layout of recognition: with another one pages are read anew."""

_IN_MEMORY = 4 << 20
"""Size up to which an original is handed to the jail through memory instead of through a file."""


@dataclass(frozen=True, slots=True)
class Conduct:
    """How a worker behaves: wall-clock `seconds` of one order to a jail, `scratch` folder for originals being read."""

    seconds: float = 90.0
    renew_every: float = 20.0
    turn: float = 20.0
    """Seconds after which a scan lets another one go first that waits."""
    clock: Callable[[], float] = time.monotonic
    scratch: Path | None = None
    """None = the system's temporary folder."""
    makes: frozenset[Want] = frozenset()
    """What will be made of files that are done, see `ingest.jobs.making`."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where the application keeps what jobs bring beside their outcome."""

    transcripts: Transcripts
    members: Members


class Worker:
    """Does jobs, one per call, in any number of threads. All that it knows of the application is its ledger."""

    def __init__(
        self,
        ledger: Ledger,
        store: ObjectStore,
        jails: Extraction,
        *,
        keeping: Keeping,
        scanner: Scanner | None = None,
        conduct: Conduct | None = None,
    ) -> None:
        self.ledger = ledger
        self._store = store
        self._jails = jails
        self._transcripts, self._members = keeping.transcripts, keeping.members
        self._scanner = scanner or EicarScanner()
        self._conduct = conduct or Conduct()
        self._heartbeat = Heartbeat(ledger, self._conduct.renew_every)
        self._name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"

    def process(self, file_id: str, stage: Stage = "reading", password: str = "") -> Fate:
        """Do the file's job of this stage if it is free; whatever happens is written to the ledger, the good end last.

        With a `password`, which is kept nowhere, its pictured pages are recognised at once, as far as `turn` goes.

        Raises only what the ledger raises; the lease then runs out and the file is given to another.
        """
        job = self.ledger.claim(file_id, self._name, stage)
        if job is None:
            return "not_free"
        with self._heartbeat.watch(job) as lease:
            fate = self._attempted(job, lease, password)
            if lease.lost.is_set():
                log.warning("the lease of %s was lost while it was worked on", file_id)
            return fate

    def close(self) -> None:
        """Stop renewing leases; call it after the last `process` has returned."""
        self._heartbeat.close()

    def _attempted(self, job: Job, lease: Lease, password: str) -> Fate:
        reason: Hindrance | Fault
        try:
            with self._fetched(job) as file:
                return (
                    self._recognised(job, lease, file)
                    if job.stage == "recognition"
                    else self._read(job, file, password)
                )
        except JailDied as error:
            reason, detail = "no_jail" if error.reason == "start" else "killed_jail", str(error)
        except JailClosed:
            reason, detail = "stopping", ""
        except (ObjectMissing, ChecksumMismatch) as error:
            reason = "object_missing" if isinstance(error, ObjectMissing) else "checksum_mismatch"
            detail = str(error)
        except StorageError as error:
            reason, detail = "store_unavailable", f"{type(error).__name__}: {error}"
        except ScannerUnavailable as error:
            reason, detail = "scanner_unavailable", str(error)
        except OSError as error:
            reason, detail = "no_scratch_space", str(error)
        return self._given_back(job, reason, detail)

    def _read(self, job: Job, file: BinaryIO, password: str) -> Fate:
        examined = self._scanner.scan(file)
        if examined.found:
            return "quarantined" if self.ledger.quarantine(job, "infected", examined.found) else "lost"
        with _read_only(file) as descriptor:
            # what stands in an archive with a password stays in it
            order = _order(job) | ({"password": password} if password else {"adopting": True})
            known = finding(self._jails.run(order, descriptor, self._conduct.seconds))
            try:
                if known.members and not password and not self._adopted(job, known.members, descriptor):
                    return "lost"
            except JailDied as died:
                if job.attempt == 1 or died.reason == "start":
                    raise
                known = replace(
                    known, warning=known.warning or "parser_limit", detail=known.detail or str(died)
                )
            if password and known.unread:
                known = self._recognised_now(known, order, descriptor)
        return self._finished(job, _scanned(known, self._scanner.name, examined))

    def _adopted(self, job: Job, count: int, descriptor: int) -> bool:
        """Make what the file carries files of their own, as many at once as a reply holds."""
        after = 0
        while after < count:
            order = _order(job) | {"do": "unpack", "after": after}
            found = unpacked(self._jails.run(order, descriptor, self._conduct.seconds), after)
            if not found:
                return True
            after = found[-1].serial
            # encrypted from its first byte where what it lay in is
            coming = {new_key("content", encrypted=is_encrypted(job.key)): one for one in found if one.data}
            with self._members.expecting(list(coming)):
                needless = self._members.adopt(job, self._stored(coming))
                for key in list(coming) if needless is None else needless:
                    self._store.delete(key)
            if needless is None:
                return False
        return True

    def _stored(self, coming: Mapping[str, Unpacked]) -> list[Member]:
        """All of them under their keys, or none: a store that is full takes what is deleted."""
        kept: list[Member] = []
        try:
            for key, one in coming.items():
                stored = self._store.put(key, io.BytesIO(one.data), size=len(one.data))
                kept.append(Member(one.serial, one.number, one.path, stored.key, stored.sha256, stored.size))
        except StorageError:
            for each in kept:
                self._store.delete(each.key)
            raise
        return kept

    def _recognised_now(self, known: Finding, order: Mapping[str, object], file: int) -> Finding:
        """What nobody can recognise later, for want of the password; pages that are left stay without text."""
        found, until = Recognition(list(known.unread)), self._conduct.clock() + self._conduct.turn
        while found.left and self._conduct.clock() < until:
            found.round(self._jails, order, file, self._conduct.seconds)
        return replace(together(known, found), unread=())

    def _recognised(self, job: Job, lease: Lease, file: BinaryIO) -> Fate:
        """Go on with a scan, round by round, each kept as soon as it is done."""
        found = Recognition(list(job.known.unread))
        for earlier in self._transcripts.known(job, _version(job)):
            text = b"".join(self._store.open(earlier.key)) if earlier.key else b""
            found.take(Round(earlier.pages, earlier.seals, earlier.lost, text))
        until = self._conduct.clock() + self._conduct.turn
        with _read_only(file) as descriptor:
            while found.left:
                if lease.lost.is_set():
                    return "lost"
                if self._conduct.clock() > until and self.ledger.pending(1, "recognition"):
                    return "turned" if self.ledger.fail(job, "turn") else "lost"
                said = found.round(self._jails, _order(job), descriptor, self._conduct.seconds)
                if not self._noted(job, said, len(job.known.unread) - len(found.left)):
                    return "lost"
        text = b"".join(self._store.open(job.known.text_key)) if job.known.text_key else b""
        return self._finished(job, together(_finding(job.known, text), found))

    def _noted(self, job: Job, said: Round, done: int) -> bool:
        keys: list[str] = []
        key = self._put(job, "text", said.text, keys)
        transcript = Transcript(tuple(said.pages), tuple(said.seals), tuple(said.lost), key)
        return self._transcripts.note(job, _version(job), transcript, done)

    def _finished(self, job: Job, known: Finding) -> Fate:
        keys: list[str] = []
        text_key = self._put(job, "text", known.text, keys)
        kept = job.known if job.stage == "recognition" else Outcome("", "other")
        preview_key = kept.preview_key or self._put(job, "preview", known.preview, keys)
        outcome = Outcome(
            media_type=known.media_type,
            family=known.family,
            text_key=text_key,
            characters=known.characters,
            pages=known.pages,
            preview_key=preview_key,
            preview_type=kept.preview_type or known.preview_type,
            renditions=kept.renditions
            or {
                name: Rendition(self._put(job, "preview", one.data, keys), one.media_type)
                for name, one in known.renditions.items()
            },
            want="" if known.unread else wanted(known, self._conduct.makes),
            facts=known.facts,
            warning=known.warning,
            detail=known.detail,
            unread=known.unread,
            sketch=None if known.unread else _sketched(job, known),
        )
        held = self.ledger.finish(job, outcome)
        # nobody else knows the new keys before, and nobody the old ones after
        before = _objects(job.known) - _objects(outcome)
        for key in before if held else keys:
            self._store.delete(key)
        if not held:
            return "lost"
        return "unread" if outcome.unread else "done"

    def _put(self, job: Job, kind: Literal["text", "preview"], data: bytes, keys: list[str]) -> str:
        """What is read from an encrypted original is encrypted too."""
        if not data:
            return ""
        key = new_key(kind, encrypted=is_encrypted(job.key))
        self._store.put(key, io.BytesIO(data), size=len(data))
        keys.append(key)
        return key

    def _given_back(self, job: Job, reason: Hindrance | Fault, detail: str = "") -> Fate:
        log.warning("%s is given back: %s %s", job.file_id, reason, detail)
        if not self.ledger.fail(job, reason, detail):
            return "lost"
        return "hindered" if reason in BLAMELESS else "failed"

    @contextmanager
    def _fetched(self, job: Job) -> Iterator[BinaryIO]:
        """The original in an unnamed file of our own, bytes verified, in constant memory."""
        with self._unnamed(job.size) as file:
            for chunk in verified(self._store.open(job.key), sha256=job.sha256, size=job.size):
                file.write(chunk)
            file.flush()
            yield file

    def _unnamed(self, size: int) -> BinaryIO:
        if size <= _IN_MEMORY:
            return os.fdopen(os.memfd_create("original", os.MFD_CLOEXEC), "w+b")
        return tempfile.TemporaryFile(dir=self._conduct.scratch)


def _objects(known: Outcome) -> set[str]:
    made = [one.key for one in known.renditions.values()]
    return {key for key in (known.text_key, known.preview_key, *made) if key}


def _scanned(known: Finding, by: str, examined: Examination) -> Finding:
    """Who looked for malware, or that a limit kept him from looking at all of the file: that is no clean bill."""
    if examined.beyond:
        facts = {**known.facts, "scanned_in_part": examined.beyond}
        return replace(known, facts=facts, warning=known.warning or "scan_limit")
    return replace(known, facts={**known.facts, "scanned": by}) if by else known


def _version(job: Job) -> str:
    """All that decides over what is recognised on a page but the page."""
    return "".join([VERSION, *(f":{name}={value}" for name, value in sorted(job.how.items()))])


def _sketched(job: Job, known: Finding) -> Sketch | None:
    """Of what is kept encrypted there is nothing in clear by which it could be known."""
    return None if is_encrypted(job.key) else sketch(known.text, str(known.facts.get(LOOK, "")))


def _order(job: Job) -> dict[str, object]:
    return {"name": job.name, "careful": job.attempt > 1, "depth": job.depth} | dict(job.how)


def _finding(known: Outcome, text: bytes) -> Finding:
    """What the reading of a file found, as far as its recognition adds to it."""
    return Finding(
        known.media_type,
        known.family,
        characters=known.characters,
        pages=known.pages,
        facts=known.facts,
        warning=known.warning,
        detail=known.detail,
        text=text,
    )


@contextmanager
def _read_only(file: BinaryIO) -> Iterator[int]:
    """A descriptor of `file` through which nothing can be written."""
    descriptor = os.open(f"/proc/self/fd/{file.fileno()}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
