"""From HTML to plain text: what a reader of the page sees, one line for each block."""

import re
from html import unescape

from selectolax.lexbor import LexborHTMLParser, LexborNode

_BLOCKS = {
    *(
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "br",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
    ),
    *(
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
    ),
    *(
        "html",
        "li",
        "main",
        "nav",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "tfoot",
    ),
    *("thead", "title", "tr", "ul"),
}
_SILENT = ["script", "style", "noscript", "template", "svg"]
_TAG = re.compile(r"<[^<>]*>")
_TITLE = re.compile(r"<title\b[^<>]*>([^<]{1,1000})", re.IGNORECASE)
_HEAD = 100_000
_SPACE = re.compile(r"[ \t\r\n\f\xa0]+")
_MAX_MARKUP = 40_000_000
"""Characters of HTML that are read; the tree takes a multiple of them."""


def plain(html: str) -> str:
    """The text of a page: no scripts, no styles; cells of a row apart by tabs."""
    tree = LexborHTMLParser(html[:_MAX_MARKUP])
    tree.strip_tags(_SILENT)
    if tree.root is None:
        return ""
    out: list[str] = []
    _walk(tree.root, out)
    lines = (
        _SPACE.sub(" ", line.replace("\t", "\x1f")).replace("\x1f", "\t").strip()
        for line in "".join(out).split("\n")
    )
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def bare(html: str) -> str:
    """The text of a page without building its tree, whose cost grows with the square of its depth; scripts stay."""
    return re.sub(r"\n\s*\n+", "\n\n", unescape(_TAG.sub("\n", html[:_MAX_MARKUP]))).strip("\n")


def title(html: str) -> str:
    """What the page calls itself, "" if nothing."""
    found = _TITLE.search(html[:_HEAD])
    return _SPACE.sub(" ", unescape(found.group(1))).strip() if found else ""


def _walk(root: LexborNode, out: list[str]) -> None:
    """Depth first without recursion: a page may nest a hundred thousand elements."""
    stack: list[LexborNode | str] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            out.append(node)
            continue
        name = node.tag or ""
        if name == "-text":
            out.append(_SPACE.sub(" ", node.text_content or ""))
        elif name in _BLOCKS:
            out.append("\n")
            stack.append("\n")
        elif name in ("td", "th"):
            stack.append("\t")
        elif name == "img":
            out.append(node.attributes.get("alt") or "")
        elif name == "iframe":  # a page within the page, which it brings along
            out.append("\n" + bare(node.attributes.get("srcdoc") or "") + "\n")
        children: list[LexborNode | str] = list(node.iter(include_text=True))
        stack.extend(reversed(children))
