"""Import of a place: lists it, sends its files in parallel, waits until every entry has its fate."""

import base64
import errno
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

from ingest.files.walk import Entry, SourceChanged
from ingest.migrate.port import Origin, OriginUnusable, Reading
from service.cli.client import Api, Busy, Refused
from service.cli.terminal import DIFFERENT, INTERRUPTED, USAGE, Bar, Failure, Terminal

PARALLEL = 12
"""Uploads at once: what arrives together shares the price of durable writes."""
SMALL = 256 << 10
"""Bytes up to which files travel together."""
TOGETHER, TOGETHER_BYTES = 50, 3 << 20
"""Files, and their bytes, of one request at most."""
AHEAD = 400
"""Entries that the walk may be ahead of the uploads."""
NOTES = 200
"""Entries without bytes that are told at once."""
CHANGED_TRIES = 3
TRIES = 2
"""How often a request of many files is sent to a busy server before it gets half of them."""
CHUNK = 1 << 20
SILENCE = 30.0
"""Seconds without any progress after which the person is told where to look."""
FATES = ("archived", "duplicates", "set_aside", "quarantined", "failed")


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of an import; the fates add up to `found`."""

    found: int
    archived: int
    duplicates: int
    set_aside: int
    quarantined: int
    failed: int
    bytes: int
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return asdict(self)


class Importer:
    """One import run from its opening to its last fate."""

    def __init__(self, api: Api, terminal: Terminal, origin: Origin, category: str = "") -> None:
        self._api, self._terminal, self._origin, self._category = api, terminal, origin, category
        self._notes: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._room = threading.Semaphore(AHEAD)
        self._fault: BaseException | None = None
        self._stopping = threading.Event()
        self._sent = 0
        self.id = ""
        """The run's, once it is open."""

    def run(self) -> Summary:
        """Import everything; raises `Failure` when the server is lost or full, or on Ctrl-C."""
        began = time.monotonic()
        entries = self._origin.entries()
        first = self._first(entries)
        body = {"source": self._origin.address, "category": self._category}
        self.id = self._api.post("/imports", body)["id"]
        try:
            with self._terminal.progress("读入", "Reading") as bar:
                self._send_all(first, entries, bar)
            self._close()
            with self._terminal.progress("处理", "Processing") as bar:
                final = self._wait(bar)
        except KeyboardInterrupt:
            raise self._interrupted() from None
        fates = {fate: final["fates"].get(fate, 0) for fate in FATES}
        seconds = round(time.monotonic() - began, 3)
        return Summary(found=final["found"], **fates, bytes=final["bytes"], seconds=seconds)

    def lines(self) -> Iterator[Mapping[str, Any]]:
        """The report: every entry with its fate."""
        return lines_of(self._api, self.id)

    def _first(self, entries: Iterator[Entry]) -> Entry | None:
        try:
            return next(entries, None)
        except OriginUnusable as fault:
            raise Failure(fault.chinese, fault.english, USAGE) from fault

    def _send_all(self, first: Entry | None, entries: Iterator[Entry], bar: Bar) -> None:
        pool = ThreadPoolExecutor(PARALLEL, thread_name_prefix="import")
        try:
            found = entries if first is None else chain([first], entries)
            for lot in lots(self._files(found, bar)):
                pool.submit(self._guarded, lot, bar)
            pool.shutdown(wait=True)
        except BaseException:
            self._stopping.set()
            self._api.hurry()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
        if self._fault is not None:
            raise self._fault
        self._tell_notes()

    def _files(self, entries: Iterable[Entry], bar: Bar) -> Iterator[Entry]:
        """What has bytes, a bounded way ahead of the uploads; the rest is noted."""
        for entry in entries:
            if self._fault is not None:
                return
            if entry.kind == "file":
                self._room.acquire()
                yield entry
            else:
                self._note(entry, entry.kind, entry.reason)
                self._count(bar)

    def _guarded(self, lot: Sequence[Entry], bar: Bar) -> None:
        try:
            alone = [*lot] if len(lot) == 1 else self._left_of(lot, bar)
            for entry in alone:
                if self._fault is None and not self._stopping.is_set():
                    self._send(entry)
                    self._count(bar)
        except BaseException as fault:  # noqa: BLE001  raised again in the main thread
            self._fault = self._fault or fault
        finally:
            for _ in lot:
                self._room.release()

    def _left_of(self, lot: Sequence[Entry], bar: Bar) -> list[Entry]:
        """Send small files together; those that cannot go with the others, each for a reason of its own."""
        if self._fault is not None or self._stopping.is_set():
            return []
        together, left = [], []
        for entry in lot:
            if piece := self._piece(entry):
                together.append((entry, piece))
            else:
                left.append(entry)
        return [*left, *self._refused_of(together, bar)]

    def _refused_of(self, together: Sequence[tuple[Entry, bytes]], bar: Bar) -> list[Entry]:
        """Send these in one request, and what of them was refused. A server that has no time for all of them is
        given them by halves: what takes too long would take as long the next time."""
        if not together or self._stopping.is_set():
            return []
        body, tries = b"".join(piece for _, piece in together), TRIES if len(together) > 1 else 0
        try:
            self._api.steadily(lambda: self._api.batch(f"/imports/{self.id}/batch", body), tries=tries)
        except Busy:
            half = len(together) // 2
            return [*self._refused_of(together[:half], bar), *self._refused_of(together[half:], bar)]
        except Refused as refused:
            if refused.status in (401, 403, 409, 503, 507):
                raise
            return [entry for entry, _ in together]
        for _ in together:
            self._count(bar)
        return []

    def _piece(self, entry: Entry) -> bytes:
        """A file behind its line; nothing if it is not now what it was when it was found."""
        try:
            with closing(self._origin.open(entry)) as source:
                content = b"".join(_chunks(source))
        except (SourceChanged, OSError):
            return b""
        said = json.dumps(told(entry) | {"size": len(content)}).encode()
        return said + b"\n" + content if content and len(content) <= SMALL else b""

    def _count(self, bar: Bar) -> None:
        with self._lock:
            self._sent += 1
        bar.show(self._sent, None)

    def _send(self, entry: Entry) -> None:
        for attempt in range(CHANGED_TRIES):
            try:
                self._api.steadily(lambda: self._upload(entry))
            except SourceChanged:
                self._stopping.wait(0.2 * (attempt + 1))
            except Refused as refused:
                if refused.status in (401, 403, 409, 503, 507):
                    raise
                self._note(entry, "failed", refused.name or f"http_{refused.status}")
                return
            except OSError as fault:
                self._note(entry, "failed", "vanished" if fault.errno == errno.ENOENT else "unreadable")
                return
            else:
                return
        self._note(entry, "failed", "changed")

    def _upload(self, entry: Entry) -> Any:
        with closing(self._origin.open(entry)) as source:
            params = told(entry) | {"size": source.size}
            return self._api.upload(f"/imports/{self.id}/files", _chunks(source), source.size, params)

    def _note(self, entry: Entry, fate: str, reason: str) -> None:
        with self._lock:
            self._notes.append(
                {
                    "path": entry.path,
                    "raw_path": base64url(entry),
                    "fate": fate,
                    "reason": reason,
                    "size": entry.size,
                    "stamp": entry.stamp,
                }
            )
            full = len(self._notes) >= NOTES
        if full:
            self._tell_notes()

    def _tell_notes(self) -> None:
        """Entries are known by their paths, so telling them twice changes nothing."""
        with self._lock:
            lot, self._notes = self._notes, []
        if lot:
            body = {"entries": lot}
            self._api.steadily(lambda: self._api.send("POST", f"/imports/{self.id}/entries", body))

    def _close(self) -> None:
        self._api.steadily(lambda: self._api.send("POST", f"/imports/{self.id}/close"))

    def _wait(self, bar: Bar) -> Any:
        pause, waiting, moved, told = 0.05, -1, time.monotonic(), False
        while True:
            asked = time.monotonic()
            run = self._api.get(f"/imports/{self.id}")
            took = time.monotonic() - asked
            bar.show(run["found"] - run["waiting"], run["found"])
            if not run["waiting"]:
                return run
            if run["waiting"] != waiting:
                waiting, moved = run["waiting"], time.monotonic()
            elif not told and time.monotonic() - moved > SILENCE:
                told = True
                self._terminal.tell(
                    f"还有 {waiting} 个文件等待处理；是否有处理进程在运行？fonds status",
                    f"{waiting} files still wait; do workers run? fonds status",
                )
            time.sleep(pause)
            # Counting what waits costs the server most while much waits: it gets a quarter of its time at most.
            pause = min(max(pause * 1.3, 3 * took), 2.0)

    def _interrupted(self) -> Failure:
        with suppress(Failure):
            self._tell_notes()
            self._close()
        return Failure(
            f"已中断：已读入 {self._sent} 项，都已妥善保存。再次运行同一命令即可继续，不会重复收录",
            f"Interrupted: {self._sent} entries are in and safe. Run the same command again to go on; "
            "nothing is taken in twice",
            INTERRUPTED,
        )


