"""The sample: complete, once, going on after a cut, and never in an archive that has holdings of its own."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from service.cli.client import Api
from service.sample.holding import Quarters
from service.sample.holdings import DOSSIERS, holdings
from service.sample.loading import load_sample
from tests.service.cli.conftest import Archive, Serving


class Cut(Exception):
    """The process was killed here."""


class CutApi(Api):
    """An API that breaks off with a certain upload."""

    left = 3

    def upload(self, *words: Any, **more: Any) -> Any:
        self.left -= 1
        if self.left < 0:
            raise Cut
        return super().upload(*words, **more)


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    made = Serving(Archive(tmp_path / "home"))
    try:
        made.until_ready()
        yield made
    finally:
        made.end()


def test_it_is_completed_after_a_cut_and_loaded_once(serving: Serving, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    cut = CutApi(lambda: serving.address)
    with pytest.raises(Cut):
        load_sample(cut, marker)
    cut.close()
    assert not marker.exists()
    api = Api(lambda: serving.address)
    try:
        wanted = len(holdings(date(2026, 5, 5)))
        assert load_sample(api, marker) == wanted - 3
        records = api.get("/records", limit=100)["items"]
        assert len(records) == wanted
        assert all(len(api.get(f"/records/{record['id']}")["files"]) == 1 for record in records)
        dossiers = {one["title"]: one["id"] for one in api.get("/dossiers")["items"]}
        assert set(dossiers) == {one.title for one in DOSSIERS}
        for one in DOSSIERS:
            filed = api.get(f"/dossiers/{dossiers[one.title]}/records")["items"]
            assert tuple(record["title"] for record in filed) == one.records
        assert load_sample(api, marker) == 0
        assert len(api.get("/records", limit=100)["items"]) == wanted
    finally:
        api.close()


def test_an_archive_with_holdings_gets_none(serving: Serving, tmp_path: Path) -> None:
    api = Api(lambda: serving.address)
    try:
        api.post("/records", {"title": "自己的档案"})
        assert load_sample(api, tmp_path / "marker") == 0
        assert len(api.get("/records", limit=100)["items"]) == 1
    finally:
        api.close()


@pytest.mark.parametrize(
    "today", [date(2026, 1, 1), date(2026, 3, 31), date(2028, 2, 29), date(2026, 12, 31)]
)
def test_its_dates_lie_in_the_past_of_any_day(today: date) -> None:
    assert all(holding.day <= today for holding in holdings(today))
    assert Quarters.of(today).now <= today


def test_it_shows_several_kinds_of_files_and_all_schemas() -> None:
    made = holdings(date(2026, 5, 5))
    assert {holding.file.rpartition(".")[2] for holding in made} == {
        "docx",
        "pptx",
        "xlsx",
        "pdf",
        "txt",
        "eml",
        "png",
    }
    assert {holding.category for holding in made} == {"KH", "HT", "HD", "SC", "WD", "WD-HY", "XC", "XC-ZZ"}
    assert len({holding.title for holding in made}) == len(made)
    assert all(holding.make() for holding in made)
