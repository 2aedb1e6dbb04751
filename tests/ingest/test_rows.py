"""Large pictures are read a few rows at a time: what comes out is what decoding them whole gives, in little memory."""

import io
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageChops, ImageOps, ImageStat

from ingest.draft import Unreadable
from ingest.jail.warden import Jails
from ingest.pictures import tiles
from ingest.pictures.png_rows import PASSES
from ingest.pictures.rows import fewer_rows
from ingest.tasks.extract import finding
from tests.ingest import artwork

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


def lzw_planes() -> bytes:
    """Big-endian, each colour in one strip of its own."""
    lots = []
    for band in picture().split():
        data = saved(band, "TIFF", compression="tiff_lzw", strip_size=1 << 30)
        with Image.open(io.BytesIO(data)) as one:
            tags = one.tag_v2  # type: ignore[attr-defined]
            lots.append(data[tags[273][0] : tags[273][0] + tags[279][0]])
    where = [8 + sum(map(len, lots[:number])) for number in range(3)]
    numbers = {256: [SIZE[0]], 257: [SIZE[1]], 258: [8, 8, 8], 259: [5], 262: [2], 273: where, 277: [3]}
    numbers |= {278: [SIZE[1]], 279: [len(lot) for lot in lots], 284: [2]}
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


