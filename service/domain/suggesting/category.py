"""The category of a document: what heading, name, text and folder agree on; nothing where they do not."""

import re
from collections.abc import Iterator, Sequence

from service.domain.holdings import CategoryView
from service.domain.suggesting.folding import fold
from service.domain.suggesting.kinds import FEATURES, kind_in
from service.domain.suggesting.reading import Reading
from service.domain.suggesting.source import Found, Stretch


def category_of(reading: Reading, categories: Sequence[CategoryView]) -> Found | None:
    """The category with the word, label or folder that tells of it."""
    known = {category.code for category in categories}
    told = [found for found in _titled(reading) if found.value in known]
    codes = {found.value for found in told}
    if len(codes) == 1:
        return told[0]
    features = {found.value: found for found in _featured(reading) if found.value in known}
    if codes:
        agreed = [found for found in told if found.value in features]
        return agreed[0] if len({found.value for found in agreed}) == 1 else None
    if len(features) == 1:
        return next(iter(features.values()))
    return None if features else _foldered(reading, categories)


def _titled(reading: Reading) -> Iterator[Found]:
    for title in reading.titles.every:
        stretch = title.stretch.part(title.start, title.end)
        if kind := kind_in(stretch.text):
            yield Found(kind.code, stretch, kind.start, kind.end, "words")


def _featured(reading: Reading) -> Iterator[Found]:
    """Categories enough of whose labels stand in the text."""
    for code, (labels, needed) in FEATURES.items():
        found = [label for label in labels if reading.lines.has(label)]
        if len(found) >= needed:
            entry = next(reading.lines.labelled(found[0]))
            yield Found(code, entry.stretch, 0, max(1, entry.own), "features")


def _foldered(reading: Reading, categories: Sequence[CategoryView]) -> Found | None:
    """The innermost folder that is called like a category, or tells of one: 02 合同, 会议纪要."""
    path = reading.main.path[-2000:].replace("\\", "/")
    stretch = Stretch(
        "path",
        reading.main.id,
        path,
        fold(path),
        range(len(reading.main.path) - len(path), len(reading.main.path)),
    )
    names = {fold(category.name): category.code for category in categories}
    known = set(names.values())
    for folder in reversed(list(re.finditer(r"[^/]+(?=/)", stretch.text))):
        bare = re.sub(r"^[0-9]{1,3}[-_. ,]{0,3}|[0-9 年度_-]{1,10}$", "", folder[0]).strip()
        kind = kind_in(bare)
        code = names.get(bare, "") or (kind.code if kind and kind.end == len(bare) else "")
        if code in known and bare:
            at = folder.start() + folder[0].find(bare)
            return Found(code, stretch, at, at + len(bare), "folder")
    return None
