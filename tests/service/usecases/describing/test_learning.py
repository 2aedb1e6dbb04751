"""Learning over real records: what is accepted teaches, what is strict does not, and a guess names its ground."""

import random
from collections.abc import Callable
from datetime import timedelta

from service.domain.holdings import Description
from service.domain.permissions import Actor
from service.models import Learning, Record
from service.usecases.describing.learning import AGAIN, FRESH, LOT
from service.wiring import Fonds
from tests.conftest import Clock
from tests.service.domain.test_learning import WORDS, text_of
from tests.service.usecases.describing.test_suggesting import arrived, offered

Settle = Callable[[], None]


def learn(fonds: Fonds) -> int:
    count = 0
    while done := fonds.suggesting.learning.tend():
        count += done
    return count


def test_what_others_put_where_is_proposed_with_its_ground_and_how_often_it_is_right(
    fonds: Fonds, archivist: Actor, marketer: Actor, clock: Clock, settle: Settle
) -> None:
    chance = random.Random(1)
    for number in range(5 * LOT):
        code = sorted(WORDS)[number % 3]
        said = Description(title=text_of(code, chance)[:300], category=code)
        made = fonds.records.create(archivist, said)
        Record.objects(id=made.id).update_one(set__inbox=False, set__secrecy="L3" if number < 7 else "L0")
    # what is of market research is a core secret by its category: it teaches nothing either
    teaching = {"secrecy__in": ["L0", "L1"], "core_secret": False}
    assert learn(fonds) == Record.objects(**teaching).count() == Record.objects(category__ne="SC").count() - 5
    assert fonds.suggesting.learning.tend() == 0
    record = arrived(fonds, marketer, text_of("HD", chance), name="a.txt")
    settle()
    clock.advance(seconds=FRESH.total_seconds() + 1)
    found = offered(fonds, marketer, record)["category"]
    assert (found.value, found.reason) == ("HD", "learned")
    assert 0.9 <= found.confidence < 1
    assert any(sign in "".join(WORDS["HD"]) for sign in found.evidence.quote)
    # once a day it is learned anew
    clock.advance(seconds=(AGAIN + timedelta(seconds=1)).total_seconds())
    assert learn(fonds) >= 3 * LOT
    assert len(bytes(Learning.objects(id="now").first().data)) < 100_000


def test_nothing_learned_says_nothing(fonds: Fonds, marketer: Actor, settle: Settle) -> None:
    record = arrived(fonds, marketer, text_of("HD", random.Random(2)), name="a.txt")
    assert learn(fonds) == 0
    settle()
    assert "category" not in offered(fonds, marketer, record)
