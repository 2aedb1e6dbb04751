"""Large pictures a few rows at a time: what is shown of them is small, and they are never in memory as a whole."""

import math
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, TypeVar

from PIL import ExifTags, Image

from ingest.draft import Unreadable
from ingest.pictures import png_rows, tiff_rows, tiles

_Piece = TypeVar("_Piece")
WHOLE = 12_000_000
"""Pixels up to which a picture is decoded at once."""
_AT_ONCE = 330 << 20
"""Bytes that a picture which can only be decoded at once may take, what it is decoded from included."""
_BESIDE = {"TIFF": 4, "HEIF": 4, "AVIF": 4}
"""Bytes of a pixel that its decoder holds besides."""
_KEPT = ("L", "RGB", "RGBA", "CMYK", "LAB", "I", "F")
"""Modes that can be reduced, and whose colours mean the same afterwards."""


def fewer_rows(image: Image.Image, width: int, height: int, *, whole: int = WHOLE) -> Image.Image:
    """`image`, not yet decoded, reduced to somewhat more than what fits into `width` × `height`; in one of `_KEPT`.

    Itself if it has no more than `whole` pixels, or is of a kind that can only be decoded at once. Raises `Unreadable`
    where that would take more memory than a picture may.
    """
    file = getattr(image, "fp", None)
    across, down = image.size
    if image.format == "TIFF":
        across, down = (int(image.tag_v2[tag]) for tag in (256, 257))  # type: ignore[attr-defined]
    step = int(max(max(across, down) / max(width, height), min(across, down) / min(width, height)) / 1.25)
    if file is None or step < 2 or across * down <= whole:
        return image
    small = _smaller(image, file, (across, down), step, whole)
    if small is None:
        return _bearable(image)
    small.info.update({name: image.info[name] for name in ("icc_profile",) if name in image.info})
    if turned := Image.Image.getexif(image).get(ExifTags.Base.Orientation):
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = turned
        small.info["exif"] = exif.tobytes()
    small.format = image.format
    return small


def _bearable(image: Image.Image) -> Image.Image:
    """`image` itself, unless decoding it at once takes more than `_AT_ONCE`."""
    held = 1 if image.mode in ("1", "L", "P") else 4
    beside = _BESIDE.get(image.format or "", 0)
    if image.width * image.height * (held + min(held, beside)) > _AT_ONCE:
        raise Unreadable("pixels", f"{image.width} × {image.height} pixels in one piece")
    return image


