"""The same questions on the same records: what both engines must answer alike."""

import uuid
from collections.abc import Callable, Iterator, Sequence

import pytest

from benchmarks.relevance.corpus import TODAY, document, facts
from benchmarks.relevance.judging import Asked, questions
from benchmarks.relevance.questions import CLASSES
from search.elastic.engine import ElasticEngine
from search.embedded.engine import EmbeddedEngine
from search.port import Scope, SearchEngine, SearchRequest, SearchResult
from search.question.query import parse

SCOPE = Scope({"L0": None})
RECORDS = facts(size=2000)
ASKED = questions(RECORDS, CLASSES)

Pair = tuple[SearchEngine, SearchEngine]


@pytest.fixture(scope="module")
def both(server_url: Callable[[str], str]) -> Iterator[Pair]:
    """Both engines with the judged corpus."""
    url, prefix = server_url("FONDS_TEST_ELASTICSEARCH_URL"), f"agree-{uuid.uuid4().hex[:12]}"
    embedded, elastic = EmbeddedEngine(None), ElasticEngine(url, prefix)
    for engine in (embedded, elastic):
        engine.put([document(fact) for fact in RECORDS])
    yield embedded, elastic
    embedded.close()
    elastic._server.delete(elastic._server.indexes())
    elastic.close()


def answers(both: Pair, asked: Asked, limit: int = 10) -> Sequence[SearchResult]:
    request = SearchRequest(
        SCOPE,
        parse(asked.text, TODAY).tree,
        limit=limit,
        today=TODAY,
        places=2,
        facets=("category", "year", "month", "department", "customer", "tag", "state", "file_type"),
    )
    return [engine.search(request) for engine in both]


@pytest.mark.server
@pytest.mark.requirement("R-SRC-1")
@pytest.mark.parametrize("kind", list(CLASSES))
def test_both_find_the_same_and_show_the_same(both: Pair, kind: str) -> None:
    overlaps = []
    for asked in (one for one in ASKED if one.kind == kind):
        one, other = answers(both, asked)
        assert (one.total, one.facets) == (other.total, other.facets), asked.text
        assert (one.widened, one.searched, one.did_you_mean) == (
            other.widened,
            other.searched,
            other.did_you_mean,
        )
        shown = [{hit.id for hit in result.hits} for result in (one, other)]
        overlaps.append(len(shown[0] & shown[1]) / max(1, len(shown[0])) if shown[0] else 1.0)
        places = [{hit.id: (hit.title, hit.places) for hit in result.hits} for result in (one, other)]
        assert all(places[0][hit] == places[1][hit] for hit in shown[0] & shown[1]), asked.text
    assert sum(overlaps) >= 0.9 * len(overlaps)


@pytest.mark.server
def test_both_suggest_the_same_and_find_the_same_alike(both: Pair) -> None:
    for text in ("hua", "hlsx", "渠道", "qudao", "Q001", "上海", "alp", "重点", "zd", "w"):
        one, other = (engine.suggest(SCOPE, text) for engine in both)
        assert one == other, text
    for fact in RECORDS[::200]:
        alike = [{hit.id for hit in engine.similar(SCOPE, fact.id, 10)} for engine in both]
        assert len(alike[0] & alike[1]) >= 0.9 * len(alike[0]), fact.title
