"""Office Open XML and OpenDocument parts read as streams: paragraphs in order, relations, core properties."""

import io
import posixpath
import re
import zipfile
from collections.abc import Collection, Iterator
from typing import IO, Any

from lxml import etree  # type: ignore[import-untyped]

from ingest.draft import MEBI, Draft
from ingest.files.archive import part
from ingest.files.moments import iso_moment
from ingest.pictures.previews import open_image, show

_SMALL_PART = 4 * MEBI
_BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "line-break": "\n", "s": " "}
_FREED = ("p", "h", "tr", "row", "v", "tbl")
_CORE = {
    "title": "title", "creator": "author", "subject": "subject", "keywords": "keywords", "description": "description",
    "created": "created", "modified": "modified", "creation-date": "created", "initial-creator": "author",
    "keyword": "keywords", "date": "modified",
}  # fmt: skip
_STALE_THUMBNAIL = 2000
"""Bytes below which a thumbnail is an icon or nothing."""


def paragraphs(
    stream: IO[bytes], *, letters: Collection[str] = ("t", "delText"), draft: Draft
) -> Iterator[str]:
    """The paragraphs of an XML part in the order in which they end; text boxes come before what holds them.

    Entities are never resolved (B06, B07); a part with a DOCTYPE, which no office program writes, is noted.
    """
    open_paragraphs: list[list[str]] = [[]]
    fallback = 0
    events = etree.iterparse(
        stream,
        events=("start", "end"),
        tag=[f"{{*}}{name}" for name in (*_FREED, *_BREAKS, *letters, "Fallback")],
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        recover=True,
    )
    for event, element in events:
        name = local(element)
        if name == "Fallback":  # the same text once more, for programs that do not know text boxes
            fallback += 1 if event == "start" else -1
        elif event == "start":
            if name in ("p", "h"):
                open_paragraphs.append([])
        elif not fallback:
            yield from _ended(element, name, letters, open_paragraphs)
        if event == "end":
            _forget(element, name)
    if events.root is not None and events.root.getroottree().docinfo.doctype:
        draft.warn("entity_limit", "a part declares entities; none was resolved")


def _ended(
    element: Any, name: str, letters: Collection[str], open_paragraphs: list[list[str]]
) -> Iterator[str]:
    if not letters and name in ("p", "h"):
        yield "".join(element.itertext())
    elif name in letters and element.text:
        open_paragraphs[-1].append(element.text)
        if len(open_paragraphs) == 1:  # text outside any paragraph, as in charts
            yield "".join(open_paragraphs[0])
            open_paragraphs[0].clear()
    elif name in _BREAKS:
        open_paragraphs[-1].append(_BREAKS[name])
    elif name in ("p", "h") and len(open_paragraphs) > 1:
        yield "".join(open_paragraphs.pop())


def _forget(element: Any, name: str) -> None:
    """Free what was read; a long part never stands in memory as a whole."""
    if name in _FREED:
        element.clear(keep_tail=True)
        while element.getprevious() is not None and element.getparent() is not None:
            del element.getparent()[0]


def parsed(data: bytes) -> Any | None:
    """A small part as a tree, None if it cannot be read; entities are not resolved."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def relations(package: zipfile.ZipFile, name: str) -> dict[str, tuple[str, str]]:
    """What part `name` points to: relation id → (last word of its type, name of the part)."""
    folder, file = posixpath.split(name)
    tree = parsed(
        part(package, f"{folder}/_rels/{file}.rels" if folder else f"_rels/{file}.rels", _SMALL_PART)
    )
    found: dict[str, tuple[str, str]] = {}
    for element in tree if tree is not None else ():
        if element.get("TargetMode") == "External" or not element.get("Target"):
            continue
        target = posixpath.normpath(posixpath.join("/", folder, element.get("Target"))).lstrip("/")
        found[element.get("Id", "")] = (element.get("Type", "").rpartition("/")[2], target)
    return found


def know_properties(package: zipfile.ZipFile, draft: Draft, name: str = "docProps/core.xml") -> None:
    """Title, author and dates that the package states of itself."""
    tree = parsed(part(package, name, _SMALL_PART))
    for element in tree.iter() if tree is not None else ():
        fact = _CORE.get(local(element))
        text = (element.text or "").strip()
        if fact and text:
            draft.know(fact, iso_moment(text) if fact in ("created", "modified") else text)


def numbered(names: Collection[str], pattern: str) -> list[str]:
    """The names that match `pattern`, whose first group is a number, in the order of that number."""
    fits = re.compile(pattern).fullmatch
    found = [(fits(name), name) for name in names]
    return [
        name
        for match, name in sorted(
            ((m, n) for m, n in found if m), key=lambda pair: int(pair[0].group(1) or 0)
        )
    ]


def show_thumbnail(package: zipfile.ZipFile, draft: Draft) -> None:
    """The picture of page 1 that the office program left in the package, if it is real.

    python-pptx and python-docx leave their template's thumbnail in every file; both say so in the description.
    """
    if "python-" in draft.facts.get("description", ""):
        return
    for name in (
        "docProps/thumbnail.jpeg",
        "docProps/thumbnail.jpg",
        "docProps/thumbnail.png",
        "Thumbnails/thumbnail.png",
    ):
        try:
            with package.open(name) as stream:
                if package.getinfo(name).file_size > _STALE_THUMBNAIL:
                    with open_image(io.BytesIO(stream.read(_SMALL_PART))) as image:
                        show(image, draft)
                    return
        except KeyError:
            continue


def local(element: Any) -> str:
    """The name of an element without its namespace, "" for comments and the like."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
