"""Pages as pixels: which formats can show a page to be read, and whether a picture is worth reading at all."""

from typing import Protocol, runtime_checkable

from PIL import Image, ImageFilter, ImageStat

from ingest.draft import Source
from ingest.pictures.previews import on_paper
from search.port import PlaceKind

LONGEST = 2340
"""Pixels of a page's longer side when it is read: A4 at 200 dots per inch."""
SMALLEST = 40
"""Pixels of a side below which a picture holds no text that counts: icons, bullets, lines."""
_LOOK = 512
_FLAT = 4.0
"""Deviation of brightness below which a page is blank, dust and paper included."""
_EDGES = 12
"""Sharp points below which there is no writing, when the page is reduced to `_LOOK`."""


@runtime_checkable
class Shows(Protocol):
    """A format whose pages can be looked at."""

    unit: PlaceKind
    """What the numbers of its pages count."""

    def sheet(self, source: Source, number: int) -> Image.Image:
        """Page (or second) `number`, from 1, upright, about `LONGEST` pixels long, as RGB. Raises `Unreadable`."""
        ...


def is_blank(image: Image.Image) -> bool:
    """Whether a page bears nothing that could be writing: too small, one colour, or soft everywhere."""
    if min(image.size) < SMALLEST:
        return True
    small = on_paper(image).convert("L")
    small.thumbnail((_LOOK, _LOOK), Image.Resampling.BOX)
    if ImageStat.Stat(small).stddev[0] < _FLAT and _spread(small) < 60:
        return True
    edges = small.filter(ImageFilter.FIND_EDGES).crop((1, 1, small.width - 1, small.height - 1))
    sharp = sum(edges.histogram()[40:])
    return sharp < _EDGES


def _spread(image: Image.Image) -> int:
    low, high = image.getextrema()
    return int(high) - int(low)  # type: ignore[arg-type]