def png(colour: int, depth: int, interlaced: int = 0) -> bytes:
    """A PNG file as Pillow writes none: of 16 bits a colour, interlaced, every row told by the one above it."""
    modes = {0: "L", 2: "RGB", 3: "P", 6: "RGBA"}
    image = picture(modes[colour]) if colour != 3 else picture().quantize(16)
    values = np.asarray(image)
    every = ((0, 0, 1, 1),)
    rows = b""
    for left, top, across, down in (*PASSES, (1, 0, 2, 2), (0, 1, 1, 2)) if interlaced else every:
        above = 0
        for line in values[top::down, left::across]:
            if depth == 4:
                line = np.append(line, [0] * (len(line) % 2)).astype("u1")  # noqa: PLW2901 - to whole bytes
                line = line[::2] << 4 | line[1::2]  # noqa: PLW2901 - two to a byte
            now = np.frombuffer((line.astype(">u2") * 257).tobytes(), "u1") if depth == 16 else line.ravel()
            rows += b"\2" + (now - above).astype("u1").tobytes()
            above = now
    head = struct.pack(">IIBBBBB", *SIZE, depth, colour, 0, 0, interlaced)
    palette = [(b"PLTE", bytes(image.getpalette() or b""))] if colour == 3 else []
    chunks = ((b"IHDR", head), *palette, (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    packed = (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


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
        png(2, 8, 1),
        png(3, 4, 1),
        png(0, 16, 1),
        png(2, 16),
        png(6, 16),
        png(6, 16, 1),
        saved(picture("RGB"), "TIFF"),
        saved(
            picture("RGB"), "TIFF", compression="tiff_adobe_deflate", tiffinfo={317: 2}, strip_size=1 << 30
        ),
        saved(picture("RGBA"), "TIFF", compression="packbits", strip_size=1 << 30),
        saved(picture("RGB"), "TIFF", compression="jpeg", strip_size=1 << 30),
        saved(picture("CMYK"), "TIFF", compression="jpeg", strip_size=1 << 30),
        saved(picture("1"), "TIFF", compression="group4", strip_size=1 << 30),
        saved(picture("RGB"), "TIFF", compression="tiff_lzw", tiffinfo={317: 2}, strip_size=1 << 30),
        saved(picture("CMYK"), "TIFF", compression="tiff_lzw", strip_size=1 << 30),
        saved(picture("I;16"), "TIFF", compression="tiff_lzw", strip_size=1 << 30),
        lzw_planes(),
        saved(picture("CMYK"), "TIFF", compression="tiff_lzw", tiffinfo={278: 9}),
        saved(picture("1"), "TIFF", compression="group4", tiffinfo={278: 16}),
        saved(picture("RGB"), "TIFF", compression="jpeg", tiffinfo={278: 16}),
        saved(picture("I;16"), "TIFF"),
        cut_tiff(),
        cut_tiff(tile=128),
        saved(picture(), "BMP"),
        saved(picture("P"), "GIF"),
        saved(picture(), "WEBP", lossless=True),
        saved(picture(), "AVIF"),
    ],
    ids=[
        "png",
        "rgba",
        "palette",
        "4bit",
        "1bit",
        "la",
        "16bit",
        "adam7",
        "adam7 palette",
        "adam7 16bit",
        "rgb48",
        "rgba64",
        "adam7 rgba64",
        "tiff",
        "one deflated strip",
        "one packbits strip",
        "one jpeg strip",
        "one jpeg strip of inks",
        "one g4 strip",
        "one lzw strip",
        "one lzw strip of inks",
        "one lzw strip of 16 bits",
        "one lzw strip a colour",
        "cmyk",
        "g4",
        "jpeg",
        "tiff16",
        "strips",
        "tiles",
        "bmp",
        "gif",
        "webp",
        "avif",
    ],
)
def test_row_by_row_is_the_same_as_at_once(data: bytes) -> None:
    whole = Image.open(io.BytesIO(data))
    whole.load()
    mode = "I" if whole.mode.startswith("I;16") else "RGBA" if "transparency" in whole.info else whole.mode
    mode = {"P": "RGB", "1": "L", "LA": "RGBA"}.get(mode, mode)
    reduced = whole.convert(mode).reduce(3)
    few = fewer_rows(Image.open(io.BytesIO(data)), 160, 120, whole=0)
    assert few.mode == mode
    assert reduced.width - 1 <= few.width <= SIZE[0] // 2
    few = few.resize(reduced.size)
    scale = 256 if mode == "I" else 1
    difference = ImageChops.difference(few.convert("RGB"), reduced.convert("RGB")) if scale == 1 else None
    assert difference is None or max(ImageStat.Stat(difference).mean) < 3
    assert difference is not None or few.getextrema() == pytest.approx(reduced.getextrema(), rel=0.02)


def test_one_tile_wider_than_the_picture_is_a_strip() -> None:
    data = cut_tiff(tile=1024)
    few = fewer_rows(Image.open(io.BytesIO(data)), 160, 120, whole=0)
    wanted = picture().reduce(2).resize(few.size)
    assert few.width <= SIZE[0] // 2
    assert max(ImageStat.Stat(ImageChops.difference(few, wanted)).mean) < 3


@pytest.mark.requirement("B13")
def test_what_can_only_be_decoded_at_once_has_a_limit() -> None:
    numbers = {256: [9000], 257: [9000], 258: [8, 8, 8], 259: [6], 262: [6], 273: [8], 277: [3]}
    numbers |= {278: [9000], 279: [4]}
    old = b"MM\0*" + struct.pack(">I", 12) + bytes(4) + directory(numbers, 12)
    with pytest.raises(Unreadable, match="in one piece"):
        fewer_rows(Image.open(io.BytesIO(old)), 160, 120)
    tile = io.BytesIO(artwork.heic(picture()))
    assert tiles.smaller(tile, 4, turned=True)
    with pytest.raises(Unreadable, match="640 × 470 pixels in one piece"):
        tiles.smaller(tile, 4, turned=True, at_once=300_000)


def test_what_is_turned_or_cut_off_is_shown_as_far_as_it_goes() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = fewer_rows(Image.open(io.BytesIO(saved(picture(), "TIFF", exif=exif))), 120, 160, whole=0)
    assert ImageOps.exif_transpose(turned).width < turned.width
    noise = Image.effect_noise(SIZE, 60).convert("RGB")
    half = fewer_rows(Image.open(io.BytesIO(saved(noise, "PNG")[:400_000])), 160, 120, whole=0)
    assert half.getpixel((10, 5)) != (0, 0, 0)
    assert half.getpixel((10, half.height - 1)) == (0, 0, 0)


def test_the_reading_of_films_keeps_large_photographs_small_and_upright() -> None:
    pillow_heif.register_heif_opener()
    data = artwork.heic_of_tiles(picture().resize((256, 128)), turns=1)
    with Image.open(io.BytesIO(data)) as whole:
        assert whole.size == (128, 256)
        few = fewer_rows(Image.open(io.BytesIO(data)), 32, 64, whole=0)
        assert few.size == (64, 128)
        difference = ImageChops.difference(few, whole.convert("RGB").resize(few.size, Image.Resampling.BOX))
        assert max(ImageStat.Stat(difference).mean) < 4


def test_a_photograph_in_tiles_that_are_not_all_there_is_decoded_at_once() -> None:
    data = artwork.heic_of_tiles(picture().resize((256, 128)), turns=0)
    wider = data.replace(struct.pack(">II", 256, 128), struct.pack(">II", 999, 128))
    assert tiles.smaller(io.BytesIO(wider), 4, turned=True) is None
    assert tiles.smaller(io.BytesIO(data[:60]), 4, turned=True) is None


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
