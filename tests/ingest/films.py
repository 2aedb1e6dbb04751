"""Films and sounds made for tests: coloured pictures, one with a slogan, a tone, tags, subtitles."""

import io
import wave
from collections.abc import Sequence
from fractions import Fraction

import av
import numpy as np
from PIL import Image

RATE = 5
"""Pictures per second."""


def film(
    stills: Sequence[Image.Image], seconds_each: int = 4, kind: str = "mp4", codec: str = "mpeg4"
) -> bytes:
    """A film that shows each of `stills` for a while; the first tag in Chinese."""
    out = io.BytesIO()
    with av.open(out, "w", format=kind) as container:
        container.metadata["title"] = "春日轻食广告片"
        container.metadata["artist"] = "市场部"
        stream = container.add_stream(codec, rate=RATE)
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = *stills[0].size, "yuv420p", RATE
        stream.bit_rate = 4_000_000
        for number in range(len(stills) * seconds_each * RATE):
            frame = av.VideoFrame.from_image(stills[number // (seconds_each * RATE)])
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()


def subtitled(cues: Sequence[tuple[int, str]]) -> bytes:
    """A Matroska film without pictures worth the name, with subtitles: second and words."""
    said = "".join(
        f"{n}\n{_clock(at)} --> {_clock(at + 1)}\n{text}\n\n" for n, (at, text) in enumerate(cues, 1)
    )
    out = io.BytesIO()
    with (
        av.open(io.BytesIO(said.encode()), format="srt") as given,
        av.open(out, "w", format="matroska") as container,
    ):
        pictures = container.add_stream("mpeg4", rate=1)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuv420p"
        words = container.add_stream_from_template(given.streams[0])
        for number in range(cues[-1][0] + 2):
            frame = av.VideoFrame.from_image(Image.new("RGB", (64, 48), (number * 7 % 256, 80, 80)))
            frame.pts, frame.time_base = number, Fraction(1)
            container.mux(pictures.encode(frame))
        container.mux(pictures.encode(None))
        for packet in given.demux():
            if packet.size:
                packet.stream = words
                container.mux(packet)
    return out.getvalue()


def _clock(second: int) -> str:
    return f"00:{second // 60:02}:{second % 60:02},000"


def tone(seconds: int = 2) -> bytes:
    """A WAV file of a tone."""
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        wobble = np.sin(np.arange(8000 * seconds) / 8000 * 2 * np.pi * 440)
        sound.writeframes((wobble * 9000).astype("<i2").tobytes())
    return out.getvalue()


def song() -> bytes:
    """An MP3 file with tags."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp3") as container:
        container.metadata["title"] = "品牌主题曲"
        container.metadata["artist"] = "青禾合唱团"
        stream = container.add_stream("libmp3lame", rate=8000)
        stream.layout = "mono"
        frame = av.AudioFrame(format="s16p", layout="mono", samples=8000)
        frame.sample_rate = 8000
        frame.planes[0].update(bytes(16_000))
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()
