"""Recognition: character error rate of made-up Chinese scans, and time of a page, everything of a jail counted."""

import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from benchmarks.costing import processor
from benchmarks.figure import Figure, report
from benchmarks.reading import read_file
from ingest import texts
from ingest.jail.warden import Jails
from tests.ingest import scans

SHEETS = 4
"""Pages of each kind, with other words each."""
KINDS: tuple[tuple[str, float, Callable[[Image.Image], Image.Image]], ...] = (
    ("clean", 0.5, lambda page: page),
    ("noisy", 1.0, lambda page: scans.spoilt(page, 0.8)),
    ("tilted", 1.0, lambda page: scans.spoilt(page, 2.5)),
    ("on its head", 1.0, lambda page: page.transpose(Image.Transpose.ROTATE_180)),
    ("seal", 2.5, scans.stamped),
)
SECONDS = 4.0


def measure_errors() -> Figure:
    """The worst kind's error rate as a share of what that kind may have."""
    rates = {name: _rate(spoil) for name, _, spoil in KINDS}
    shares = [rates[name] / allowed for name, allowed, _ in KINDS]
    parts = ", ".join(f"{name} {rates[name]:.2f} % (≤ {allowed:g})" for name, allowed, _ in KINDS)
    return Figure("recognition errors", max(shares), " of allowed", "≤", 1, parts)


def measure_time() -> Figure:
    """Processor time of a full page at 200 dots per inch, both stages, one after the other in one warm jail."""
    jails = Jails(most=1)
    try:
        _read(jails, scans.written(["预热"]))
        seconds = []
        for number in range(SHEETS):
            page = scans.written(_words(number) * 2, letters=30)
            data = scans.saved(page)
            begun = processor()
            _read_saved(jails, data)
            seconds.append(processor() - begun)
    finally:
        jails.close()
    letters = sum(len(line) for line in _words(0) * 2)
    parts = f"{SHEETS} pages of {letters} characters, median of processor time"
    return Figure("recognition of a page", statistics.median(seconds), " s", "≤", SECONDS, parts)


def _rate(spoil: Callable[[Image.Image], Image.Image]) -> float:
    jails = Jails(most=1)
    try:
        rates = []
        for number in range(SHEETS):
            words = _words(number)
            rates.append(scans.error_rate("\n".join(words), _read(jails, spoil(scans.written(words)))))
    finally:
        jails.close()
    return 100 * statistics.mean(rates)


def _words(number: int) -> list[str]:
    """The lines of a page, those of each page begin elsewhere in the text."""
    return [*scans.CONTRACT[number:], *scans.CONTRACT[:number]]


def _read(jails: Jails, page: Image.Image) -> str:
    return _read_saved(jails, scans.saved(page))


def _read_saved(jails: Jails, data: bytes) -> str:
    with tempfile.TemporaryDirectory(prefix="fonds-bench-") as folder:
        path = Path(folder, "scan.png")
        path.write_bytes(data)
        with path.open("rb") as file:
            found = read_file(jails, {"name": "scan.png", "careful": False}, file.fileno(), 120)
    return "\n".join(passage.text for passage in texts.load([found.text])) if found.text else ""


if __name__ == "__main__":
    report([measure_errors(), measure_time()])
