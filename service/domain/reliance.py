"""Reliance: what of the program reads a field of a category by its key, and goes without once a version removes it."""

from collections.abc import Mapping
from typing import Any

from service.domain import panorama, screening, verifying
from service.domain.dealing import party_field


def readers(code: str, key: str, schema: Mapping[str, Any]) -> list[str]:
    """Which of panorama, leads, filing, custody, doubts and party read the field `key` of the category `code`.

    `schema` is the one that still has the field.
    """
    reads = {
        "panorama": key in panorama.reads(code),
        "leads": code == screening.LEADS and key in screening.READS,
        "filing": key == schema.get("x-filing", {}).get("after"),
        "custody": key == schema.get("x-custody", {}).get("by"),
        "doubts": key in verifying.reads(schema),
        "party": key == party_field(schema),
    }
    return [name for name, does in reads.items() if does]
