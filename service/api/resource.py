"""Resources: blueprints whose every route has a closed query, a problem as its failure, and a shape as its answer."""

import dataclasses
from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any, Generic, TypeVar

from flask import Response, json
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


def plain(value: Any) -> Any:
    """A value of the domain as JSON has it: times in UTC ISO 8601, sets sorted."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (frozenset, set)):
        return sorted(plain(inner) for inner in value)
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return _simple(value)


def _simple(value: Any) -> Any:
    if isinstance(value, (date, datetime)):
        return value.isoformat().replace("+00:00", "Z")
    return value.value if isinstance(value, Enum) else value


def answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """`value` as a JSON answer."""
    body = json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"))
    response = Response(body, status=status, content_type="application/json")
    response.headers.update(dict(headers or {}))
    return response


def nothing() -> Response:
    """204."""
    return Response(status=204)
