"""Attempts: how often somebody may try a secret before he has to wait."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import Any

from mongoengine.errors import NotUniqueError

from service.errors import TooManyAttempts
from service.models import SignInAttempts
from service.models.reading import by_key
from service.models.transactions import delete_rows

FREE = 5
"""Attempts before the first wait."""

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
MEMORY = timedelta(hours=1)
"""Attempts are forgotten this long after the last one."""


def digest(token: str) -> str:
    """What is kept of a secret text."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def network(address: str) -> str:
    """The network that one customer of a provider has: an IPv4 address, the /64 of an IPv6 address."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or IPv6Address(int(found) >> 64 << 64))
    return str(found)


class Attempts:
    """Counts an attempt before it is judged, so that many at once gain nothing (B50).

    The count is kept under all the words together, for example name and network: whoever else tries the
    same name from elsewhere does not lock its owner out.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def claim(self, *words: str) -> str:
        """Take one attempt; return its key for `forget`. Raises `TooManyAttempts` when it is time to wait."""
        key = digest("\0".join(words))
        while True:
            now = self._clock()
            row = by_key(SignInAttempts, id=key)
            if row is not None and row.blocked_until and row.blocked_until > now:
                raise TooManyAttempts(int((row.blocked_until - now).total_seconds()) + 1)
            if self._count(key, digest("\0".join(words[:2])), row, now):
                return key

    def forget(self, key: str) -> None:
        """The attempt was right: start anew."""
        delete_rows(SignInAttempts.objects(id=key))

    def waiting(self, *subjects: tuple[str, str]) -> set[tuple[str, str]]:
        """Those of the subjects (the first two words) under which somebody has to wait now, from wherever."""
        keys = {digest("\0".join(subject)): subject for subject in subjects}
        rows = SignInAttempts.objects(subject__in=list(keys))
        return {keys[row.subject] for row in rows if row.blocked_until and row.blocked_until > self._clock()}

    def forgive(self, *subject: str) -> int:
        """Forget all attempts under a subject (the first two words), from wherever; how many counts there were."""
        return int(delete_rows(SignInAttempts.objects(subject=digest("\0".join(subject)))))

    def _count(self, key: str, subject: str, row: Any, now: datetime) -> bool:
        """Whether this one was counted; not when another came in between, which makes the loop end by waiting."""
        past = row.failures if row is not None and row.expires_at > now else 0
        values = {
            "subject": subject,
            "failures": past + 1,
            "blocked_until": now + wait(past + 1) if past + 1 >= FREE else None,
            "expires_at": now + MEMORY,
        }
        if row is not None:
            changes = {f"set__{name}": value for name, value in values.items()}
            same = SignInAttempts.objects(id=key, failures=row.failures, expires_at=row.expires_at)
            return bool(same.update_one(**changes))
        try:
            SignInAttempts(id=key, **values).save(force_insert=True)
        except NotUniqueError:
            return False
        return True


def wait(failures: int) -> timedelta:
    """How long to wait after so many failures: doubling from half a minute to a quarter of an hour."""
    if failures < FREE:
        return timedelta()
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << min(failures - FREE, 10)))
