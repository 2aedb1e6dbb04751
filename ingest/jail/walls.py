"""The walls around a cell, put up by itself before it sees any input: limits, namespaces, Landlock, seccomp."""

import ctypes
import math
import os
import resource
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ingest.jail import landlock, seccomp

HARD_MEMORY = 3 << 30
"""Address space that no job may exceed; formats ask for less."""
START_MEMORY = 512 << 20
START_SECONDS = 10
"""Allowance until a task has sniffed what it reads and asks for its own."""
_OPEN_FILES = 64
_CLONE_NEWUSER, _CLONE_NEWNET, _CLONE_NEWIPC = 0x10000000, 0x40000000, 0x08000000
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_SYSTEM = (
    "/usr",
    "/lib",
    "/lib64",
    "/bin",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/fonts",
    "/dev/urandom",
)


def confine(parent: int, packages: Sequence[Path], *, writes: int = 0) -> Mapping[str, bool]:
    """Put up every wall that this system allows and say which stand; must run before a second thread exists.

    `packages` are the folders of our own code that stay readable; `parent` is the process to die with,
    0 inside a namespace of processes, where it has no number. `writes` bounds what goes into a file that is lent.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    standing = {"limits": _limit(writes)}
    standing["network_namespace"] = leave_network(libc)
    standing["dies_with_parent"] = die_with(libc, parent)
    # a dumpable process may be read by every other process of the same user through /proc
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    standing["no_new_privileges"] = gain_nothing(libc)
    standing["landlock"] = landlock.restrict(libc, _readable(packages))
    standing["seccomp"] = seccomp.install(libc)
    return standing


def die_with(libc: ctypes.CDLL, parent: int) -> bool:
    """Have this process, and the program that it becomes, end with its parent; end at once if that has gone."""
    bound = libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) == 0
    if parent and parent != os.getppid():
        sys.exit("the worker has gone")
    return bool(bound)


def gain_nothing(libc: ctypes.CDLL) -> bool:
    """Never get more rights than now, whatever is started: Landlock and seccomp ask for it."""
    return bool(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)


def allow(memory: int, seconds: int) -> None:
    """Set this process's soft limits: `memory` bytes of address space, `seconds` of CPU from now on."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = math.ceil(used.ru_utime + used.ru_stime) + seconds
    _set_soft(resource.RLIMIT_CPU, until)
    _set_soft(resource.RLIMIT_AS, memory)


def _set_soft(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def _limit(writes: int) -> bool:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (writes, writes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    ceiling = HARD_MEMORY if hard == resource.RLIM_INFINITY else min(HARD_MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))
    allow(START_MEMORY, START_SECONDS)
    return True


def leave_network(libc: ctypes.CDLL) -> bool:
    """A network namespace of its own, as root directly, else inside a user namespace of its own."""
    for flags in (_CLONE_NEWNET | _CLONE_NEWIPC, _CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWIPC):
        if libc.unshare(flags) == 0:
            return True
    return False


def _readable(packages: Sequence[Path]) -> list[Path]:
    interpreter = {Path(prefix) for prefix in (sys.prefix, sys.base_prefix, sys.exec_prefix)}
    paths = [*map(Path, _SYSTEM), *sorted(interpreter), *packages]
    return [path for path in paths if path.exists()]
