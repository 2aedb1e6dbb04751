"""Opening: the address of a search index to the engine that serves it."""

import importlib
import re
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from search.embedded import EmbeddedEngine
from search.port import SearchEngine


def open_engine(url: str, *, prefix: str = "fonds", writable: bool = True) -> SearchEngine:
    """The engine at `url`.

    `tantivy:///DIRECTORY` is an index on this machine, which one process at a time opens `writable` (else
    `SearchUnavailable`). `http(s)://[USER:PASSWORD@]HOST[:PORT][?prefix=PREFIX]` is Elasticsearch; all names
    there begin with the prefix, so that several archives can share one. Nothing is asked of a server yet.
    Raises ValueError, which repeats no secret.
    """
    scheme = url.partition(":")[0].lower()
    if scheme in ("http", "https"):
        # the client costs 23 MB and 0.3 s, which the embedded deployment does without
        server, _, query = url.partition("?")
        (named,) = parse_qs(query).get("prefix", [prefix])[:1]
        engine: SearchEngine = importlib.import_module("search.elastic").ElasticEngine(server, named)
        return engine
    if scheme != "tantivy":
        raise ValueError("The address of the search index must begin with tantivy:///, http:// or https://.")
    return EmbeddedEngine(_directory(url), writable=writable)


def _directory(url: str) -> Path:
    parts = urlsplit(url)
    path = unquote(parts.path)
    if parts.netloc or parts.query or not re.match(r"/[^/]", path) or "\0" in path:
        raise ValueError(
            "The address of an embedded search index is tantivy:///DIRECTORY with an absolute path."
        )
    return Path(path)
