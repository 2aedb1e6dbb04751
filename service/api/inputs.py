"""Inputs: the closed, strictly typed models of bodies, queries and paths, and what their faults are called."""

import functools
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, NoReturn

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from service.api.bodies import UNFIT, unfit
from service.errors import Fault, InvalidInput, MalformedRequest, NotFound

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
BREAK = re.compile(r"[\t\n\r\u2028\u2029]")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
WHOLE = re.compile(r"-?\d{1,19}")


def _text(value: str) -> str:
    if code := unfit(value):
        raise PydanticCustomError(code, "unfit text")
    if CONTROL.search(value):
        raise PydanticCustomError("control_character", "control character")
    return value


def _one_line(value: str) -> str:
    if BREAK.search(_text(value)):
        raise PydanticCustomError("control_character", "control character")
    return value


def _fit(value: str) -> str:
    if code := unfit(value):
        raise PydanticCustomError(code, "unfit text")
    return value


def _day(value: object) -> object:
    if isinstance(value, str) and DAY.fullmatch(value) and value.isascii():
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    if value is None:
        return None
    raise PydanticCustomError("date", "not a date")


def whole(value: object) -> object:
    """A whole number that stands in a query as text."""
    if isinstance(value, str) and value.isascii() and WHOLE.fullmatch(value):
        return int(value)
    if isinstance(value, int):
        return value
    raise PydanticCustomError("int_parsing", "not a whole number")


def _switch(value: object) -> object:
    if value in ("1", "true", True):
        return True
    if value in ("0", "false", "", False):
        return False
    raise PydanticCustomError("bool_parsing", "not a switch")


ShortLine = Annotated[str, StringConstraints(max_length=100), AfterValidator(_one_line)]
Line = Annotated[str, StringConstraints(max_length=500), AfterValidator(_one_line)]
Text = Annotated[str, StringConstraints(max_length=20_000), AfterValidator(_text)]
Found = Annotated[str, StringConstraints(max_length=4096), AfterValidator(_fit)]
"""A path as it was found in somebody's folder: whatever characters it has, they are reported, not refused."""
Secret = Annotated[str, StringConstraints(max_length=1024), AfterValidator(_fit)]
Day = Annotated[date, BeforeValidator(_day)]
Switch = Annotated[bool, BeforeValidator(_switch)]
Limit = Annotated[int, BeforeValidator(whole), Field(ge=1, le=200)]
Number = Annotated[int, BeforeValidator(whole), Field(ge=1, le=10_000)]
"""Of a part."""
Cursor = Annotated[str, StringConstraints(max_length=4000, pattern=r"^[A-Za-z0-9_.=-]*$")]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}$")]


class Input(BaseModel):
    """A JSON body: a closed list of keys, and no value is turned into another type."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Query(BaseModel):
    """Query parameters: a closed list of keys. Names of subclasses end in Query (B37)."""

    model_config = ConfigDict(extra="forbid")

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The schema; flask-openapi3 asks for it with every request, and making it takes a millisecond."""
        if args or kwargs:
            return super().model_json_schema(*args, **kwargs)
        return _schema(cls)


@functools.cache
def _schema(query: type[Query]) -> dict[str, Any]:
    return super(Query, query).model_json_schema()


class Path(BaseModel):
    """Variables of a path. Names of subclasses end in Path: what cannot be an id is nothing that exists."""

    model_config = ConfigDict(extra="forbid")


class PageQuery(Query):
    """A page of a list."""

    cursor: Cursor = Field("", description="next_cursor of the page before")
    limit: Limit = Field(50, description="At most this many items")


class IdPath(Path):
    """One thing, by its id."""

    id: Id


MESSAGES: Mapping[str, str] = UNFIT | {
    "missing": "必填",
    "extra_forbidden": "没有这一项",
    "string_type": "应为文字",
    "string_too_long": "最多 %(max_length)s 个字",
    "string_too_short": "至少 %(min_length)s 个字",
    "string_pattern_mismatch": "格式不对",
    "control_character": "含有控制字符",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "greater_than_equal": "不小于 %(ge)s",
    "less_than_equal": "不大于 %(le)s",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 1 或 0",
    "date": "应为 年-月-日，例如 2024-05-01",
    "list_type": "应为列表",
    "too_long": "最多 %(max_length)s 项",
    "too_short": "至少 %(min_length)s 项",
    "dict_type": "应为对象",
    "model_type": "应为对象",
    "literal_error": "只能是 %(expected)s",
    "enum": "只能是 %(expected)s",
    "repeated": "只能出现一次",
}
OTHER = "值不对"


class BadQuery(MalformedRequest):
    """Query parameters that this address does not take; all faults are told at once (B37, B41)."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("；".join(fault.message for fault in faults))
        self.faults = tuple(faults)


def refuse(error: ValidationError) -> NoReturn:
    """Tell what is wrong, by where it stood: `InvalidInput` (422), 400 for a query, `NotFound` for a path."""
    if error.title.endswith("Path"):
        raise NotFound
    faults = [_fault(each) for each in error.errors(include_url=False, include_input=False)[:50]]
    if error.title.endswith("Query"):
        raise BadQuery(faults)
    raise InvalidInput(faults)


def _fault(found: ErrorDetails) -> Fault:
    kind = found["type"]
    params: dict[str, Any] = {key: value for key, value in found.get("ctx", {}).items() if key != "error"}
    path = ".".join(str(step) for step in found["loc"])
    return Fault(path, kind, MESSAGES.get(kind, OTHER), params)


def moment_of(text: str) -> datetime | None:
    """A moment in ISO 8601, taken as UTC where it names no zone; `InvalidInput` for anything else."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as fault:
        raise InvalidInput([Fault("modified", "datetime", "应为 ISO 8601 时间")]) from fault
