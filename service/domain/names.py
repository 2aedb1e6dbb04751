"""Names of files: data that people wrote, stored as they are, refused only where no system could keep them (B23)."""

import unicodedata

from service.errors import Fault

MAX_NAME_BYTES = 255
"""As every file system has it, in UTF-8."""


def check_file_name(name: str) -> list[Fault]:
    """Faults of a name that somebody gave; `../` and the like are harmless, because names are never paths here."""
    if not name.strip():
        return [Fault("name", "required", "缺少文件名")]
    try:
        encoded = name.encode()
    except UnicodeEncodeError:
        return [Fault("name", "not_unicode", "文件名含有无法存储的字符")]
    if len(encoded) > MAX_NAME_BYTES:
        return [
            Fault("name", "too_long", "文件名超过 255 字节，现为 %(bytes)s 字节", {"bytes": len(encoded)})
        ]
    if any(unicodedata.category(character) == "Cc" for character in name):
        return [Fault("name", "control_character", "文件名含有控制字符")]
    return []


def tidy_file_name(name: str) -> str:
    """A name as a migrated source has it, made storable: control characters shown, too long ones cut in the middle."""
    shown = "".join(
        chr(0x2400 + ord(sign)) if ord(sign) < 32 else "␡" if sign == "\x7f" else sign for sign in name
    )
    shown = shown.encode("utf-8", "replace").decode()
    shown = "".join("\ufffd" if unicodedata.category(sign) in ("Cc", "Cs") else sign for sign in shown)
    if len(shown.encode()) <= MAX_NAME_BYTES:
        return shown or "␀"
    stem, dot, ending = shown.rpartition(".")
    tail = f"…{dot}{ending}" if dot and len(ending.encode()) <= 20 else "…"
    room = MAX_NAME_BYTES - len(tail.encode())
    return (stem or shown).encode()[:room].decode(errors="ignore") + tail


def title_of(name: str) -> str:
    """A first title for a record that comes from a file: its name without the ending."""
    stem, _, ending = name.rpartition(".")
    title = stem if stem and 0 < len(ending) <= 8 and ending.isalnum() else name
    return " ".join(title.split())[:500] or name[:500]
