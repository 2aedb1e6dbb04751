"""nDCG@10 of every class on each engine: `python -m benchmarks.relevance [--elastic URL] [--misses CLASS]`."""

import argparse
import math
import statistics
import sys
import time
import uuid
from collections.abc import Mapping, Sequence

from benchmarks.relevance.corpus import COPY, TODAY, facts, with_copies
from benchmarks.relevance.judging import Asked, questions
from benchmarks.relevance.questions import CLASSES
from search.answering import ranking
from search.embedded.engine import EmbeddedEngine
from search.opening import open_engine
from search.port import Scope, SearchEngine, SearchRequest
from search.question.query import parse

SCOPE = Scope({"L0": None})
DEPTH = 10
WANTED = 0.95


def ndcg(found: Sequence[str], grades: Mapping[str, int]) -> float:
    """The gain of the first ten against the best possible ten; where nothing answers, 1.0 for finding nothing."""
    if not grades:
        return 0.0 if found else 1.0
    # a copy beside what is listed already is worth nothing
    bare = [record.removesuffix(COPY) for record in found]
    found = [record if record not in bare[:place] else "" for place, record in enumerate(bare)]
    best = sorted(grades.values(), reverse=True)[:DEPTH]
    return _gain([grades.get(record, 0) for record in found[:DEPTH]]) / _gain(best)


def _gain(grades: Sequence[int]) -> float:
    return sum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades))


def scores(engine: SearchEngine, asked: Sequence[Asked]) -> tuple[list[float], list[float]]:
    """nDCG@10 and seconds of each question."""
    points, seconds = [], []
    for question in asked:
        begin = time.perf_counter()
        tree = parse(question.text, TODAY).tree
        request = SearchRequest(SCOPE, tree, limit=DEPTH, facets=(), places=0, today=TODAY, fold=True)
        found = engine.search(request).hits
        seconds.append(time.perf_counter() - begin)
        points.append(ndcg([hit.id for hit in found], question.grades))
    return points, seconds


def main() -> int:
    """Print the table; 1 if the held-out half of an engine is below what is wanted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--elastic", help="address of an Elasticsearch to measure too")
    parser.add_argument("--misses", help="show what was found for the questions of a class that lose points")
    parser.add_argument(
        "--weight", action="append", default=[], help="NAME=VALUE of search.answering.ranking; RECENT=FACTOR"
    )
    arguments = parser.parse_args()
    for changed in arguments.weight:
        _weigh(*changed.split("=", 1))
    records = facts()
    asked = questions(records, CLASSES)
    engines: dict[str, SearchEngine] = {"embedded": EmbeddedEngine(None)}
    if arguments.elastic:
        engines["elastic"] = open_engine(f"{arguments.elastic}?prefix=relevance-{uuid.uuid4().hex[:8]}")
    measured = {}
    for name, engine in engines.items():
        engine.put(with_copies(records))
        measured[name] = scores(engine, asked)
        if arguments.misses:
            _show_misses(engine, asked, measured[name][0], arguments.misses)
    lowest = _print(asked, measured)
    for engine in engines.values():
        engine.rebuild([])
        engine.close()
    return 0 if lowest >= WANTED else 1


def _weigh(name: str, value: str) -> None:
    """Another weight for this run: its effect is the difference of the tables."""
    weight = getattr(ranking, name)
    factor = float(value)
    changed = {key: one * factor for key, one in weight.items()} if name == "RECENT" else factor
    setattr(ranking, name, changed)


def _print(asked: Sequence[Asked], measured: Mapping[str, tuple[Sequence[float], Sequence[float]]]) -> float:
    kinds = list(dict.fromkeys(question.kind for question in asked))
    columns = [(name, held) for name in measured for held in (False, True)]
    _line("class", *(f"{name}, {'held out' if held else 'tuned'}" for name, held in columns))
    _line(*["---"] * (len(columns) + 1))
    means: dict[tuple[str, bool], list[float]] = {column: [] for column in columns}
    for kind in kinds:
        for name, held in columns:
            points = measured[name][0]
            of_kind = [p for p, q in zip(points, asked, strict=True) if q.kind == kind and q.held_out == held]
            means[name, held].append(statistics.mean(of_kind))
        _line(kind, *(f"{means[column][-1]:.3f}" for column in columns))
    _line("**macro**", *(f"**{statistics.mean(means[column]):.3f}**" for column in columns))
    for name, (_, seconds) in measured.items():
        sys.stdout.write(
            f"{name}: {len(asked)} questions, median {statistics.median(seconds) * 1000:.1f} ms\n"
        )
    return min(statistics.mean(means[column]) for column in columns if column[1])


def _line(*cells: str) -> None:
    sys.stdout.write(f"| {' | '.join(cells)} |\n")


def _show_misses(engine: SearchEngine, asked: Sequence[Asked], points: Sequence[float], kind: str) -> None:
    for question, point in zip(asked, points, strict=True):
        if question.kind == kind and point < 1 and not question.held_out:
            tree = parse(question.text, TODAY).tree
            result = engine.search(SearchRequest(SCOPE, tree, limit=DEPTH, places=0, today=TODAY))
            sys.stdout.write(
                f"{point:.2f} {question.text} ({len(question.grades)} answer, {result.total} found"
            )
            sys.stdout.write(f", {result.widened or 'exact'}, {result.did_you_mean})\n")
            for hit in result.hits[:5]:
                grade = question.grades.get(hit.id, 0)
                sys.stdout.write(f"    {grade} {hit.id} {hit.score:.1f} {hit.title.text}\n")


if __name__ == "__main__":
    sys.exit(main())
