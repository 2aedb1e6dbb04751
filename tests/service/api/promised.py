"""Use cases that answer with what they promise: a sample of the type that each method is declared to return.

For routes that only hand on; where a test is about what is handed on, a fake of its own says it.
"""

import inspect
import types
from collections.abc import Callable, Iterator
from collections.abc import Mapping as AnyMapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from service.domain.holdings import Page

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PLAIN: dict[Any, Any] = {
    str: "x", int: 1, float: 1.0, bool: True, bytes: b"x", datetime: NOW, date: NOW.date(), Any: None, None: None,
    type(None): None, object: None,
}  # fmt: skip


class Promised:
    """Stands for a use case: has its methods, takes its arguments, answers with samples."""

    def __init__(self, promises: type) -> None:
        self._promises = promises

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._promises, name)
        signature = inspect.signature(method)
        wanted = get_type_hints(method)["return"]

        def answered(*args: Any, **kwargs: Any) -> Any:
            signature.bind(self, *args, **kwargs)
            return sample(wanted)

        return answered


def sample(wanted: Any) -> Any:
    """A value of a declared type."""
    if wanted in PLAIN:
        return PLAIN[wanted]
    if get_origin(wanted) is not None:
        return _generic(get_origin(wanted), get_args(wanted))
    if issubclass(wanted, Enum):
        return next(iter(wanted))
    if wanted is Page:  # of what it holds its type says nothing
        return Page([])
    if is_dataclass(wanted):
        hints = get_type_hints(wanted)
        return wanted(**{one.name: sample(hints[one.name]) for one in fields(wanted)})
    raise TypeError(f"no sample of {wanted!r} is known")


def _generic(origin: Any, inner: tuple[Any, ...]) -> Any:
    if origin in (Literal, Union, types.UnionType):
        return inner[0] if origin is Literal else sample(inner[0])
    if isinstance(origin, type) and issubclass(origin, AnyMapping):
        return {sample(inner[0]): sample(inner[1])}
    if origin in (set, frozenset):
        return origin([sample(inner[0])])
    if origin is tuple:
        return tuple(sample(one) for one in inner if one is not ...)
    if origin is Iterator or getattr(origin, "__name__", "") in ("Generator", "Iterator"):
        return iter([sample(inner[0])])
    return [sample(inner[0])]
