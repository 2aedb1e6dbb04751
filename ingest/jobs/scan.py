"""Looking for malware in the bytes of an original, before any parser sees them."""

from collections.abc import Sequence
from typing import BinaryIO, Protocol

from storage.port import CHUNK


class ScannerUnavailable(Exception):
    """The scanner does not answer: it is unknown whether the file is bad, and it has to wait."""


class Scanner(Protocol):
    """Something that knows bad bytes; `name` is what a file is said to be examined by."""

    name: str

    def scan(self, file: BinaryIO) -> str:
        """Read `file` from its beginning and name what was found in it, "" if nothing.

        Raises `ScannerUnavailable`.
        """
        ...


class Scanners:
    """Several scanners, asked one after the other until one finds something."""

    def __init__(self, scanners: Sequence[Scanner]) -> None:
        self._scanners = scanners
        self.name = ", ".join(one.name for one in scanners if one.name)

    def scan(self, file: BinaryIO) -> str:
        """See `Scanner`."""
        return next((found for one in self._scanners if (found := one.scan(file))), "")


class EicarScanner:
    """Knows one signature, the harmless one that every scanner is tested with (B22)."""

    name = ""

    # in two pieces, so that this very file is not found infected
    _SIGNATURE = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}" + rb"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"

    def scan(self, file: BinaryIO) -> str:
        """See `Scanner`."""
        file.seek(0)
        tail = b""
        while chunk := file.read(CHUNK):
            if self._SIGNATURE in tail + chunk:
                return "Eicar-Test-Signature"
            tail = chunk[-len(self._SIGNATURE) :]
        return ""
