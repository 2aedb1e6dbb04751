"""ClamAV over its protocol: what it finds, that it is away, that it has enough; spoken by a process of our own."""

import io
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ingest.jail.frames import Reply
from ingest.jobs.clamav import ClamScanner
from ingest.jobs.scan import EicarScanner, Examination, Scanners, ScannerUnavailable
from tests.ingest.conftest import Workplace
from tests.ingest.test_pipeline import Inmate

pytestmark = pytest.mark.requirement("R-CAP-7")
BAD = b"evil"


class Clamd:
    """Speaks as clamd does: INSTREAM with lengths, an answer that ends with NUL; `limit` as its StreamMaxLength."""

    def __init__(
        self, path: Path, limit: int = 1 << 30, says: str = "", gate: threading.Event | None = None
    ) -> None:
        """It answers when the `gate` is open."""
        self.gate = gate or _open()
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(path))
        self._socket.listen()
        self.limit, self.says, self.url = limit, says, f"clamd+unix://{path}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(180)

    def _serve(self) -> None:
        while True:
            try:
                channel, _ = self._socket.accept()
            except OSError:
                return
            with suppress(BrokenPipeError), channel, channel.makefile("rb") as stream:
                channel.sendall(self._answer(stream).encode() + b"\0")

    def _answer(self, stream: io.BufferedReader) -> str:
        asked = b""
        while not asked.endswith(b"\0"):
            asked += stream.read(1)
        if asked == b"zVERSION\0":
            return "ClamAV 1.4.6/27000/Sun Nov 22 06:30:59 2026"
        body = b""
        while size := struct.unpack("!I", stream.read(4))[0]:
            body += stream.read(size)
            if len(body) > self.limit:
                return "INSTREAM size limit exceeded. ERROR"
        self.gate.wait(180)
        return self.says or ("stream: Test.Evil.UNOFFICIAL FOUND" if BAD in body else "stream: OK")


def _open() -> threading.Event:
    gate = threading.Event()
    gate.set()
    return gate


@pytest.fixture
def clamd(tmp_path: Path) -> Iterator[Callable[..., Clamd]]:
    made: list[Clamd] = []

    def making(**how: object) -> Clamd:
        made.append(Clamd(tmp_path / "s", **how))  # type: ignore[arg-type]
        return made[-1]

    yield making
    for one in made:
        one.close()


def test_what_it_knows_is_found_and_all_else_is_clean(clamd: Callable[..., Clamd]) -> None:
    scanner = ClamScanner(clamd().url)
    assert scanner.scan(io.BytesIO(b" " * 3_000_000 + BAD)) == Examination("Test.Evil.UNOFFICIAL")
    assert scanner.scan(io.BytesIO(b"fine")) == Examination()
    assert scanner.version().startswith("ClamAV 1.4.6")


LIMITED = "stream: Heuristics.Limits.Exceeded.MaxScanSize FOUND"


@pytest.mark.parametrize(
    ("how", "limit"),
    [({"limit": 10}, "ClamAV: StreamMaxLength"), ({"says": LIMITED}, "ClamAV: MaxScanSize")],
)
def test_a_file_beyond_its_limit_is_kept_and_has_no_clean_bill(
    workplace: Workplace, clamd: Callable[..., Clamd], how: dict[str, object], limit: str
) -> None:
    scanner = Scanners((EicarScanner(), ClamScanner(clamd(**how).url)))
    assert scanner.scan(io.BytesIO(b"x" * 5_000_000)) == Examination(beyond=limit)
    known = {"media_type": "text/plain", "family": "text"}
    for name, warning in (("a", ""), ("b", "damaged")):
        worker = workplace.scanned_by(Inmate(Reply(known | {"warning": warning})), scanner)
        assert worker.process(workplace.offer(b"x" * 100, "a.txt", name)) == "done"
        outcome = workplace.ledger.rows[name].outcome
        assert outcome is not None
        assert (outcome.facts, outcome.warning) == ({"scanned_in_part": limit}, warning or "scan_limit")


def test_a_long_look_is_waited_for_and_endless_silence_is_not(clamd: Callable[..., Clamd]) -> None:
    slow = clamd(gate=threading.Event())
    asked = ClamScanner(slow.url, 0.2)
    timer = threading.Timer(1.0, slow.gate.set)  # longer than it may be silent otherwise
    timer.start()
    assert asked.scan(io.BytesIO(b"fine")) == Examination()
    timer.join()
    slow.gate.clear()
    with pytest.raises(ScannerUnavailable, match="timed out"):
        ClamScanner(slow.url, 0.2, 0.2).scan(io.BytesIO(b"fine"))
    slow.gate.set()


def test_another_answer_is_no_clean_bill(clamd: Callable[..., Clamd]) -> None:
    with pytest.raises(ScannerUnavailable, match="memory"):
        ClamScanner(clamd(says="stream: Can't allocate memory ERROR").url).scan(io.BytesIO(b"x"))


def test_files_wait_while_it_is_away(workplace: Workplace, tmp_path: Path) -> None:
    inmate = Inmate(Reply({}))
    worker = workplace.scanned_by(
        inmate, Scanners((EicarScanner(), ClamScanner(f"clamd+unix://{tmp_path}/none")))
    )
    assert worker.process(workplace.offer(b"x", "a.txt")) == "hindered"
    row = workplace.ledger.rows["f1"]
    assert (row.state, row.attempts, row.reason, inmate.orders) == ("pending", 0, "scanner_unavailable", [])


def test_an_infected_file_is_closed_away_and_a_clean_one_says_who_looked(
    workplace: Workplace, clamd: Callable[..., Clamd]
) -> None:
    scanner = Scanners((EicarScanner(), ClamScanner(clamd().url)))
    worker = workplace.scanned_by(Inmate(Reply({"media_type": "text/plain", "family": "text"})), scanner)
    assert worker.process(workplace.offer(BAD, "a.txt", "bad")) == "quarantined"
    assert (workplace.ledger.rows["bad"].reason, workplace.ledger.rows["bad"].detail) == (
        "infected",
        "Test.Evil.UNOFFICIAL",
    )
    assert worker.process(workplace.offer(b"x", "a.txt", "good")) == "done"
    outcome = workplace.ledger.rows["good"].outcome
    assert outcome is not None
    assert outcome.facts["scanned"] == "ClamAV"
