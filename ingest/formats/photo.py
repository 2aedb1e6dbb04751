"""Photographs as telephones and cameras keep them: HEIC and HEIF, and raw files by the JPEG inside."""

import io
import re
from collections.abc import Iterator

from PIL import Image

from ingest.draft import MEBI, Draft, Sniffed, Source, Unreadable
from ingest.formats.image import Picture, know_exif, known_tags
from ingest.pictures.previews import open_image

_MAX_INSIDE = 24
_MAX_RAW = 256 * MEBI
_RAW = re.compile(r"image/x-(canon|nikon|sony|adobe|fuji|olympus|panasonic|pentax|samsung)-\w+")


class Heif(Picture):
    """HEIC and HEIF through libheif, upright as they state it."""

    memory = 1900 * MEBI

    def score(self, kind: Sniffed) -> int:
        return 10 if kind.media_type in ("image/heic", "image/heif") else 0

    def opened(self, source: Source) -> Image.Image:
        import pillow_heif  # noqa: PLC0415 - only these need it

        pillow_heif.options.DECODE_THREADS = 1
        pillow_heif.register_heif_opener()
        return open_image(source.open(), ("HEIF",))


class Raw(Picture):
    """Camera raw: the largest JPEG inside is the picture as the camera developed it."""

    def score(self, kind: Sniffed) -> int:
        return 20 if _RAW.fullmatch(kind.media_type) else 0

    def read(self, source: Source, draft: Draft) -> None:
        exif = Image.Exif()
        head = source.head(8 * MEBI)
        if head[:2] in (b"II", b"MM"):
            exif.load(b"Exif\0\0" + head)
            know_exif(draft, known_tags(exif))
        super().read(source, draft)

    def opened(self, source: Source) -> Image.Image:
        best: tuple[int, bytes] = (0, b"")
        for data in _inside(source):
            try:
                with open_image(io.BytesIO(data), ("JPEG",)) as image:
                    best = max(best, (image.width * image.height, data), key=lambda pair: pair[0])
            except Unreadable:
                continue
        if not best[0]:
            raise Unreadable("no_text", "the raw file has no picture inside")
        return open_image(io.BytesIO(best[1]), ("JPEG",))


def _inside(source: Source) -> Iterator[bytes]:
    data = source.whole() if source.size <= _MAX_RAW else source.head(_MAX_RAW)
    for count, found in enumerate(re.finditer(rb"\xff\xd8\xff[\xdb\xe0\xe1\xc4]", data)):
        if count >= _MAX_INSIDE:
            return
        yield data[found.start() :]


FORMATS = (Heif(), Raw())
