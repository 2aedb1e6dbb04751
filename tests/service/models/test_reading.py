"""Windows, slots and numbers."""

import threading
from datetime import UTC, datetime

import pytest

from service.domain.lifecycle import place_in
from service.models import Record
from service.models.archive import SLOTS
from service.models.reading import (
    KEYS,
    Numbers,
    Slots,
    Windows,
    ascending,
    by_key,
    counter,
    counts,
    falling,
    keyed,
    newest,
)

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def enter(*numbers: int, **more: object) -> None:
    rows = [Record(id=f"r{n}", seq=n, title="x", created_at=NOW, updated_at=NOW, **more) for n in numbers]
    Record.objects.insert(rows, load_bulk=False)


def seqs(rows: list[Record]) -> list[int]:
    return [row.seq for row in rows]


def test_newest_crosses_windows_and_gaps(database: None) -> None:
    enter(1, 2, 3, 900, 5000)
    assert seqs(newest(Record, below=5001, limit=3)) == [5000, 900, 3]
    assert seqs(newest(Record, below=900, limit=10)) == [3, 2, 1]
    assert newest(Record, below=1, limit=10) == []


def test_newest_meets_conditions(database: None) -> None:
    enter(1, 2, category="HT")
    enter(3, 4, category="KH")
    assert seqs(newest(Record, below=5, limit=10, category="HT")) == [2, 1]


def test_ascending_reads_everything_once(database: None) -> None:
    enter(*range(1, 420, 3))
    assert seqs(list(ascending(Record, number="seq", highest=419))) == list(range(1, 420, 3))


def test_by_key(database: None) -> None:
    enter(1)
    assert by_key(Record, id="r1").seq == 1
    assert by_key(Record, id="r2") is None


@pytest.mark.parametrize("slots", [[0], [SLOTS - 1], [7] * 500, list(range(0, SLOTS, 131))])
def test_slots_find_everything_wherever_it_waits(database: None, slots: list[int]) -> None:
    for n, slot in enumerate(slots, start=1):
        Record(id=f"r{n}", seq=n, title="x", created_at=NOW, updated_at=NOW, index_slot=slot).save(
            force_insert=True
        )
    waiting = Slots(Record, "index_slot", want=50)
    found = 0
    while rows := waiting.read():
        found += len(rows)
        Record.objects(id__in=[row.id for row in rows]).update(unset__index_slot=1)
    assert found == len(slots)


def test_numbers_are_never_given_twice(database: None) -> None:
    taken: list[int] = []
    makers = [Numbers("n", block=3), Numbers("n", block=3)]

    def take(numbers: Numbers) -> None:
        for _ in range(20):
            taken.append(numbers.take())  # noqa: PERF401  every take counts by itself

    threads = [threading.Thread(target=take, args=(numbers,)) for numbers in makers for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(set(taken))
    assert len(taken) == 120
    assert max(taken) <= counter("n")


def test_many_keys_are_read_in_lots(database: None) -> None:
    enter(*range(1, 2 * KEYS + 10))
    keys = [f"r{n}" for n in range(1, 2 * KEYS + 20)]
    assert sorted(seqs(keyed(Record, keys))) == list(range(1, 2 * KEYS + 10))
    plain = keyed(Record, [3, 5, 7], field="seq", only=("title",), id__ne="r5")
    assert sorted(row["_id"] for row in plain) == ["r3", "r7"]
    assert set(plain[0]) == {"_id", "title"}
    assert keyed(Record, []) == []


def test_windows_go_over_texts_that_hold_a_number(database: None) -> None:
    for seq, queue in ((3, "a"), (40, "b"), (700, "a"), (9000, "a")):
        enter(seq, turn=place_in(queue, seq))
    windows = Windows(growth=8, key=lambda seq: place_in("a", seq))
    rows = falling(Record, number="turn", below=9000, only=("seq",), windows=windows)
    assert [row["seq"] for row in rows] == [700, 3]


def test_rare_values_are_counted(database: None) -> None:
    enter(1, 2, waits=1)
    enter(3, life="archived")
    assert counts(Record, "life", ("draft", "archived", "x")) == {"draft": 2, "archived": 1, "x": 0}
