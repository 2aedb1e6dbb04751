"""What is the embedded engine's own: its directory, crashes, readers beside the writer, and rest."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from search.embedded.engine import EmbeddedEngine
from search.embedded.index import CompartmentIndex, Removal
from search.indexing.entries import FINGERPRINT, entry
from search.port import IndexDocument, Scope, SearchError, SearchRequest, SearchUnavailable
from search.question.query import Words

SCOPE = Scope({"L0": None, "L1": None})


def document(name: str, version: int = 1, compartment: str = "L0") -> IndexDocument:
    return IndexDocument(id=name, version=version, compartment=compartment, title="渠道文件", seq=int(name))


def count(engine: EmbeddedEngine) -> int:
    return engine.search(SearchRequest(SCOPE, Words("渠道"))).total


def test_what_was_put_is_there_after_opening_again(tmp_path: Path) -> None:
    engine = EmbeddedEngine(tmp_path)
    engine.put([document("1"), document("2", compartment="L1")])
    engine.close()

    again = EmbeddedEngine(tmp_path)
    assert (count(again), again.state) == (2, "new")
    again.rebuild([document("1")])
    again.close()

    third = EmbeddedEngine(tmp_path)
    assert (count(third), third.state) == (1, "current")
    third.close()


def test_only_one_process_writes(tmp_path: Path) -> None:
    engine = EmbeddedEngine(tmp_path)
    with pytest.raises(SearchUnavailable, match="Another process"):
        EmbeddedEngine(tmp_path)
    engine.close()
    EmbeddedEngine(tmp_path).close()


def test_a_reader_beside_the_writer_sees_what_was_put_and_follows_a_rebuild(tmp_path: Path) -> None:
    writer = EmbeddedEngine(tmp_path)
    writer.put([document("1")])
    reader = EmbeddedEngine(tmp_path, writable=False)
    assert count(reader) == 1

    writer.rebuild([document("1"), document("2"), document("3", compartment="L1")])
    assert count(reader) == 3
    assert reader.state == "current"
    with pytest.raises(SearchUnavailable):
        reader.put([document("4")])
    with pytest.raises(SearchUnavailable):
        reader.rebuild([])
    reader.close()
    writer.close()


def test_there_is_nothing_to_read_where_no_index_is(tmp_path: Path) -> None:
    with pytest.raises(SearchUnavailable):
        EmbeddedEngine(tmp_path, writable=False)


def test_an_index_of_another_analyser_is_not_used_until_it_is_rebuilt(tmp_path: Path) -> None:
    engine = EmbeddedEngine(tmp_path)
    engine.rebuild([document("1")])
    engine.close()
    pointer = json.loads((tmp_path / "current.json").read_text())
    (tmp_path / "current.json").write_text(json.dumps(pointer | {"fingerprint": "0.0"}))

    engine = EmbeddedEngine(tmp_path)
    assert engine.state == "outdated"
    for refused in (engine.ready, lambda: count(engine), lambda: engine.put([document("2")])):
        with pytest.raises(SearchUnavailable, match="rebuilt"):
            refused()

    engine.rebuild([document("1"), document("2")])
    assert (engine.state, count(engine)) == ("current", 2)
    engine.close()
    assert json.loads((tmp_path / "current.json").read_text())["fingerprint"] == FINGERPRINT


@pytest.mark.parametrize("text", ["", "{", "[]", '{"generation": "../../etc"}', '{"generation": 5}'])
def test_a_pointer_that_cannot_be_read_starts_a_new_index(tmp_path: Path, text: str) -> None:
    (tmp_path / "current.json").write_text(text)
    engine = EmbeddedEngine(tmp_path)
    assert engine.state == "new"
    engine.put([document("1")])
    assert count(engine) == 1
    engine.close()


def test_what_a_crash_left_of_a_rebuild_is_cleared_away(tmp_path: Path) -> None:
    EmbeddedEngine(tmp_path).close()
    left = tmp_path / "generations" / ("f" * 32)
    (left / "L0" / "records").mkdir(parents=True)

    EmbeddedEngine(tmp_path).close()
    assert not left.exists()


def test_two_rebuilds_at_once_are_refused(tmp_path: Path) -> None:
    engine = EmbeddedEngine(tmp_path)

    def truth() -> Iterator[IndexDocument]:
        with pytest.raises(SearchError, match="already"):
            engine.rebuild([])
        yield document("1")

    assert engine.rebuild(truth()) == 1
    engine.close()


def test_writers_rest_when_nothing_is_put(tmp_path: Path) -> None:
    index = CompartmentIndex(tmp_path)
    index.write([entry(document("1"))])
    threads = threading.active_count()
    index.rest(idle=1000)
    assert index._writers is not None
    index.rest(idle=0)
    assert index._writers is None
    index.write([entry(document("2"))])
    assert index.records().num_docs == 2
    assert threading.active_count() == threads
    index.close()


def test_old_removals_are_forgotten(tmp_path: Path) -> None:
    index = CompartmentIndex(tmp_path)
    index.write([Removal("1", 5), entry(document("2"))])
    index.forget_removals(now=10e9)
    index.write([entry(document("1", 1))])
    assert index.records().num_docs == 2
    index.close()


CHILD = """
import sys
from pathlib import Path
from search.embedded.engine import EmbeddedEngine
from search.port import IndexDocument

engine = EmbeddedEngine(Path(sys.argv[1]))
start = int(sys.argv[2])
for n in range(start, start + 10_000):
    if n % 7 == 3:
        engine.rebuild([IndexDocument(id=str(m), version=1, compartment="L0", title="渠道", seq=m) for m in range(n)])
    engine.put([IndexDocument(id=str(n), version=1, compartment="L0", title="渠道", seq=n)])
    print(n, flush=True)
"""


@pytest.mark.requirement("F06")
def test_nothing_that_was_acknowledged_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    acknowledged = -1
    for rounds in range(4):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(tmp_path), str(acknowledged + 1)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None
        for line in child.stdout:
            acknowledged = int(line)
            if acknowledged >= 6 * (rounds + 1) + rounds:
                break
        os.kill(child.pid, signal.SIGKILL)
        acknowledged = max([acknowledged, *(int(line) for line in child.stdout if line.strip().isdigit())])
        child.stdout.close()
        child.wait()

        engine = EmbeddedEngine(tmp_path)
        held = {name for name, _ in engine.versions("L0")}
        engine.close()
        assert held >= {str(n) for n in range(acknowledged + 1)}


def test_of_very_many_that_score_alike_the_newest_come_first_and_pages_name_each_once() -> None:
    engine = EmbeddedEngine(None)
    engine.put([IndexDocument(f"r{n}", 1, "L0", "渠道协议", n) for n in range(150)])
    engine.put([IndexDocument(f"other{n}", 1, "L0", "别的", n) for n in range(150, 260)])
    engine.put([IndexDocument("best", 1, "L0", "渠道", 3)])
    scope, tree = Scope({"L0": None}), Words("渠道")
    seen: list[str] = []
    cursor = ""
    while len(seen) < 200:
        page = engine.search(SearchRequest(scope, tree, limit=7, cursor=cursor))
        assert page.total == 151
        seen += [hit.id for hit in page.hits]
        if not (cursor := page.next_cursor):
            break
    assert seen == ["best", *(f"r{n}" for n in reversed(range(150)))]
    engine.close()
