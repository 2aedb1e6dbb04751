"""The two networks: where text stands in a picture, and what a line of it says."""

import importlib.util
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""A picture as rows × columns × (blue, green, red)."""
Corners = NDArray[np.float32]
"""Four corners of a box, clockwise from the top left of its text, in pixels."""

_FINDER, _READER = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
_INK = 0.3
"""Value of the map above which a point belongs to text."""
_SURE = 0.45
"""Mean value of a box above which it is one."""
_UNCLIP = 1.7
"""How far a found core is widened to the whole line, as share of its area over its length."""
_MOST_BOXES = 1500
_HEIGHT = 48
"""Height of a line in pixels as the reader wants it."""
_WIDEST = 64
"""Width of a line over its height beyond which it is squeezed."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a line says: its text, how sure that is (0 to 1), where each character's middle stands (0 to 1)."""

    text: str
    score: float
    middles: Sequence[float]


class Models:
    """Both networks, loaded once; one thread. Needs about 300 MB and, while it works, as much again."""

    def __init__(self) -> None:
        cv2.setNumThreads(1)
        self._finder = _session(_FINDER)
        self._reader = _session(_READER)
        # 0 is "nothing here"; the models' list leaves out the space, which comes last
        letters = self._reader.get_modelmeta().custom_metadata_map["character"].splitlines()
        self._letters = ["", *letters, " "]
        self._finder_input = self._finder.get_inputs()[0].name
        self._reader_input = self._reader.get_inputs()[0].name

    def find(self, picture: Pixels, side: int) -> list[Corners]:
        """Boxes of the lines of text in `picture`, which is looked at with its longer side at most `side` pixels."""
        height, width = picture.shape[:2]
        scale = min(1.0, side / max(height, width))
        size = [max(32, round(length * scale / 32) * 32) for length in (width, height)]
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        blob = ((small.astype(np.float32) / 255 - 0.5) / 0.5).transpose(2, 0, 1)[np.newaxis]
        ink = self._finder.run(None, {self._finder_input: np.ascontiguousarray(blob)})[0][0, 0]
        factors = np.array([width / size[0], height / size[1]], np.float32)
        return [_ordered(box * factors, width, height) for box in _boxes(ink)]

    def read(self, line: Pixels) -> Said:
        """What a `line` (cut out upright) says. One at a time: lots need padding, more memory and more time."""
        width = max(_HEIGHT, round(_HEIGHT * min(line.shape[1] / max(1, line.shape[0]), _WIDEST)))
        fitted = cv2.resize(line, (width, _HEIGHT))
        blob = ((fitted.astype(np.float32) / 255 - 0.5) / 0.5).transpose(2, 0, 1)[np.newaxis]
        return self._spelt(self._reader.run(None, {self._reader_input: np.ascontiguousarray(blob)})[0][0])

    def _spelt(self, guess: NDArray[np.float32]) -> Said:
        """The best path through a line's guesses: repeated letters are one, nothing between them parts them."""
        best = guess.argmax(axis=1)
        kept = np.flatnonzero((best != 0) & (np.concatenate(([True], best[1:] != best[:-1]))))
        if not len(kept):
            return Said("", 0.0, ())
        text = "".join(self._letters[best[index]] for index in kept)
        return Said(
            text,
            float(guess[kept, best[kept]].mean()),
            [(float(index) + 0.5) / len(best) for index in kept],
        )


def cut(picture: Pixels, corners: Corners) -> Pixels:
    """The line inside `corners` as an upright picture; one that stands on end is laid on its left side."""
    width = max(1, round(max(_distance(corners, 0, 1), _distance(corners, 3, 2))))
    height = max(1, round(max(_distance(corners, 0, 3), _distance(corners, 1, 2))))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    turn = cv2.getPerspectiveTransform(corners, target)
    line = cv2.warpPerspective(
        picture, turn, (width, height), borderMode=cv2.BORDER_REPLICATE, flags=cv2.INTER_CUBIC
    )
    return _pixels(np.rot90(line) if stands(corners) else line)


def stands(corners: Corners) -> bool:
    """Whether a box is much higher than wide."""
    return _distance(corners, 0, 3) >= 1.5 * _distance(corners, 0, 1)


def _session(name: str) -> Any:
    # it starts a thread, and the walls of a cell must stand before a second one exists
    import onnxruntime  # type: ignore[import-untyped]  # noqa: PLC0415

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    found = importlib.util.find_spec("rapidocr")
    (folder,) = (found and found.submodule_search_locations) or ("",)
    path = Path(folder, "models", name)
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _boxes(ink: NDArray[np.float32]) -> Iterator[Corners]:
    """Boxes around connected text in the detector's map, in the map's own pixels."""
    mask = cv2.dilate((ink > _INK).astype(np.uint8), np.ones((2, 2), np.uint8))
    outlines, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    for outline in sorted(outlines, key=len, reverse=True)[:_MOST_BOXES]:
        centre, (width, height), angle = cv2.minAreaRect(outline)
        if min(width, height) < 3:
            continue
        if _mean_inside(ink, cv2.boxPoints((centre, (width, height), angle))) < _SURE:
            continue
        # a rectangle moved outwards by this stays a rectangle
        wider = 2 * _UNCLIP * width * height / (2 * (width + height))
        yield cv2.boxPoints((centre, (width + wider, height + wider), angle)).astype(np.float32)


def _mean_inside(ink: NDArray[np.float32], box: NDArray[Any]) -> float:
    left, top = np.maximum(np.floor(box.min(axis=0)), 0).astype(int)
    right, bottom = np.ceil(box.max(axis=0)).astype(int) + 1
    part = ink[top:bottom, left:right]
    mask = np.zeros(part.shape, np.uint8)
    cv2.fillPoly(mask, [np.round(box - (left, top)).astype(np.int32)], [1])
    return float(cv2.mean(part, mask)[0])


def _ordered(box: Corners, width: int, height: int) -> Corners:
    """The corners clockwise from the top left one, inside the picture."""
    by_x = box[np.argsort(box[:, 0])]
    left, right = by_x[:2], by_x[2:]
    top_left, bottom_left = left[np.argsort(left[:, 1])]
    top_right, bottom_right = right[np.argsort(right[:, 1])]
    corners = np.array([top_left, top_right, bottom_right, bottom_left], np.float32)
    return np.clip(corners, 0, [width - 1, height - 1]).astype(np.float32)


def _distance(corners: Corners, one: int, other: int) -> float:
    return float(np.linalg.norm(corners[one] - corners[other]))


def _pixels(array: NDArray[Any]) -> Pixels:
    return np.ascontiguousarray(array, np.uint8)
