"""Tasks that a cell runs in tests instead of extraction: what hostile bytes could make a parser do."""

import ctypes
import os
import socket
import sys
import time
from collections.abc import Mapping
from typing import Any

from ingest.jail.frames import Allow, Reply

BORN = time.time_ns()
"""Tells one cell from another: inside bubblewrap all have the same pid."""

MEBI = 1 << 20


def act(order: Mapping[str, Any], file: int, allow: Allow) -> Reply:
    """Do what `order["do"]` says."""
    return globals()[f"_{order['do']}"](order, file, allow)


def _read(order: Mapping[str, Any], file: int, allow: Allow) -> Reply:
    return Reply({"born": BORN, "bytes": os.pread(file, 100, 0).decode()}, b"text", b"preview")


def _spin(order: Mapping[str, Any], file: int, allow: Allow) -> Reply:
    allow(256 * MEBI, order.get("cpu", 60))
    while True:
        pass


def _sleep(order: Mapping[str, Any], file: int, allow: Allow) -> Reply:
    time.sleep(600)
    return Reply({})


def _hoard(order: Mapping[str, Any], file: int, allow: Allow) -> Reply:
    allow(256 * MEBI, 60)
    try:
        return Reply({"took": len(bytearray(2048 * MEBI))})
    except MemoryError:
        return Reply({"took": 0})


def _native_hoard(order: Mapping[str, Any], file: int, allow: Allow) -> Reply:
    allow(256 * MEBI, 60)
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    libc.malloc.argtypes = [ctypes.c_size_t]
    return Reply({"took": bool(libc.malloc(2048 * MEBI))})


def _abort(order: Mapping[str, Any], file: int, allow: Allow) -> Reply:
    sys.stderr.write("about to abort\n")
    sys.stderr.flush()
    os.abort()


def _segfault(order: Mapping[str, Any], file: int, allow: Allow) -> Reply:
    return Reply({"read": ctypes.string_at(8)})


def _leave(order: Mapping[str, Any], file: int, allow: Allow) -> Reply:
    os._exit(3)


def _raise(order: Mapping[str, Any], file: int, allow: Allow) -> Reply:
    raise RuntimeError("a fault of our own")


def _shout(order: Mapping[str, Any], file: int, allow: Allow) -> Reply:
    for _ in range(100):
        sys.stderr.write("x" * 100_000)
    return Reply({"shouted": True})


def _flood(order: Mapping[str, Any], file: int, allow: Allow) -> Reply:
    return Reply({"big": "x" * (2 * MEBI)})


def _fork(order: Mapping[str, Any], file: int, allow: Allow) -> Reply:
    return _tried(os.fork)


def _exec(order: Mapping[str, Any], file: int, allow: Allow) -> Reply:
    return _tried(lambda: os.execv("/bin/true", ["true"]))


def _connect(order: Mapping[str, Any], file: int, allow: Allow) -> Reply:
    return _tried(lambda: socket.create_connection(("127.0.0.1", order["port"]), 2))


def _environment(order: Mapping[str, Any], file: int, allow: Allow) -> Reply:
    return Reply({"environment": dict(os.environ)})


def _open(order: Mapping[str, Any], file: int, allow: Allow) -> Reply:
    return _tried(lambda: open(order["path"], order["mode"]).read(1))  # noqa: PTH123


def _write_input(order: Mapping[str, Any], file: int, allow: Allow) -> Reply:
    return _tried(lambda: os.pwrite(file, b"changed", 0))


def _kill(order: Mapping[str, Any], file: int, allow: Allow) -> Reply:
    return _tried(lambda: os.kill(order["pid"], 0))


def _fat(order: Mapping[str, Any], file: int, allow: Allow) -> Reply:
    allow(2048 * MEBI, 60)
    return Reply({"born": BORN, "size": len(b"x" * (600 * MEBI))})


def _tried(act_of_escape: Any) -> Reply:
    try:
        act_of_escape()
    except OSError as error:
        return Reply({"errno": error.errno})
    return Reply({"errno": 0})
