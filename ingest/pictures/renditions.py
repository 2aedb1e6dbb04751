"""Renditions made while a file is read: smaller previews, a film's strip; how a cell hands several over at once."""

import io
from collections.abc import Mapping, Sequence

from ingest.draft import Draft, Made
from ingest.pictures.sketching import LOOK, look_of

SIZES: Mapping[str, tuple[int, int]] = {"medium": (480, 680), "small": (170, 240)}
"""Largest width and height: a card of the grid, a row of a list, each at twice the dots. "large" is the preview."""
_READ = ("small", "medium", "strip", "wave")
_TYPES = ("image/jpeg", "image/png")
_QUALITY = 78


def add_sizes(draft: Draft) -> None:
    """Make the smaller sizes of the draft's preview; none that would be hardly smaller."""
    if not draft.preview:
        return
    from PIL import Image  # noqa: PLC0415 - who serves people imports this module, and draws nothing

    with Image.open(io.BytesIO(draft.preview), formats=["JPEG", "PNG"]) as image:
        kind = image.format or "JPEG"
        for name, (width, height) in SIZES.items():
            if image.width > 1.25 * width or image.height > 1.25 * height:
                image.draft("RGB", (2 * width, 2 * height))
                image.thumbnail((width, height), reducing_gap=2.0)
                out = io.BytesIO()
                image.save(out, kind, **({"quality": _QUALITY} if kind == "JPEG" else {}))
                draft.renditions[name] = Made(draft.preview_type, out.getvalue())


def know_look(draft: Draft) -> None:
    """Note how the draft's preview looks, so that near copies of the picture are found."""
    if not draft.preview:
        return
    from PIL import Image  # noqa: PLC0415 - as above

    with Image.open(io.BytesIO(draft.preview), formats=["JPEG", "PNG"]) as image:
        draft.know(LOOK, look_of(image))


def packed(preview: bytes, made: Mapping[str, Made]) -> tuple[list[list[str | int]], bytes]:
    """The list that goes into a reply's body, and the preview with all renditions behind it as one blob."""
    listed: list[list[str | int]] = [[name, one.media_type, len(one.data)] for name, one in made.items()]
    return listed, b"".join((preview, *(one.data for one in made.values())))


def unpacked(listed: object, blob: bytes) -> tuple[bytes, dict[str, Made]]:
    """The preview and the renditions of a reply. A cell has read hostile bytes: what does not fit is let go."""
    rows = [row for row in listed if _fine(row)] if isinstance(listed, list) else []
    begin = len(blob) - sum(row[2] for row in rows)
    if begin < 0:
        return b"", {}
    preview, made = blob[:begin], dict[str, Made]()
    for name, media_type, length in rows:
        if name in _READ and media_type in _TYPES and length:
            made[name] = Made(media_type, blob[begin : begin + length])
        begin += length
    return preview, made


def _fine(row: object) -> bool:
    return (
        isinstance(row, Sequence)
        and len(row) == 3
        and isinstance(row[0], str)
        and isinstance(row[1], str)
        and isinstance(row[2], int)
        and row[2] >= 0
    )
