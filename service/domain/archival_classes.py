"""Archival classes 门类: the company's own division of its archive across the categories (R-CAT-2)."""

from collections.abc import Iterable, Mapping, Sequence

from service.domain.holdings import CategoryView, FacetLine

ARCHIVAL_CLASSES = {
    "administrative": ("行政档案", "Administrative"),
    "business": ("业务档案", "Business"),
    "accounting": ("会计档案", "Accounting"),
    "confidential": ("保密档案", "Confidential"),
    "finance": ("财务档案", "Finance"),
    "personnel": ("人事档案", "Personnel"),
    "contract": ("合同档案", "Contracts"),
    "technical": ("技术档案", "Technical"),
}
"""Code → its words (001:141, 001:93)."""


def categories_of(classes: Sequence[str], scheme: Mapping[str, CategoryView]) -> tuple[str, ...]:
    """The categories of some classes, each by itself."""
    return tuple(code for code, category in scheme.items() if category.archival_class in classes)


def counted_by_class(
    counts: Iterable[tuple[str, int]], scheme: Mapping[str, CategoryView]
) -> tuple[FacetLine, ...]:
    """Counts of categories summed up by class, the largest first; what has no class is left out."""
    sums: dict[str, int] = {}
    for code, count in counts:
        if name := scheme[code].archival_class if code in scheme else "":
            sums[name] = sums.get(name, 0) + count
    ordered = sorted(sums.items(), key=lambda one: (-one[1], one[0]))
    return tuple(FacetLine(name, ARCHIVAL_CLASSES.get(name, (name,))[0], count) for name, count in ordered)
