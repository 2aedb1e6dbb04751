"""One process keeps house; a chore that fails is tried again."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from search.port import SearchUnavailable
from service.housekeeping import TERM, Chore, Housekeeping

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def until(condition: Callable[[], bool], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


class Kept:
    """A housekeeping that runs in a thread for the length of a test."""

    def __init__(self, work: Callable[[], int], *, alone: bool = False, now: datetime = NOW) -> None:
        self.house = Housekeeping((Chore("chore", work, 0.01),), lambda: now, alone=alone)
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.house.run, args=(self.stop,))

    def __enter__(self) -> "Kept":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join(180)
        assert not self.thread.is_alive()


def test_only_one_process_keeps_house(database: None) -> None:
    first: list[int] = []
    second: list[int] = []
    with Kept(lambda: first.append(1) or 0):  # type: ignore[func-returns-value]
        assert until(lambda: bool(first))
        with Kept(lambda: second.append(1) or 0):  # type: ignore[func-returns-value]
            seen = len(first)
            assert until(lambda: len(first) > seen + 20)
            assert not second


def test_another_process_takes_over_when_the_lease_is_given_back_or_runs_out(database: None) -> None:
    done: list[int] = []
    with Kept(lambda: 0):
        pass
    with Kept(lambda: done.append(1) or 0):  # type: ignore[func-returns-value]
        assert until(lambda: bool(done))
        later: list[int] = []
        with Kept(lambda: later.append(1) or 0, now=NOW + TERM + timedelta(seconds=1)):  # type: ignore[func-returns-value]
            assert until(lambda: bool(later))


def test_a_failing_chore_is_tried_again(database: None) -> None:
    calls: list[int] = []

    def work() -> int:
        calls.append(1)
        if len(calls) == 1:
            raise SearchUnavailable("away")
        return 0

    with Kept(work, alone=True):
        assert until(lambda: len(calls) > 2)


def test_once_goes_on_until_nothing_is_left(database: None) -> None:
    left = [3, 2, 1]
    house = Housekeeping((Chore("chore", lambda: left.pop() if left else 0, 1),), lambda: NOW)
    house.once()
    assert not left
