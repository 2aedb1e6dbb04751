"""Landlock (Linux 5.13): from here on this process opens only what lies below the named paths, and writes nothing."""

import ctypes
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_CREATE, _ADD, _RESTRICT = 444, 445, 446
"""System call numbers, the same on every architecture."""
_VERSION_FLAG = 1
_SOCKETS = 1 << 9 | 1 << 5
"""Making a socket, and removing it again."""
_PATH_BENEATH = 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_FILE_RIGHTS_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1}
_ALL_TCP = 0b11
_ALL_SCOPES = 0b11


class _Ruleset(ctypes.Structure):
    _fields_ = (("filesystem", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathRule(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


@dataclass(frozen=True, slots=True)
class Office:
    """What an office program needs beyond reading: folders of its own, and folders where it puts sockets."""

    own: Sequence[Path]
    sockets: Sequence[Path] = ()


def restrict(libc: ctypes.CDLL, readable: Sequence[Path], office: "Office | None" = None) -> bool:
    """Allow reading below `readable` and nothing else of the file system; False if the kernel cannot.

    `office` lets what is readable be run, and what it says be written. Needs no_new_privs to be set. Files
    opened before stay usable.
    """
    abi = libc.syscall(_CREATE, None, 0, _VERSION_FLAG)
    if abi < 1:
        return False
    rules = _Ruleset(
        _FILE_RIGHTS_BY_ABI[min(abi, 3)], _ALL_TCP if abi >= 4 else 0, _ALL_SCOPES if abi >= 6 else 0
    )
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    ruleset = libc.syscall(_CREATE, ctypes.byref(rules), size, 0)
    if ruleset < 0:
        return False
    try:
        for path in readable:
            rights = _READ_FILE | (_READ_DIR if path.is_dir() else 0) | (_EXECUTE if office else 0)
            _allow(libc, ruleset, path, rights)
        for path in office.own if office else ():
            _allow(libc, ruleset, path, rules.filesystem)
        for path in office.sockets if office else ():
            _allow(libc, ruleset, path, _SOCKETS)
        _allow(libc, ruleset, Path(os.devnull), _READ_FILE | _WRITE_FILE)
        return bool(libc.syscall(_RESTRICT, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, path: Path, rights: int) -> None:
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        libc.syscall(_ADD, ruleset, _PATH_BENEATH, ctypes.byref(_PathRule(rights, parent)), 0)
    finally:
        os.close(parent)
