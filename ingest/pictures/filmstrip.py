"""A film or sound at a glance: eight pictures in a row, and how loud it is from beginning to end."""

import contextlib
import io
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from ingest.draft import Made, Unreadable
from ingest.pictures.strips import CELLS, moments

if TYPE_CHECKING:
    from av.container import InputContainer

SHORTEST = 8.0
"""Seconds below which a film is its poster."""
_CELL = (240, 135)
_BARS = 300
_HEIGHT = 96
_INK = (19, 94, 104, 255)
_WHOLE = 1200.0
"""Seconds up to which every sound is decoded; of longer ones a sample for each bar."""
_CPU_SECONDS = 20.0
_FULL = {"s16": 2**15, "s32": 2**31, "flt": 1.0, "dbl": 1.0, "u8": 2**7}


def strip(still: Callable[[float], Image.Image], length: float) -> Made | None:
    """The pictures that stand at `moments`, side by side; None if there are none."""
    row = Image.new("RGB", (CELLS * _CELL[0], _CELL[1]), "black")
    found = 0
    for position, second in enumerate(moments(length)):
        with contextlib.suppress(Unreadable):
            row.paste(ImageOps.pad(still(second).convert("RGB"), _CELL), (position * _CELL[0], 0))
            found += 1
    if not found:
        return None
    out = io.BytesIO()
    row.save(out, "JPEG", quality=74)
    return Made("image/jpeg", out.getvalue())


def wave(container: "InputContainer", sound: Any, length: float) -> Made | None:
    """How loud the sound is: bars on nothing, so that they stand on any ground. None for silence."""
    loud = _levels(container, sound, length)
    top = max(loud)
    if top <= 0.001:
        return None
    picture = Image.new("RGBA", (4 * _BARS, _HEIGHT))
    draw = ImageDraw.Draw(picture)
    for position, level in enumerate(loud):
        half = max(1, round(level / top * (_HEIGHT / 2 - 2)))
        draw.rectangle((4 * position, _HEIGHT // 2 - half, 4 * position + 2, _HEIGHT // 2 + half), fill=_INK)
    out = io.BytesIO()
    picture.quantize(8).save(out, "PNG", optimize=True)
    return Made("image/png", out.getvalue())


def _levels(container: "InputContainer", sound: Any, length: float) -> list[float]:
    loud = [0.0] * _BARS
    until = time.process_time() + _CPU_SECONDS
    if length <= _WHOLE:
        for frame in container.decode(sound):
            _note(loud, frame, length)
            if time.process_time() > until:
                break
        return loud
    for position in range(_BARS):
        second = (position + 0.5) * length / _BARS
        container.seek(int(second / sound.time_base), stream=sound)
        frame = next(container.decode(sound), None)
        if frame is not None:
            loud[position] = _loudness(frame)
        if time.process_time() > until:
            break
    return loud


def _note(loud: list[float], frame: Any, length: float) -> None:
    position = min(_BARS - 1, max(0, int((frame.time or 0.0) / length * _BARS)))
    loud[position] = max(loud[position], _loudness(frame))


def _loudness(frame: Any) -> float:
    name = frame.format.name.removesuffix("p")
    samples: Any = frame.to_ndarray().astype(np.float64)
    if name == "u8":
        samples = samples - 128
    return float(np.abs(samples).max(initial=0.0)) / float(_FULL.get(name, 1.0))
