"""Passwords: what is good enough, and how one for the first sign-in is made."""

import secrets
import unicodedata

from service.errors import Fault

MIN_LENGTH = 10
MAX_LENGTH = 256
MIN_DIFFERENT = 5

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are confused when read aloud or from paper: i, l, o, 0, 1."""


def folded_password(password: str) -> str:
    """One form for what a Chinese input method types in full or half width."""
    return unicodedata.normalize("NFKC", password)


def folded_name(name: str) -> str:
    """One form for a sign-in name: width, case and blanks around it make no difference; any text can be looked up."""
    storable = name.encode("utf-8", "replace").decode()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", storable).casefold()).strip()


def one_time_password() -> str:
    """A password to be read from paper and changed at the first sign-in: 16 signs, 79 bits."""
    signs = "".join(secrets.choice(LETTERS) for _ in range(16))
    return "-".join(signs[start : start + 4] for start in range(0, 16, 4))


def check_password(path: str, password: str, *, name: str) -> list[Fault]:
    """Why this password of the person with sign-in name `name` is not good enough; [] when it is."""
    folded = folded_password(password)
    if len(folded) < MIN_LENGTH:
        return [Fault(path, "password_too_short", "密码至少 %(limit)s 位", {"limit": MIN_LENGTH})]
    if len(folded) > MAX_LENGTH:
        return [Fault(path, "password_too_long", "密码最多 %(limit)s 位", {"limit": MAX_LENGTH})]
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in folded):
        return [Fault(path, "control_character", "密码含有控制字符，重新输入")]
    if len(set(folded)) < MIN_DIFFERENT or (len(name) > 2 and name in folded.casefold()):
        return [Fault(path, "password_too_simple", "密码太容易猜：不要含用户名，也不要只用几个相同的字符")]
    return []
