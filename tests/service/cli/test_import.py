"""`fonds import`: every entry has a fate, twice adds nothing, and whatever happens it says how to go on."""

import csv
import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.service.cli.conftest import FONDS, Archive, Serving
from tests.service.embedded.processes import until

FATES = ("archived", "duplicates", "set_aside", "quarantined", "failed")
GBK_NAME = "合同扫描件.txt".encode("gbk")


@pytest.fixture
def word() -> str:
    """A word that stands in the folder of this test alone: its archive is shared."""
    return f"渠道{secrets.token_hex(6)}"


@pytest.fixture
def folder(tmp_path: Path, word: str) -> Path:
    """What people's folders look like."""
    root = tmp_path / "营销资料"
    (root / "2024").mkdir(parents=True)
    (root / "纪要.txt").write_text(f"{word} 窜货专题会", "utf-8")
    (root / "2024" / "纪要 副本.txt").write_text(f"{word} 窜货专题会", "utf-8")
    (root / "2024" / "空.txt").touch()
    (root / "~$纪要.docx").write_text("x")
    (root / "Thumbs.db").write_text("x")
    (root / "捷径.txt").symlink_to(root / "纪要.txt")
    (root / "外面").symlink_to("/etc/passwd")
    os.mkfifo(root / "管道")
    (Path(os.fsdecode(os.fsencode(root) + b"/" + GBK_NAME))).write_bytes(f"{word} 返利条款".encode("gbk"))
    return root


def accounted(summary: dict[str, int]) -> bool:
    return summary["found"] == sum(summary[fate] for fate in FATES)


@pytest.mark.requirement("R-CAP-1")
def test_every_entry_has_a_fate_and_twice_adds_nothing(
    served: Serving, folder: Path, word: str, tmp_path: Path
) -> None:
    archive, report = served.archive, tmp_path / "report.csv"
    first = archive.json("import", str(folder), "--report", str(report))
    assert list(first) == ["found", *FATES, "bytes", "seconds"]
    assert accounted(first)
    assert {name: first[name] for name in ("found", "archived", "duplicates", "set_aside")} == {
        "found": 9,
        "archived": 2,
        "duplicates": 1,
        "set_aside": 6,
    }
    rows = {row["path"]: row for row in csv.DictReader(report.read_text("utf-8-sig").splitlines())}
    assert {path: row["reason"] for path, row in rows.items() if row["fate"] == "set_aside"} == {
        "2024/空.txt": "empty",
        "~$纪要.docx": "junk",
        "Thumbs.db": "junk",
        "捷径.txt": "link",
        "外面": "link",
        "管道": "fifo",
    }
    assert rows["合同扫描件.txt"]["fate"] == "archived"
    again = archive.json("import", str(folder))
    assert accounted(again)
    assert (again["archived"], again["duplicates"]) == (0, 3)
    found = archive.json("search", f"{word} 窜货专题会")
    assert found["total"] == 1
    assert archive.json("check")["differences"] == []


def test_a_report_for_programs(served: Serving, folder: Path, tmp_path: Path) -> None:
    archive, report = served.archive, tmp_path / "report.json"
    archive.json("import", str(folder), "--report", str(report))
    rows = json.loads(report.read_text("utf-8"))
    assert len(rows) == 9
    assert set(rows[0]) == {"path", "fate", "reason", "size", "record_id", "file_id"}


def test_a_file_name_is_no_formula_in_a_report(served: Serving, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "=cmd|' calc'!A1.txt").write_text("x")
    report = tmp_path / "report.csv"
    served.archive.json("import", str(tmp_path / "in"), "--report", str(report))
    assert "'=cmd" in report.read_text("utf-8-sig")


def test_a_category_is_given_to_all(served: Serving, folder: Path, word: str) -> None:
    served.archive.json("import", str(folder), "--category", "WD")
    assert {hit["category"] for hit in served.archive.json("search", word)["hits"]} == {"WD"}


