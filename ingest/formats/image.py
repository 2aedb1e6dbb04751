"""Pictures: size, date and camera, and a preview; their text is recognised in cells of its own."""

import contextlib
import datetime
import warnings
from collections.abc import Mapping
from typing import Any

from PIL import ExifTags, Image

from ingest.draft import MEBI, Draft, Sniffed, Source
from ingest.files.encoding import decode
from ingest.pictures.previews import know_colours, open_image, reading_size, show
from ingest.recognition.sheets import LONGEST, SMALLEST, is_blank
from search.port import PlaceKind

_TYPES = {
    "image/jpeg", "image/png", "image/gif", "image/bmp", "image/tiff", "image/webp", "image/avif",
    "image/vnd.adobe.photoshop", "image/vnd.microsoft.icon",
}  # fmt: skip
_TURNED = {5, 6, 7, 8}


class Picture:
    """Everything that Pillow decodes by itself."""

    memory = 1600 * MEBI
    seconds = 30
    unit: PlaceKind = "page"

    def score(self, kind: Sniffed) -> int:
        return 10 if kind.media_type in _TYPES else 0

    def read(self, source: Source, draft: Draft) -> None:
        with self.opened(source) as image:
            exif = _exif(image)
            turned = exif.get(ExifTags.Base.Orientation) in _TURNED
            width, height = (image.height, image.width) if turned else image.size
            draft.know("width", width)
            draft.know("height", height)
            draft.know("mode", image.mode)
            frames = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
            if frames > 1:
                draft.pages = frames
            know_exif(draft, exif)

    def picture(self, source: Source, draft: Draft) -> None:
        with self.opened(source) as image:
            shown = show(image, draft)
            know_colours(shown, draft)
            if not is_blank(shown) and min(image.size) >= SMALLEST:
                draft.unread += range(1, max(1, draft.pages) + 1)

    def sheet(self, source: Source, number: int) -> Image.Image:
        """See `ingest.recognition.sheets.Shows`."""
        with self.opened(source) as image:
            if number > 1:
                image.seek(number - 1)
            return reading_size(image, LONGEST)

    def opened(self, source: Source) -> Image.Image:
        """The picture, not yet decoded."""
        return open_image(source.open())


def _exif(image: Image.Image) -> dict[int, Any]:
    with warnings.catch_warnings(), contextlib.suppress(Exception):
        warnings.simplefilter("ignore")
        # PNG decodes every pixel to look behind them, too; what stands before them has to do
        found = Image.Image.getexif(image) if image.format == "PNG" else image.getexif()
        return known_tags(found)
    return {}


def known_tags(exif: Image.Exif) -> dict[int, Any]:
    """All tags of a picture in one; the place under its own number."""
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    return {**exif, **exif.get_ifd(ExifTags.IFD.Exif), ExifTags.IFD.GPSInfo: place}


def know_exif(draft: Draft, exif: Mapping[int, Any]) -> None:
    """Date, title, author, camera and place of a photograph; the first that says so counts."""
    for tag in (ExifTags.Base.DateTimeOriginal, ExifTags.Base.DateTimeDigitized, ExifTags.Base.DateTime):
        draft.know("created", _moment(str(exif.get(tag, ""))))
    for name, tag in (("title", ExifTags.Base.ImageDescription), ("author", ExifTags.Base.Artist)):
        value = exif.get(tag)
        if isinstance(value, str):
            # Pillow reads EXIF text as Latin-1, whatever it is
            with contextlib.suppress(UnicodeEncodeError):
                value = decode(value.encode("latin-1")).text
            draft.know(name, value)
    camera = " ".join(str(exif.get(tag, "")).strip() for tag in (ExifTags.Base.Make, ExifTags.Base.Model))
    draft.know("camera", camera)
    draft.know("coordinates", _coordinates(exif.get(ExifTags.IFD.GPSInfo)))


def _coordinates(place: object) -> str:
    """Latitude and longitude in degrees with their signs, "" if the picture does not say or says nonsense."""
    stated = place if isinstance(place, Mapping) else {}
    values: list[float] = []
    for name, behind, limit in (
        (ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLatitudeRef, 90),
        (ExifTags.GPS.GPSLongitude, ExifTags.GPS.GPSLongitudeRef, 180),
    ):
        try:
            degrees, minutes, seconds = (float(part) for part in stated[name])
        except (KeyError, TypeError, ValueError, ZeroDivisionError):
            return ""
        value = degrees + minutes / 60 + seconds / 3600
        if not 0 <= value <= limit:
            return ""
        values.append(-value if str(stated.get(behind, "")).upper().startswith(("S", "W")) else value)
    return ", ".join(f"{value:.6f}" for value in values)


def _moment(text: str) -> str:
    """EXIF's local time as ISO 8601, without a zone because it states none."""
    try:
        return datetime.datetime.strptime(text[:19], "%Y:%m:%d %H:%M:%S").isoformat()  # noqa: DTZ007
    except ValueError:
        return ""


FORMATS = (Picture(),)
