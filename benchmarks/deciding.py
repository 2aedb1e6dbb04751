"""What permission costs: one decision in the process, the filter of a search, and a hundred thousand grants beside it."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from benchmarks.figure import Figure, spread
from benchmarks.search_overhead import QUESTIONS, documents
from search.embedded.engine import EmbeddedEngine
from search.port import IndexDocument, Scope, SearchRequest
from search.question.query import parse
from service.domain.permissions import Act, Actor, Guarded, Role, department_term, grant_term, may

RECORDS, CHARACTERS = 2000, 800
DEPARTMENTS = [f"部门{number}" for number in range(10)]
GRANTS = 100_000
OWN = 200
"""Grants in force of the one who asks."""


def measure_decision() -> Figure:
    """`may` for a head of department with 20 circles and 200 grants, whom a 机密 record is open to by grant alone."""
    head = Actor(
        "u1",
        "u1",
        "u1",
        frozenset({Role.DEPT_HEAD, Role.STAFF}),
        frozenset(DEPARTMENTS[:3]),
        "circle:u1",
        circles=frozenset(f"circle:{number}" for number in range(20)),
        grants=frozenset(f"g{number}" for number in range(OWN)),
    )
    paper = Guarded("L2", core_secret=True, department="别处", grants=frozenset({"g7"}))
    taken = []
    for _ in range(50):
        started = time.process_time()
        for _ in range(200):
            may(head, Act.READ_CONTENT, paper)
        taken.append((time.process_time() - started) / 200)
    parts = f"20 circles, {OWN} grants; median of 50 rounds of 200"
    return Figure("decision", statistics.median(taken) * 1e6, " µs", "≤", 50, parts)


def measure_filter() -> Figure:
    """The same questions with a filter that lets everything pass, ÷ without one."""
    everything = frozenset(map(department_term, DEPARTMENTS))
    with_filter, without = _compared(everything, beside=None)
    parts = f"with {spread(with_filter)}, without {spread(without)}; {RECORDS:,} records"
    return Figure("filter", _ratio(with_filter, without), "", "≤", 1.15, parts)


def measure_grants() -> Figure:
    """A filter with 200 grants of one's own in an index that names 100,000, ÷ the same filter where it names only those
    200, in the same documents: what the others' cost."""
    everything = frozenset(map(department_term, DEPARTMENTS))
    own = everything | {grant_term(f"g{number}") for number in range(OWN)}
    many, alone = _compared(own, beside=own, grants=(GRANTS, OWN))
    parts = f"{GRANTS:,} grants {spread(many)}, one's own {OWN} alone {spread(alone)}"
    return Figure("grants", _ratio(many, alone), "", "≤", 1.1, parts)


def _ratio(first: list[float], second: list[float]) -> float:
    return statistics.median(one / other for one, other in zip(first, second, strict=True))


def _compared(
    terms: frozenset[str], *, beside: frozenset[str] | None, grants: tuple[int, int] = (0, 0)
) -> tuple[list[float], list[float]]:
    """Seconds of one question after the other, interleaved: with `terms` over an index that names so many grants, and
    with those `beside` over one that names the second number of them."""
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        one, other = EmbeddedEngine(Path(first)), EmbeddedEngine(Path(second))
        one.rebuild(_marked(grants[0]))
        other.rebuild(_marked(grants[1]))
        pair = ([], [])  # type: tuple[list[float], list[float]]
        for _ in range(9):
            for question in QUESTIONS:
                pair[0].append(_seconds(_search(one, question, terms)))
                pair[1].append(_seconds(_search(other, question, beside)))
        one.close()
        other.close()
    return pair[0][len(QUESTIONS) :], pair[1][len(QUESTIONS) :]


def _marked(grants: int) -> Iterator[IndexDocument]:
    each = GRANTS // RECORDS
    for number, document in enumerate(documents(RECORDS, CHARACTERS)):
        department = DEPARTMENTS[number % len(DEPARTMENTS)]
        held = [grant_term(f"g{n}") for n in range(number * each, (number + 1) * each) if n < grants]
        yield replace(document, department=department, access=(department_term(department), *held))


def _search(engine: EmbeddedEngine, question: str, terms: frozenset[str] | None) -> Callable[[], object]:
    request = SearchRequest(Scope({"L0": terms}), parse(question, date(2024, 7, 1)).tree, places=0)
    return lambda: engine.search(request)


def _seconds(work: Callable[[], object]) -> float:
    """Of processor, in all threads of this process: what else the machine does is no part of the cost."""
    started = time.process_time()
    work()
    return time.process_time() - started
