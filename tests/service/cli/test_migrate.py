"""`fonds migrate`: plan, dry run, run, run again, report; from a folder and from an archive with old names."""

import csv
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from service.cli.moving import Pace, Stopped
from tests.service.cli.conftest import FONDS, Archive, Serving
from tests.service.embedded.processes import until

FATES = ("archived", "duplicates", "set_aside", "quarantined", "failed")


@pytest.fixture
def share(tmp_path: Path) -> Path:
    root = tmp_path / "共享"
    for path, text in {
        "合同/2023/购销.txt": "购销合同正文",
        "合同/2023/购销 副本.txt": "购销合同正文",
        "会议纪要/例会.txt": "渠道窜货专题会",
        "会议纪要/Thumbs.db": "x",
        "=cmd|calc!A1.txt": "公式",
        "空.txt": "",
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    (root / "链接").symlink_to("/etc/passwd")
    os.mkfifo(root / "管道")
    return root


@pytest.mark.requirement("R-CAP-3", "R-CAP-1")
def test_plan_check_run_again_and_report(
    archive: Archive, serve: Callable[..., Serving], share: Path, tmp_path: Path
) -> None:
    serve(archive).until_ready()
    plan = tmp_path / "plan.yaml"
    assert archive.run("migrate", "plan", str(share), "-o", str(plan)).returncode == 0
    assert "category: WD-HY" in plan.read_text("utf-8")
    planned = archive.json("migrate", "check", str(share), "-m", str(plan))
    assert (planned["planned"], planned["set_aside"], planned["archived"]) == (4, 4, 0)
    book = tmp_path / "report.xlsx"
    first = archive.json("migrate", "run", str(share), "-m", str(plan), "--report", str(book))
    assert first["found"] == sum(first[fate] for fate in FATES) == 8
    assert (first["archived"], first["duplicates"], first["set_aside"]) == (3, 1, 4)
    cells = [[cell.value for cell in row] for row in openpyxl.load_workbook(book).active.rows]
    assert len(cells) == 9
    assert all(cell.data_type != "f" for row in openpyxl.load_workbook(book).active.rows for cell in row)
    again = archive.json("migrate", "run", str(share), "-m", str(plan))
    assert (again["found"], again["unchanged"]) == (0, 8)
    (share / "新.txt").write_text("新")
    more = archive.json("migrate", "run", str(share), "-m", str(plan))
    assert (more["found"], more["archived"], more["unchanged"]) == (1, 1, 8)
    found = archive.json("search", "渠道窜货")["hits"]
    assert [hit["category"] for hit in found] == ["WD-HY"]
    table = tmp_path / "report.csv"
    assert archive.run("migrate", "report", first["run"], "--csv", str(table)).returncode == 0
    paths = {row["path"] for row in csv.DictReader(table.read_text("utf-8-sig").splitlines())}
    assert "'=cmd|calc!A1.txt" in paths
    assert len(paths) == 8
    assert archive.json("check")["differences"] == []


@pytest.mark.requirement("R-CAP-3")
def test_an_archive_file_is_migrated_like_a_folder(served: Serving, tmp_path: Path) -> None:
    archive, text = served.archive, f"年度计划 {tmp_path}"
    with zipfile.ZipFile(tmp_path / "旧档.zip", "w") as package:
        package.writestr("计划/年度.txt", text)
        package.writestr("计划/damaged.txt", "x" * 50)
    data = bytearray((tmp_path / "旧档.zip").read_bytes())
    at = data.index(b"x" * 50)
    data[at : at + 5] = b"y" * 5
    (tmp_path / "旧档.zip").write_bytes(data)
    done = archive.json("migrate", "run", str(tmp_path / "旧档.zip"), code=1)
    assert (done["found"], done["archived"], done["failed"]) == (2, 1, 1)
    share = tmp_path / "共享"
    share.mkdir()
    (tmp_path / "旧档.zip").rename(share / "旧档.zip")
    (tmp_path / "plan.yaml").write_text(
        "{archives: open, rules: [{path: '旧档.zip/计划/**', category: WD-HY}]}"
    )
    opening = ("migrate", "run", str(share), "-m", str(tmp_path / "plan.yaml"))
    opened = archive.json(*opening, "--report", str(tmp_path / "report.csv"), code=1)
    assert [opened[fate] for fate in FATES] == [0, 1, 1, 0, 1]
    lines = csv.DictReader((tmp_path / "report.csv").read_text("utf-8-sig").splitlines())
    told = {row["path"]: (row["fate"], row["reason"]) for row in lines}
    assert told["旧档.zip"] == ("set_aside", "opened")
    assert told["旧档.zip/计划/年度.txt"] == ("duplicates", "same_content")
    again = archive.json(*opening, code=1)
    assert (again["unchanged"], again["failed"]) == (2, 1)


def test_wrong_use_is_told(served: Serving, tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text("rules: [{path: a, category: 没有}]")
    (tmp_path / "in").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for words, said in (
        (("run", "/nonexistent"), "没有 /nonexistent"),
        (("run", str(tmp_path / "pipe")), "管道"),
        (("run", str(tmp_path / "in"), "-m", str(tmp_path / "plan.yaml")), "没有类别"),
        (("run", str(tmp_path / "in"), "--report", "a.txt"), ".xlsx"),
        (("run", "smb://u:geheim@127.0.0.1:1/x"), "连不上服务器"),
        (("run", "s3+http://kunde:geheim@127.0.0.1:1/akten"), "连不上服务器"),
    ):
        refused = served.archive.run("migrate", *words)
        assert refused.returncode == 2, refused.stderr
        assert said in refused.stderr
        assert "geheim" not in refused.stderr
    assert "127.0.0.1:1/" not in served.archive.run("migrate", "list", "--json").stdout


@pytest.mark.requirement("F05", "F25")
def test_a_run_that_is_killed_loses_and_doubles_nothing(
    archive: Archive, serve: Callable[..., Serving], tmp_path: Path
) -> None:
    root = tmp_path / "many"
    cycles = int(os.environ.get("FONDS_TORTURE_CYCLES", "3"))
    many = max(600, 200 * cycles)
    for n in range(many):
        (root / str(n % 7)).mkdir(parents=True, exist_ok=True)
        (root / str(n % 7) / f"{n}.txt").write_text(f"文件 {n}")
    serving = serve(archive)
    serving.until_ready()
    words = ["migrate", "run", str(root), "--no-wait", "--parallel", "1", "--json"]
    for cycle in range(cycles):
        cut = subprocess.Popen([FONDS, *words], env=archive.environment(), stdout=subprocess.DEVNULL)
        until(
            lambda cut=cut, cycle=cycle, at=serving: cut.poll() is not None or _found(at) > 100 * cycle, 180
        )
        cut.kill()
        cut.wait()
        serving.process.send_signal(signal.SIGKILL)
        serving.process.wait()
        serving = serve(archive)
        serving.until_ready()
    had = _found(serving)
    done = archive.json("migrate", "run", str(root), "--no-wait")
    last = archive.json("migrate", "run", str(root), "--no-wait")
    assert done["found"] + done["unchanged"] == many
    assert (last["found"], last["unchanged"]) == (0, many)
    assert serving.get("/api/v1/search?q=&limit=1").status_code == 200
    checked = archive.json("check")
    missing, doubled = max(0, many - checked["files"]), max(0, checked["files"] - many)
    counts = f"{had} of {many} files taken before the last run, {missing} missing, {doubled} doubled"
    sys.stdout.write(f"migration: {cycles} cycles, {counts}\n")
    assert (checked["records"], checked["files"], checked["differences"]) == (many, many, [])
    assert sum(1 for path in root.rglob("*.txt") if path.read_text() == f"文件 {path.stem}") == many


def _found(serving: Serving) -> int:
    return sum(run["found"] for run in serving.get("/api/v1/imports").json()["items"])


def test_a_pace_holds_back_and_lets_go() -> None:
    pace = Pace()
    pace.obey(1_000_000_000, 1, pause=False)
    with pace.turn():
        pace.spend(10)
    pace.obey(1, 1, pause=False)
    pace.spend(3600)
    pace.stop()
    with pytest.raises(Stopped):
        pace.spend(1)
