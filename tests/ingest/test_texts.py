"""The text object: what is dumped is loaded, in whatever pieces it arrives; nothing else is believed."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.texts import BadText, Box, dump, load, load_boxed, spots
from search.port import Passage, Place

PASSAGES = [
    Passage(Place("page", 1), "渠道\n下沉"),
    Passage(Place("sheet", 2, "预算表"), 'a\tb\n"引号" \\ \u2028'),
    Passage(Place("line", 777), "\U00020bb7野家"),
]


@given(st.integers(min_value=1, max_value=200))
def test_what_is_dumped_is_loaded_in_pieces_of_any_size(size: int) -> None:
    data = dump(PASSAGES)
    assert list(load(data[at : at + size] for at in range(0, len(data), size))) == PASSAGES


def test_the_same_passages_give_the_same_bytes() -> None:
    assert dump(PASSAGES) == dump(PASSAGES)


def test_passages_come_while_the_object_is_still_arriving() -> None:
    data = dump([*PASSAGES, Passage(Place("line", 1000), "x" * 3_000_000)])

    def arriving():  # type: ignore[no-untyped-def]
        yield data[: len(data) // 2]
        raise ConnectionError

    assert next(load(arriving())) == PASSAGES[0]


def test_boxes_are_kept_beside_the_passages_that_have_them() -> None:
    box = Box(3, (1, 2, 3, 4, 5, 6, 7, 10_000), (100, 9900))
    data = dump(PASSAGES, {1: [box, box]})
    assert [(passage, list(boxes)) for passage, boxes in load_boxed([data])] == [
        (PASSAGES[0], []),
        (PASSAGES[1], [box, box]),
        (PASSAGES[2], []),
    ]
    assert list(load([data])) == PASSAGES


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not gzip",
        dump(PASSAGES)[:-20],
        gzip.compress(b'{"version": 2}\n'),
        gzip.compress(b'{"version": 1}\n[1, 2]\n'),
        gzip.compress(b'{"version": 1}\n["page", 1, "", "x", [[0, [1, 2], []]]]\n'),
        gzip.compress(b"[]\n"),
    ],
    ids=["empty", "no gzip", "cut", "version", "row", "box", "head"],
)
def test_damaged_objects_are_refused(data: bytes) -> None:
    with pytest.raises(BadText):
        list(load([data]))


@pytest.mark.requirement("B01")
def test_an_object_that_unpacks_without_end_is_refused() -> None:
    bomb = gzip.compress(json.dumps({"version": 1}).encode() + b"\n" + b" " * 200_000_000)
    with pytest.raises(BadText, match="too large"):
        list(load([bomb]))


def test_where_characters_stand_on_a_page() -> None:
    upright = Box(3, (1000, 500, 5000, 500, 5000, 900, 1000, 900), (1250, 3750, 6250, 8750))
    below = Box(8, (1000, 1000, 2000, 1000, 2000, 1400, 1000, 1400), (5000,))
    assert spots([upright, below], 4, 6) == [(2000, 500, 2000, 400)]
    assert spots([upright, below], 0, 20) == [(1000, 500, 4000, 400), (1000, 1000, 1000, 400)]
    assert spots([upright, below], 0, 3) == []


def test_where_characters_stand_on_a_page_that_lies_on_its_side() -> None:
    standing = Box(0, (500, 9000, 500, 5000, 900, 5000, 900, 9000), (2500, 7500))
    assert spots([standing], 0, 1) == [(500, 7000, 400, 2000)]
