"""The second factor: when a code counts, and what its recovery codes look like (R-SEC-6)."""

import re
import secrets
from collections.abc import Callable
from datetime import datetime

from service.domain.passwords import LETTERS, folded_password

STEP = 30
"""Seconds that one code lasts (RFC 6238)."""
DRIFT = 1
"""So many steps a telephone's clock may be before or behind ours."""
RECOVERY_CODES = 10
ISSUER = "全宗 fonds"


def step_of(at: datetime) -> int:
    """The number of the step that a moment belongs to."""
    return int(at.timestamp()) // STEP


def fitting_step(given: str, now: datetime, last: int, code_at: Callable[[int], str]) -> int:
    """The step whose code was given, 0 if none fits. A step that was used, or one before it, counts no more."""
    for step in range(step_of(now) - DRIFT, step_of(now) + DRIFT + 1):
        if step > last and secrets.compare_digest(code_at(step).encode(), given.encode()):
            return step
    return 0


def folded_code(text: str) -> str:
    """What was typed as a code, without the blanks and dashes that people put in."""
    return re.sub(r"[\s\-‐-—]", "", folded_password(text[:100])).lower()


def is_number(code: str) -> bool:
    """Whether it is a code of six digits; else it may be one for recovery."""
    return len(code) == 6 and code.isascii() and code.isdigit()


def recovery_code() -> str:
    """A code to be kept on paper: 12 signs, 59 bits, used once."""
    signs = "".join(secrets.choice(LETTERS) for _ in range(12))
    return "-".join(signs[start : start + 4] for start in range(0, 12, 4))
