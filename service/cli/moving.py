"""Carrying out a run of a migration: sift what was found, send what is new, hear what to do, tell how far it is."""

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ingest.files.walk import Entry
from ingest.migrate.inside import InsideOrigin
from ingest.migrate.port import Origin
from service.cli.client import Api
from service.cli.importing import FATES, SMALL, Importer, Summary, base64url
from service.cli.terminal import INTERRUPTED, Bar, Failure, Terminal

LOT = 200
"""Entries that are sifted together, and files that travel together at most."""
LOT_BYTES = 4_000_000
MOST_PARALLEL = 16
LOTS_AHEAD = 3
"""Lots for each worker that the listing may be ahead of the sending."""
PULSE = 2.0
"""Seconds between two words to the server."""


class Stopped(Exception):
    """The run was stopped by somebody."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of a run: `Summary` with what earlier runs had taken, and where a dry run would put the rest."""

    summary: Summary
    unchanged: int
    planned: int
    run: str

    @property
    def waiting(self) -> int:
        """Files that are in and have no fate yet."""
        return int(self.summary.found - self.planned - sum(getattr(self.summary, fate) for fate in FATES))

    def as_json(self) -> dict[str, Any]:
        """As `--json` prints it."""
        more = {"unchanged": self.unchanged, "run": self.run}
        return self.summary.as_json() | more | ({"planned": self.planned} if self.planned else {})


class Mover(Importer):
    """One run of a migration, from where it is to its end; may be cut at any point and run again."""

    def __init__(
        self, api: Api, terminal: Terminal, origin: Origin, run: dict[str, Any], *, wait: bool = True
    ) -> None:
        self._inside = InsideOrigin(origin) if run["archives"] else None
        super().__init__(api, terminal, self._inside or origin)
        self.id = run["id"]
        self._run, self._wait_for_ingest = run, wait
        self._again = bool(run["found"] or run["unchanged"])
        self._pace = Pace()
        self._unchanged = 0
        self._expected = [0, 0]
        self._sent_bytes = 0
        self._began = time.monotonic()

    def move(self) -> Moved:
        """Carry it out. Raises `Failure`; the run then stays open and goes on when it is run again."""
        entries = self._origin.entries()
        first = self._first(entries)
        ended = threading.Event()
        helpers = [threading.Thread(target=self._beat, args=(ended,), daemon=True)]
        if self._inside is None:  # opening archives twice would cost more than knowing the time that is left
            helpers.append(threading.Thread(target=self._count_all, args=(ended,), daemon=True))
        for helper in helpers:
            helper.start()
        try:
            with self._terminal.progress("迁移", "Migrating") as bar:
                self._move_all(_with(first, entries), bar)
            self._tell_pulse()
        except Stopped:
            self._terminal.tell("已停止", "Stopped")
        except KeyboardInterrupt:
            self._end_threads()
            raise self._cut() from None
        finally:
            ended.set()
            if self._inside is not None:
                self._inside.close()
        self._close()
        return self._ended()

    def _ended(self) -> Moved:
        if self._wait_for_ingest and not self._run["dry"]:
            with self._terminal.progress("处理", "Processing") as bar:
                final = self._wait(bar)
        else:
            final = self._api.get(f"/imports/{self.id}")
        fates = {fate: final["fates"].get(fate, 0) for fate in FATES}
        seconds = round(time.monotonic() - self._began, 3)
        summary = Summary(found=final["found"], **fates, bytes=final["bytes"], seconds=seconds)
        return Moved(summary, final["unchanged"], final["fates"].get("planned", 0), self.id)

    def _move_all(self, entries: Iterator[Entry], bar: Bar) -> None:
        pool = ThreadPoolExecutor(MOST_PARALLEL, thread_name_prefix="move")
        ahead = threading.Semaphore(LOTS_AHEAD * MOST_PARALLEL)
        try:
            while lot := list(islice(entries, LOT)):
                while not ahead.acquire(timeout=0.5):
                    self._require_going_on()
                self._require_going_on()
                pool.submit(self._lot, lot, bar, ahead)
            pool.shutdown(wait=True)
        except BaseException:
            self._end_threads()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
        self._require_going_on()
        self._tell_notes()

    def _require_going_on(self) -> None:
        if self._fault is not None:
            raise self._fault

    def _end_threads(self) -> None:
        self._stopping.set()
        self._pace.stop()
        self._api.hurry()

    def _lot(self, lot: Sequence[Entry], bar: Bar, ahead: threading.Semaphore) -> None:
        try:
            with self._pace.turn():
                new = self._sifted(lot)
            self._bar(bar, len(lot) - len(new))
            for together in _together(new):
                self._pace.spend(sum(entry.size for entry in together))
                with self._pace.turn():
                    self._send_some(together)
                self._sent_bytes += sum(entry.size for entry in together)
                self._bar(bar, len(together))
        except BaseException as fault:  # noqa: BLE001  raised again in the main thread
            self._fault = self._fault or fault
        finally:
            ahead.release()

    def _send_some(self, together: Sequence[Entry]) -> None:
        alone = [*together] if len(together) == 1 else self._left_of(together, _Silent())
        for entry in alone:
            if self._fault is None and not self._stopping.is_set():
                self._send(entry)

    def _sifted(self, lot: Sequence[Entry]) -> list[Entry]:
        """Ask what of it is new; what brings no bytes is noted, what was taken before is counted."""
        how = "plan" if self._run["dry"] else "sift"
        body = {"entries": [_seen(entry) for entry in lot], "again": self._again}
        at = f"/imports/{self.id}/{how}"
        verdicts = self._api.steadily(lambda: self._api.send("POST", at, body))["verdicts"]
        with self._lock:
            self._unchanged += verdicts.count("unchanged")
        if self._run["dry"]:
            return []
        new = []
        for entry, verdict in zip(lot, verdicts, strict=True):
            if verdict == "skip":
                self._note(entry, "set_aside", "by_plan")
            elif verdict == "take" and entry.kind != "file":
                self._note(entry, entry.kind, entry.reason)
            elif verdict == "take":
                new.append(entry)
        return new

    def _bar(self, bar: Bar, done: int) -> None:
        with self._lock:
            self._sent += done
            sent, moved = self._sent, self._sent_bytes
        seconds = max(0.1, time.monotonic() - self._began)
        rate = f"{sent / seconds:.0f}/s · {moved / seconds / 1e6:.1f} MB/s"
        files = self._expected[0]
        left = f" · {_clock((files - sent) * seconds / sent)}" if files and sent else ""
        text = self._terminal.text("迁移", "Migrating")
        bar.show(sent, files or None, f"{text} {rate}{left}")

    def _beat(self, ended: threading.Event) -> None:
        while not ended.wait(PULSE):
            with suppress(Failure, OSError):
                self._tell_pulse()

    def _tell_pulse(self) -> None:
        body = {
            "expected_files": self._expected[0],
            "expected_bytes": self._expected[1],
            "unchanged": self._unchanged,
        }
        orders = self._api.steadily(lambda: self._api.send("POST", f"/imports/{self.id}/pulse", body))
        if orders["control"] == "stop" or orders["state"] == "closed":
            self._fault = self._fault or Stopped()
            self._pace.stop()
        self._pace.obey(orders["rate"], orders["parallel"], pause=orders["control"] == "pause")

    def _count_all(self, ended: threading.Event) -> None:
        """A first look of its own, for the time that is left; what goes wrong here goes wrong there too."""
        files = size = 0
        with suppress(Exception):
            for entry in self._origin.entries():
                files, size = files + 1, size + entry.size
                if ended.is_set():
                    return
            self._expected = [files, size]

    def _cut(self) -> Failure:
        with suppress(Failure):
            self._tell_notes()
        return Failure(
            f"已中断：已处理 {self._sent} 项，都已妥善保存。再次运行同一命令即可继续，不会重复收录",
            f"Interrupted: {self._sent} entries are done and safe. Run the same command again to go on; "
            "nothing is taken in twice",
            INTERRUPTED,
        )


