"""Pictures of designers and cameras made for tests: Photoshop files with layers, EPS previews, raw files, HEIC."""

import io
import struct
from collections.abc import Sequence

import pillow_heif
from PIL import Image, ImageChops

from tests.ingest import samples


def photoshop(
    image: Image.Image,
    layers: Sequence[tuple[str, str]],
    *,
    large: bool = False,
    packed: bool = True,
    profile: bytes = b"",
) -> bytes:
    """A PSD (or PSB) file whose merged picture is `image`; layers as name and words, the lowest first."""
    inks = image.mode == "CMYK"
    wide = ">Q" if large else ">I"
    records = b"".join(_layer(name, words, wide) for name, words in layers)
    info = struct.pack(">h", len(layers)) + records + b"\0\0" * 4 * len(layers)
    section = struct.pack(wide, len(info)) + info
    kind = (4, image.height, image.width, 8, 4) if inks else (3, image.height, image.width, 8, 3)
    head = b"8BPS" + struct.pack(">H6xHIIHH", 2 if large else 1, *kind)
    resource = b"8BIM" + struct.pack(">HHI", 1039, 0, len(profile)) + profile + b"\0" * (len(profile) % 2)
    resources = b"8BIM\x03\xed\0\0\0\0\0\x02\0\0" + resource if profile else b""
    return (
        head
        + struct.pack(">II", 0, len(resources))
        + resources
        + struct.pack(wide, len(section))
        + section
        # a full ink is written as nothing
        + _merged(ImageChops.invert(image) if inks else image, large, packed)
    )


def _layer(name: str, words: str, wide: str) -> bytes:
    blocks = _block(b"luni", struct.pack(">I", len(name)) + name.encode("utf-16-be"))
    if words:
        said = words.replace("\n", "\r")
        text = (
            b"\0" * 58 + b"Txt TEXT" + struct.pack(">I", len(said) + 1) + said.encode("utf-16-be") + b"\0\0"
        )
        blocks += _block(b"TySh", text)
    extra = struct.pack(">II", 0, 0) + b"\x03abc" + blocks
    channels = b"".join(struct.pack(">h", channel) + struct.pack(wide, 2) for channel in range(4))
    return (
        b"\0" * 16
        + struct.pack(">H", 4)
        + channels
        + b"8BIMnorm\xff\0\0\0"
        + struct.pack(">I", len(extra))
        + extra
    )


def _block(key: bytes, data: bytes) -> bytes:
    data += b"\0" * (len(data) % 2)
    return b"8BIM" + key + struct.pack(">I", len(data)) + data


def _merged(image: Image.Image, large: bool, packed: bool) -> bytes:
    rows = [
        band.crop((0, row, image.width, row + 1)).tobytes()
        for band in image.split()
        for row in range(image.height)
    ]
    if not packed:
        return b"\0\0" + b"".join(rows)
    packing = {
        row: b"".join(struct.pack("bB", 1 - len(part), part[0]) for part in _runs(row)) for row in set(rows)
    }
    rows = [packing[row] for row in rows]
    lengths = b"".join(struct.pack(">I" if large else ">H", len(row)) for row in rows)
    return b"\0\1" + lengths + b"".join(rows)


def _runs(row: bytes) -> list[bytes]:
    """Pieces of one repeated byte, two to a hundred and twenty-eight long where they can be."""
    runs, at = [], 0
    while at < len(row):
        end = at + 1
        while end < len(row) and end - at < 128 and row[end] == row[at]:
            end += 1
        runs.append(row[at:end])
        at = end
    return runs


def heic(image: Image.Image) -> bytes:
    """A HEIC file."""
    out = io.BytesIO()
    pillow_heif.from_pillow(image).save(out, quality=80)
    return out.getvalue()


def raw_photo() -> bytes:
    """A TIFF-like raw file: tags in front, noise of the sensor, a small and a large JPEG inside."""
    exif = Image.Exif()
    exif[0x0110], exif[0x0132] = "EOS R6", "2024:03:05 13:30:00"
    tags = exif.tobytes()[6:]
    small, large = samples.image_file(size=(160, 120)), samples.image_file(size=(1200, 800))
    return tags + b"\x13\x37" * 5000 + small + b"\x55" * 999 + large + b"\xaa" * 999


