"""Password hashes: argon2id, so costly that guessing does not pay, and so bounded that signing in does not hurt."""

import base64
import secrets
import threading

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from service.domain.passwords import MAX_LENGTH, folded_password

TIME_COST, MEMORY_KIB = 3, 32 * 1024
"""About 75 ms on one slow core; stricter than 19 MiB in 2 rounds, which is OWASP's least."""

AT_ONCE = 2
"""Hashes computed at the same time: a flood of sign-ins takes 64 MiB, not 32 MiB a thread."""


class PasswordHashes:
    """Makes and checks hashes. Passwords are folded first (NFKC); texts of any length and kind are taken."""

    def __init__(self, *, time_cost: int = TIME_COST, memory_kib: int = MEMORY_KIB) -> None:
        self._hasher = PasswordHasher(time_cost, memory_kib, parallelism=1, type=Type.ID)
        self._turn = threading.BoundedSemaphore(AT_ONCE)
        parameters = f"$argon2id$v=19$m={memory_kib},t={time_cost},p=1"
        self._nobodys = f"{parameters}${_random(16)}${_random(32)}"

    def hash(self, password: str) -> str:
        """The hash to keep."""
        with self._turn:
            return self._hasher.hash(_bytes(password))

    def fits(self, kept: str, password: str) -> bool:
        """Whether the password is the one of this hash; "" for nobody's hash takes just as long and is False."""
        try:
            with self._turn:
                return self._hasher.verify(kept or self._nobodys, _bytes(password))
        except (VerificationError, InvalidHashError):
            return False

    def outdated(self, kept: str) -> bool:
        """Whether a hash was made with other costs than today's and should be made anew."""
        return self._hasher.check_needs_rehash(kept)


def _bytes(password: str) -> bytes:
    """Cut where no password that was accepted can be as long, so that length costs nothing and still differs."""
    return folded_password(password)[: MAX_LENGTH + 1].encode("utf-8", "surrogatepass")


def _random(length: int) -> str:
    return base64.b64encode(secrets.token_bytes(length)).decode().rstrip("=")
