"""Previews: any picture that Pillow can read becomes a small upright JPEG, or PNG where it is transparent."""

import io
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageChops, ImageCms, ImageFile, ImageOps, ImageStat, UnidentifiedImageError

from ingest.draft import Draft, Unreadable
from ingest.pictures.rows import fewer_rows

WIDTH, HEIGHT = 1130, 1600
"""Largest preview: an A4 page that can be read on the screen."""
MAX_PIXELS = 120_000_000
MAX_JPEG_PIXELS = 400_000_000
"""JPEG is decoded at a fraction of its size, so it may have more."""
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "AVIF", "PSD", "ICO")
"""Nothing else is tried: some of Pillow's readers start programs or unpack without limit (B13, B18)."""
_QUALITY = 80
_SCREEN = ImageCms.createProfile("sRGB")
_PRINT = Path(__file__).with_name("cmyk.icc").read_bytes()
"""What the inks of a picture without a profile are taken for: SWOP's, from the Compact ICC Profiles (CC0)."""

# we look at the size before a pixel is decoded; Pillow's own warning would be an error in strict programs
Image.MAX_IMAGE_PIXELS = None
# a picture whose end is missing still shows its beginning
ImageFile.LOAD_TRUNCATED_IMAGES = True


def open_image(file: BinaryIO, formats: Sequence[str] = FORMATS) -> Image.Image:
    """A picture whose size is bearable, not yet decoded. Raises `Unreadable`: damaged or pixels."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(file, formats=list(formats))
    except UnidentifiedImageError as error:
        raise Unreadable("unknown_type", "a picture of a kind that is not read") from error
    except Exception as error:
        raise Unreadable("damaged", f"{type(error).__name__}: {error}") from error
    limit = MAX_JPEG_PIXELS if image.format == "JPEG" else MAX_PIXELS
    if image.width * image.height > limit:
        raise Unreadable("pixels", f"{image.width} × {image.height} pixels")
    return image


def show(image: Image.Image, draft: Draft) -> Image.Image:
    """Make `image` the draft's preview, which is given back."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image.draft("RGB", (WIDTH, HEIGHT))
        image = _plain(fewer_rows(image, WIDTH, HEIGHT))
        image.thumbnail((WIDTH, HEIGHT), reducing_gap=2.0)
        image = ImageOps.exif_transpose(image)
        if image.mode in ("RGB", "RGBA"):  # cameras and screens of wide colours state so
            image = _by_profile(image)
    out = io.BytesIO()
    if "A" in image.getbands() and image.getchannel("A").getextrema()[0] != 255:
        image.save(out, "PNG")
        draft.preview_type = "image/png"
    else:
        image.convert("RGB").save(out, "JPEG", quality=_QUALITY)
        draft.preview_type = "image/jpeg"
    draft.preview = out.getvalue()
    return image


def reading_size(image: Image.Image, longest: int) -> Image.Image:
    """`image` upright, in RGB, as large as it is best read: small ones are doubled, large ones reduced."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image.draft("RGB", (longest, longest))
        image = ImageOps.exif_transpose(_plain(fewer_rows(image, longest, longest)))
        if max(image.size) < longest // 3:
            image = image.resize((image.width * 2, image.height * 2), Image.Resampling.LANCZOS)
        image.thumbnail((longest, longest), reducing_gap=2.0)
    return on_paper(image)


def know_colours(image: Image.Image, draft: Draft) -> None:
    """The colours that most of `image` has, most frequent first, as #rrggbb."""
    small = on_paper(image)
    small.thumbnail((128, 128), Image.Resampling.BOX)
    few = small.quantize(8, Image.Quantize.MEDIANCUT)
    palette = few.getpalette() or []
    counts = few.histogram()[: len(palette) // 3]
    most = sorted(range(len(counts)), key=lambda index: -counts[index])[:5]
    shown = [palette[3 * index : 3 * index + 3] for index in most if counts[index] * 25 > sum(counts)]
    draft.know("colours", " ".join("#{:02x}{:02x}{:02x}".format(*point) for point in shown))


def on_paper(image: Image.Image) -> Image.Image:
    """`image` in RGB without transparency: dark writing on white, light writing on black."""
    if "A" not in image.getbands():
        return image.convert("RGB")
    opaque = image.getchannel("A")
    grey = ImageStat.Stat(image.convert("L"), mask=opaque.point(lambda value: 255 if value > 64 else 0))
    light = bool(grey.count[0]) and grey.mean[0] > 160
    paper = Image.new("RGB", image.size, "black" if light else "white")
    paper.paste(image.convert("RGB"), mask=opaque)
    return paper


def _plain(image: Image.Image) -> Image.Image:
    """`image` in eight-bit RGB(A), colours as its profile means them."""
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        low, high = image.getextrema()
        scale = 255 / ((float(high) - float(low)) or 1)  # type: ignore[arg-type]
        return image.convert("F").point(lambda value: (value - float(low)) * scale).convert("L")  # type: ignore[arg-type]
    if image.mode == "CMYK":
        # Pillow takes the values for turned round, as Adobe's programs write them; others leave no such mark
        turned = image.format == "JPEG" and "adobe" not in image.info
        return _by_profile(ImageChops.invert(image) if turned else image, _PRINT).convert("RGB")
    if image.mode == "LAB":
        return _by_profile(image).convert("RGB")
    if image.mode in ("P", "PA", "LA", "La", "RGBa") or "transparency" in image.info:
        return image.convert("RGBA")
    return image if image.mode in ("L", "RGB", "RGBA") else image.convert("RGB")


def _by_profile(image: Image.Image, otherwise: bytes = b"") -> Image.Image:
    """`image` in sRGB by its own profile; by the one `otherwise` if it has none, or one for other colours."""
    for profile in (image.info.get("icc_profile"), otherwise):
        if not profile:
            continue
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        try:
            stated = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            changed = ImageCms.profileToProfile(image, stated, _SCREEN, outputMode=mode)
        except (ImageCms.PyCMSError, OSError, ValueError):
            continue
        return changed or image
    return image
