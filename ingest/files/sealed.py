"""ZIP packages whose members are encrypted: the old cipher, WinZip's AES, and the bytes that a password may stand for."""

import hmac
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from copy import copy
from hashlib import pbkdf2_hmac, sha1
from typing import IO, Any, Literal, cast

_AES, _EXTRA = 99, 0x9901
_LENGTHS = {1: 16, 2: 24, 3: 32}
"""Strength that a member states → bytes of its key; its salt has half of them."""
_ROUNDS, _PROOF, _SEAL = 1000, 2, 10
_HEAD = 30
_BLOCK = 16
_PIECE = 1 << 16


class WrongPassword(Exception):
    """The password does not open the member."""


class Package(zipfile.ZipFile):
    """A ZIP file that opens members in AES, too (AE-1, AE-2: https://www.winzip.com/en/support/aes-encryption/)."""

    def open(
        self,
        name: str | zipfile.ZipInfo,
        mode: Literal["r", "w"] = "r",
        pwd: bytes | None = None,
        *,
        force_zip64: bool = False,
    ) -> IO[bytes]:
        """See `ZipFile.open`. Raises `WrongPassword` besides."""
        entry = name if isinstance(name, zipfile.ZipInfo) else self.getinfo(name)
        password = pwd or self.pwd
        if entry.compress_type != _AES or not password:
            try:
                return super().open(entry, mode, pwd, force_zip64=force_zip64)
            except RuntimeError as error:
                if isinstance(error, NotImplementedError):
                    raise
                raise WrongPassword(str(error)) from error
        return _plain(self._packed(entry), entry, password)

    def _packed(self, entry: zipfile.ZipInfo) -> "_Stretch":
        """The bytes of a member as they stand in the file."""
        file = self.fp
        if file is None:
            raise zipfile.BadZipFile("it is closed")
        file.seek(entry.header_offset + 26)
        name, extra = struct.unpack("<HH", file.read(4))
        return _Stretch(file, entry.header_offset + _HEAD + name + extra, entry.compress_size)


def forms(password: str) -> Iterator[bytes]:
    """The bytes that a password may have been turned into: UTF-8, then those of Chinese Windows."""
    yield from dict.fromkeys((password.encode(), password.encode("gb18030")))


class _Stretch:
    """Some bytes of a file whose place others change."""

    def __init__(self, file: IO[bytes], start: int, size: int) -> None:
        self._file, self._at, self.left = file, start, size

    def read(self, size: int) -> bytes:
        self._file.seek(self._at)
        data = self._file.read(min(size, self.left))
        if len(data) < min(size, self.left):
            raise zipfile.BadZipFile("a member is cut off")
        self._at += len(data)
        self.left -= len(data)
        return data


def _plain(packed: _Stretch, entry: zipfile.ZipInfo, password: bytes) -> IO[bytes]:
    strength, method = _stated(entry)
    size = _LENGTHS[strength]
    salt, proof = packed.read(size // 2), packed.read(_PROOF)
    keys = pbkdf2_hmac("sha1", password, salt, _ROUNDS, 2 * size + _PROOF)
    if keys[2 * size :] != proof:
        raise WrongPassword(entry.filename)
    body = _Deciphered(packed, keys[:size], keys[size : 2 * size])
    known = copy(entry)
    known.compress_type, known.compress_size = method, body.left
    known.flag_bits &= ~1
    if known.CRC == 0:  # AE-2 states none: the seal behind the bytes stands for it
        del known.CRC
    return cast("IO[bytes]", zipfile.ZipExtFile(body, "r", known, None, True))


def _stated(entry: zipfile.ZipInfo) -> tuple[int, int]:
    """Strength of the key and method of packing; `BadZipFile` for what nobody knows."""
    at, extra = 0, entry.extra
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        if kind == _EXTRA and size >= 7 and at + 11 <= len(extra):
            strength, method = struct.unpack_from("<BH", extra, at + 8)
            if strength in _LENGTHS:
                return strength, method
        at += 4 + size
    raise NotImplementedError("a member encrypted in an unknown way")


class _Deciphered(io.RawIOBase):
    """The bytes behind salt and proof, deciphered; wrong ones are a `BadZipFile` at their end."""

    def __init__(self, packed: _Stretch, key: bytes, seal: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415 - few files need it

        self._packed = packed
        self.left = packed.left - _SEAL
        if self.left < 0:
            raise zipfile.BadZipFile("a member is cut off")
        # the blocks are counted with their lowest byte first, which libraries do not offer
        self._cipher: Any = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305
        self._sum = hmac.new(seal, digestmod=sha1)
        self._count, self._rest = 1, b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        wanted = self.left if size < 0 else min(size, self.left)
        while len(self._rest) < wanted:
            self._rest += self._piece()
        data, self._rest = self._rest[:wanted], self._rest[wanted:]
        self.left -= len(data)
        return data

    def _piece(self) -> bytes:
        data = self._packed.read(min(_PIECE, self._packed.left - _SEAL))
        self._sum.update(data)
        blocks = -(-len(data) // _BLOCK)
        counted = b"".join(
            number.to_bytes(_BLOCK, "little") for number in range(self._count, self._count + blocks)
        )
        self._count += blocks
        noise = self._cipher.update(counted)[: len(data)]
        if self._packed.left == _SEAL and self._packed.read(_SEAL) != self._sum.digest()[:_SEAL]:
            raise zipfile.BadZipFile("a member does not fit its seal")
        mixed = int.from_bytes(data, "little") ^ int.from_bytes(noise, "little")
        return mixed.to_bytes(len(data), "little")


BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, WrongPassword)
"""What reading a member may raise."""
