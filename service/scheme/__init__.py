"""The starting scheme of categories (requirements §3.5): one JSON file a category, as data to be edited by the company.

A schema is JSON Schema in the dialect of `service.domain.schemas`, with two abbreviations that reading expands:
`x-values` names a list of `values/`, which becomes `enum` and `x-enum-labels`, and `x-order` is the place in the file.
No key begins with `$`, because the database keeps none such.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class StartingCategory:
    """A category as it is shipped; `version` rises with every change of its file."""

    code: str
    parent: str
    order: int
    version: int
    name: str
    name_en: str
    secrecy: str
    core_secret: bool
    retention: str
    living: bool
    archival_class: str
    filing_scope: str
    schema: Mapping[str, Any]


def starting_scheme() -> tuple[StartingCategory, ...]:
    """Every category that is shipped, in the order of the scheme."""
    here = files(__name__)
    texts = [file.read_text("utf-8") for file in here.iterdir() if file.name.endswith(".json")]
    lists = {
        file.name.removesuffix(".json"): json.loads(file.read_text("utf-8"))
        for file in here.joinpath("values").iterdir()
    }
    categories = [_category(json.loads(text), lists) for text in texts]
    return tuple(sorted(categories, key=lambda category: category.order))


def expected_documents(kind: str) -> list[dict[str, Any]]:
    """The documents that a new dossier of a kind should hold (S-RT-5): key, label, label_en, category, words."""
    text = files(__name__).joinpath("dossiers", "expected.json").read_text("utf-8")
    lines: list[dict[str, Any]] = json.loads(text)[kind]
    return lines


def cities() -> dict[str, tuple[str, ...]]:
    """Code of a province → its cities, of municipalities the districts too (GB/T 2260, as the statistics office of
    2023 has them, after github.com/modood/Administrative-divisions-of-China)."""
    text = files(__name__).joinpath("regions", "cities.json").read_text("utf-8")
    return {code: tuple(names) for code, names in json.loads(text).items()}


def _category(described: dict[str, Any], lists: Mapping[str, Any]) -> StartingCategory:
    schema = described["schema"]
    properties = {
        name: _expanded(hints, lists) | {"x-order": place}
        for place, (name, hints) in enumerate(schema["properties"].items(), start=1)
    }
    return StartingCategory(**described | {"schema": schema | {"properties": properties}})


def _expanded(hints: Mapping[str, Any], lists: Mapping[str, Any]) -> dict[str, Any]:
    if "x-values" not in hints:
        return dict(hints)
    labels = lists[hints["x-values"]]
    rest = {key: value for key, value in hints.items() if key != "x-values"}
    return rest | {"enum": list(labels), "x-enum-labels": labels}
