"""Concurrent writes share a transaction, and nobody suffers for another."""

import threading
from collections.abc import Sequence

import pytest
from pymongo.errors import AutoReconnect

from service.models.together import Together


class Writer:
    """Notes its lots; the first one waits until `go` so that others gather."""

    def __init__(self) -> None:
        self.lots: list[list[int]] = []
        self.go = threading.Event()
        self.began = threading.Event()

    def __call__(self, items: Sequence[int]) -> Sequence[int | Exception]:
        self.began.set()
        assert self.go.wait(180)
        self.lots.append(list(items))
        if 13 in items:
            raise ValueError("unlucky")
        if 14 in items:
            raise AutoReconnect("gone")
        return [KeyError(item) if item == 4 else item * 10 for item in items]


def run(together: Together[int, int], writer: Writer, items: list[int]) -> dict[int, object]:
    answers: dict[int, object] = {}

    def do(item: int) -> None:
        try:
            answers[item] = together.do(item)
        except (KeyError, ValueError, AutoReconnect) as fault:
            answers[item] = type(fault)

    threads = [threading.Thread(target=do, args=(items[0],))]
    threads[0].start()
    assert writer.began.wait(180)
    threads += [threading.Thread(target=do, args=(item,)) for item in items[1:]]
    for thread in threads[1:]:
        thread.start()
    while len(together._queue) < len(items) - 1:
        pass
    writer.go.set()
    for thread in threads:
        thread.join()
    return answers


def test_what_gathers_while_a_lot_is_written_is_one_lot() -> None:
    writer = Writer()
    together = Together(writer, limit=50)
    assert run(together, writer, [1, 2, 3, 5]) == {1: 10, 2: 20, 3: 30, 5: 50}
    assert [sorted(lot) for lot in writer.lots] == [[1], [2, 3, 5]]


def test_a_lot_has_a_limit() -> None:
    writer = Writer()
    run(Together(writer, limit=2), writer, [1, 2, 3, 5, 6])
    assert [len(lot) for lot in writer.lots] == [1, 2, 2]


def test_one_that_is_refused_does_not_harm_the_others() -> None:
    writer = Writer()
    assert run(Together(writer, limit=50), writer, [1, 4, 5]) == {1: 10, 4: KeyError, 5: 50}


def test_one_that_breaks_the_lot_is_found_out_alone() -> None:
    writer = Writer()
    assert run(Together(writer, limit=50), writer, [1, 13, 5]) == {1: 10, 13: ValueError, 5: 50}


def test_a_fault_of_a_single_item_is_raised() -> None:
    writer = Writer()
    writer.go.set()
    with pytest.raises(ValueError, match="unlucky"):
        Together(writer, limit=50).do(13)


def test_a_lost_connection_hits_all_and_is_not_tried_again() -> None:
    writer = Writer()
    answers = run(Together(writer, limit=50), writer, [1, 14, 5])
    assert answers == {1: 10, 14: AutoReconnect, 5: AutoReconnect}
    assert len(writer.lots) == 2


def test_several_items_of_one_caller_are_each_answered() -> None:
    def write(lot: Sequence[int]) -> Sequence[int | Exception]:
        if len(lot) > 3:
            raise AssertionError("more than a lot")
        return [ValueError(item) if item == 4 else item * 10 for item in lot]

    answers = Together(write, limit=3).do_all(range(1, 6))
    assert [answer if isinstance(answer, int) else str(answer) for answer in answers] == [10, 20, 30, "4", 50]
