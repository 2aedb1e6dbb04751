"""A seccomp filter: no sockets, no new processes or programs, no mounts, no signals to others."""

import ctypes
import errno
import os
import platform

_LOAD, _JUMP_EQUAL, _JUMP_SET, _JUMP_BELOW, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_NUMBER_AT, _ARCH_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_CLONE_THREAD = 0x00010000
_X32_BIT = 0x40000000
_PR_SET_SECCOMP, _MODE_FILTER = 22, 2

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

# pidfd_send_signal, io_uring_*, open_tree, move_mount, fsopen, pidfd_open, pidfd_getfd, mount_setattr
_DENIED_EVERYWHERE = (424, 425, 426, 427, 428, 429, 430, 434, 438, 442)
_DENIED = {
    # socket connect accept bind listen fork vfork execve ptrace rt_sigqueueinfo pivot_root chroot mount umount2
    # init_module delete_module tkill kexec_load add_key request_key keyctl unshare accept4 rt_tgsigqueueinfo
    # perf_event_open open_by_handle_at setns process_vm_readv process_vm_writev finit_module bpf execveat
    # userfaultfd
    "x86_64": (41, 42, 43, 49, 50, 57, 58, 59, 101, 129, 155, 161, 165, 166, 175, 176, 200, 246, 248, 249, 250, 272,
               288, 297, 298, 304, 308, 310, 311, 313, 321, 322, 323),
    "aarch64": (198, 203, 202, 200, 201, 221, 117, 138, 41, 51, 40, 39, 105, 106, 130, 104, 217, 218, 219, 97, 242,
                240, 241, 265, 268, 270, 271, 273, 280, 281, 282),
}  # fmt: skip
_CLONE = {"x86_64": 56, "aarch64": 220}
_SIGNALS = {"x86_64": (62, 234), "aarch64": (129, 131)}
"""kill and tgkill: allowed towards oneself, so that abort() works."""
_CLONE3 = 435


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("if_true", ctypes.c_uint8),
        ("if_false", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(_Instruction)))


def install(libc: ctypes.CDLL) -> bool:
    """Load the filter into this (single) thread and all its later ones; False where it is not known or not allowed.

    Needs no_new_privs to be set.
    """
    machine = platform.machine()
    if machine not in _ARCHITECTURES:
        return False
    listing = _filter(machine, os.getpid())
    array = (_Instruction * len(listing))(*(_Instruction(*line) for line in listing))
    program = _Program(len(listing), ctypes.cast(array, ctypes.POINTER(_Instruction)))
    return bool(libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0) == 0)


def _filter(machine: str, pid: int) -> list[tuple[int, int, int, int]]:
    deny = (_RETURN, 0, 0, _ERRNO | errno.EPERM)
    allow = (_RETURN, 0, 0, _ALLOW)
    lines = [
        (_LOAD, 0, 0, _ARCH_AT),
        (_JUMP_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
    ]
    if machine == "x86_64":
        lines += [(_JUMP_BELOW, 0, 1, _X32_BIT), deny]
    for number in (*_DENIED_EVERYWHERE, *_DENIED[machine]):
        lines += [(_JUMP_EQUAL, 0, 1, number), deny]
    # glibc falls back to clone when clone3, whose flags a filter cannot see, does not exist
    lines += [(_JUMP_EQUAL, 0, 1, _CLONE3), (_RETURN, 0, 0, _ERRNO | errno.ENOSYS)]
    lines += [(_JUMP_EQUAL, 0, 4, _CLONE[machine]), (_LOAD, 0, 0, _FIRST_ARGUMENT_AT)]
    lines += [(_JUMP_SET, 0, 1, _CLONE_THREAD), allow, deny]
    for number in _SIGNALS[machine]:
        lines += [(_JUMP_EQUAL, 0, 4, number), (_LOAD, 0, 0, _FIRST_ARGUMENT_AT)]
        lines += [(_JUMP_EQUAL, 0, 1, pid), allow, deny]
    return [*lines, allow]
