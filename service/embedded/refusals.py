"""What opening the parts may raise, in words for whoever started it."""

from collections.abc import Iterator
from contextlib import contextmanager

from pymongo.errors import PyMongoError

from search.port import SearchError
from service.embedded.home import CannotStart
from service.errors import ServiceError
from service.models.connection import NotReplicated
from service.models.migrations import NewerSchema
from storage.port import StorageError


@contextmanager
def refusals_told() -> Iterator[None]:
    """Raise `CannotStart` for whatever a part says when it cannot be opened; bugs pass as they are."""
    try:
        yield
    except (
        ServiceError,
        NotReplicated,
        NewerSchema,
        PyMongoError,
        SearchError,
        StorageError,
        ValueError,
    ) as fault:
        why = str(fault) or type(fault).__name__
        raise CannotStart(f"有部分打不开：{why}", f"A part cannot be opened: {why}") from fault
