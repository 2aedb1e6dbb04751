"""Renditions that are made while a file is read, and how they leave the cell."""

import io
from collections.abc import Callable

from PIL import Image

from ingest.draft import Made
from ingest.pictures.renditions import SIZES, packed, unpacked
from ingest.tasks.extract import Finding
from tests.ingest import samples
from tests.ingest.conftest import Workplace

Read = Callable[..., Finding]


def test_a_page_comes_in_three_sizes(read: Read) -> None:
    known = read(samples.pdf_file(), "手册.pdf")
    large = Image.open(io.BytesIO(known.preview))
    assert large.height > 1000
    for name, (width, height) in SIZES.items():
        picture = Image.open(io.BytesIO(known.renditions[name].data))
        assert picture.width == width or picture.height == height
        assert picture.width <= width
    assert known.renditions["small"].media_type == known.preview_type == "image/jpeg"


def test_a_small_picture_is_its_own_thumbnail(read: Read) -> None:
    known = read(samples.image_file("PNG", (200, 120)), "章.png")
    assert known.preview
    assert known.renditions == {}


def test_what_a_cell_claims_is_cut_out_only_as_far_as_it_goes() -> None:
    listed, blob = packed(
        b"preview", {"small": Made("image/jpeg", b"1234"), "strip": Made("image/png", b"56")}
    )
    assert unpacked(listed, blob) == (
        b"preview",
        {"small": Made("image/jpeg", b"1234"), "strip": Made("image/png", b"56")},
    )
    assert unpacked([["small", "image/jpeg", 99]], b"short") == (b"", {})
    assert unpacked([["small", "text/html", 2], "x", ["pages", "image/jpeg", 1], [1, 2, -3]], b"abcd") == (
        b"a",
        {},
    )


def test_the_sizes_are_objects_of_the_file(workplace: Workplace) -> None:
    workplace.worker.process(workplace.offer(samples.pdf_file(), "手册.pdf"))
    outcome = workplace.ledger.rows["f1"].outcome
    assert outcome is not None
    assert set(outcome.renditions) == {"small", "medium"}
    for one in outcome.renditions.values():
        assert b"".join(workplace.store.open(one.key)).startswith(b"\xff\xd8")