def eps(image: Image.Image | None = None) -> bytes:
    """An EPS file, with `image` as the TIFF preview of its DOS form."""
    program = "%!PS-Adobe-3.0 EPSF-3.0\n%%Title: 春季海报.eps\n%%BoundingBox: 0 0 300 200\n%%EndComments\nshowpage\n"
    data = program.encode("gbk")
    if image is None:
        return data
    out = io.BytesIO()
    image.save(out, "TIFF")
    head = struct.pack(
        "<IIIIIIIH", 0xC6D3D0C5, 30, len(data), 0, 0, 30 + len(data), len(out.getvalue()), 0xFFFF
    )
    return head + data + out.getvalue()


def svg(body: str) -> bytes:
    """A drawing of 400 × 200."""
    space = "http://www.w3.org/2000/svg"
    link = "http://www.w3.org/1999/xlink"
    return f'<svg xmlns="{space}" xmlns:xlink="{link}" viewBox="0 0 400 200" width="400" height="200">{body}</svg>'.encode()


def heic_of_tiles(image: Image.Image, turns: int) -> bytes:
    """A HEIC file of square tiles as telephones write it, each half as wide as `image` is; `turns` quarters to the left."""
    side = image.width // 2
    coded = [_tile(image.crop((left, 0, left + side, image.height))) for left in (0, side)]
    settled = coded[0][0]
    sizes = [
        _full("ispe", struct.pack(">II", side, image.height)),
        _full("ispe", struct.pack(">II", *image.size)),
    ]
    own = _box("ipco", settled, *sizes, _box("irot", bytes([turns])))
    named = struct.pack(">IHBBBHBBBHBBB", 3, 1, 2, 1, 2, 2, 2, 1, 2, 3, 2, 3, 4)
    grid = struct.pack(">BBBBHH", 0, 0, 0, 1, *image.size)
    items = b"".join(
        _full("infe", struct.pack(">HH4sB", number, 0, kind, 0), version=2)
        for number, kind in ((1, b"hvc1"), (2, b"hvc1"), (3, b"grid"))
    )
    of = _full("iref", _box("dimg", struct.pack(">HHHH", 3, 2, 1, 2)))
    first = [len(data) for _, data in coded]
    ahead = _box("ftyp", b"heic" + bytes(4) + b"mif1heic")

    def meta(begin: int) -> bytes:
        places = [(1, begin, first[0]), (2, begin + first[0], first[1]), (3, begin + sum(first), len(grid))]
        where = b"".join(struct.pack(">HHHII", number, 0, 1, at, size) for number, at, size in places)
        return _full(
            "meta",
            _full("hdlr", struct.pack(">I4s13x", 0, b"pict")),
            _full("pitm", struct.pack(">H", 3)),
            _full("iloc", struct.pack(">BBH", 0x44, 0, 3) + where),
            _full("iinf", struct.pack(">H", 3) + items),
            of,
            _box("iprp", own, _full("ipma", named)),
        )

    begin = len(ahead) + len(meta(0)) + 8
    return ahead + meta(begin) + _box("mdat", *(data for _, data in coded), grid)


def _tile(image: Image.Image) -> tuple[bytes, bytes]:
    """Settings (the box hvcC) and coded bytes of a picture."""
    out = io.BytesIO()
    pillow_heif.from_pillow(image).save(out, quality=90)
    data = out.getvalue()
    at = data.index(b"hvcC") - 4
    body = data.index(b"mdat")
    return data[at : at + int.from_bytes(data[at : at + 4], "big")], data[body + 4 :]


def _box(kind: str, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", len(body) + 8) + kind.encode() + body


def _full(kind: str, *parts: bytes, version: int = 0) -> bytes:
    return _box(kind, bytes([version, 0, 0, 0]), *parts)
