"""Reading: ranges at their edges, iterators that end right and close."""

from io import BytesIO

import pytest

from storage.port import CHUNK, RangeUnsatisfiable, StoreUnavailable
from storage.reading import ObjectReader, span


@pytest.mark.parametrize(
    ("size", "start", "end", "meant"),
    [
        (10, 0, None, (0, 10)),
        (10, 3, 5, (3, 5)),
        (10, 9, 99, (9, 10)),
        (10, 4, 4, (4, 4)),
        (0, 0, None, (0, 0)),
        (0, 0, 7, (0, 0)),
    ],
)
def test_a_range_is_cut_to_the_object(size, start, end, meant):
    assert span(size, start, end) == meant


@pytest.mark.parametrize(
    ("size", "start", "end"),
    [(10, 10, None), (10, 11, 12), (10, -1, None), (10, 5, 4), (0, 1, None), (10, 10, 10)],
)
def test_a_range_outside_is_refused(size, start, end):
    with pytest.raises(RangeUnsatisfiable):
        span(size, start, end)


class Closings:
    def __init__(self):
        self.count = 0

    def __call__(self):
        self.count += 1


def test_chunks_are_bounded_and_the_source_is_closed_once():
    closings, data = Closings(), BytesIO(b"x" * (2 * CHUNK + 1))
    reader = ObjectReader(data.read, closings, 2 * CHUNK + 1)
    assert [len(chunk) for chunk in reader] == [CHUNK, CHUNK, 1]
    reader.close()
    assert list(reader) == []
    del reader
    assert closings.count == 1


def test_a_reader_does_not_read_behind_its_length():
    assert b"".join(ObjectReader(BytesIO(b"0123456789").read, Closings(), 4)) == b"0123"


@pytest.mark.requirement("F12")
def test_missing_bytes_are_a_fault_and_no_end():
    closings = Closings()
    reader = ObjectReader(BytesIO(b"0123").read, closings, 5)
    assert next(reader) == b"0123"
    with pytest.raises(StoreUnavailable, match="1 bytes early"):
        next(reader)
    assert closings.count == 1


def test_a_fault_while_reading_closes():
    def broken(limit):
        raise StoreUnavailable("gone")

    closings = Closings()
    with pytest.raises(StoreUnavailable):
        next(ObjectReader(broken, closings, 5))
    assert closings.count == 1


def test_a_forgotten_reader_closes():
    closings = Closings()
    ObjectReader(BytesIO(b"0123").read, closings, 4)
    assert closings.count == 1
