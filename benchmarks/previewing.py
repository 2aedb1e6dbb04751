"""First page: processor time of everything from the upload of a PDF of ten pages until its preview can be fetched."""

import statistics
import tempfile
import time
from pathlib import Path

import httpx

from benchmarks.deployment import Deployment, until
from benchmarks.figure import Figure, report
from tests.ingest import scans

ROUNDS = 4
PAGES = 10
SECONDS = 2.0


def measure() -> Figure:
    """Both kinds of PDF, with the workers' jails cold (the first round) and warm. On an idle machine it is done one
    after the other, so that processor time is what the clock would show."""
    layer = "This page has a layer of text of its own that says all that it shows. " * 20
    scan = scans.written(scans.CONTRACT)
    kinds = {"text": scans.scanned_pdf([layer] * PAGES), "scan": scans.scanned_pdf([scan] * PAGES)}
    spent: dict[str, list[float]] = {kind: [] for kind in kinds}
    with (
        tempfile.TemporaryDirectory(prefix="fonds-bench-") as folder,
        Deployment(Path(folder, "home")) as fonds,
        fonds.client() as client,
    ):
        record = client.post("/records", json={"title": "预览"}).json()["id"]
        for number in range(ROUNDS):
            for kind, data in kinds.items():
                # what follows the end of a PDF is nothing, and makes another file of it
                spent[kind].append(_previewed(fonds, client, record, data + b"%%%d" % number))
    worst = max(statistics.median(seconds[1:]) for seconds in spent.values())
    first = max(seconds[0] for seconds in spent.values())
    parts = f"cold {first:.2f} s; warm " + ", ".join(
        f"{kind} {statistics.median(seconds[1:]):.2f} s" for kind, seconds in spent.items()
    )
    return Figure("first page of ten", max(worst, first), " s", "≤", SECONDS, parts)


def _previewed(fonds: Deployment, client: httpx.Client, record: str, data: bytes) -> float:
    fonds.rest()
    before = fonds.used()
    name = {"name": f"{time.monotonic_ns()}.pdf"}
    kind = {"Content-Type": "application/octet-stream"}
    answer = client.post(f"/records/{record}/files", params=name, content=data, headers=kind)
    file = answer.raise_for_status().json()["id"]
    until(lambda: client.get(f"/files/{file}/preview").status_code == 200, 60, "a preview")
    return fonds.used() - before


if __name__ == "__main__":
    report([measure()])
