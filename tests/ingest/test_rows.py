"""Large pictures are read a few rows at a time: what comes out is what decoding them whole gives, in little memory."""

import io
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageOps, ImageStat

from ingest.extract import finding
from ingest.jail.warden import Jails
from ingest.rows import fewer_rows

MEBI = 1 << 20
SIZE = (640, 470)


def picture(mode: str = "RGB") -> Image.Image:
    """Soft colours that differ from place to place, so that a row out of place shows."""
    across, down = Image.linear_gradient("L").rotate(90).resize(SIZE), Image.linear_gradient("L").resize(SIZE)
    image = Image.merge("RGB", (across, down, Image.radial_gradient("L").resize(SIZE)))
    if mode == "I;16":
        return across.convert("I").point(lambda value: value * 257).convert("I;16")
    if mode == "RGBA":
        image.putalpha(down)
    return image if mode in ("RGB", "RGBA") else image.convert(mode)


def saved(image: Image.Image, kind: str, **how: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def cut_tiff(tile: int = 0) -> bytes:
    """Big-endian, in strips of seven rows or in square tiles, which Pillow does not write."""
    image = picture()
    width, height = SIZE
    lots: list[bytes] = []
    for top in range(0, height, tile or 7):
        for left in range(0, width, tile or width):
            box = (left, top, left + (tile or width), top + tile if tile else min(top + 7, height))
            lots.append(zlib.compress(image.crop(box).tobytes()))
    numbers = {256: [width], 257: [height], 258: [8, 8, 8], 259: [8], 262: [2], 277: [3]}
    where = [8 + sum(map(len, lots[:number])) for number in range(len(lots))]
    numbers |= {322: [tile], 323: [tile], 324: where} if tile else {273: where, 278: [7]}
    numbers[325 if tile else 279] = [len(lot) for lot in lots]
    start = 8 + sum(map(len, lots))
    return b"MM\0*" + struct.pack(">I", start) + b"".join(lots) + directory(numbers, start)


def directory(numbers: Mapping[int, Sequence[int]], start: int) -> bytes:
    """The tags of a big-endian TIFF file, to stand at `start`."""
    entries, beyond, values = b"", start + 2 + 12 * len(numbers) + 4, b""
    for tag in sorted(numbers):
        packed = struct.pack(f">{len(numbers[tag])}I", *numbers[tag])
        field = struct.pack(">I", beyond + len(values)) if len(packed) > 4 else packed
        entries += struct.pack(">HHI", tag, 4, len(numbers[tag])) + field
        values += packed if len(packed) > 4 else b""
    return struct.pack(">H", len(numbers)) + entries + bytes(4) + values


@pytest.mark.parametrize(
    "data",
    [
        saved(picture(), "PNG"),
        saved(picture("RGBA"), "PNG"),
        saved(picture("P"), "PNG", transparency=3),
        saved(picture("P").quantize(16), "PNG", bits=4),
        saved(picture("1"), "PNG"),
        saved(picture("LA"), "PNG"),
        saved(picture("I;16"), "PNG"),
        saved(picture("RGB"), "TIFF"),
        saved(picture("CMYK"), "TIFF", compression="tiff_lzw", tiffinfo={278: 9}),
        saved(picture("1"), "TIFF", compression="group4", tiffinfo={278: 16}),
        saved(picture("RGB"), "TIFF", compression="jpeg", tiffinfo={278: 16}),
        saved(picture("I;16"), "TIFF"),
        cut_tiff(),
        cut_tiff(tile=128),
        saved(picture(), "BMP"),
        saved(picture("P"), "GIF"),
        saved(picture(), "WEBP", lossless=True),
    ],
    ids=[
        "png",
        "rgba",
        "palette",
        "4bit",
        "1bit",
        "la",
        "16bit",
        "tiff",
        "cmyk",
        "g4",
        "jpeg",
        "tiff16",
        "strips",
        "tiles",
        "bmp",
        "gif",
        "webp",
    ],
)
def test_row_by_row_is_the_same_as_at_once(data: bytes) -> None:
    whole = Image.open(io.BytesIO(data))
    whole.load()
    mode = "I" if whole.mode.startswith("I;16") else "RGBA" if "transparency" in whole.info else whole.mode
    mode = {"P": "RGB", "1": "L", "LA": "RGBA"}.get(mode, mode)
    reduced = whole.convert(mode).reduce(3)
    few = fewer_rows(Image.open(io.BytesIO(data)), 160, 120, whole=0)
    assert (few.mode, few.width) == (mode, pytest.approx(reduced.width, abs=1))
    few = few.resize(reduced.size)
    scale = 256 if mode == "I" else 1
    difference = ImageChops.difference(few.convert("RGB"), reduced.convert("RGB")) if scale == 1 else None
    assert difference is None or max(ImageStat.Stat(difference).mean) < 3
    assert difference is not None or few.getextrema() == pytest.approx(reduced.getextrema(), rel=0.02)


def test_what_is_turned_or_cut_off_is_shown_as_far_as_it_goes() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = fewer_rows(Image.open(io.BytesIO(saved(picture(), "TIFF", exif=exif))), 120, 160, whole=0)
    assert ImageOps.exif_transpose(turned).width < turned.width
    noise = Image.effect_noise(SIZE, 60).convert("RGB")
    half = fewer_rows(Image.open(io.BytesIO(saved(noise, "PNG")[:400_000])), 160, 120, whole=0)
    assert half.getpixel((10, 5)) != (0, 0, 0)
    assert half.getpixel((10, half.height - 1)) == (0, 0, 0)


def test_interlaced_ones_are_decoded_at_once() -> None:
    data = bytearray(saved(picture(), "PNG"))
    data[28:33] = b"\1" + struct.pack(">I", zlib.crc32(data[12:28] + b"\1"))
    assert fewer_rows(Image.open(io.BytesIO(bytes(data))), 160, 120, whole=0).size == SIZE


@pytest.fixture
def fresh() -> Iterator[Jails]:
    """A cell that has read nothing yet: its peak is that of the one picture."""
    jails = Jails(most=1)
    yield jails
    jails.close()


def write_png(path: Path, side: int) -> None:
    pack, first = zlib.compressobj(1), b"\1\x14\xa0\x3c" + bytes(3 * side - 3)
    like_above = b"\2" + bytes(3 * side)
    data = pack.compress(first) + b"".join(pack.compress(like_above) for _ in range(side - 1)) + pack.flush()
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", data), (b"IEND", b""))
    sums = [struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks]
    packed = (
        struct.pack(">I", len(body)) + name + body + crc
        for (name, body), crc in zip(chunks, sums, strict=True)
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(packed))


@pytest.mark.requirement("B13")
def test_a_hundred_megapixels_take_less_than_400_megabytes(fresh: Jails, tmp_path: Path) -> None:
    path = tmp_path / "海报.png"
    write_png(path, 10_000)
    with path.open("rb") as file:
        reply = fresh.run({"name": path.name}, file.fileno(), 60)
    found = finding(reply)
    assert (found.warning, found.facts["width"]) == ("", "10000")
    colour = Image.open(io.BytesIO(found.preview)).getpixel((5, 600))
    assert colour == pytest.approx((20, 160, 60), abs=12)
    assert reply.body["peak"] < 400 * MEBI
