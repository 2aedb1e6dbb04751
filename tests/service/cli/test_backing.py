"""Backup and restore as an administrator does them: by command, while the archive serves."""

import json
from pathlib import Path

import pyrage
import pytest

from tests.service.cli.conftest import Archive


@pytest.mark.requirement("R-BAK-3")
def test_an_archive_is_backed_up_brought_back_elsewhere_and_found_there(tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    (files / "渠道合同.txt").write_text("渠道返利按季度结算", "utf-8")
    first, second, target = (
        Archive(tmp_path / "first"),
        Archive(tmp_path / "second"),
        str(tmp_path / "target"),
    )
    first.json("import", str(files))
    assert first.json("backup", target)["objects"] > 0
    assert first.json("backup", "verify", target, "--read-data")["faults"] == []
    assert len(first.json("backup", "list", target)) == 1
    for words in (("verify", str(tmp_path / "typo")), ("list", str(files))):
        refused = first.run("backup", *words)
        assert (refused.returncode, Path(words[1]).name in refused.stderr) == (2, True)
    assert not (tmp_path / "typo").exists()
    assert [one.name for one in files.iterdir()] == ["渠道合同.txt"]
    assert second.json("restore", target)["missing"] == []
    differences = second.json("check", "--read-data")["differences"]
    assert differences == []
    assert second.json("search", "渠道返利")["total"] == 1
    again = second.run("restore", target)
    assert again.returncode != 0
    assert "空的数据目录" in again.stderr


@pytest.mark.requirement("R-BAK-3")
def test_a_drill_proves_a_backup_and_betrays_a_bad_one(tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    (files / "渠道合同.txt").write_text("渠道返利按季度结算", "utf-8")
    archive, target = Archive(tmp_path / "first"), tmp_path / "target"
    archive.json("import", str(files))
    archive.json("backup", str(target))
    assert archive.json("backup", "drill", str(target)) == {
        "restorable": True,
        "records": 1,
        "files": 1,
        "objects": json.loads(archive.run("check", "--json").stdout)["objects"],
    }
    for copy in target.glob("content/*/*"):
        copy.chmod(0o600)
        copy.write_bytes(b"\0" * copy.stat().st_size)
    assert "已损坏：读到" in archive.run("backup", "verify", str(target), "--read-data").stdout
    spoilt = archive.run("backup", "drill", str(target))
    assert spoilt.returncode == 1
    assert "恢复演练失败" in spoilt.stderr
    assert "没有恢复：content/" in spoilt.stderr


@pytest.mark.requirement("R-SEC-8")
def test_a_sealed_backup_asks_for_its_key_once(tmp_path: Path) -> None:
    keys = [pyrage.x25519.Identity.generate() for _ in range(2)]
    (tmp_path / "wrong.key").write_text(f"{keys[1]}\n")
    archive, target = Archive(tmp_path / "home"), str(tmp_path / "target")
    sealed = archive.run("backup", target, FONDS_BACKUP_RECIPIENT=str(keys[0].to_public()))
    assert sealed.returncode == 0, sealed.stderr
    without = archive.run("backup", "verify", target)
    assert (without.returncode, without.stdout.count("没有私钥不能核验")) == (1, 1)
    for words, said in (
        (("verify", target, "--read-data"), "要用私钥打开"),
        (("verify", target, "--identity", str(tmp_path / "wrong.key")), "密钥不对"),
    ):
        refused = archive.run("backup", *words)
        assert (refused.returncode, said in refused.stderr, refused.stdout) == (2, True, "")
