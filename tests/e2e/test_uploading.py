"""Uploading: a dropped folder, a cut line, a dead server, a reload: everything arrives, once, byte for byte."""

import hashlib
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.e2e.conftest import PASSWORD, Enter, Served, Visitor
from tests.ports import free_port

MIB = 1 << 20


class Machine:
    """A `fonds serve` that can be killed and started again at the same address."""

    def __init__(self, home: Path) -> None:
        self.home, self.log = home, home / "said"
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        env = {name: value for name, value in os.environ.items() if not name.startswith("FONDS_")}
        env |= {
            "FONDS_HOME": str(self.home / "home"),
            "FONDS_LISTEN": f"127.0.0.1:{self.port}",
            "FONDS_WORKERS": "1",
            "LC_ALL": "zh_CN.UTF-8",
        }
        self.log.write_bytes(b"")
        with self.log.open("wb") as out:
            command = [str(Path(sys.executable).parent / "fonds"), "serve"]
            self.process = subprocess.Popen(command, env=env, stdout=out, stderr=out)
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline and self.process.poll() is None:
            text = self.log.read_text("utf-8", errors="replace")
            if "全宗已就绪" in text:
                return text
            time.sleep(0.05)
        raise AssertionError(self.log.read_text("utf-8", errors="replace"))

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(180)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(180)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    running = Machine(tmp_path_factory.mktemp("machine"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def served(machine: Machine) -> Served:
    """The archive of this file's stories, which can be killed."""
    text = machine.start()
    people = dict(re.findall(r"用户名 (\S+)\s+一次性密码 (\S+)", text))
    return Served(f"http://127.0.0.1:{machine.port}", people)


def drop(page: Page, *paths: Path) -> None:
    """Drop files and folders as a desktop does."""
    tool = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        tool.send("Input.dispatchDragEvent", {"type": kind, "x": 300, "y": 400, "data": data})


def slowly(page: Page, megabytes: float) -> CDPSession:
    """Let so many megabytes a second go up."""
    tool = page.context.new_cdp_session(page)
    tool.send("Network.enable")
    limits = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": megabytes * MIB}
    tool.send("Network.emulateNetworkConditions", limits)
    return tool


def at_full_speed(tool: CDPSession) -> None:
    limits = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    tool.send("Network.emulateNetworkConditions", limits)


def a_file(folder: Path, name: str, size: int, seed: int) -> tuple[Path, str]:
    folder.mkdir(parents=True, exist_ok=True)
    data = random.Random(seed).randbytes(size)
    (folder / name).write_bytes(data)
    return folder / name, hashlib.sha256(data).hexdigest()


def asked(visitor: Visitor, path: str) -> Any:
    cookies = {one["name"]: one["value"] for one in visitor.page.context.cookies()}
    answer = httpx.get(f"{visitor.url}/api/v1{path}", cookies=cookies, timeout=180)
    assert answer.status_code == 200, answer.text
    return answer.json()


def record_of(visitor: Visitor, name: str) -> Any:
    upload = next(one for one in asked(visitor, "/uploads?limit=200")["items"] if one["name"] == name)
    return asked(visitor, f"/records/{upload['record_id']}")


def row(page: Page, name: str) -> Any:
    return page.locator("#drawer .up").filter(has_text=name)


def sent(page: Page, name: str) -> int:
    bar = row(page, name).locator("progress")
    return int(bar.evaluate("bar => bar.value")) if bar.count() else 0


def wait_until_sent(page: Page, name: str, least: int) -> None:
    deadline = time.monotonic() + 180
    while sent(page, name) < least:
        assert time.monotonic() < deadline, row(page, name).inner_text()
        page.wait_for_timeout(50)


def gone_quiet(page: Page, name: str) -> int:
    """How much has been sent once nothing more goes."""
    before = -1
    while (now := sent(page, name)) != before:
        before = now
        page.wait_for_timeout(600)
    return now


def test_a_dropped_folder_of_200_files_keeps_its_paths(enter: Enter, archivist: str, tmp_path: Path) -> None:
    root = tmp_path / "冬季新品"
    for n in range(200):
        folder = root / f"第{n % 7}组" / ("内部" if n % 3 else "对外")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"纪要 {n}.txt").write_text(f"第 {n} 次例会，决定若干", "utf-8")
    visitor = enter()
    page = visitor.page
    visitor.sign_in(archivist, PASSWORD)
    visitor.open("/inbox")
    drop(page, root)
    expect(page.locator("#drawer [data-title]")).to_have_text("上传 200 个文件")
    expect(page.locator("#drawer [data-sum]")).to_contain_text("完成 200", timeout=600_000)
    expect(page.locator("#drawer [data-folders]")).to_contain_text("冬季新品/")
    visitor.look("upload-200")
    listed = asked(visitor, "/uploads?limit=200")["items"]
    assert len(listed) == 200
    assert {one["path"] for one in listed} == {
        str(path.relative_to(tmp_path)) for path in root.rglob("*.txt")
    }
    assert {(one["state"], one["duplicate"]) for one in listed} == {("stored", False)}
    expect(page.locator("#ilist h1 ~ [role=status]")).to_contain_text("还剩 200 件")


@pytest.mark.requirement("F01")
def test_an_upload_that_the_server_s_death_cuts_goes_on_to_the_same_digest(
    enter: Enter, archivist: str, machine: Machine, tmp_path: Path
) -> None:
    name = "暖一杯_母版.mp4"
    path, digest = a_file(tmp_path, name, 60 * MIB + 11, 1)
    visitor = enter()
    page = visitor.page
    visitor.sign_in(archivist, PASSWORD)
    tool = slowly(page, 6)
    page.set_input_files("#files", str(path))
    wait_until_sent(page, name, 20 * MIB)
    machine.kill()
    page.wait_for_timeout(1500)
    machine.start()
    at_full_speed(tool)
    expect(row(page, name)).to_have_attribute("data-stage", "done", timeout=600_000)
    assert [file["sha256"] for file in record_of(visitor, name)["files"]] == [digest]
    visitor.look("upload-after-death")


def test_a_reload_goes_on_by_itself_or_asks_for_the_file(
    enter: Enter, archivist: str, tmp_path: Path
) -> None:
    small, small_digest = a_file(tmp_path, "报价明细.bin", 12 * MIB + 1, 2)
    large, large_digest = a_file(tmp_path, "展台现场.mov", 40 * MIB + 1, 3)
    visitor = enter()
    page = visitor.page
    page.on("dialog", lambda dialog: dialog.accept())
    visitor.sign_in(archivist, PASSWORD)
    tool = slowly(page, 4)
    page.set_input_files("#files", [str(small), str(large)])
    wait_until_sent(page, large.name, 9 * MIB)
    page.reload()
    tool.detach()
    tool = slowly(page, 50)
    asleep = row(page, large.name)
    expect(asleep).to_have_attribute("data-stage", "asleep")
    expect(asleep).to_contain_text("再选一次同一个文件就接着传")
    visitor.look("upload-asleep")
    expect(row(page, small.name)).to_have_attribute("data-stage", "done", timeout=600_000)
    page.set_input_files("#files", str(large))
    expect(page.locator("#drawer .up")).to_have_count(2)
    expect(row(page, large.name)).to_have_attribute("data-stage", "done", timeout=600_000)
    for path, digest in ((small, small_digest), (large, large_digest)):
        assert [file["sha256"] for file in record_of(visitor, path.name)["files"]] == [digest]
    page.reload()
    expect(page.locator("#drawer")).to_be_hidden()


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_pausing_presets_and_duplicates(enter: Enter, archivist: str, tmp_path: Path, size: str) -> None:
    large, digest = a_file(tmp_path, f"母带-{size}.wav", 40 * MIB, 4 if size == "wide" else 5)
    note = tmp_path / f"巡查备忘-{size}.txt"
    note.write_text(f"检查渠道窜货的门店 {size}", "utf-8")
    visitor = enter(size)
    page = visitor.page
    visitor.sign_in(archivist, PASSWORD)
    page.locator("[data-act=upload]:visible").first.click()
    page.select_option("#drawer-category", "XM")
    page.fill("#drawer-customer", "嘉禾连锁超市")
    page.fill("#drawer-keywords", "冬季新品、华东")
    page.locator("#drawer-keywords").blur()
    tool = slowly(page, 5)
    page.set_input_files("#files", [str(large), str(note)])
    wait_until_sent(page, large.name, 5 * MIB)
    row(page, large.name).get_by_role("button", name="暂停").click()
    expect(row(page, large.name)).to_contain_text("已暂停")
    still = gone_quiet(page, large.name)
    expect(row(page, note.name)).to_contain_text("还缺 1 项必填", timeout=600_000)
    visitor.look(f"upload-paused-{size}")
    page.wait_for_timeout(1000)
    assert sent(page, large.name) == still < large.stat().st_size
    at_full_speed(tool)
    row(page, large.name).get_by_role("button", name="继续").click()
    expect(row(page, large.name)).to_have_attribute("data-stage", "done", timeout=600_000)
    made = record_of(visitor, large.name)
    assert made["files"][0]["sha256"] == digest
    assert (made["category"], made["fields"]) == ("XM", {"customer": "嘉禾连锁超市"})
    assert made["keywords"] == ["冬季新品", "华东"]

    row(page, note.name).get_by_role("button", name="改归类").click()
    page.select_option("#one-category", "HZ")
    visitor.look(f"upload-presets-{size}")
    page.locator("#upload-presets").get_by_role("button", name="改归类").click()
    expect(row(page, note.name)).to_contain_text("已归入类别")
    assert record_of(visitor, note.name)["fields"] == {"partner_name": "嘉禾连锁超市"}

    page.select_option("#drawer-category", "HZ")
    twin = tmp_path / f"副本-{size}.txt"
    twin.write_bytes(note.read_bytes())
    page.set_input_files("#files", str(twin))
    expect(row(page, twin.name)).to_contain_text(f"已存在：巡查备忘-{size}，未重复存放", timeout=600_000)
    visitor.look(f"upload-duplicate-{size}")
    row(page, twin.name).get_by_role("link", name="已存在").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"巡查备忘-{size}")


