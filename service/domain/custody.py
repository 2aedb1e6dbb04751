"""Custody 保管: the retention and the storage zone that the class of a record asks for (R-ACT-6, R-ARC-7, R-SEC-10).

A category says it in `x-custody` of its schema: {"by": a field, "retention": {value: retention}, "zone": {value: zone}}.
"""

from collections.abc import Mapping
from typing import Any


def custody(fields: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, str]:
    """`retention` and `room` for what the fields say; what no rule says is not in it."""
    rule = schema.get("x-custody", {})
    value = fields.get(rule.get("by", ""))
    found = {
        name: rule.get(key, {}).get(value) for name, key in (("retention", "retention"), ("room", "zone"))
    }
    return {name: said for name, said in found.items() if said}


def newly_kept(
    before: Mapping[str, str], after: Mapping[str, str], standing: Mapping[str, str]
) -> dict[str, str]:
    """What changes with the class: not what a person has put in the place of the rule, which is `standing`."""
    return {
        name: said
        for name, said in after.items()
        if said != before.get(name)
        and (name == "retention" or standing.get(name, "") in ("", before.get(name)))
    }
