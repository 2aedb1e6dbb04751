"""Bags: what `fonds export --bagit` writes is a bag to others, and comes in again byte for byte."""

import hashlib
import json
from pathlib import Path

import bagit

from tests.service.cli.conftest import Archive


def test_a_bag_is_valid_to_others_and_comes_back_with_the_same_digests(tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    texts = {"渠道合同%41.txt": "渠道返利按季度结算", "会议纪要.txt": "新品发布会"}
    for name, text in texts.items():
        (files / name).write_text(text, "utf-8")
    first, second, bag = Archive(tmp_path / "first"), Archive(tmp_path / "second"), tmp_path / "bag"
    first.json("import", str(files), "--category", "HT")
    told = first.json("export", "--bagit", str(bag))
    assert (told["records"], told["files"], told["faults"]) == (2, 2, [])
    foreign = bagit.Bag(str(bag))
    foreign.validate()
    assert foreign.info["Payload-Oxum"].endswith(f".{len(foreign.payload_entries())}")
    assert first.run("export", "--bagit", str(bag)).returncode == 2  # not over another one
    digests = {hashlib.sha256(text.encode()).hexdigest() for text in texts.values()}
    assert digests <= {one["sha256"] for one in foreign.payload_entries().values()}

    came = second.json("import", str(bag), "--bagit")
    assert (came["records"], came["files"], came["kept"], came["faults"]) == (2, 2, 0, [])
    again = second.json("import", str(bag), "--bagit")
    assert (again["records"], again["kept"]) == (0, 2)
    back = tmp_path / "back"
    assert second.json("export", "返利", "--bagit", str(back))["records"] == 1
    described = json.loads(next(iter(back.glob("data/*/record.json"))).read_text("utf-8"))
    assert (described["title"], described["category"]) == ("渠道合同%41", "HT")
    assert described["files"][0]["sha256"] == hashlib.sha256("渠道返利按季度结算".encode()).hexdigest()

    spoilt = next(iter(bag.glob("data/*/files/*")))
    spoilt.write_text("换掉", "utf-8")
    third = Archive(tmp_path / "third")
    refused = third.run("import", str(bag), "--bagit")
    assert refused.returncode == 1
    assert spoilt.name in refused.stderr
    assert not (third.path / "bags").exists()


def test_what_is_no_bag_or_leads_out_of_it_is_refused(tmp_path: Path) -> None:
    archive, folder = Archive(tmp_path / "home"), tmp_path / "folder"
    folder.mkdir()
    assert archive.run("import", str(folder), "--bagit").returncode == 2
    (folder / "bagit.txt").write_text("BagIt-Version: 1.0\n", "utf-8")
    (folder / "data").mkdir()
    (folder / "data" / "link.txt").symlink_to("/etc/hostname")
    digest = hashlib.sha256(Path("/etc/hostname").read_bytes()).hexdigest()
    (folder / "manifest-sha256.txt").write_text(f"{digest}  data/link.txt\n", "utf-8")
    refused = archive.run("import", str(folder), "--bagit")
    assert refused.returncode == 1
    assert "link.txt" in refused.stderr
