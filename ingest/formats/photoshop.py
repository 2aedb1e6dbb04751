"""PSD and PSB: names and words of the layers, and the merged picture however large it is."""

from PIL import Image

from ingest.blocks import add_paragraphs
from ingest.draft import MEBI, Draft, Sniffed, Source
from ingest.pictures.photoshop import header, layers, merged
from ingest.pictures.previews import know_colours, show
from ingest.recognition.sheets import LONGEST, is_blank
from search.port import Place, PlaceKind

_MODES = {
    0: "bitmap",
    1: "grey",
    2: "indexed",
    3: "RGB",
    4: "CMYK",
    7: "multichannel",
    8: "duotone",
    9: "Lab",
}


class Photoshop:
    """Reads around the pixels of the layers, of which there may be gigabytes."""

    memory = 1000 * MEBI
    seconds = 30
    unit: PlaceKind = "page"

    def score(self, kind: Sniffed) -> int:
        return 20 if kind.media_type == "image/vnd.adobe.photoshop" else 0

    def read(self, source: Source, draft: Draft) -> None:
        file = source.open()
        head = header(file)
        draft.know("width", head.width)
        draft.know("height", head.height)
        draft.know("mode", f"{_MODES.get(head.mode, head.mode)}/{head.depth}")
        found = list(layers(file))
        draft.know("layers", len(found) or None)
        # a text layer is named after its text unless somebody named it himself
        words = (words for name, text in found for words in dict.fromkeys((text, name)))
        add_paragraphs(draft, Place("page", 1), [line for line in words if not _by_itself(line)])

    def picture(self, source: Source, draft: Draft) -> None:
        shown = show(merged(source.open(), 2 * LONGEST), draft)
        know_colours(shown, draft)
        if not is_blank(shown):
            draft.unread.append(1)

    def sheet(self, source: Source, number: int) -> Image.Image:  # noqa: ARG002 - there is one
        """See `ingest.recognition.sheets.Shows`."""
        image = merged(source.open(), LONGEST).convert("RGB")
        image.thumbnail((LONGEST, LONGEST))
        return image


def _by_itself(name: str) -> bool:
    """A name that Photoshop gives by itself: 图层 1, Layer 12 copy, 背景, </Layer group>."""
    words = name.strip("</>").lower().rstrip("0123456789 ")
    return words in _OWN_NAMES


_OWN_NAMES = {
    "", "图层", "背景", "组", "形状", "layer", "layer group", "background", "group", "shape", "rectangle", "ellipse",
    "curves", "levels", "hue/saturation", "brightness/contrast", "曲线", "色阶", "矩形", "椭圆", "色相/饱和度",
}  # fmt: skip

FORMATS = (Photoshop(),)
