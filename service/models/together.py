"""Writes that come at the same moment share one transaction: the price of durability is paid once for all of them."""

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from pymongo.errors import ConnectionFailure

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class _Call(Generic[Item, Answer]):
    """One caller's item on its way: an answer or a fault comes back."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.answer: Answer | None = None
        self.fault: Exception | None = None
        self.done = threading.Event()

    def outcome(self) -> Answer | Exception:
        return self.fault if self.fault is not None else self.answer  # type: ignore[return-value]


class Together(Generic[Item, Answer]):
    """Collects the items of concurrent callers and has them written in lots, one lot at a time.

    `write` gets a lot of at most `limit` items and returns an answer for each, or an exception for one that
    alone is refused. If it raises, the lot's items are written one by one, so that nobody suffers for another;
    only a lost connection hits all of them.
    A caller waits for its own item alone; nothing is delayed in the hope of company.
    """

    def __init__(
        self, write: Callable[[Sequence[Item]], Sequence[Answer | Exception]], *, limit: int
    ) -> None:
        self._write, self._limit = write, limit
        self._queue: list[_Call[Item, Answer]] = []
        self._lock = threading.Lock()
        self._writing = threading.Lock()

    def do(self, item: Item) -> Answer:
        """Write the item, with whatever else is there; return its answer or raise its fault."""
        call: _Call[Item, Answer] = _Call(item)
        with self._lock:
            self._queue.append(call)
        with self._writing:
            while not call.done.is_set():
                self._write_lot()
        if call.fault is not None:
            raise call.fault
        return call.answer  # type: ignore[return-value]

    def do_all(self, items: Sequence[Item]) -> list[Answer | Exception]:
        """Write the items, side by side as far as a lot reaches; for each its answer or its fault."""
        calls: list[_Call[Item, Answer]] = [_Call(item) for item in items]
        with self._lock:
            self._queue += calls
        with self._writing:
            while not all(call.done.is_set() for call in calls):
                self._write_lot()
        return [call.outcome() for call in calls]

    def _write_lot(self) -> None:
        with self._lock:
            lot, self._queue = self._queue[: self._limit], self._queue[self._limit :]
        try:
            self._answer(lot, self._write([call.item for call in lot]))
        except (
            ConnectionFailure
        ) as fault:  # whether the lot was written is unknown: trying again could double it
            self._answer(lot, [fault] * len(lot))
        except Exception as fault:  # noqa: BLE001  every caller gets what became of its own item
            if len(lot) == 1:
                self._answer(lot, [fault])
            else:
                self._one_by_one(lot)
        except BaseException as fault:
            self._answer(lot, [RuntimeError(f"the writer was interrupted: {fault!r}")] * len(lot))
            raise

    def _one_by_one(self, lot: Sequence[_Call[Item, Answer]]) -> None:
        for call in lot:
            try:
                self._answer([call], self._write([call.item]))
            except Exception as fault:  # noqa: BLE001  as above
                self._answer([call], [fault])

    @staticmethod
    def _answer(lot: Sequence[_Call[Item, Answer]], answers: Sequence[Answer | Exception]) -> None:
        for call, answer in zip(lot, answers, strict=True):
            if isinstance(answer, Exception):
                call.fault = answer
            else:
                call.answer = answer
            call.done.set()
