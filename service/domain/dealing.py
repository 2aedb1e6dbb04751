"""Dealing: with whom a record deals and over how much money, read from the fields of its category."""

from collections.abc import Mapping
from typing import Any

PARTIES = (
    "customer",
    "full_name",
    "party_b",
    "party_a",
    "partner_name",
    "channel_name",
    "correspondent",
    "medium_name",
    "parties",
)
"""Fields that hold the other side of a dealing, the surest first; who issues, holds or rivals is none."""


NAMED = ("product_name", "products", "activity_name", "project_name")
"""Fields that hold names which the organisation gave: products, campaigns, projects."""


def own_names(fields: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """Names of parties, products and campaigns: words of the organisation that search learns from."""
    found: dict[str, None] = {}
    for name, hints in schema.get("properties", {}).items():
        if name in NAMED or hints.get("x-widget") == "party":
            value = fields.get(name)
            entries = value if isinstance(value, list) else [value]
            found |= {entry.strip(): None for entry in entries if isinstance(entry, str) and entry.strip()}
    return list(found)


def party_field(schema: Mapping[str, Any]) -> str:
    """The field of a category that names the other side of a dealing, "" if it has none."""
    known = schema.get("properties", {})
    return next((name for name in PARTIES if known.get(name, {}).get("x-widget") == "party"), "")


def customer(fields: Mapping[str, Any], schema: Mapping[str, Any], own: str = "") -> str:
    """The customer or other party of a record, "" if its fields name none.

    `own` is the unit responsible for the record: of two parties of a contract it is not the other one.
    """
    known = schema.get("properties", {})
    for name in PARTIES:
        if known.get(name, {}).get("x-widget") == "party":
            value = fields.get(name)
            entries = value if isinstance(value, list) else [value]
            for entry in entries:
                if isinstance(entry, str) and entry.strip() and entry.strip() != own.strip():
                    return entry.strip()
    return ""


def amount(fields: Mapping[str, Any], schema: Mapping[str, Any]) -> float | None:
    """The amount in yuan that a record is about: its first field of money that says something."""
    for name, hints in schema.get("properties", {}).items():
        value = fields.get(name)
        if (
            hints.get("x-widget") == "money"
            and isinstance(value, int | float)
            and not isinstance(value, bool)
        ):
            return float(value)
    return None
