"""Formats of fixed or flowing pages in a ZIP package: OFD (GB/T 33190), EPUB, XPS."""

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from PIL import Image

from ingest.blocks import add_paragraphs
from ingest.documents.markup import plain, title
from ingest.documents.ooxml import local, numbered, parsed
from ingest.draft import MEBI, Draft, Sniffed, Source, Unreadable
from ingest.files.archive import opened, part
from ingest.files.encoding import decode_markup
from ingest.files.moments import iso_moment
from ingest.pictures.previews import open_image, reading_size, show
from ingest.recognition.sheets import LONGEST
from search.port import Place, PlaceKind

_PART = 32 * MEBI
_MAX_PAGES = 5000
_OFD_FACTS = {"Title": "title", "Author": "author", "Subject": "subject", "Abstract": "description",
              "CreationDate": "created", "ModDate": "modified", "Creator": "producer"}  # fmt: skip
_EPUB_FACTS = {"title": "title", "creator": "author", "subject": "keywords", "description": "description",
               "date": "created", "publisher": "publisher", "language": "language"}  # fmt: skip


class Ofd:
    """OFD: text of each page and its templates in the order of the page, scans by recognition."""

    memory = 1400 * MEBI
    seconds = 30
    unit: PlaceKind = "page"

    def score(self, kind: Sniffed) -> int:
        return 10 if kind.media_type == "application/ofd" else 0

    def read(self, source: Source, draft: Draft) -> None:
        with opened(source) as package:
            _know_ofd(package, draft)
            pages = list(_ofd_pages(package))
            draft.pages = len(pages)
            for number, names in enumerate(pages[:_MAX_PAGES], 1):
                rows = [row for name in names for row in _rows(parsed(part(package, name, _PART)))]
                add_paragraphs(draft, Place("page", number), rows)
                if not rows and _ofd_pictures(package, names):
                    draft.unread.append(number)
        if not draft.passages:
            draft.warn("no_text")

    def picture(self, source: Source, draft: Draft) -> None:
        with opened(source) as package:
            pages = list(_ofd_pages(package))
            pictures = _ofd_pictures(package, pages[0]) if pages else []
            if pictures and 1 in draft.unread:
                with _largest(package, pictures) as image:
                    show(image, draft)

    def sheet(self, source: Source, number: int) -> Image.Image:
        """See `ingest.recognition.sheets.Shows`: the largest picture of a page without text."""
        with opened(source) as package:
            pages = list(_ofd_pages(package))
            return reading_size(_largest(package, _ofd_pictures(package, pages[number - 1])), LONGEST)


class Epub:
    """EPUB: chapters in the order of reading, each a part called by its title."""

    memory = 1200 * MEBI
    seconds = 30

    def score(self, kind: Sniffed) -> int:
        return 10 if kind.media_type == "application/epub+zip" else 0

    def read(self, source: Source, draft: Draft) -> None:
        with opened(source) as package:
            for number, name in enumerate(_chapters(package, draft), 1):
                page = decode_markup(part(package, name, _PART)).text
                add_paragraphs(draft, Place("part", number, title(page)[:200]), plain(page).split("\n"))
        if not draft.passages:
            draft.warn("no_text")

    def picture(self, source: Source, draft: Draft) -> None:
        with opened(source) as package:
            covers = [
                name
                for name in package.namelist()
                if re.search(r"cover[^/]*\.(jpe?g|png)$", name, re.IGNORECASE)
            ]
            for name in covers[:1]:
                with open_image(io.BytesIO(part(package, name, _PART))) as image:
                    show(image, draft)


class Xps:
    """XPS: the strings of each page's glyphs."""

    memory = 1200 * MEBI
    seconds = 30

    def score(self, kind: Sniffed) -> int:
        return 10 if kind.media_type == "application/vnd.ms-xpsdocument" else 0

    def read(self, source: Source, draft: Draft) -> None:
        with opened(source) as package:
            names = numbered(package.namelist(), r"(?i).*?/Pages/(?:Page)?_?(\d+)\.fpage")
            draft.pages = len(names)
            for number, name in enumerate(names[:_MAX_PAGES], 1):
                tree = parsed(part(package, name, _PART))
                glyphs = (one for one in (tree.iter() if tree is not None else ()) if local(one) == "Glyphs")
                rows = [one.get("UnicodeString", "").removeprefix("{}") for one in glyphs]
                add_paragraphs(draft, Place("page", number), rows)
        if not draft.passages:
            draft.warn("no_text")

    def picture(self, source: Source, draft: Draft) -> None:
        """Nothing here draws its pages."""


def _path(folder: str, name: str) -> str:
    """The name of a part from what a reference says: absolute ones begin with a slash."""
    return posixpath.normpath(posixpath.join("/", folder, name.strip())).lstrip("/")


def _find(tree: Any, name: str) -> Iterator[Any]:
    return (element for element in (tree.iter() if tree is not None else ()) if local(element) == name)


def _know_ofd(package: zipfile.ZipFile, draft: Draft) -> None:
    root = parsed(part(package, "OFD.xml", _PART))
    if root is None:
        raise Unreadable("damaged", "the package has no OFD.xml")
    for element in root.iter():
        fact, said = _OFD_FACTS.get(local(element)), (element.text or "").strip()
        if fact and said:
            draft.know(fact, iso_moment(said) or said if fact in ("created", "modified") else said)


