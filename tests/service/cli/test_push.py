"""Push: a file or a folder goes up in parts; a push that was killed goes on, and nothing comes in twice."""

import hashlib
import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.service.cli.conftest import FONDS, Archive, Serving

MIB = 1 << 20


def uploads(serving: Serving) -> list[dict[str, object]]:
    found: list[dict[str, object]] = serving.get("/api/v1/uploads?limit=200").json()["items"]
    return found


def test_a_folder_is_pushed_with_its_paths_and_presets_and_again_without_doubles(
    archive: Archive, serve: Callable[..., Serving], tmp_path: Path
) -> None:
    folder = tmp_path / "冬季新品"
    (folder / "对外").mkdir(parents=True)
    for n in range(5):
        (folder / "对外" / f"方案 {n}.txt").write_text(f"第 {n} 版陈列方案", "utf-8")
    (folder / "副本.txt").write_text("第 0 版陈列方案", "utf-8")
    (folder / "空.txt").touch()
    serving = serve(archive)
    serving.until_ready()
    words = ("push", str(folder), "--category", "HZ", "--customer", "嘉禾连锁", "--tag", "冬季")
    first = archive.json(*words)
    assert (first["stored"], first["duplicates"], first["set_aside"], first["failed"]) == (5, 1, 1, 0)
    again = archive.json(*words)
    assert [one["record_id"] for one in again["files"]] == [one["record_id"] for one in first["files"]]
    assert len(uploads(serving)) == 6
    stored = next(one for one in uploads(serving) if one["name"] == "方案 3.txt")
    assert stored["path"] == "冬季新品/对外/方案 3.txt"
    record = serving.get(f"/api/v1/records/{stored['record_id']}").json()
    assert (record["category"], record["fields"], record["keywords"]) == (
        "HZ",
        {"partner_name": "嘉禾连锁"},
        ["冬季"],
    )
    assert archive.run("push", str(tmp_path / "没有")).returncode == 2
    refused = archive.json("push", str(folder / "副本.txt"), "--category", "XX", code=1)
    assert (refused["failed"], "XX" in refused["files"][0]["reason"]) == (1, True)


def test_a_push_that_was_killed_goes_on_where_it_was(
    archive: Archive, serve: Callable[..., Serving], tmp_path: Path
) -> None:
    data = random.Random(5).randbytes(MIB) * 96
    path = tmp_path / "母版.mp4"
    path.write_bytes(data)
    serving = serve(archive)
    serving.until_ready()
    push = subprocess.Popen([FONDS, "push", str(path)], env=archive.environment())
    parts = archive.path / "objects" / "parts"
    deadline = time.monotonic() + 180
    while push.poll() is None and not list(parts.glob("*/0*")) and time.monotonic() < deadline:
        time.sleep(0.005)
    push.kill()
    push.wait(180)
    done = archive.json("push", str(path))
    assert (done["stored"], done["bytes"]) == (1, len(data))
    [upload] = uploads(serving)
    assert (upload["state"], upload["sha256"]) == ("stored", hashlib.sha256(data).hexdigest())
    assert list(parts.iterdir()) == []
