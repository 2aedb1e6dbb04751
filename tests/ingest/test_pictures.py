"""Pictures of every kind: size, date, place, colours, words of layers and drawings, previews."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from ingest import texts
from ingest.pictures import previews as pictures
from ingest.pictures.photoshop import merged
from ingest.tasks.extract import Finding
from search.port import Place
from tests.ingest import artwork, samples, scans

Read = Callable[..., Finding]


def text(found: Finding) -> str:
    return "\n".join(passage.text for passage in texts.load([found.text])) if found.text else ""


def preview(found: Finding) -> Image.Image:
    return Image.open(io.BytesIO(found.preview)).convert("RGB")


def halves() -> Image.Image:
    return Image.open(io.BytesIO(samples.image_file("PNG", (600, 400))))


def is_halves(image: Image.Image) -> bool:
    left, right = (image.getpixel((image.width * part // 4, image.height // 2)) for part in (1, 3))
    return min(left[0], right[2]) > 150 and max(left[2], right[0]) < 80


class TestPhotoshop:
    @pytest.mark.parametrize("large", [False, True])
    @pytest.mark.parametrize("packed", [False, True])
    def test_words_of_layers_and_the_merged_picture(self, read: Read, large: bool, packed: bool) -> None:
        layers = [("背景", ""), ("主标题", "春日轻食\n新品上市"), ("图层 12", ""), ("合作单位标志", "")]
        found = read(artwork.photoshop(halves(), layers, large=large, packed=packed), "海报.psd")
        assert text(found) == "合作单位标志\n春日轻食\n新品上市\n主标题"
        assert (found.facts["width"], found.facts["height"], found.facts["layers"]) == ("600", "400", "4")
        assert is_halves(preview(found))

    def test_a_large_one_is_read_without_most_of_its_rows(self, jailed: Read) -> None:
        found = jailed(artwork.photoshop(Image.new("RGB", (9000, 7000), (20, 160, 60)), []), "大.psd")
        assert (found.warning, max(preview(found).size)) == ("", 1130)
        assert found.facts["colours"] == "#14a03c"

    def test_cut_off_it_keeps_what_it_states(self, read: Read) -> None:
        data = artwork.photoshop(halves(), [("主标题", "春日轻食")])
        found = read(data[:400], "断.psd")
        assert (found.facts["width"], text(found)) == ("600", "春日轻食\n主标题")


class TestDrawings:
    def test_words_and_picture_of_a_drawing(self, read: Read) -> None:
        words = "<title>标志</title><text x='9' y='99'>青禾<tspan>食品</tspan></text>"
        body = f"<rect width='400' height='200' fill='#c80000'/>{words}"
        found = read(artwork.svg(body), "标志.svg")
        assert text(found) == "标志\n青禾食品"
        assert preview(found).size == (1130, 565)
        assert preview(found).getpixel((1000, 500)) == pytest.approx((200, 0, 0), abs=3)

    def test_writing_in_outlines_is_looked_at_and_the_source_is_no_text(self, read: Read) -> None:
        found = read(
            artwork.svg("<path d='M0 0L400 200M400 0L0 200' stroke='#000' stroke-width='9'/>"), "标志.svg"
        )
        assert (found.warning, found.text, found.unread) == ("no_text", b"", (1,))
        assert found.facts["width"]

    def test_one_of_a_gigantic_height_takes_little(self, jailed: Read) -> None:
        # at sixteen dots across it would have four hundred million
        data = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1600000"><path d="M0 0L1 1600000"/></svg>'
        found = jailed(data, "高.svg")
        assert preview(found).height == 1600

    def test_centimetres_are_a_size(self, read: Read) -> None:
        data = (
            b'<svg xmlns="http://www.w3.org/2000/svg" width="4cm" height="2cm"><path d="M0 0h99v9z"/></svg>'
        )
        found = read(data, "厘米.svg")
        assert (found.warning, preview(found).width) == ("no_text", 1130)

    def test_nothing_outside_a_drawing_is_looked_at(self, read: Read, tmp_path: object) -> None:
        picture = f"{tmp_path}/picture.png"
        with open(picture, "wb") as file:  # noqa: PTH123 - the path is written into the drawing
            file.write(samples.image_file("PNG", (400, 200)))
        found = read(artwork.svg(f"<image xlink:href='{picture}' width='400' height='200'/>"), "外.svg")
        assert preview(found).getextrema() == ((0, 0), (0, 0), (0, 0))

    @pytest.mark.requirement("B07")
    def test_entities_of_a_drawing_are_not_resolved(self, jailed: Read) -> None:
        laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
        data = f'<!DOCTYPE svg [<!ENTITY l0 "哈">{laughs}]>'.encode() + artwork.svg("<text>&l9;</text>")
        found = jailed(data, "笑.svg")
        assert (found.warning, found.preview) == ("damaged", b"")
        assert text(found).count("哈") == 1  # as its source says it

    def test_references_that_double_end_with_the_careful_one(self, jailed: Read) -> None:
        uses = "".join(f"<g id='a{n}'>" + f"<use href='#a{n - 1}'/>" * 10 + "</g>" for n in range(1, 9))
        found = jailed(
            artwork.svg(f"<g id='a0'><rect width='1' height='1'/></g>{uses}"), "倍.svg", careful=True
        )
        assert (found.preview, found.family) == (b"", "image")

    @pytest.mark.parametrize("shown", [None, halves()], ids=["without", "with preview"])
    def test_eps(self, read: Read, shown: Image.Image | None) -> None:
        found = read(artwork.eps(shown), "海报.eps")
        assert (found.family, found.facts["title"], found.facts["width"]) == (
            "image",
            "春季海报.eps",
            "300pt",
        )
        assert bool(found.preview) == (shown is not None)
        assert not shown or is_halves(preview(found))


def inks(**how: object) -> bytes:
    """A JPEG picture full of cyan with some black, as Adobe's programs write it: turned round, with their mark."""
    out = io.BytesIO()
    Image.new("CMYK", (600, 400), (255, 0, 0, 60)).save(out, "JPEG", quality=95, **how)
    return out.getvalue()