def _ofd_documents(package: zipfile.ZipFile) -> Iterator[tuple[str, Any]]:
    """Folder and tree of each document of the package."""
    for element in _find(parsed(part(package, "OFD.xml", _PART)), "DocRoot"):
        name = _path("", element.text or "")
        tree = parsed(part(package, name, _PART))
        if tree is not None:
            yield posixpath.dirname(name), tree


def _ofd_pages(package: zipfile.ZipFile) -> Iterator[list[str]]:
    """For each page the parts that stand on it: what lies beneath first, its own content, notes last."""
    for folder, tree in _ofd_documents(package):
        templates = {
            one.get("ID"): _path(folder, one.get("BaseLoc", "")) for one in _find(tree, "TemplatePage")
        }
        notes = _ofd_notes(package, folder, tree)
        for page in _find(tree, "Page"):
            name = _path(folder, page.get("BaseLoc", ""))
            own = parsed(part(package, name, _PART))
            beneath = [templates.get(one.get("TemplateID"), "") for one in _find(own, "Template")]
            yield [*filter(None, beneath), name, *notes.get(page.get("ID", ""), [])]


def _ofd_notes(package: zipfile.ZipFile, folder: str, tree: Any) -> dict[str, list[str]]:
    notes: dict[str, list[str]] = {}
    for listed in _find(tree, "Annotations"):
        index = _path(folder, listed.text or "")
        for page in _find(parsed(part(package, index, _PART)), "Page"):
            files = [_path(posixpath.dirname(index), one.text or "") for one in _find(page, "FileLoc")]
            notes.setdefault(page.get("PageID", ""), []).extend(files)
    return notes


def _rows(tree: Any) -> list[str]:
    """The texts of a page part, those at one height in one row."""
    found: list[tuple[float, float, float, str]] = []
    for element in _find(tree, "TextObject"):
        said = "".join((code.text or "").strip("\r\n") for code in _find(element, "TextCode"))
        try:
            x, y, _, height = (float(number) for number in element.get("Boundary", "").split())
        except ValueError:
            x, y, height = 0.0, found[-1][1] + 1 if found else 0.0, 1.0
        if said.strip():
            found.append((x, y, height, said))
    rows: list[list[tuple[float, float, float, str]]] = []
    for one in sorted(found, key=lambda one: one[1]):
        if rows and one[1] - rows[-1][0][1] < 0.4 * min(one[2], rows[-1][0][2]):
            rows[-1].append(one)
        else:
            rows.append([one])
    return [_joined(sorted(row)) for row in rows]


def _joined(row: list[tuple[float, float, float, str]]) -> str:
    """Pieces of a row: what stands apart by more than a letter's height is another cell."""
    text, end = "", None
    for x, _, height, said in row:
        wide = sum(1.0 if letter > "\u2e80" else 0.5 for letter in said) * height
        text += ("\t" if end is not None and x > end + height else "") + said
        end = x + wide
    return text


def _ofd_pictures(package: zipfile.ZipFile, names: list[str]) -> list[str]:
    """Names of the pictures that stand on a page."""
    wanted = {
        one.get("ResourceID")
        for name in names
        for one in _find(parsed(part(package, name, _PART)), "ImageObject")
    }
    found: list[str] = []
    for folder, tree in _ofd_documents(package) if wanted else ():
        for kind in ("PublicRes", "DocumentRes"):
            for listed in _find(tree, kind):
                name = _path(folder, listed.text or "")
                resources = parsed(part(package, name, _PART))
                place = _path(
                    posixpath.dirname(name), resources.get("BaseLoc", "") if resources is not None else ""
                )
                media = (one for one in _find(resources, "MultiMedia") if one.get("ID") in wanted)
                found += [_path(place, file.text or "") for one in media for file in _find(one, "MediaFile")]
    return found


def _largest(package: zipfile.ZipFile, names: list[str]) -> Image.Image:
    best: Image.Image | None = None
    for name in names:
        image = open_image(io.BytesIO(part(package, name, 256 * MEBI)))
        if best is None or image.width * image.height > best.width * best.height:
            best = image
    if best is None:
        raise Unreadable("no_text", "the page has no picture")
    return best


def _chapters(package: zipfile.ZipFile, draft: Draft) -> Iterator[str]:
    container = parsed(part(package, "META-INF/container.xml", _PART))
    names = frozenset(package.namelist())
    for root in _find(container, "rootfile"):
        name = _path("", root.get("full-path", ""))
        tree = parsed(part(package, name, _PART))
        for element in tree.iter() if tree is not None else ():
            fact = _EPUB_FACTS.get(local(element))
            if fact and element.text:
                draft.know(fact, element.text.strip())
        items = {one.get("id"): one.get("href", "") for one in _find(tree, "item")}
        for one in _find(tree, "itemref"):
            target = _path(posixpath.dirname(name), items.get(one.get("idref"), "").partition("#")[0])
            if target in names:
                yield target


FORMATS = (Ofd(), Epub(), Xps())