def test_an_unknown_category_is_refused_before_anything_is_read(served: Serving, folder: Path) -> None:
    refused = served.archive.run("import", str(folder), "--category", "没有")
    assert refused.returncode == 2
    assert "没有类别" in refused.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("/nonexistent/folder",), "没有文件夹"),
        ((".", "--report", "report.txt"), ".csv"),
        ((".", "--report", "/nonexistent/report.csv"), "写不了 /nonexistent/report.csv"),
    ],
)
def test_wrong_use_is_told(archive: Archive, words: tuple[str, ...], said: str) -> None:
    refused = archive.run("import", *words)
    assert refused.returncode == 2
    assert said in refused.stderr


ORDINARY = """
import ctypes, os, sys
for capability in (1, 2):  # what lets root read everything
    ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_an_unreadable_file_has_failed_and_the_exit_code_says_so(served: Serving, tmp_path: Path) -> None:
    root = tmp_path / "in"
    root.mkdir()
    (root / "好.txt").write_text(secrets.token_hex(), "utf-8")
    (root / "锁.txt").write_text("x")
    (root / "锁.txt").chmod(0)
    report = tmp_path / "report.json"
    words = ["import", str(root), "--json", "--report", str(report)]
    done = subprocess.run(
        [sys.executable, "-c", ORDINARY, FONDS, *words],
        env=served.archive.environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["found"], summary["archived"], summary["failed"]) == (2, 1, 1)
    failed = [row for row in json.loads(report.read_text("utf-8")) if row["fate"] == "failed"]
    assert [(row["path"], row["reason"]) for row in failed] == [("锁.txt", "unreadable")]


def test_ctrl_c_leaves_a_state_to_go_on_from(
    archive: Archive, tmp_path: Path, serve: Callable[..., Serving]
) -> None:
    root = tmp_path / "in"
    root.mkdir()
    for number in range(900):
        (root / f"{number:03}.txt").write_text(f"文件 {number}", "utf-8")
    serving = serve(archive)
    serving.until_ready()
    importing = subprocess.Popen(
        # a shell's background job ignores Ctrl-C, and so would everything that it starts
        ["env", "--default-signal=INT", FONDS, "import", str(root)],
        env=archive.environment(),
        stderr=subprocess.PIPE,
        text=True,
    )

    def some_are_in() -> bool:
        runs = serving.get("/api/v1/imports").json()["items"]
        return bool(runs) and runs[0]["found"] > 5

    until(some_are_in)
    importing.send_signal(signal.SIGINT)
    _, said = importing.communicate(timeout=60)
    assert importing.returncode == 130
    assert "再次运行同一命令即可继续" in said
    run = serving.get("/api/v1/imports").json()["items"][0]
    assert run["state"] == "closed"
    again = archive.json("import", str(root))
    assert again["found"] == 900
    assert again["archived"] + again["duplicates"] == 900
    assert again["duplicates"] >= run["found"]


def test_a_server_that_dies_in_the_middle_is_waited_for(
    archive: Archive, tmp_path: Path, serve: Callable[..., Serving]
) -> None:
    root = tmp_path / "in"
    root.mkdir()
    for number in range(200):
        (root / f"{number:03}.txt").write_text(f"文件 {number}", "utf-8")
    serving = serve(archive)
    serving.until_ready()
    importing = subprocess.Popen(
        [FONDS, "import", str(root), "--json"],
        env=archive.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until(lambda: (runs := serving.get("/api/v1/imports").json()["items"]) and runs[0]["found"] > 5)
    serving.process.kill()
    serving.process.wait()
    again = serve(archive)
    again.until_ready()
    out, said = importing.communicate(timeout=120)
    assert importing.returncode == 0, said
    summary = json.loads(out)
    assert (summary["found"], summary["archived"]) == (200, 200)
    checked = archive.run("check", "--json")
    # An upload that was cut off between its object and its row leaves bytes without a row: no difference for a day.
    assert (checked.returncode, json.loads(checked.stdout)["differences"]) == (0, [])
