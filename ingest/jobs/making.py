"""Making what files lack once they are done, one thing at a time while nothing waits to be read: pages and proxies."""

import io
import logging
import os
import secrets
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from ingest.documents.libreoffice import CannotDraw, Office
from ingest.jail.warden import JailClosed, JailDied, Jails
from ingest.jobs.playing import MAX_OFFICE, MAX_SCAN, OFFICE
from ingest.port import Bench, Product, Rendition, Task, Want
from ingest.tasks.extract import Finding, finding
from storage.fixity import verified
from storage.keys import is_encrypted, new_key
from storage.port import ChecksumMismatch, ObjectMissing, ObjectStore, StorageError

log = logging.getLogger(__name__)

MAX_PAGES = 500
"""Of an Office file; a spreadsheet that is longer on paper is read as a table."""
_PLAYS = ("video/mp4", "audio/mp4")


class CannotMake(Exception):
    """Nothing can be made of this file, however often it is tried."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How a maker spends its time, in seconds of the wall clock."""

    look_every: float = 10.0
    renew_every: float = 25.0
    reading: float = 90.0
    filming: float = 5400.0
    laying: float = 900.0
    scratch: Path | None = None


class Maker:
    """Takes tasks from the bench. A maker that dies loses only its turn."""

    def __init__(
        self, bench: Bench, store: ObjectStore, jails: Jails, office: Office | None, pace: Pace | None = None
    ) -> None:
        self._bench, self._store, self._jails, self._office = bench, store, jails, office
        self._pace = pace or Pace()
        self._name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"

    @property
    def makes(self) -> frozenset[Want]:
        """What can be made here."""
        always: frozenset[Want] = frozenset({"proxy", "searchable"})
        return always | {"pages"} if self._office else always

    def once(self) -> bool:
        """Make one thing if one waits; whether one did. A fault of store or database leaves it for another turn."""
        task = self._bench.take(self._name)
        if task is None:
            return False
        ways = {"pages": self._pages, "proxy": self._proxy, "searchable": self._searchable}
        with self._held(task):
            try:
                product = ways[task.want](task)
            except (CannotMake, CannotDraw, JailDied, ObjectMissing, ChecksumMismatch) as error:
                log.warning("no %s of %s: %s", task.want, task.file_id, error)
                self._bench.give_up(task)
                return True
            except (StorageError, OSError):
                log.exception("no %s of %s this time", task.want, task.file_id)
                return True
            gone = self._bench.deliver(task, product)
        self._clear(
            [*(one.key for one in product.renditions.values()), product.preview_key] if gone is None else gone
        )
        return True

    def _pages(self, task: Task) -> Product:
        if self._office is None or task.size > MAX_OFFICE:
            raise CannotMake("no program for it, or it is too large")
        with tempfile.TemporaryDirectory(dir=self._pace.scratch, ignore_cleanup_errors=True) as name:
            folder = Path(name)
            original = folder / f"original.{OFFICE[task.media_type]}"
            with original.open("wb") as file:
                self._fetch(task, file)
            drawn = self._office.pages(folder, original)
            with drawn.open("rb") as pdf:
                known = finding(self._jails.run({"name": "pages.pdf"}, pdf.fileno(), self._pace.reading))
                _check_pages(known)
                return self._kept_pages(task, known, pdf)

    def _kept_pages(self, task: Task, known: Finding, pdf: BinaryIO) -> Product:
        made = {"pages": Rendition(self._put(task, pdf), "application/pdf")}
        if known.text:
            made["pages_text"] = Rendition(self._put(task, io.BytesIO(known.text)), "application/gzip")
        for name, one in known.renditions.items():
            made[name] = Rendition(self._put(task, io.BytesIO(one.data)), one.media_type)
        preview = self._put(task, io.BytesIO(known.preview)) if known.preview else ""
        return Product(made, preview, known.preview_type)

    def _proxy(self, task: Task) -> Product:
        with self._unnamed() as original, self._unnamed() as out:
            self._fetch(task, original)
            order = {"ward": "making", "make": "proxy", "name": task.name}
            reply = self._jails.run(order, original.fileno(), self._pace.filming, out.fileno())
            media_type = reply.body.get("media_type")
            if media_type not in _PLAYS or not os.fstat(out.fileno()).st_size:
                raise CannotMake("nothing that plays came out")
            return Product({"proxy": Rendition(self._put(task, out), str(media_type))})

    def _searchable(self, task: Task) -> Product:
        if not task.text_key or task.size > MAX_SCAN:
            raise CannotMake("nothing was recognised, or it is too large")
        with self._unnamed() as original, self._unnamed() as out, self._unnamed() as text:
            self._fetch(task, original)
            for chunk in self._store.open(task.text_key):
                text.write(chunk)
            text.flush()
            order = {"ward": "making", "make": "searchable", "name": task.name}
            lent = (out.fileno(), text.fileno())
            reply = self._jails.run(order, original.fileno(), self._pace.laying, *lent)
            if not reply.body.get("laid") or not os.fstat(out.fileno()).st_size:
                raise CannotMake("no page bears words that were recognised")
            return Product({"searchable": Rendition(self._put(task, out), "application/pdf")})

    def _fetch(self, task: Task, file: BinaryIO) -> None:
        for chunk in verified(self._store.open(task.key), sha256=task.sha256, size=task.size):
            file.write(chunk)
        file.flush()

    def _put(self, task: Task, file: BinaryIO) -> str:
        """What is made of an encrypted original is encrypted too."""
        key = new_key("preview", encrypted=is_encrypted(task.key))
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        self._store.put(key, file, size=size)
        return key

    def _clear(self, keys: "list[str] | Any") -> None:
        for key in keys:
            if key:
                self._store.delete(key)

    def _unnamed(self) -> Any:
        return tempfile.TemporaryFile(dir=self._pace.scratch)

    @contextmanager
    def _held(self, task: Task) -> Iterator[None]:
        """Renew the lease as long as it takes."""
        done = threading.Event()

        def beat() -> None:
            while not done.wait(self._pace.renew_every):
                try:
                    self._bench.renew(task)
                except Exception:
                    log.exception("the lease of %s could not be renewed", task.file_id)

        thread = threading.Thread(target=beat, name="maker-heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


def _check_pages(known: Finding) -> None:
    if (
        known.media_type != "application/pdf"
        or not 0 < known.pages <= MAX_PAGES
        or known.warning == "damaged"
    ):
        raise CannotMake(f"{known.pages} pages, {known.warning or known.media_type}")


class MakerThread:
    """Lets a maker work whenever nobody else has to be served; it ends with its process."""

    def __init__(self, maker: Maker, busy: Callable[[], bool], pace: Pace | None = None) -> None:
        """`busy` says whether files wait to be read."""
        self._maker, self._busy, self._pace = maker, busy, pace or Pace()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work, name="maker", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self, seconds: float = 5.0) -> None:
        """Begin nothing more; what is under way is done again by whoever comes next."""
        self._ending.set()
        self._thread.join(seconds)

    def _work(self) -> None:
        while not self._ending.wait(self._pace.look_every):
            try:
                while not self._ending.is_set() and not self._busy() and self._maker.once():
                    pass
            except JailClosed:
                return
            except Exception:
                log.exception("a maker's turn failed")
