"""Sketches: copies are known by them, and what only looks like one is not."""

import io
import random

import pytest
from PIL import Image, ImageEnhance

from ingest import texts
from ingest.pictures import sketching
from ingest.port import Sketch
from search.port import Passage, Place
from tests.ingest import scans

CONTRACT = "\n".join(scans.CONTRACT)


def of(text: str, look: str = "") -> Sketch:
    found = sketching.sketch(texts.dump([Passage(Place("page", 1), text)]), look)
    assert found
    return found


def misread(text: str, share: float, seed: int = 1) -> str:
    """`text` as a scan with faults gives it: letters mistaken, blanks and signs lost."""
    chance = random.Random(seed)
    return "".join(
        "口" if letter.isalpha() and chance.random() < share else letter
        for letter in text.replace(" ", "").replace("：", ":")
    )


def alike(one: Sketch, other: Sketch) -> bool:
    found = bool(set(one.keys) & set(other.keys))
    same = sketching.same_words(one.words, other.words) >= sketching.SAME
    return found and same and sketching.same_numbers(one.numbers, other.numbers)


def test_two_scans_of_one_contract_are_alike_with_the_faults_of_both() -> None:
    for seed in range(20):
        assert alike(of(misread(CONTRACT, 0.01, seed)), of(misread(CONTRACT, 0.01, seed + 100)))


def test_another_contract_on_the_same_form_is_none() -> None:
    form = CONTRACT * 3
    other = (
        form.replace("QH-2024-0317", "QH-2025-0911")
        .replace("1,280,000", "760,500")
        .replace("384,000", "228,150")
    )
    other = other.replace("13800138000", "13911112222")
    assert sketching.same_words(of(form).words, of(other).words) > sketching.SAME
    assert not alike(of(form), of(other))


def test_another_text_shares_no_key() -> None:
    other = "市场部第三季度渠道巡查备忘，记录各门店窜货情况与整改期限，由区域经理逐条核对后报总部。" * 4
    assert not set(of(CONTRACT).keys) & set(of(other).keys)
    assert sketching.same_words(of(CONTRACT).words, of(other).words) < 0.2


def test_what_says_too_little_has_no_sketch_and_what_is_long_a_small_one() -> None:
    assert sketching.sketch(texts.dump([Passage(Place("page", 1), "第一页")])) is None
    assert sketching.sketch(b"") is None
    long = of("".join(chr(0x4E00 + random.Random(1).randrange(9000)) for _ in range(500)) * 100)
    assert (len(long.keys), len(long.words), long.characters) == (8, 192, sketching.LENGTH)


@pytest.mark.parametrize("kind", ["smaller", "packed", "brighter"])
def test_a_picture_is_known_by_its_look(kind: str) -> None:
    page = scans.photograph()
    other = {
        "smaller": page.resize((400, 300)),
        "packed": Image.open(io.BytesIO(scans.saved(page, "JPEG", quality=20))),
        "brighter": ImageEnhance.Brightness(page).enhance(1.2),
    }[kind]
    one, two = sketching.look_of(page), sketching.look_of(other)
    assert sketching.same_look(one, two)
    assert set(of(CONTRACT, one).keys) & set(of("别的文字" * 30, two).keys)


def test_another_picture_looks_otherwise_and_a_flat_one_like_nothing() -> None:
    looks = [sketching.look_of(scans.photograph(seed)) for seed in range(1, 9)]
    assert not any(sketching.same_look(one, other) for n, one in enumerate(looks) for other in looks[:n])
    assert sketching.look_of(Image.new("RGB", (300, 300), "teal")) == ""
    assert not sketching.same_look("", "")
