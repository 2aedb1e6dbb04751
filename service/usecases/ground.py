"""What nearly every use case stands on: the scheme, the audit trail, the clock, and whom to tell of new work."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from service.audit import Audit
from service.usecases.scheme.categories import Categories


@dataclass(frozen=True, slots=True)
class Ground:
    """Collaborators that are passed on together."""

    categories: Categories
    audit: Audit
    clock: Callable[[], datetime]
    nudge: Callable[[], None]
    """Called after something was written that is to be indexed."""
    fonds_code: str = "Q001"
    """The code of this fonds 全宗号, with which reference codes begin."""
