"""Looking for malware in the bytes of an original, before any parser sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from storage.port import CHUNK


class ScannerUnavailable(Exception):
    """The scanner does not answer: it is unknown whether the file is bad, and it has to wait."""


@dataclass(frozen=True, slots=True)
class Examination:
    """What came of looking at a file."""

    found: str = ""
    """The name of what is bad in it, "" if nothing was found."""
    beyond: str = ""
    """Whose limit kept from looking at all of it, as "ClamAV: StreamMaxLength"; "" = it was looked at whole."""


class Scanner(Protocol):
    """Something that knows bad bytes; `name` is what a file is said to be examined by."""

    name: str

    def scan(self, file: BinaryIO) -> Examination:
        """Read `file` from its beginning and say what was found in it.

        Raises `ScannerUnavailable`.
        """
        ...


class Scanners:
    """Several scanners, asked one after the other until one finds something."""

    def __init__(self, scanners: Sequence[Scanner]) -> None:
        self._scanners = scanners
        self.name = ", ".join(one.name for one in scanners if one.name)

    def scan(self, file: BinaryIO) -> Examination:
        """See `Scanner`."""
        beyond: list[str] = []
        for one in self._scanners:
            said = one.scan(file)
            if said.found:
                return said
            beyond += [said.beyond] if said.beyond else []
        return Examination(beyond=", ".join(beyond))


class EicarScanner:
    """Knows one signature, the harmless one that every scanner is tested with (B22)."""

    name = ""

    # in two pieces, so that this very file is not found infected
    _SIGNATURE = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}" + rb"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"

    def scan(self, file: BinaryIO) -> Examination:
        """See `Scanner`."""
        file.seek(0)
        tail = b""
        while chunk := file.read(CHUNK):
            if self._SIGNATURE in tail + chunk:
                return Examination("Eicar-Test-Signature")
            tail = chunk[-len(self._SIGNATURE) :]
        return Examination()
