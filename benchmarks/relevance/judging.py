"""Judging: questions made from facts, each with the records that answer it and how well."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from benchmarks.relevance.corpus import Facts

EACH = 10
"""Questions of a class; every second one is held out."""

Test = Callable[[Facts], bool]


Made = tuple[str, Mapping[str, int]]
Make = Callable[[Sequence[Facts], random.Random], Made]


@dataclass(frozen=True)
class Asked:
    """A question of a class; `grades` are the records that answer: 3 is what was meant, 1 only mentions it."""

    kind: str
    text: str
    grades: Mapping[str, int]
    held_out: bool


def questions(records: Sequence[Facts], classes: Mapping[str, Make], seed: int = 11) -> list[Asked]:
    """All questions; the same seed gives the same."""
    found = []
    for kind, make in classes.items():
        chance = random.Random(f"{seed}{kind}")
        for number in range(EACH):
            text, grades = make(records, chance)
            found.append(Asked(kind, text, grades, held_out=number % 2 == 1))
    return found


def graded(records: Sequence[Facts], strong: Test, weak: Test | None = None) -> dict[str, int]:
    """3 for what was meant, 1 for what only mentions it."""
    grades = {fact.id: 1 for fact in records if weak and weak(fact)}
    return grades | {fact.id: 3 for fact in records if strong(fact)}


def one(make: Callable[[Facts], str], only: Test | None = None) -> Make:
    """A question that one record answers."""

    def made(records: Sequence[Facts], chance: random.Random) -> Made:
        fact = chance.choice([fact for fact in records if only is None or only(fact)])
        return make(fact), {fact.id: 3}

    return made


def many(
    make: Callable[[Facts], str], same: Sequence[str], only: Test | None = None, *, aside: bool = True
) -> Make:
    """A question that all records answer whose facts `same` are those of one; a mention in passing is weak."""

    def made(records: Sequence[Facts], chance: random.Random) -> Made:
        fact = chance.choice([fact for fact in records if only is None or only(fact)])

        def strong(other: Facts) -> bool:
            return all(getattr(other, name) == getattr(fact, name) for name in same)

        def weak(other: Facts) -> bool:
            rest = [name for name in same if name != "subject"]
            mentioned = other.aside == fact.subject and "subject" in same
            return aside and mentioned and all(getattr(other, name) == getattr(fact, name) for name in rest)

        return make(fact), graded(records, strong, weak)

    return made


def recent(make: Callable[[Facts], str], same: Sequence[str], today: date) -> Make:
    """A question that several records answer: those of the last twelve months are meant a little more."""

    def made(records: Sequence[Facts], chance: random.Random) -> Made:
        fact = chance.choice(records)
        alike = [one for one in records if all(getattr(one, name) == getattr(fact, name) for name in same)]
        return make(fact), {one.id: 3 if (today - one.day).days <= 365 else 2 for one in alike}

    return made


def person(make: Callable[[Facts], str]) -> Make:
    """A question for a person: whoever signs is meant, who is met is a mention."""

    def made(records: Sequence[Facts], chance: random.Random) -> Made:
        fact = chance.choice(records)
        return make(fact), graded(
            records, lambda other: other.person == fact.person, lambda other: other.visitor == fact.person
        )

    return made


def nothing(*texts: str) -> Make:
    """Questions that no record answers."""
    return lambda _, chance: (chance.choice(texts), {})
