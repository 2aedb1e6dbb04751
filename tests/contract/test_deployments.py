"""One program, two deployments: the same folder gets the same fates, and the same questions the same hits."""

import os
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.conftest import a_place_in_the_bucket
from tests.ingest import samples
from tests.service.cli.conftest import FONDS, Archive, Serving

QUESTIONS = (
    "“渠道窜货”",
    "窜货 类型:pdf",
    "返利 OR 纪要",
    "纪要 -返利",
    "日期:2025",
    "文件类型:表格",
    "第一季度",
    "没有这样的词组",
)


def a_folder(root: Path) -> Path:
    """Files as a marketing department has them, whole and broken."""
    files = {
        "会议/纪要.txt": "三月例会纪要：华东区发现渠道窜货，返利暂停。".encode(),
        "会议/纪要 gbk.txt": "四月例会纪要：渠道窜货已查处。".encode("gb18030"),
        "会议/纪要 副本.txt": "三月例会纪要：华东区发现渠道窜货，返利暂停。".encode(),
        "合同/合同.docx": samples.docx_file(),
        "合同/合同.pdf": samples.pdf_file("第七条 乙方不得渠道窜货。"),
        "合同/断了.docx": samples.docx_file()[:900],
        "合同/加密.docx": samples.encrypted_office(),
        "合同/炸弹.docx": samples.bomb_docx(),
        "预算.xlsx": samples.xlsx_file(),
        "大会.pptx": samples.pptx_file(),
        "来信.eml": samples.mail_file(),
        "其实是图.pdf": samples.image_file("PNG"),
        "空.pdf": b"",
        "Thumbs.db": b"junk",
        "乱.bin": bytes(range(256)) * 40,
    }
    for number, (name, data) in enumerate(files.items()):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (1_740_000_000 + number, 1_740_000_000 + number))
    os.mkfifo(root / "管道")
    (root / "链接").symlink_to("Thumbs.db")
    return root


@pytest.fixture
def own_bucket(server_url: Callable[[str], str]) -> Iterator[str]:
    """Objects that the store's own suite must not find in its listings."""
    yield from a_place_in_the_bucket(server_url)


@pytest.fixture
def outside(server_url: Callable[[str], str], own_bucket: str) -> dict[str, str]:
    """The settings that put every part on a real server."""
    return {
        "FONDS_OBJECTS_URL": own_bucket,
        "FONDS_SEARCH_URL": f"{server_url('FONDS_TEST_ELASTICSEARCH_URL')}?prefix=whole-{uuid.uuid4().hex[:12]}",
        "FONDS_QUEUE_URL": server_url("FONDS_TEST_AMQP_URL"),
    }


@pytest.fixture
def work() -> Iterator[Callable[[Archive], None]]:
    """Start `fonds work` beside a server; it is ended afterwards."""
    running: list[subprocess.Popen[bytes]] = []

    def start(archive: Archive) -> None:
        log = archive.path.with_suffix(".work.log").open("wb")
        running.append(subprocess.Popen([FONDS, "work"], env=archive.environment(), stdout=log, stderr=log))
        log.close()

    yield start
    for each in running:
        each.terminate()
        each.wait(180)


def outcome(archive: Archive, folder: Path, report: Path) -> dict[str, Any]:
    """What an import and the questions after it give, without what differs between runs."""
    counts = archive.json("import", str(folder), "--report", str(report))
    counts.pop("seconds")
    lines = report.read_text("utf-8-sig").splitlines()
    found = {question: archive.json("search", question, "--limit", "50") for question in QUESTIONS}
    return {
        "counts": counts,
        "fates": sorted(line.split(",", 1)[1].rsplit(",", 2)[0] for line in lines[1:]),
        "answers": {question: answer["total"] for question, answer in found.items()},
        "facets": {question: answer["facets"] for question, answer in found.items()},
        "hits": {
            question: sorted((hit["file"], str(hit["place"]), hit["snippet"]) for hit in answer["hits"])
            for question, answer in found.items()
        },
    }


def served(archive: Archive, folder: Path, work: Callable[[Archive], None]) -> dict[str, Any]:
    """The outcome on a running server, with workers where it brings none."""
    serving = Serving(archive)
    try:
        serving.until_ready()
        work(archive)
        return outcome(archive, folder, archive.path.with_suffix(".csv"))
    finally:
        serving.end()


@pytest.mark.server
@pytest.mark.requirement("R-CAP-3", "R-SRC-1")
def test_both_deployments_give_the_same(
    tmp_path: Path, outside: dict[str, str], work: Callable[[Archive], None]
) -> None:
    folder = a_folder(tmp_path / "共享")
    embedded = served(Archive(tmp_path / "embedded"), folder, lambda _: None)
    on_servers = served(Archive(tmp_path / "outside", outside), folder, work)
    assert embedded["counts"] == {
        "found": 17, "archived": 12, "duplicates": 1, "set_aside": 4, "quarantined": 0, "failed": 0,
        "bytes": embedded["counts"]["bytes"],
    }  # fmt: skip
    assert embedded["answers"]["“渠道窜货”"] == 3
    assert on_servers == embedded
