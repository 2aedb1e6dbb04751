"""OLE storages inside others written as files of their own, as [MS-CFB] says."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import olefile

_FREE, _END, _TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_SMALL, _MINI = 4096, 64
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_IN_HEADER = 109
"""Sectors of the table that the header lists; more are not written."""
_SHIFTS = ((3, 9), (4, 12))
"""Versions with the bits of a sector's size: the first one holds 7 MB, the second 450."""


@dataclass(slots=True)
class _Entry:
    name: str
    kind: int
    data: bytes = b""
    child: int = _FREE
    left: int = _FREE
    right: int = _FREE
    first: int = _END
    size: int = 0


@dataclass(slots=True)
class _Sectors:
    """Chains of sectors of one size."""

    size: int
    chains: list[int] = field(default_factory=list)
    data: bytearray = field(default_factory=bytearray)

    def add(self, data: bytes) -> int:
        """Where the chain of `data` begins."""
        first, count = len(self.chains), -(-len(data) // self.size)
        if not count:
            return _END
        self.chains += [*range(first + 1, first + count), _END]
        self.data += data.ljust(count * self.size, b"\0")
        return first


def rebuilt(package: olefile.OleFileIO, folder: Sequence[str], most: int) -> bytes:
    """The storage `folder` of `package` with all that is in it; b"" if that is more than `most` bytes."""
    depth, tree, total = len(folder), dict[str, Any](), 0
    for path in package.listdir(streams=True, storages=False):
        if list(path[:depth]) != list(folder):
            continue
        total += package.get_size(path)
        if total > most:
            return b""
        below = tree
        for name in path[depth:-1]:
            below = below.setdefault(name, {})
        with package.openstream(path) as stream:
            below[path[-1]] = stream.read()
    return compound(tree)


def compound(tree: Mapping[str, Any]) -> bytes:
    """An OLE file: bytes are streams, mappings are storages; b"" for more than can be written."""
    entries = [_Entry("Root Entry", _ROOT)]
    entries[0].child = _enter(entries, tree)
    for version, shift in _SHIFTS:
        if written := _written(entries, version, shift):
            return written
    return b""


def _enter(entries: list[_Entry], tree: Mapping[str, Any]) -> int:
    """Add what is in a storage; the number of the entry at the top of its tree of names."""
    numbers = []
    for name, content in sorted(tree.items(), key=lambda item: (len(item[0]), item[0].upper())):
        inside = isinstance(content, Mapping)
        entry = _Entry(name[:31], _STORAGE if inside else _STREAM, b"" if inside else content)
        numbers.append(len(entries))
        entries.append(entry)
        if inside:
            entry.child = _enter(entries, content)
    return _balanced(entries, numbers)


def _balanced(entries: list[_Entry], numbers: Sequence[int]) -> int:
    if not numbers:
        return _FREE
    middle = len(numbers) // 2
    top = entries[numbers[middle]]
    top.left, top.right = (
        _balanced(entries, numbers[:middle]),
        _balanced(entries, numbers[middle + 1 :]),
    )
    return numbers[middle]


def _written(entries: Sequence[_Entry], version: int, shift: int) -> bytes:
    large, mini = _Sectors(1 << shift), _Sectors(_MINI)
    for entry in entries[1:]:
        entry.size = len(entry.data)
        entry.first = (mini if entry.size < _SMALL else large).add(entry.data)
    entries[0].first, entries[0].size = large.add(bytes(mini.data)), len(mini.data)
    mini_table = large.add(struct.pack(f"<{len(mini.chains)}I", *mini.chains))
    packed = b"".join(map(_packed, entries))
    directory = large.add(packed)
    each = large.size // 4
    tables = -(-(len(large.chains) + 1) // (each - 1))
    if tables > _IN_HEADER:
        return b""
    begin = len(large.chains)
    chains = large.chains + [_TABLE] * tables
    chains += [_FREE] * (tables * each - len(chains))
    numbers = [*range(begin, begin + tables), *[_FREE] * (_IN_HEADER - tables)]
    minis = -(-len(mini.chains) * 4 // large.size)
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH6x", 62, version, 0xFFFE, shift, 6)
    listed = -(-len(packed) // large.size) if version == 4 else 0
    head += struct.pack("<9I", listed, tables, directory, 0, _SMALL, mini_table, minis, _END, 0)
    head += struct.pack("<109I", *numbers)
    return head.ljust(large.size, b"\0") + bytes(large.data) + struct.pack(f"<{len(chains)}I", *chains)


def _packed(entry: _Entry) -> bytes:
    """A row of the directory; all of them black."""
    name = entry.name.encode("utf-16-le") + b"\0\0"
    return (
        name.ljust(64, b"\0")
        + struct.pack("<HBB3I", len(name), entry.kind, 1, entry.left, entry.right, entry.child)
        + bytes(36)
        + struct.pack("<IQ", entry.first, entry.size)
    )
