"""Resources: blueprints whose every route has a closed query, a problem as its failure, and a shape as its answer."""

import dataclasses
import functools
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from operator import attrgetter
from typing import Any, Generic, TypeVar

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from pydantic import BaseModel, RootModel

from service.problems import MEDIA_TYPE

PREFIX = "/api/v1"
QUERY = 3
"""Place of the query among the models that flask-openapi3 collects of a view."""

Shape = TypeVar("Shape")

PROBLEM = {
    "description": "Problem details (RFC 9457); `code` says which",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemBody"}}},
}
SIGNED_IN: list[dict[str, list[str]]] = [{"session": []}, {"token": []}]


class Shown(RootModel[Shape], Generic[Shape]):
    """A value as JSON."""


class Listed(BaseModel, Generic[Shape]):
    """A page of a list; `next_cursor` "" at its end, `total` null where counting would cost too much."""

    items: list[Shape]
    next_cursor: str
    total: int | None


class Resource(APIBlueprint):
    """A noun of the API under `/api/v1`. Routes without a query model take no query at all (B37): see `without_query`."""

    def __init__(self, noun: str, import_name: str, about: str) -> None:
        self.without_query: set[str] = set()
        """Endpoints that take no query parameters; who calls them with some is told so."""
        super().__init__(
            noun,
            import_name,
            url_prefix=PREFIX,
            abp_tags=[Tag(name=noun, description=about)],
            abp_security=SIGNED_IN,
            abp_responses={"default": dict(PROBLEM), "422": dict(PROBLEM)},
            operation_id_callback=_operation_id,
        )

    def _collect_openapi_info(self, rule: str, func: Callable[..., Any], **options: Any) -> Any:
        models = super()._collect_openapi_info(rule, func, **options)
        if models[QUERY] is None:
            self.without_query.add(f"{self.name}.{func.__name__}")
        return models


def _operation_id(*, name: str, path: str, method: str) -> str:  # noqa: ARG001  the library calls it by name
    return name


def ndjson(description: str) -> dict[str, Any]:
    """The documentation of an answer that is one JSON object a line."""
    return {"description": description, "content": {"application/x-ndjson": {"schema": {"type": "string"}}}}


def binary(description: str) -> dict[str, Any]:
    """The documentation of an answer that is a file."""
    schema = {"type": "string", "format": "binary"}
    return {"description": description, "content": {"application/octet-stream": {"schema": schema}}}


@functools.cache
def names_of(shape: type) -> tuple[str, ...]:
    """The names of a dataclass's fields."""
    return tuple(each.name for each in dataclasses.fields(shape))


@functools.cache
def _read(shape: type) -> Callable[[Any], tuple[Any, ...]]:
    """What reads all fields of a dataclass at once: ten hits have a hundred places."""
    names = names_of(shape)
    read: Callable[[Any], Any] = attrgetter(*names)
    return read if len(names) > 1 else lambda value: (read(value),)


def fields_of(value: Any) -> dict[str, Any]:
    """A dataclass as an object of JSON: what its fields hold is left as it is."""
    shape: type = type(value)
    return dict(zip(names_of(shape), _read(shape)(value), strict=True))


def _plain(value: Any) -> Any:
    """What the encoder of JSON does not know: times in UTC ISO 8601, sets sorted, dataclasses as objects."""
    if hasattr(value, "__dataclass_fields__") and not isinstance(value, type):
        return fields_of(value)
    if isinstance(value, Mapping):
        return {str(key): inner for key, inner in value.items()}
    if isinstance(value, (frozenset, set)):
        return sorted(value)
    if isinstance(value, (date, datetime)):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"{type(value).__name__} has no form in JSON")


ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain, check_circular=False)


def answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """`value` as a JSON answer."""
    response = Response(ENCODER.encode(value), status=status, content_type="application/json")
    if headers:
        response.headers.update(dict(headers))
    return response


def listed(items: Sequence[object], status: int = 200, *, counted: bool = True) -> Response:
    """A list that is told whole, as a `Listed` without further pages."""
    return answer({"items": items, "next_cursor": "", "total": len(items) if counted else None}, status)


def nothing() -> Response:
    """204."""
    return Response(status=204)
