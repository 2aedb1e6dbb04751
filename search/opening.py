"""Opening: the address of a search index to the engine that serves it."""

import importlib
import re
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from search.embedded.engine import EmbeddedEngine
from search.indexing.analysts import usable
from search.port import SearchEngine


def open_engine(
    url: str, *, prefix: str = "fonds", writable: bool = True, analysts: int | None = 0
) -> SearchEngine:
    """The engine at `url`.

    `tantivy:///DIRECTORY` is an index on this machine, which one process at a time opens `writable` (else
    `SearchUnavailable`). `http(s)://[USER:PASSWORD@]HOST[:PORT][?prefix=PREFIX]` is Elasticsearch; all names
    there begin with the prefix, so that several archives can share one. Nothing is asked of a server yet.
    `analysts` processes take part in a rebuild; None = one less than there are processors, at most 3.
    Raises ValueError, which repeats no secret.
    """
    scheme = url.partition(":")[0].lower()
    count = usable() if analysts is None else analysts
    if scheme in ("http", "https"):
        # the client costs 23 MB and 0.3 s, which the embedded deployment does without
        server, _, query = url.partition("?")
        (named,) = parse_qs(query).get("prefix", [prefix])[:1]
        elastic = importlib.import_module("search.elastic.engine")
        engine: SearchEngine = elastic.ElasticEngine(server, named, analysts=count)
        return engine
    if scheme != "tantivy":
        raise ValueError("The address of the search index must begin with tantivy:///, http:// or https://.")
    return EmbeddedEngine(_directory(url), writable=writable, analysts=count)


def _directory(url: str) -> Path:
    parts = urlsplit(url)
    path = unquote(parts.path)
    if parts.netloc or parts.query or not re.match(r"/[^/]", path) or "\0" in path:
        raise ValueError(
            "The address of an embedded search index is tantivy:///DIRECTORY with an absolute path."
        )
    return Path(path)
