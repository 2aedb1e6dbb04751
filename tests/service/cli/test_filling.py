"""fonds entry: a template is taken, filled in, checked and entered; what is wrong is told line by line."""

from pathlib import Path

import pytest

from tests.service.cli.conftest import Serving
from tests.service.usecases.entry.test_entering import ROWS, filled


@pytest.mark.requirement("R-CAP-4")
def test_a_template_is_filled_in_and_what_is_right_entered(sampled: Serving, tmp_path: Path) -> None:
    archive = sampled.archive
    template, book, told = tmp_path / "KH.xlsx", tmp_path / "客户.xlsx", tmp_path / "结果.xlsx"
    assert archive.run("entry", "template", "KH", "--out", str(template)).returncode == 0
    book.write_bytes(filled(template.read_bytes(), ROWS))
    checked = archive.json("entry", "upload", str(book), "--check", code=1)
    assert (checked["waiting"], checked["entered"], checked["bad"]) == (2, 0, 1)
    done = archive.run("entry", "upload", str(book), "--out", str(told))
    assert (done.returncode, "公式" in done.stderr) == (1, True)
    assert told.read_bytes().startswith(b"PK")
    again = archive.json("entry", "upload", str(book), code=1)
    assert (again["entered"], again["already"]) == (0, 2)
    assert archive.run("entry", "template", "XX").returncode == 2