def lines_of(api: Api, run_id: str) -> Iterator[Mapping[str, Any]]:
    """The report of a run, read page by page."""
    return api.each(f"/imports/{run_id}/lines", limit=200)


def lots(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Files as they are sent: small ones together with their neighbours, others alone."""
    lot: list[Entry] = []
    size = 0
    for entry in entries:
        if entry.size > SMALL:
            yield [entry]
            continue
        if lot and (len(lot) == TOGETHER or size + entry.size > TOGETHER_BYTES):
            yield lot
            lot, size = [], 0
        lot.append(entry)
        size += entry.size
    if lot:
        yield lot


def told(entry: Entry) -> dict[str, Any]:
    """What is known of a file, as the server asks for it."""
    return {
        "name": entry.name,
        "path": entry.path,
        "raw_path": base64url(entry),
        "modified": entry.modified.isoformat() if entry.modified else "",
        "stamp": entry.stamp,
        "owner": entry.owner[:100],
    }


def lost(importer: Importer, fault: Failure) -> Failure:
    """The same failure, with the way to go on."""
    if not importer.id or fault.code == INTERRUPTED:
        return fault
    return Failure(
        f"{fault.chinese}。已收的文件都已保存；再次运行同一命令即可继续，不会重复收录",
        f"{fault.english}. What was taken in is safe; run the same command again to go on, nothing is taken in twice",
        fault.code or DIFFERENT,
    )


def _chunks(source: Reading) -> Iterator[bytes]:
    """The bytes of a file. The last ones come only after it is sure that it did not change meanwhile."""
    held, given = b"", 0
    read: Callable[[int], bytes | None] = source.read
    while chunk := read(CHUNK):
        given += len(chunk)
        if given > source.size:
            raise SourceChanged("the file grew while it was read")
        if held:
            yield held
        held = chunk
    if held:
        yield held


def base64url(entry: Entry) -> str:
    """The raw path where the shown one does not say it all."""
    return "" if entry.utf8 else base64.urlsafe_b64encode(entry.raw).decode().rstrip("=")
