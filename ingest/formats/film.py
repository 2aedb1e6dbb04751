"""Video and audio: length, codecs, tags, subtitles with their second, a poster or the cover, by FFmpeg's libraries."""

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageStat

from ingest.blocks import add_paragraphs
from ingest.draft import MEBI, Draft, Full, Made, Sniffed, Source, Unreadable
from ingest.files.encoding import decode
from ingest.files.moments import iso_moment
from ingest.pictures.filmstrip import SHORTEST, strip, wave
from ingest.pictures.previews import reading_size, show
from ingest.recognition.sheets import LONGEST
from search.port import Place, PlaceKind

if TYPE_CHECKING:
    from av.container import InputContainer

_TAGS = (
    ("title", "title"), ("artist", "author"), ("album_artist", "author"), ("album", "album"), ("comment", "description"),
    ("description", "description"), ("genre", "genre"), ("copyright", "copyright"), ("encoder", "producer"),
)  # fmt: skip
_DATES = ("creation_time", "date")
_POSTERS = (0.1, 0.3, 0.55)
"""Where in a film its poster is looked for: the liveliest of these pictures."""
_MAX_SIDE = 8192
_STILLS = 20
"""Pictures of a film whose writing is read."""
_APART = 2.0
"""Seconds between two of them at least."""
_ATTACHED = 0x400
_CUES = 30
"""Seconds of subtitles in one passage."""
_MAX_CUES = 50_000


class Film:
    """Everything that FFmpeg reads as video or audio; pictures are decoded by one thread."""

    memory = 1600 * MEBI
    seconds = 60
    unit: PlaceKind = "second"

    def score(self, kind: Sniffed) -> int:
        return 10 if kind.family in ("video", "audio") and kind.media_type != "audio/midi" else 0

    def read(self, source: Source, draft: Draft) -> None:
        with _opened(source) as container:
            length = _length(container)
            if length:
                draft.know("duration", f"{length:.2f}")
            _know_streams(container, draft)
            _know_tags(container.metadata, draft)
            for stream in container.streams:
                _know_tags(stream.metadata, draft)
            for line in ("title", "author", "album", "description"):
                if said := draft.facts.get(line):
                    add_paragraphs(draft, Place("whole", 1), [said])
            if film := _film(container):
                # what is not a film of some length is a sticker
                draft.unread += _moments(length) if min(film.width, film.height) >= 120 else []
            _read_subtitles(container, draft)
        if not draft.passages:
            draft.warn("no_text")

    def picture(self, source: Source, draft: Draft) -> None:
        with _opened(source) as container:
            covers = [stream for stream in container.streams.video if stream.disposition & _ATTACHED]
            film, length = _film(container), _length(container)
            if film is None and covers:
                show(_frame(container, covers[0], 0.0), draft)
            if film is None and container.streams.audio and length:
                container.seek(0)
                _add(draft, "wave", wave(container, container.streams.audio[0], length))
            if film is None:
                return
            frames = []
            for share in _POSTERS if length else (0.0,):
                with contextlib.suppress(Unreadable):
                    frames.append(_frame(container, film, share * length))
            if not frames:
                frames.append(_frame(container, film, 0.0))
            show(max(frames, key=lambda image: ImageStat.Stat(image.convert("L")).stddev[0]), draft)
            if length >= SHORTEST:
                _add(draft, "strip", strip(lambda second: _frame(container, film, second), length))

    def sheet(self, source: Source, number: int) -> Image.Image:
        """See `ingest.recognition.sheets.Shows`: the picture that stands at second `number`."""
        with _opened(source) as container:
            film = _film(container)
            if film is None:
                raise Unreadable("no_text", "there are no pictures")
            return reading_size(_frame(container, film, float(number)), LONGEST)


def _add(draft: Draft, name: str, made: Made | None) -> None:
    if made:
        draft.renditions[name] = made


@contextlib.contextmanager
def _opened(source: Source) -> "Iterator[InputContainer]":
    import av  # noqa: PLC0415 - thirty megabytes that only films need

    av.logging.set_level(None)
    try:
        container = av.open(source.open(), "r", metadata_errors="replace")
    except (av.FFmpegError, ValueError, OSError) as error:
        raise Unreadable("damaged", str(error)) from error
    for stream in container.streams.video:
        stream.codec_context.thread_count = 1
        stream.codec_context.skip_frame = "NONKEY"
    try:
        yield container
    except av.FFmpegError as error:
        raise Unreadable("damaged", str(error)) from error
    finally:
        container.close()


