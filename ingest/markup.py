"""From HTML to plain text: what a reader of the page sees, one line for each block."""

import re

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


def title(html: str) -> str:
    """What the page calls itself, "" if nothing."""
    node = LexborHTMLParser(html[:100_000]).css_first("title")
    return _SPACE.sub(" ", node.text()).strip() if node else ""


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
        children: list[LexborNode | str] = list(node.iter(include_text=True))
        stack.extend(reversed(children))
