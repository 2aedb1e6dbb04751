"""Addresses of search indexes, and servers that are not there."""

import time
from pathlib import Path

import pytest

from search.elastic.engine import ElasticEngine
from search.embedded.engine import EmbeddedEngine
from search.opening import open_engine
from search.port import IndexDocument, Scope, SearchRequest, SearchUnavailable


def test_a_directory_is_opened_embedded(tmp_path: Path) -> None:
    engine = open_engine(f"tantivy://{tmp_path}/%E7%B4%A2%E5%BC%95")
    assert isinstance(engine, EmbeddedEngine)
    assert (tmp_path / "索引" / "current.json").exists()
    engine.close()


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "https://fonds:geheim@127.0.0.1:9/path"])
def test_a_web_address_is_elasticsearch_and_asks_nothing_yet(url: str) -> None:
    engine = open_engine(url)
    assert isinstance(engine, ElasticEngine)
    engine.close()


@pytest.mark.parametrize(
    "url",
    ["", "index", "tantivy://", "tantivy:///", "tantivy://host/dir", "tantivy:dir", "tantivy:///a?b", "tantivy:///a%00",
     "ftp://fonds:geheim@host", "http://", "http://fonds:geheim@:9200", "http://fonds:geheim@host:port"],
)  # fmt: skip
def test_a_wrong_address_is_refused_without_its_secrets(url: str) -> None:
    with pytest.raises(ValueError, match=r"\w") as caught:
        open_engine(url)
    assert "geheim" not in str(caught.value)


def test_archives_that_share_a_server_have_names_of_their_own() -> None:
    with pytest.raises(ValueError, match="prefix"):
        open_engine("http://127.0.0.1:9?prefix=Not*Allowed")
    open_engine("http://127.0.0.1:9?prefix=sales-archive").close()


@pytest.mark.parametrize("prefix", ["", "Fonds", "1a", "a*", "a/b", "_all", "a" * 80])
def test_a_prefix_that_could_name_other_indexes_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        open_engine("http://127.0.0.1:9", prefix=prefix)


@pytest.mark.requirement("F06")
def test_a_server_that_is_away_is_said_quickly_and_without_secrets() -> None:
    engine = open_engine("http://fonds:geheim@127.0.0.1:9")
    started = time.monotonic()
    document = IndexDocument(id="1", version=1, compartment="L0", title="题", seq=1)
    for call in (
        engine.ready,
        lambda: engine.put([document]),
        lambda: engine.remove("L0", {"1": 1}),
        lambda: engine.search(SearchRequest(Scope({"L0": None}))),
        lambda: engine.versions("L0"),
        lambda: engine.rebuild([document]),
        lambda: engine.state,
    ):
        with pytest.raises(SearchUnavailable) as caught:
            call()
        assert "geheim" not in str(caught.value)
    assert time.monotonic() - started < 20
    engine.close()
