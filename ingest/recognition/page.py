"""One page from pixels to lines: which way up, what a seal covers, which lines count."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.recognition.lines import Line
from ingest.recognition.models import Corners, Models, Pixels, Said, cut, stands

Mask = NDArray[np.bool_]

SIDE = 1280
"""Pixels of the longer side at which text is looked for; it is read at full size."""
_GLANCE = 736
_SCORE = 0.5
"""Below this a line is not text."""
_PICTURE_SCORE = 0.65
"""The same in photographs and films, where folds and leaves look like single letters too."""
_SURE = 0.8
"""Mean score of a few long lines above which the page stands upright."""
_TRIAL = 6
_RED_SHARE = 0.0008
"""Share of red pixels above which a page may bear a seal."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a page: lines in the pixels of the page turned by `turns` quarters to the left."""

    lines: Sequence[Line]
    width: int
    height: int
    turns: int = 0
    seals: int = 0
    """Round red stamps."""


@dataclass(frozen=True, slots=True)
class _Found:
    corners: Corners
    said: Said


def read_page(models: Models, picture: Pixels, *, glance: bool = False, turns: int | None = None) -> Reading:
    """The lines of text on `picture`, in no order, whichever way up it is, or as `turns` quarters to the left bring it.

    With `glance` a quick look decides first whether there is any: most photographs have none.
    """
    reader = _Reader(models)
    boxes = models.find(picture, SIDE) if not glance or models.find(picture, _GLANCE) else []
    turns = _turns(reader, picture, boxes) if turns is None else turns % 4
    if turns:
        picture = np.ascontiguousarray(np.rot90(picture, turns))
        boxes = models.find(picture, SIDE)
        reader.known.clear()
    red = _red(picture)
    found = reader.under_seals(picture, boxes, red) if red is not None else reader.all(picture, boxes)
    height, width = picture.shape[:2]
    least, short = (_PICTURE_SCORE, 2) if glance else (_SCORE, 1)
    lines = [_line(one) for one in found if one.said.score >= least and len(one.said.text.strip()) >= short]
    return Reading(lines, width, height, turns, _seals(red) if red is not None else 0)


class _Reader:
    """Reads boxes of one page, none of them twice."""

    def __init__(self, models: Models) -> None:
        self._models = models
        self.known: dict[bytes, Said] = {}

    def one(self, picture: Pixels, box: Corners) -> _Found:
        """What stands in a box of the page as it is."""
        key = box.tobytes()
        if key not in self.known:
            self.known[key] = self._models.read(cut(picture, box))
        return _Found(box, self.known[key])

    def all(self, picture: Pixels, boxes: Sequence[Corners]) -> list[_Found]:
        """What stands in each box."""
        return [self.one(picture, box) for box in boxes]

    def upside_down(self, picture: Pixels, box: Corners) -> float:
        """How sure the reading of a box is when it is turned by half."""
        return self._models.read(np.ascontiguousarray(np.rot90(cut(picture, box), 2))).score

    def under_seals(self, picture: Pixels, boxes: Sequence[Corners], red: Mask) -> list[_Found]:
        """In the red channel a red seal is as white as the paper: what it covers is read there, red print as it is."""
        plain = [box for box in boxes if not _touches(box, red)]
        covered = [box for box in boxes if _touches(box, red)]
        if not covered:
            return self.all(picture, plain)
        channel = np.repeat(picture[:, :, 2:3], 3, axis=2)
        beneath = [box for box in self._models.find(channel, SIDE) if _touches(box, red)]
        found = self.all(picture, plain)
        found += [_Found(box, self._models.read(cut(channel, box))) for box in beneath]
        for one in self.all(picture, covered):
            rivals = [other for other in found if _overlap(one.corners, other.corners) > 0.3]
            if not rivals and one.said.score > _SURE:  # red print, or the words of the seal itself
                found.append(one)
        return found


def _turns(reader: _Reader, picture: Pixels, boxes: Sequence[Corners]) -> int:
    """Quarters to the left that bring the page upright: the direction of most boxes, then the better reading."""
    if not boxes:
        return 0
    lying = sum(map(stands, boxes)) > 0.6 * len(boxes)
    longest = sorted(boxes, key=cv2.contourArea, reverse=True)[:_TRIAL]
    # standing lines are laid down by a quarter to the left
    upright = sum(reader.one(picture, box).said.score for box in longest) / len(longest)
    if upright >= _SURE and not lying:
        return 0
    turned = sum(reader.upside_down(picture, box) for box in longest) / len(longest)
    if lying:
        if max(upright, turned) < _SCORE:  # signs that stand upright one below the other
            return 0
        return 1 if upright >= turned else 3
    return 2 if turned > upright + 0.1 else 0


def _red(picture: Pixels) -> Mask | None:
    """Where the page is red, None if that is next to nowhere or nearly everywhere."""
    blue, green, red = (picture[:, :, channel].astype(np.int16) for channel in range(3))
    mask = (red - np.maximum(green, blue) > 50) & (red > 110)
    share = float(mask.mean())
    return mask if _RED_SHARE < share < 0.3 else None


def _touches(box: Corners, red: Mask) -> bool:
    left, top = np.floor(box.min(axis=0)).astype(int)
    right, bottom = np.ceil(box.max(axis=0)).astype(int) + 1
    return bool(red[max(0, top) : bottom, max(0, left) : right].mean() > 0.005)


def _overlap(one: Corners, other: Corners) -> float:
    """Shared share of the smaller of two boxes, taken as upright ones."""
    low, high = np.maximum(one.min(axis=0), other.min(axis=0)), np.minimum(one.max(axis=0), other.max(axis=0))
    shared = float(np.prod(np.maximum(high - low, 0)))
    smaller = min(float(np.prod(np.ptp(box, axis=0))) for box in (one, other))
    return shared / max(1.0, smaller)


def _seals(red: Mask) -> int:
    """Red regions that are about as wide as high, ring-like in outline, and of a stamp's size on the page."""
    height, width = red.shape
    scale = 800 / max(height, width)
    small = cv2.resize(
        red.astype(np.uint8),
        (max(1, round(width * scale)), max(1, round(height * scale))),
        interpolation=cv2.INTER_AREA,
    )
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    outlines, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return sum(_round(outline) for outline in outlines)


def _round(outline: NDArray[Any]) -> bool:
    _, _, width, height = cv2.boundingRect(outline)
    if not 50 < max(width, height) < 300 or not 0.6 < width / height < 1.7:
        return False
    hull = cv2.convexHull(outline)
    area, length = cv2.contourArea(hull), cv2.arcLength(hull, closed=True)
    return bool(4 * math.pi * area / (length * length) > 0.85)


def _line(one: _Found) -> Line:
    """A found line along its own direction: a turned box around its middle."""
    corners = one.corners
    x, y = corners.mean(axis=0)
    across, down = corners[1] - corners[0], corners[3] - corners[0]
    width, height = float(np.hypot(*across)), float(np.hypot(*down))
    return Line(
        one.said.text,
        round(one.said.score, 3),
        float(x) - width / 2,
        float(y) - height / 2,
        float(x) + width / 2,
        float(y) + height / 2,
        one.said.middles,
        math.atan2(float(across[1]), float(across[0])),
    )
