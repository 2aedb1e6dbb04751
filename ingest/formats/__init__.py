"""The registry of formats: every module here names its formats in `FORMATS`; the best scored is tried first."""

import functools
import importlib
import pkgutil

from ingest.draft import Format, Sniffed


@functools.lru_cache(maxsize=256)
def ranked(kind: Sniffed) -> tuple[Format, ...]:
    """The formats that can read `kind`, best first."""
    scored = [(reader.score(kind), reader) for reader in registered()]
    return tuple(reader for score, reader in sorted(scored, key=lambda pair: -pair[0]) if score > 0)


@functools.cache
def registered() -> tuple[Format, ...]:
    """All formats, in the order of their modules' names."""
    modules = [
        importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)
    ]
    return tuple(reader for module in modules for reader in getattr(module, "FORMATS", ()))