def _smaller(
    image: Image.Image, file: BinaryIO, size: tuple[int, int], step: int, whole: int
) -> Image.Image | None:
    """`image` at about a `step`-th of its size, None if it can only be decoded at once."""
    if image.format in ("AVIF", "HEIF"):
        return tiles.smaller(file, step, turned=image.format == "HEIF")
    if image.format == "WEBP":
        return _scaled(image, file, step)
    if image.format == "TIFF" and (drafted := tiff_rows.drafted(file, image.tag_v2, step)):  # type: ignore[attr-defined]
        return drafted
    rows = max(1, whole // 6 // (size[0] * step)) * step
    small = _reduced(_strips(image, file, rows), size, step)
    if small is None and image.format == "PNG":
        return _sparse(file, size, step, rows)
    if small is None and image.format == "TIFF":
        _bearable(image)
        # it is decoded at once, but no second picture of its size is made of it
        small = _reduced(_cut(image, rows), size, step)
    return small


def _sparse(file: BinaryIO, size: tuple[int, int], step: int, rows: int) -> Image.Image | None:
    """An interlaced picture by the passes that come first, which have every eighth, fourth or second of its pixels."""
    import numpy as np  # noqa: PLC0415 - who reads pictures of other kinds need not load it

    apart = 8 if step >= 8 else 4 if step >= 4 else 2
    canvas: np.ndarray[Any, Any] | None = None
    for lines, columns, piece in _until_damaged(png_rows.passes(file, rows, apart)):
        values = np.asarray(_plain(piece))
        if canvas is None:
            canvas = np.zeros((-(-size[1] // apart), -(-size[0] // apart), *values.shape[2:]), values.dtype)
        canvas[lines, columns] = values
    if canvas is None:
        return None
    image = Image.fromarray(canvas)
    return image.reduce(step // apart) if step >= 2 * apart else image


def _strips(image: Image.Image, file: BinaryIO, rows: int) -> Iterator[Image.Image]:
    """The picture from top to bottom in pieces of about `rows` rows; none if it cannot be had so."""
    if image.format == "PNG":
        return png_rows.strips(file, rows)
    if image.format == "TIFF":
        return tiff_rows.strips(file, image.tag_v2, rows)  # type: ignore[attr-defined]
    if image.format == "GIF":
        return _cut(image, rows)
    return _raw(image, file, rows) if image.format == "BMP" else iter(())


def _raw(image: Image.Image, file: BinaryIO, rows: int) -> Iterator[Image.Image]:
    """Rows that lie in the file as they are, the first one last or not."""
    tiles: Sequence[Any] = getattr(image, "tile", ())
    if len(tiles) != 1 or tiles[0][0] != "raw":
        return
    _, _, offset, (mode, stride, order) = tiles[0]
    for top in range(0, image.height, rows):
        count = min(rows, image.height - top)
        file.seek(offset + stride * (top if order == 1 else image.height - top - count))
        data = file.read(stride * count)
        if len(data) < stride * count:
            return
        yield Image.frombytes(image.mode, (image.width, count), data, "raw", mode, stride, order)


def _scaled(image: Image.Image, file: BinaryIO, step: int) -> Image.Image | None:
    """A WebP picture, which the reader of films keeps in a third of the memory that Pillow takes."""
    import av  # noqa: PLC0415 - who reads pictures of other kinds need not load it

    file.seek(0)
    try:
        with av.open(file, "r", format="webp_pipe") as container:
            for frame in container.decode(video=0):
                kind = "rgba" if image.mode == "RGBA" else "rgb24"
                width, height = math.ceil(image.width / step), math.ceil(image.height / step)
                return Image.fromarray(frame.reformat(width, height, kind).to_ndarray())
    except (av.FFmpegError, ValueError):
        pass
    return None


def _cut(image: Image.Image, rows: int) -> Iterator[Image.Image]:
    """A picture of which a pixel is one byte until its colours are looked up: that is done strip by strip."""
    for top in range(0, image.height, rows):
        yield image.crop((0, top, image.width, min(top + rows, image.height)))


def _reduced(strips: Iterator[Image.Image], size: tuple[int, int], step: int) -> Image.Image | None:
    """All strips put together at a `step`-th of their size; what a damaged file lacks stays empty."""
    width, height = size
    canvas: Image.Image | None = None
    rest: Image.Image | None = None
    done = 0
    for strip in _until_damaged(strips):
        piece = _joined(rest, _plain(strip))
        whole = piece.height if done + piece.height >= height else piece.height // step * step
        rest = piece.crop((0, whole, width, piece.height)) if whole < piece.height else None
        if not whole:
            continue
        small = piece.crop((0, 0, width, whole)).reduce(step)
        canvas = canvas or Image.new(small.mode, (math.ceil(width / step), math.ceil(height / step)))
        canvas.paste(small, (0, done // step))
        done += whole
    return canvas


def _until_damaged(strips: Iterator[_Piece]) -> Iterator[_Piece]:
    try:
        yield from strips
    except (zlib.error, OSError, SyntaxError, ValueError, EOFError):
        return


def _joined(rest: Image.Image | None, strip: Image.Image) -> Image.Image:
    if rest is None:
        return strip
    both = Image.new(strip.mode, (strip.width, rest.height + strip.height))
    both.paste(rest, (0, 0))
    both.paste(strip, (0, rest.height))
    return both


def _plain(strip: Image.Image) -> Image.Image:
    if strip.mode.startswith("I;16"):
        return strip.convert("I")
    if "transparency" in strip.info or strip.mode in ("PA", "LA", "La", "RGBa"):
        return strip.convert("RGBA")
    if strip.mode == "1":
        return strip.convert("L")
    return strip if strip.mode in _KEPT else strip.convert("RGB")