def test_a_file_is_added_to_the_open_record(enter: Enter, archivist: str, tmp_path: Path) -> None:
    first, second = tmp_path / "方案.txt", tmp_path / "方案附件.txt"
    first.write_text("冬季新品上市方案", "utf-8")
    second.write_text("附件：陈列示意", "utf-8")
    visitor = enter()
    page = visitor.page
    visitor.sign_in(archivist, PASSWORD)
    page.set_input_files("#files", str(first))
    expect(row(page, "方案.txt")).to_have_attribute("data-stage", "done", timeout=600_000)
    record = record_of(visitor, "方案.txt")
    visitor.open(f"/records/{record['id']}")
    page.keyboard.press("u")
    page.get_by_label("加到打开的这件档案").check()
    page.set_input_files("#files", str(second))
    expect(row(page, "方案附件.txt")).to_contain_text("已加到档案", timeout=600_000)
    page.keyboard.press("Escape")
    expect(page.locator("#side .files > li")).to_have_count(2)


def test_leaving_with_unfinished_uploads_asks(enter: Enter, archivist: str, tmp_path: Path) -> None:
    path, _digest = a_file(tmp_path, "大片.mov", 30 * MIB, 9)
    visitor = enter()
    page = visitor.page
    visitor.sign_in(archivist, PASSWORD)
    slowly(page, 1)
    page.set_input_files("#files", str(path))
    wait_until_sent(page, path.name, MIB)
    kinds: list[str] = []
    page.on("dialog", lambda dialog: (kinds.append(dialog.type), dialog.dismiss()))
    page.mouse.click(300, 500)
    page.close(run_before_unload=True)
    deadline = time.monotonic() + 180
    while not kinds and time.monotonic() < deadline:
        page.wait_for_timeout(100)
    assert kinds == ["beforeunload"]
    row(page, path.name).get_by_role("button", name="移除").click()
    expect(page.locator("#drawer .up")).to_have_count(0)
