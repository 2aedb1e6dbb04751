"""Drawings: SVG rendered with its words, EPS and PostScript by the small picture that their programs leave in them."""

import base64
import binascii
import io
import re

from PIL import Image

from ingest.blocks import add_paragraphs
from ingest.documents.ooxml import local, parsed
from ingest.draft import MEBI, Draft, Sniffed, Source, Unreadable
from ingest.files.encoding import decode, decode_markup
from ingest.pictures.previews import HEIGHT, WIDTH, know_colours, on_paper, open_image, show
from ingest.recognition.sheets import LONGEST
from search.port import Place, PlaceKind

_MAX_SVG = 16 * MEBI
_WORDS = ("text", "title", "desc", "tspan", "textPath")
_OUTSIDE = re.compile(r"""((?:xlink:)?href\s*=\s*)(["'])(?!#|data:)[^"']*\2""", re.IGNORECASE)
"""A reference to something outside the drawing."""
_HEAD = 4 * MEBI
_COMMENTS = (
    ("Title", "title"),
    ("Creator", "producer"),
    ("For", "author"),
    ("CreationDate", "created_as_stated"),
)
_XMP_PICTURE = re.compile(rb"<xmpGImg:image>([^<]{100,4000000})</xmpGImg:image>")
_HEX = re.compile(rb"%%BeginPreview: *(\d+) (\d+) (\d+) \d+\r?\n((?:%[ 0-9A-Fa-f]*\r?\n)+)")


class Svg:
    """SVG: its words, and its picture by resvg; nothing outside the drawing is asked for."""

    memory = 1600 * MEBI
    seconds = 30
    unit: PlaceKind = "page"

    def score(self, kind: Sniffed) -> int:
        return 20 if kind.media_type == "image/svg+xml" else 0

    def read(self, source: Source, draft: Draft) -> None:
        if source.size > _MAX_SVG:
            raise Unreadable("parser_limit", "too much XML for a tree")
        if b"<!ENTITY" in source.head(_HEAD):
            draft.warn("entity_limit", "the drawing declares entities; none was resolved")
        tree = parsed(source.whole())
        if tree is None:
            raise Unreadable("damaged", "no XML")
        for side in ("width", "height"):
            draft.know(side, (tree.get(side) or "").strip())
        lines = [
            " ".join("".join(element.itertext()).split())
            for element in tree.iter()
            if local(element) in _WORDS[:3]
        ]
        add_paragraphs(draft, Place("page", 1), lines)
        if not draft.passages:
            draft.warn("no_text")

    def picture(self, source: Source, draft: Draft) -> None:
        if source.careful or source.size > _MAX_SVG or draft.warning == "entity_limit":
            return  # references that double and double again are found out only by drawing them
        image = _drawn(source, WIDTH, HEIGHT)
        show(image, draft)
        know_colours(image, draft)
        # writing that was turned into outlines; what is written as text is known already
        if not draft.passages:
            draft.unread.append(1)

    def sheet(self, source: Source, number: int) -> Image.Image:  # noqa: ARG002 - there is one
        """See `ingest.recognition.sheets.Shows`."""
        return on_paper(_drawn(source, LONGEST, LONGEST))


class PostScript:
    """EPS, and Illustrator files from before they were PDF: no program of theirs is run."""

    memory = 1000 * MEBI
    seconds = 20

    def score(self, kind: Sniffed) -> int:
        return 10 if kind.media_type in ("application/postscript", "application/illustrator") else 0

    def read(self, source: Source, draft: Draft) -> None:
        head = source.head(_HEAD)
        for name, fact in _COMMENTS:
            if found := re.search(rb"%%" + name.encode() + rb": *([^\r\n]{1,300})", head):
                draft.know(fact, decode(found.group(1).strip(b" ()")).text)
        if found := re.search(rb"%%BoundingBox: *(-?\d+) (-?\d+) (-?\d+) (-?\d+)", head):
            left, low, right, high = map(int, found.groups())
            draft.know("width", f"{right - left}pt")
            draft.know("height", f"{high - low}pt")
        add_paragraphs(draft, Place("page", 1), [draft.facts.get("title", "")])
        if not draft.passages:
            draft.warn("no_text")

    def picture(self, source: Source, draft: Draft) -> None:
        for picture in (_binary_preview, _xmp_preview, _hex_preview):
            image = picture(source)
            if image is not None:
                show(image, draft)
                return


def _drawn(source: Source, width: int, height: int) -> Image.Image:
    import resvg_py  # noqa: PLC0415 - only drawings need it

    text = _OUTSIDE.sub(r"\1\2\2", decode_markup(source.whole()).text)
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)  # it is no longer in the encoding that this states
    # only the width can be asked for; the shape tells whether the height is the narrower measure
    size = _shape(text)
    wide = min(width, round(height * size)) if size else width
    try:
        # without dots per inch it takes centimetres for nothing
        data = bytes(
            resvg_py.svg_to_bytes(svg_string=text, width=max(1, wide), dpi=96.0, languages=["zh", "en"])
        )
    except ValueError as error:
        raise Unreadable("damaged", str(error)) from error
    return Image.open(io.BytesIO(data), formats=("PNG",))


def _shape(text: str) -> float:
    """Width over height of a drawing, 0 if it does not say."""
    found = re.search(r"viewBox\s*=\s*[\"']\s*[-\d.e]+[\s,]+[-\d.e]+[\s,]+([\d.e]+)[\s,]+([\d.e]+)", text)
    if not found:
        root = re.search(r"<(?:\w+:)?svg\b[^>]*>", text)
        sides = (
            [re.search(rf"\b{side}\s*=\s*[\"']\s*([\d.]+)", root.group()) for side in ("width", "height")]
            if root
            else []
        )
        numbers = [float(side.group(1)) for side in sides if side]
    else:
        numbers = [float(found.group(1)), float(found.group(2))]
    return numbers[0] / numbers[1] if len(numbers) == 2 and all(numbers) else 0.0


def _binary_preview(source: Source) -> Image.Image | None:
    """The TIFF that a DOS EPS file carries behind its PostScript."""
    head = source.head(32)
    if head[:4] != b"\xc5\xd0\xd3\xc6":
        return None
    start, length = int.from_bytes(head[20:24], "little"), int.from_bytes(head[24:28], "little")
    file = source.open()
    file.seek(start)
    data = file.read(length)
    return open_image(io.BytesIO(data)) if data else None


def _xmp_preview(source: Source) -> Image.Image | None:
    found = _XMP_PICTURE.search(source.head(32 * MEBI))
    if not found:
        return None
    packed = re.sub(rb"&#xA;|\s", b"", found.group(1))
    try:
        return open_image(io.BytesIO(base64.b64decode(packed)))
    except binascii.Error:
        return None


def _hex_preview(source: Source) -> Image.Image | None:
    """EPSI: a picture in hexadecimal comments, one or eight bits deep."""
    found = _HEX.search(source.head(_HEAD))
    if not found:
        return None
    width, height, depth = (int(number) for number in found.groups()[:3])
    data = bytes.fromhex(re.sub(rb"[^0-9A-Fa-f]", b"", found.group(4)).decode()[: 2 * width * height])
    if depth == 8 and len(data) >= width * height:
        return Image.frombytes("L", (width, height), data)
    if depth == 1 and len(data) >= (width + 7) // 8 * height:
        return Image.frombytes("1", (width, height), bytes(255 - byte for byte in data))
    return None


FORMATS = (Svg(), PostScript())
