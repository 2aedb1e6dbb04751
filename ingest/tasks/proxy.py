"""The task of a cell that makes a film or sound that browsers play: H.264 at most 720p with AAC, one thread, in no hurry."""

import os
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any, BinaryIO

from ingest.draft import MEBI
from ingest.jail.frames import Allow, Reply

if TYPE_CHECKING:
    from av import VideoFrame

MEMORY = 2000 * MEBI
SECONDS = 3600
"""Of processor time."""
WIDTH, HEIGHT = 1280, 720
_FASTEST = 30
"""Pictures in a second at most."""
_CLOCK = Fraction(1, 90_000)
_SOUND = 44_100


def make(order: Mapping[str, Any], file: int, allow: Allow) -> Reply:
    """Write the proxy of the open `file` into `order["out"]`; the answer has its media type."""
    allow(MEMORY, SECONDS)
    with os.fdopen(os.dup(file), "rb") as source, os.fdopen(os.dup(order["out"]), "w+b") as out:
        source.seek(0)  # the worker, who shares its place in the file, has just written it
        return Reply({"media_type": transcode(source, out)})


def transcode(source: BinaryIO, out: BinaryIO) -> str:
    """The film in `source` as MP4 in `out`; its media type. Raises what PyAV raises, `ValueError` if there is nothing."""
    import av  # noqa: PLC0415 - thirty megabytes that only films need

    av.logging.set_level(None)
    with av.open(source, "r", metadata_errors="replace") as film, av.open(out, "w", format="mp4") as proxy:
        pictures = next((one for one in film.streams.video if not one.disposition & 0x400), None)
        sound = next(iter(film.streams.audio), None)
        if pictures is None and sound is None:
            raise ValueError("there is nothing to play")
        makers: dict[int, _Pictures | _Sound] = {}
        if pictures is not None:
            pictures.codec_context.thread_count = 1
            makers[pictures.index] = _Pictures(proxy, pictures)
        if sound is not None:
            makers[sound.index] = _Sound(proxy, sound)
        for packet in film.demux([one for one in (pictures, sound) if one is not None]):
            maker = makers[packet.stream.index]
            try:
                frames = packet.decode()
            except av.FFmpegError:
                continue  # a damaged stretch is left out
            for frame in frames:
                proxy.mux(list(maker.encoded(frame)))
        for maker in makers.values():
            proxy.mux(list(maker.rest()))
    return "video/mp4" if pictures is not None else "audio/mp4"


class _Pictures:
    def __init__(self, proxy: Any, source: Any) -> None:
        rate = min(Fraction(source.average_rate or 25), Fraction(_FASTEST))
        stream = proxy.add_stream("libx264", rate=rate, options={"preset": "veryfast", "crf": "26"})
        stream.pix_fmt = "yuv420p"
        stream.codec_context.thread_count = 1
        stream.codec_context.time_base = _CLOCK
        self._stream, self._least, self._last = stream, int(0.9 / float(rate) / _CLOCK), -(1 << 62)
        self._turned: int | None = None

    def encoded(self, frame: Any) -> Iterator[Any]:
        if frame.pts is None or frame.time_base is None:
            return
        at = int(frame.pts * frame.time_base / _CLOCK)
        if at - self._last < self._least:
            return
        picture = self._upright(frame)
        picture.pts, picture.time_base = at, _CLOCK
        self._last = at
        yield from self._stream.encode(picture)

    def rest(self) -> Iterator[Any]:
        yield from self._stream.encode(None)

    def _upright(self, frame: "VideoFrame") -> "VideoFrame":
        """At most 720p, sides even, as the camera was held."""
        import av  # noqa: PLC0415 - as above

        if self._turned is None:
            self._turned = int(frame.rotation) % 360
            across, down = frame.width, frame.height
            if self._turned in (90, 270):
                across, down = down, across
            scale = min(1.0, max(WIDTH, HEIGHT) / max(across, down), min(WIDTH, HEIGHT) / min(across, down))
            self._stream.width = max(2, int(across * scale) // 2 * 2)
            self._stream.height = max(2, int(down * scale) // 2 * 2)
        if not self._turned:
            return frame.reformat(self._stream.width, self._stream.height, "yuv420p")
        import numpy as np  # noqa: PLC0415 - only for what was filmed upright

        turned: Any = np.rot90(frame.to_ndarray(format="rgb24"), self._turned // 90)
        made = av.VideoFrame.from_ndarray(np.ascontiguousarray(turned), format="rgb24")
        return made.reformat(self._stream.width, self._stream.height, "yuv420p")


class _Sound:
    def __init__(self, proxy: Any, source: Any) -> None:
        import av  # noqa: PLC0415 - as above

        self._stream = proxy.add_stream("aac", rate=_SOUND)
        self._stream.bit_rate = 128_000
        self._stream.codec_context.layout = "stereo" if (source.codec_context.channels or 2) > 1 else "mono"
        layout = self._stream.codec_context.layout.name
        self._resampler = av.AudioResampler(format="fltp", layout=layout, rate=_SOUND, frame_size=1024)

    def encoded(self, frame: Any) -> Iterator[Any]:
        for piece in self._resampler.resample(frame):
            yield from self._stream.encode(piece)

    def rest(self) -> Iterator[Any]:
        for piece in self._resampler.resample(None):
            yield from self._stream.encode(piece)
        yield from self._stream.encode(None)
