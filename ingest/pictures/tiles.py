"""HEIC and AVIF by the reader of films, which keeps them in a fraction of the memory: tile by tile, each reduced at once."""

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from PIL import Image

from ingest.draft import Unreadable

_MOST_AHEAD = 8 << 20
"""Bytes of the box that says what lies where."""
_MOST_AT_ONCE = 100_000_000
"""Pixels of a picture in a single tile, which its decoder keeps with what it knows of each block: 3.8 bytes of each."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """How the tiles become the picture: its size, then its quarter turns anticlockwise, then how it is mirrored."""

    width: int
    height: int
    turns: int
    mirrored: int | None


def smaller(file: BinaryIO, step: int, *, turned: bool, at_once: int = _MOST_AT_ONCE) -> Image.Image | None:
    """The main picture at about a `step`-th of its size, None if it is of a make that is not known here.

    `turned`: as it is to be looked at; else as it lies, for who knows of its turn from elsewhere. Raises `Unreadable` for
    a single tile of more than `at_once` pixels.
    """
    import av  # noqa: PLC0415 - only these need it

    shown = _shown(file)
    if shown is None:
        return None
    file.seek(0)
    try:
        with av.open(file, "r", format="mov") as container:
            if shown.width * shown.height > at_once and _whole(container, shown):
                raise Unreadable("pixels", f"{shown.width} × {shown.height} pixels in one piece")
            image = _put_together(container, shown, step)
    except (av.FFmpegError, ValueError):
        return None
    return _upright(image, shown) if image and turned else image


def _put_together(container: Any, shown: _Shown, step: int) -> Image.Image | None:
    streams = list(container.streams.video)
    for stream in streams:
        stream.thread_count = 1
        stream.thread_type = "NONE"
    one = _whole(container, shown)
    if one is not None:
        return next((_reduced(frame, step) for frame in container.decode(one)), None)
    chosen = [stream for stream in streams if (stream.width, stream.height) == _largest(streams)]
    width, height = _largest(streams)
    across, down = -(-shown.width // width), -(-shown.height // height)
    if across * down != len(chosen):
        return None
    step = 1 << (step.bit_length() - 1)  # which halves tiles as they are, too, so that no seam is seen
    canvas = Image.new("RGB", (math.ceil(shown.width / step), math.ceil(shown.height / step)))
    places = {stream.index: number for number, stream in enumerate(chosen)}
    for index, frame in _frames(container, chosen):
        place = places[index]
        canvas.paste(
            _reduced(frame, step), (place % across * width // step, place // across * height // step)
        )
    return canvas


def _whole(container: Any, shown: _Shown) -> Any | None:
    """The stream that is the picture as a whole."""
    size = (shown.width, shown.height)
    return next((one for one in container.streams.video if (one.width, one.height) == size), None)


def _largest(streams: "list[Any]") -> tuple[int, int]:
    return max(((stream.width, stream.height) for stream in streams), key=lambda size: size[0] * size[1])


def _frames(container: Any, streams: "list[Any]") -> Iterator[tuple[int, Any]]:
    """Each tile, all of them by one decoder: hundreds would take more room than the picture."""
    import av  # noqa: PLC0415 - as above

    decoders: dict[bytes, Any] = {}
    for packet in container.demux(streams):
        if not packet.size:
            continue
        settled = bytes(packet.stream.codec_context.extradata or b"")
        if settled not in decoders:
            decoders[settled] = av.CodecContext.create(packet.stream.codec_context.name, "r")
            decoders[settled].extradata = settled
            decoders[settled].thread_count = 1
        decoder = decoders[settled]
        index = packet.stream.index
        yield from ((index, frame) for frame in (*decoder.decode(packet), *decoder.decode(None)))
        decoder.flush_buffers()


def _reduced(frame: Any, step: int) -> Image.Image:
    width, height = math.ceil(frame.width / step), math.ceil(frame.height / step)
    return Image.fromarray(frame.reformat(width, height, "rgb24").to_ndarray())


def _upright(image: Image.Image, shown: _Shown) -> Image.Image:
    turn = (None, Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)[
        shown.turns
    ]
    image = image.transpose(turn) if turn is not None else image
    if shown.mirrored is None:
        return image
    return image.transpose(
        Image.Transpose.FLIP_LEFT_RIGHT if shown.mirrored else Image.Transpose.FLIP_TOP_BOTTOM
    )


def _shown(file: BinaryIO) -> _Shown | None:
    """What the file states of its main picture (ISO/IEC 23008-12: pitm, iprp)."""
    try:
        parts = dict(_boxes(_stated(file)))
        version = parts[b"pitm"][0]
        main = int.from_bytes(parts[b"pitm"][4 : 6 if version == 0 else 8], "big")
        properties = dict(_boxes(parts[b"iprp"]))
        own = list(_boxes(properties[b"ipco"]))
        mine = [own[index - 1] for index in _named(properties[b"ipma"], main) if 0 < index <= len(own)]
        stated = dict(mine)
        width, height = struct.unpack(">4xII", stated[b"ispe"][:12])
    except (KeyError, IndexError, struct.error):
        return None
    if b"clap" in stated or not width or not height:
        return None
    turns = stated.get(b"irot", b"\0")[0] & 3
    mirrored = stated[b"imir"][0] & 1 if b"imir" in stated else None
    return _Shown(width, height, turns, mirrored)


def _stated(file: BinaryIO) -> bytes:
    """The box of what the file holds, without its head."""
    file.seek(0)
    while len(start := file.read(8)) == 8:
        size = int.from_bytes(start[:4], "big")
        if start[4:] == b"meta":
            return file.read(min(size - 8, _MOST_AHEAD))[4:]
        if size < 8:
            break
        file.seek(size - 8, 1)
    return b""


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size < 8:
            return
        yield data[at + 4 : at + 8], data[at + 8 : at + size]
        at += size


def _named(listed: bytes, item: int) -> list[int]:
    """Numbers of the properties of `item`, in the order in which they are applied."""
    wide, large = 2 if listed[3] & 1 else 1, 4 if listed[0] else 2
    at = 8
    for _ in range(int.from_bytes(listed[4:8], "big")):
        own, count = int.from_bytes(listed[at : at + large], "big"), listed[at + large]
        at += large + 1
        if own == item:
            mask = (1 << (8 * wide - 1)) - 1
            return [
                int.from_bytes(listed[at + wide * n : at + wide * (n + 1)], "big") & mask
                for n in range(count)
            ]
        at += wide * count
    return []