class Pace:
    """How fast it may go: workers at once, bytes a second, a pause; changed while it goes."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._rate, self._parallel, self._paused, self._stopped = 0, 4, False, False
        self._busy = 0
        self._free_at = 0.0

    def obey(self, rate: int, parallel: int, *, pause: bool) -> None:
        """Go by these from now on."""
        with self._changed:
            self._rate, self._parallel, self._paused = rate, max(1, parallel), pause
            self._changed.notify_all()

    def stop(self) -> None:
        """Hold nobody any longer."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def turn(self) -> "_Turn":
        """A block in which at most so many work at once, and nobody while it is paused."""
        return _Turn(self)

    def spend(self, size: int) -> None:
        """Wait until so many bytes may go. Raises `Stopped` if it ends meanwhile."""
        with self._changed:
            while not self._stopped and self._rate and self._free_at > (now := time.monotonic()):
                self._changed.wait(min(1.0, self._free_at - now))
            if self._rate:
                self._free_at = max(self._free_at, time.monotonic()) + size / self._rate
        self._require()

    def enter(self) -> None:
        """Begin to work."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._stopped or (not self._paused and self._busy < self._parallel)
            )
            self._busy += 1

    def leave(self) -> None:
        """End to work."""
        with self._changed:
            self._busy -= 1
            self._changed.notify_all()

    def _require(self) -> None:
        if self._stopped:
            raise Stopped


class _Turn:
    def __init__(self, pace: Pace) -> None:
        self._pace = pace

    def __enter__(self) -> None:
        self._pace.enter()

    def __exit__(self, *_: object) -> None:
        self._pace.leave()


class _Silent(Bar):
    """Counts nothing: lots count themselves."""

    def __init__(self) -> None:
        """Without a line on the screen."""

    def show(self, done: int, total: int | None, text: str = "") -> None:
        """Nothing."""


def _seen(entry: Entry) -> dict[str, Any]:
    return {
        "path": entry.path,
        "raw_path": base64url(entry),
        "size": entry.size,
        "stamp": entry.stamp,
        "kind": entry.kind,
        "reason": entry.reason,
        "modified": entry.modified.isoformat() if entry.modified else "",
    }


def _together(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Files as they are sent: small ones in lots that one request takes, others alone."""
    lot: list[Entry] = []
    size = 0
    for entry in entries:
        weight = entry.size + 1000 + 4 * len(entry.path)
        if entry.size > SMALL:
            yield [entry]
            continue
        if lot and (len(lot) == LOT or size + weight > LOT_BYTES):
            yield lot
            lot, size = [], 0
        lot.append(entry)
        size += weight
    if lot:
        yield lot


def _with(first: Entry | None, rest: Iterator[Entry]) -> Iterator[Entry]:
    if first is not None:
        yield first
        yield from rest


def _clock(seconds: float) -> str:
    minutes, left = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{left:02}" if minutes >= 60 else f"{minutes}:{left:02}"