def _length(container: "InputContainer") -> float:
    """Seconds; 0 where nobody says."""
    if container.duration and container.duration > 0:
        return float(container.duration) / 1_000_000
    lengths = [
        float(one.duration * one.time_base) for one in container.streams if one.duration and one.time_base
    ]
    return max(lengths, default=0.0)


def _film(container: "InputContainer") -> Any:
    """The stream of moving pictures, None if there is none: a cover is none."""
    return next((one for one in container.streams.video if not one.disposition & _ATTACHED), None)


def _know_streams(container: "InputContainer", draft: Draft) -> None:
    film = _film(container)
    if film is not None:
        draft.know("width", film.width)
        draft.know("height", film.height)
        draft.know("video_codec", film.codec_context.name)
        if film.average_rate:
            draft.know("frame_rate", f"{float(film.average_rate):.5g}")
    for sound in container.streams.audio[:1]:
        draft.know("audio_codec", sound.codec_context.name)
        draft.know("sample_rate", sound.codec_context.sample_rate or None)
        draft.know("channels", sound.codec_context.channels or None)
    if container.bit_rate:
        draft.know("bit_rate", container.bit_rate)


def _know_tags(tags: dict[str, str], draft: Draft) -> None:
    stated = {name.lower(): _readable(value) for name, value in tags.items()}
    for tag, fact in _TAGS:
        draft.know(fact, stated.get(tag))
    for tag in _DATES:
        draft.know("created", iso_moment(stated.get(tag, "")) or None)
    # ISO 6709: where it was taken
    draft.know("coordinates", stated.get("location") or stated.get("com.apple.quicktime.location.iso6709"))


def _readable(value: str) -> str:
    """A tag as people read it: old music files hold GBK that was taken for Latin-1."""
    try:
        raw = value.encode("latin-1")
    except UnicodeEncodeError:
        return value
    return decode(raw).text if any(byte > 0x7F for byte in raw) else value


def _moments(length: float) -> list[int]:
    """Seconds at which the pictures of a film of `length` seconds are read, evenly spread; never 0."""
    number = max(1, min(_STILLS, int(length / _APART)))
    return sorted({max(1, int(length * (position + 0.5) / number)) for position in range(number)})


def _frame(container: "InputContainer", stream: Any, second: float) -> Image.Image:
    """The picture that stands at `second`, or the next one that can be decoded."""
    import av  # noqa: PLC0415 - as above

    if max(stream.width, stream.height) > _MAX_SIDE:
        raise Unreadable("pixels", f"{stream.width} × {stream.height} pixels")
    if second and stream.time_base:
        with contextlib.suppress(av.FFmpegError):
            container.seek(int(second / stream.time_base), stream=stream)
    try:
        for frame in container.decode(stream):
            image: Image.Image = frame.to_image()
            return image
    except av.FFmpegError as error:
        raise Unreadable("damaged", str(error)) from error
    raise Unreadable("damaged", "there is no picture")


def _read_subtitles(container: "InputContainer", draft: Draft) -> None:
    texts = [one for one in container.streams.subtitles if one.codec_context.name in _SUBTITLES]
    if not texts:
        return
    begun, lines = 0, list[str]()
    for count, (second, line) in enumerate(_cues(container, texts[0])):
        if count >= _MAX_CUES:
            raise Full
        if lines and second >= begun + _CUES:
            add_paragraphs(draft, Place("second", begun), lines)
            lines = []
        begun = begun if lines else max(1, second)
        lines.append(line)
    add_paragraphs(draft, Place("second", begun), lines)


_SUBTITLES = {"mov_text", "subrip", "srt", "ass", "ssa", "webvtt", "text"}


def _cues(container: "InputContainer", stream: Any) -> Iterator[tuple[int, str]]:
    for packet in container.demux(stream):
        if packet.size and packet.pts is not None:
            data = bytes(packet)
            if stream.codec_context.name == "mov_text":
                data = data[2 : 2 + int.from_bytes(data[:2], "big")]
            line = decode(data).text
            if stream.codec_context.name in ("ass", "ssa"):
                line = line.split(",", 8)[-1].replace("\\N", "\n")
            if line.strip():
                yield int(packet.pts * packet.time_base), line.strip()


FORMATS = (Film(),)
