"""One job from claim to outcome: fetch and verify, scan, extract in a jail, store text and preview, finish."""

import io
import logging
import os
import secrets
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, get_args

from ingest.extract import Finding
from ingest.heartbeat import Heartbeat
from ingest.jail.warden import JailClosed, JailDied
from ingest.port import Job, Ledger, Outcome, Rendition
from ingest.reading import Extraction, read_file
from ingest.scan import EicarScanner, Scanner
from storage.fixity import verified
from storage.keys import new_key
from storage.port import ChecksumMismatch, ObjectMissing, ObjectStore, StorageError

log = logging.getLogger(__name__)

Fate = Literal["not_free", "done", "failed", "quarantined", "lost", "hindered"]
"""What became of one call; hindered = the world, not the file, was in the way: wait before the next one."""

Hindrance = Literal["store_unavailable", "no_scratch_space", "no_jail", "stopping"]
Fault = Literal["killed_jail", "object_missing", "checksum_mismatch"]

BLAMELESS: frozenset[str] = frozenset(get_args(Hindrance))
"""Reasons of `Ledger.fail` that are not the file's fault: they do not use up an attempt."""

_IN_MEMORY = 4 << 20
"""Size up to which an original is handed to the jail through memory instead of through a file."""


@dataclass(frozen=True, slots=True)
class Conduct:
    """How a worker behaves: wall-clock `seconds` of one order to a jail, `scratch` folder for originals being read."""

    seconds: float = 90.0
    renew_every: float = 20.0
    scratch: Path | None = None
    """None = the system's temporary folder."""


class Worker:
    """Does jobs, one per call, in any number of threads. All that it knows of the application is its ledger."""

    def __init__(
        self,
        ledger: Ledger,
        store: ObjectStore,
        jails: Extraction,
        *,
        scanner: Scanner | None = None,
        conduct: Conduct | None = None,
    ) -> None:
        self.ledger = ledger
        self._store = store
        self._jails = jails
        self._scanner = scanner or EicarScanner()
        self._conduct = conduct or Conduct()
        self._heartbeat = Heartbeat(ledger, self._conduct.renew_every)
        self._name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"

    def process(self, file_id: str) -> Fate:
        """Do the file's job if it is free; whatever happens is written to the ledger, the good end last.

        Raises only what the ledger raises; the lease then runs out and the file is given to another.
        """
        job = self.ledger.claim(file_id, self._name)
        if job is None:
            return "not_free"
        with self._heartbeat.watch(job) as lease:
            fate = self._attempted(job)
            if lease.lost.is_set():
                log.warning("the lease of %s was lost while it was worked on", file_id)
            return fate

    def close(self) -> None:
        """Stop renewing leases; call it after the last `process` has returned."""
        self._heartbeat.close()

    def _attempted(self, job: Job) -> Fate:
        reason: Hindrance | Fault
        try:
            with self._fetched(job) as file:
                return self._examined(job, file)
        except JailDied as error:
            reason, detail = "no_jail" if error.reason == "start" else "killed_jail", str(error)
        except JailClosed:
            reason, detail = "stopping", ""
        except (ObjectMissing, ChecksumMismatch) as error:
            reason = "object_missing" if isinstance(error, ObjectMissing) else "checksum_mismatch"
            detail = str(error)
        except StorageError as error:
            reason, detail = "store_unavailable", f"{type(error).__name__}: {error}"
        except OSError as error:
            reason, detail = "no_scratch_space", str(error)
        return self._given_back(job, reason, detail)

    def _examined(self, job: Job, file: BinaryIO) -> Fate:
        found = self._scanner.scan(file)
        if found:
            return "quarantined" if self.ledger.quarantine(job, "infected", found) else "lost"
        order = {"name": job.name, "careful": job.attempt > 1}
        with _read_only(file) as descriptor:
            known = read_file(self._jails, order, descriptor, self._conduct.seconds)
        return self._finished(job, known)

    def _finished(self, job: Job, known: Finding) -> Fate:
        keys: list[str] = []
        text_key = self._put("text", known.text, keys)
        preview_key = self._put("preview", known.preview, keys)
        outcome = Outcome(
            media_type=known.media_type,
            family=known.family,
            text_key=text_key,
            characters=known.characters,
            pages=known.pages,
            preview_key=preview_key,
            preview_type=known.preview_type,
            renditions={
                name: Rendition(self._put("preview", one.data, keys), one.media_type)
                for name, one in known.renditions.items()
            },
            facts=known.facts,
            warning=known.warning,
            detail=known.detail,
        )
        if self.ledger.finish(job, outcome):
            return "done"
        for key in keys:  # nobody else knows these keys
            self._store.delete(key)
        return "lost"

    def _put(self, kind: Literal["text", "preview"], data: bytes, keys: list[str]) -> str:
        if not data:
            return ""
        key = new_key(kind)
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


@contextmanager
def _read_only(file: BinaryIO) -> Iterator[int]:
    """A descriptor of `file` through which nothing can be written."""
    descriptor = os.open(f"/proc/self/fd/{file.fileno()}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
