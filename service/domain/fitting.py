"""Fitting: whether what was described by one version of a category can be read by another as it stands (R-AUD-3)."""

from collections.abc import Mapping
from typing import Any

from service.domain.schema_editing import choices_in, kind_of


def fits(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether every field of `old` is in `new` with its kind, its unit and its choices: then no value is to be moved."""
    known: Mapping[str, Any] = new.get("properties", {})
    return all(
        name in known
        and kind_of(known[name]) == kind_of(hints)
        and hints.get("x-unit", "") in ("", known[name].get("x-unit", ""))
        and set(choices_in(hints)) <= set(choices_in(known[name]))
        for name, hints in old.get("properties", {}).items()
    )