def without_mark(data: bytes) -> bytes:
    """The same as programs write it that neither turn round nor mark."""
    start = data.index(b"\xff\xee")
    return data[:start] + data[start + 2 + int.from_bytes(data[start + 2 : start + 4], "big") :]


class TestColours:
    def shown(self, read: Read, data: bytes, name: str = "印刷.jpg") -> tuple[int, ...]:
        return tuple(preview(read(data, name)).getpixel((300, 200)))

    def test_inks_are_shown_as_print_has_them_with_and_without_a_profile(self, read: Read) -> None:
        profile = Path(pictures.__file__).with_name("cmyk.icc").read_bytes()
        plain, stated = self.shown(read, inks()), self.shown(read, inks(icc_profile=profile))
        assert plain == pytest.approx(stated, abs=2)
        assert plain == pytest.approx(
            (0, 141, 189), abs=12
        )  # by arithmetic it would be a glaring 0, 195, 195

    def test_a_profile_of_other_colours_is_no_harm(self, read: Read) -> None:
        screen = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        assert self.shown(read, inks(icc_profile=screen)) == self.shown(read, inks())
        assert self.shown(read, inks(icc_profile=b"no profile")) == self.shown(read, inks())

    def test_only_what_adobe_marked_is_turned_round(self, read: Read) -> None:
        turned = Image.new("CMYK", (600, 400), (0, 255, 255, 195))
        out = io.BytesIO()
        turned.save(out, "JPEG", quality=95)
        assert self.shown(read, without_mark(out.getvalue())) == pytest.approx(
            self.shown(read, inks()), abs=3
        )

    def test_a_wide_screen_profile_counts_beneath_transparency(self, read: Read) -> None:
        image = Image.new("RGBA", (600, 400), (200, 30, 30, 255))
        image.putpixel((0, 0), (0, 0, 0, 0))
        screen = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        out = io.BytesIO()
        image.save(out, "PNG", icc_profile=screen)
        found = read(out.getvalue(), "a.png")
        assert (found.preview_type, preview(found).getpixel((300, 200))) == ("image/png", (200, 30, 30))

    def test_a_photoshop_document_of_inks_is_shown_by_its_profile(self, read: Read) -> None:
        profile = Path(pictures.__file__).with_name("cmyk.icc").read_bytes()
        page = Image.new("CMYK", (600, 400), (255, 0, 0, 60))
        data = artwork.photoshop(page, [], profile=profile)
        assert merged(io.BytesIO(data), 600).info["icc_profile"] == profile
        assert self.shown(read, data, "海报.psd") == pytest.approx(self.shown(read, inks()), abs=3)


class TestPhotos:
    def test_heic(self, read: Read) -> None:
        found = read(artwork.heic(halves()), "照片.HEIC")
        assert (found.media_type, found.facts["width"], found.warning) == ("image/heic", "600", "")
        assert is_halves(preview(found))

    def test_raw(self, read: Read) -> None:
        found = read(artwork.raw_photo(), "IMG_0001.CR2")
        assert (found.media_type, found.facts["width"], found.facts["camera"], found.facts["created"]) == (
            "image/x-canon-cr2",
            "1200",
            "EOS R6",
            "2024-03-05T13:30:00",
        )
        assert is_halves(preview(found))

    def test_a_raw_file_without_a_picture(self, read: Read) -> None:
        found = read(b"II*\0" + b"\x08\0\0\0" + bytes(500), "空.nef")
        assert (found.warning, found.preview) == ("no_text", b"")

    def test_where_a_photograph_was_taken(self, read: Read) -> None:
        exif = Image.Exif()
        exif.get_ifd(0x8825).update({1: "N", 2: (31.0, 13.0, 49.44), 3: "E", 4: (121.0, 28.0, 25.32)})
        found = read(samples.image_file(exif=exif), "外滩.jpg")
        assert found.facts["coordinates"] == "31.230400, 121.473700"

    @pytest.mark.parametrize("place", [{1: "N", 2: (91.0, 0.0, 0.0)}, {2: (1.0,), 4: (1.0,)}, {}])
    def test_places_that_are_none(self, read: Read, place: dict[int, object]) -> None:
        exif = Image.Exif()
        exif.get_ifd(0x8825).update(place)
        assert "coordinates" not in read(samples.image_file(exif=exif), "a.jpg").facts

    def test_the_most_frequent_colours(self, read: Read) -> None:
        image = Image.new("RGB", (400, 400), (10, 120, 60))
        image.paste((240, 230, 200), (0, 0, 400, 100))
        assert read(scans.saved(image), "色.png").facts["colours"] == "#0a783c #f0e6c8"

    @pytest.mark.parametrize("kind", ["WEBP", "AVIF", "GIF", "BMP", "TIFF"])
    def test_what_browsers_and_scanners_make(self, read: Read, kind: str) -> None:
        found = read(samples.image_file(kind, (600, 400)), "a")
        assert (found.facts["width"], found.family, is_halves(preview(found))) == ("600", "image", True)


def test_the_words_of_a_layer_have_their_place(read: Read) -> None:
    found = read(artwork.photoshop(halves(), [("a", "春日轻食")]), "海报.psd")
    assert [passage.place for passage in texts.load([found.text])] == [Place("page", 1)]
