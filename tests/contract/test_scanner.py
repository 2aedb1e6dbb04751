"""A real ClamAV that files are shown to: Debian's `clamd` is started, with two signatures made by the test."""

import io
import os
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ingest.jobs.clamav import ClamScanner
from ingest.jobs.scan import Examination
from tests.clamd import EICAR, MADE_UP, Clamd
from tests.service.cli.conftest import Archive, Serving
from tests.service.embedded.processes import until
from tests.service.web.conftest import visible

pytestmark = [pytest.mark.server, pytest.mark.requirement("R-CAP-7")]
LONG = 180.0


@pytest.fixture(scope="module")
def clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clamd]:
    one = Clamd(tmp_path_factory.mktemp("clamd") / "home")
    try:
        one.start()
        yield one
    finally:
        one.stop()


def packed(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize("way", [0, 1], ids=["socket", "port"])
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"Nothing bad.\n", Examination()),
        (b"", Examination()),
        (MADE_UP, Examination("Fonds.MadeUp.UNOFFICIAL")),
        (EICAR, Examination("Fonds.Eicar.UNOFFICIAL")),
        (b" " * 1_500_000 + EICAR, Examination("Fonds.Eicar.UNOFFICIAL")),
        (packed(bad=MADE_UP, good=b"x"), Examination("Fonds.MadeUp.UNOFFICIAL")),
        (b"x" * 2_200_000, Examination(beyond="ClamAV: MaxFileSize")),
        (packed(a=os.urandom(1_700_000), b=bytes(1_700_000)), Examination(beyond="ClamAV: MaxScanSize")),
        (b"x" * 3_300_000, Examination(beyond="ClamAV: StreamMaxLength")),
        (b"x" * 40_000_000, Examination(beyond="ClamAV: StreamMaxLength")),
    ],
    ids=["clean", "empty", "digest", "eicar", "late", "packed", "file", "scan", "stream", "far"],
)
def test_what_it_says_of_a_file_is_understood(clamd: Clamd, way: int, data: bytes, said: Examination) -> None:
    scanner = ClamScanner(clamd.urls[way])
    assert scanner.scan(io.BytesIO(data)) == said
    assert scanner.version().startswith("ClamAV ")


@pytest.fixture
def serving(clamd: Clamd, tmp_path: Path) -> Iterator[Serving]:
    """An archive whose files are shown to it."""
    running = Serving(Archive(tmp_path / "home", {"FONDS_CLAMD_URL": clamd.urls[0]}))
    try:
        running.until_ready()
        yield running
    finally:
        running.end()


class Desk:
    """Hands files in as a program does, and asks what became of them."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        token = {"Authorization": f"Bearer {serving.address.token}"}
        base = f"{serving.address.url}/api/v1"
        self.client = httpx.Client(base_url=base, headers=token, timeout=LONG, trust_env=False)
        self._record = self.client.post("/records", json={"title": "往来"}).json()["id"]

    def offer(self, name: str, data: bytes) -> str:
        added = self.client.post(f"/records/{self._record}/files", params={"name": name}, content=data,
                                 headers={"Content-Type": "application/octet-stream"})  # fmt: skip
        assert added.status_code == 201, added.text
        return str(added.json()["id"])

    def file(self, file_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(f"/files/{file_id}").json()
        return found

    def until(self, file_id: str, settled: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        return until(lambda: (one := self.file(file_id)) and settled(one) and one, LONG)


@pytest.fixture
def desk(serving: Serving) -> Iterator[Desk]:
    one = Desk(serving)
    yield one
    one.client.close()


def ended(file: dict[str, Any]) -> bool:
    return file["state"] in ("done", "failed", "quarantined")


def test_the_whole_way_of_files_while_it_is_there_and_while_it_is_away(
    clamd: Clamd, serving: Serving, desk: Desk
) -> None:
    clean = desk.offer("纪要.txt", "三月例会纪要：渠道窜货已查处。".encode())
    bad = desk.offer("报价.bin", MADE_UP)
    large = desk.offer("扫描.txt", b"x" * 3_300_000)
    outer = desk.offer("来件.zip", packed(**{"报价.bin": MADE_UP, "说明.txt": b"see the price list"}))

    done = desk.until(clean, ended)
    assert (done["state"], done["warning"], done["facts"]["scanned"]) == ("done", "", "ClamAV")
    found = desk.until(bad, ended)
    assert (found["state"], found["reason"], found["detail"]) == (
        "quarantined",
        "infected",
        "Fonds.MadeUp.UNOFFICIAL",
    )
    assert desk.client.get(f"/files/{bad}/content").status_code == 409
    assert desk.client.post(f"/files/{bad}/retry").status_code == 409
    assert desk.until(outer, ended)["reason"] == "infected"
    marked = desk.until(large, ended)
    assert (marked["state"], marked["warning"]) == ("done", "scan_limit")
    assert marked["facts"]["scanned_in_part"] == "ClamAV: StreamMaxLength"
    assert "scanned" not in marked["facts"]

    status = serving.archive.json("status")
    assert (status["parts"]["scanner"], status["scanner"][:7]) == ("", "ClamAV ")
    assert status["scanner"] in serving.archive.run("status").stdout
    page = visible(serving.get("/status").text)
    assert "查毒程序 就绪" in page
    assert f"查毒程序与病毒库 {status['scanner']}" in page

    clamd.stop()
    try:
        late = desk.offer("晚到.txt", "四月例会纪要".encode())
        waits = desk.until(late, lambda one: bool(one["reason"]))
        assert (waits["state"], waits["reason"], waits["attempts"]) == ("pending", "scanner_unavailable", 0)
        assert waits["facts"] == {}
        away = serving.archive.json("status", code=1)
        assert (away["parts"]["scanner"][:6], away["scanner"]) == ("clamd:", "")
        assert "查毒程序" in serving.archive.run("status").stdout
        assert re.search("查毒程序 clamd: .* 没有就绪", visible(serving.get("/status").text))
        ready = httpx.get(f"{serving.address.url}/readyz", trust_env=False, timeout=LONG)
        assert (ready.status_code, ready.json()["parts"]["scanner"]["ready"]) == (503, False)
        assert desk.file(late)["state"] in ("pending", "running")
    finally:
        clamd.start()
    seen = desk.until(late, ended)
    assert (seen["state"], seen["reason"], seen["facts"]["scanned"]) == ("done", "", "ClamAV")
