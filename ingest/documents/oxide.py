"""office-oxide behind one door: plain text, and text by section for slides and sheets."""

from collections.abc import Iterator
from typing import Any, Literal

import office_oxide

from ingest.draft import Draft, Unreadable
from ingest.files.moments import iso_moment


def opened(data: bytes, kind: Literal["docx", "xlsx", "pptx", "doc", "xls", "ppt"]) -> Any:
    """The document in `data`. Raises `Unreadable`: encrypted or damaged."""
    try:
        return office_oxide.Document.from_bytes(data, kind)
    except (office_oxide.OfficeOxideError, ValueError) as error:
        code = "encrypted" if "encrypted" in str(error) else "damaged"
        raise Unreadable(code, str(error)) from error


def plain_text(document: Any) -> str:
    """All text in reading order, with headers, notes and text boxes."""
    try:
        return str(document.plain_text())
    except (office_oxide.OfficeOxideError, ValueError) as error:
        raise Unreadable("damaged", str(error)) from error


def sections(document: Any, draft: Draft) -> Iterator[tuple[str, list[str]]]:
    """Slides or sheets as (title, lines); notes what the document states of itself."""
    try:
        tree = document.to_ir()
    except (office_oxide.OfficeOxideError, ValueError) as error:
        raise Unreadable("damaged", str(error)) from error
    know(tree.get("metadata") or {}, draft)
    for section in tree.get("sections") or ():
        lines = [*_lines(section.get("elements")), *_lines(section.get("speaker_notes"))]
        yield str(section.get("title") or ""), lines


def know(stated: dict[str, Any], draft: Draft) -> None:
    """Facts from office-oxide's metadata."""
    for name in ("title", "author", "subject", "description"):
        draft.know(name, stated.get(name))
    draft.know("keywords", ", ".join(stated.get("keywords") or ()))
    for name in ("created", "modified"):
        draft.know(name, iso_moment(str(stated.get(name) or "")))


def _lines(node: object) -> Iterator[str]:
    """Lines of a node of the tree: one for a paragraph, one for a row with its cells apart by tabs."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, list):
        for child in node:
            yield from _lines(child)
    elif isinstance(node, dict):
        if node.get("type") == "table":
            for row in node.get("rows") or ():
                cells = [_cell(cell.get("content")) for cell in row.get("cells") or ()]
                yield "\t".join(cells).rstrip("\t")
        elif node.get("type") in ("paragraph", "heading"):
            yield "".join(_spans(node.get("content")))
        elif node.get("type") == "image":
            yield str(node.get("alt_text") or "")
        else:
            yield from _lines(
                node.get("content") or node.get("items") or node.get("elements") or node.get("text") or []
            )


def _cell(content: Any) -> str:
    """A cell's text in one line; nearly all cells hold one paragraph or nothing, and a sheet has very many."""
    if not content:
        return ""
    if len(content) == 1 and content[0].get("type") == "paragraph":
        spans: list[Any] = content[0].get("content") or []
        if len(spans) == 1 and spans[0].get("type") == "text":
            return str(spans[0].get("text") or "").strip()
        return "".join(_spans(spans)).strip()
    return " ".join(_lines(content)).strip()


def _spans(node: object) -> Iterator[str]:
    for span in node if isinstance(node, list) else ():
        if isinstance(span, dict):
            if span.get("type") in ("line_break", "page_break"):
                yield "\n"
            else:
                yield str(span.get("text") or "")
