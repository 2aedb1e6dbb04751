"""Looking for malware in the bytes of an original, before any parser sees them."""

from typing import BinaryIO, Protocol

from storage.port import CHUNK


class Scanner(Protocol):
    """Something that knows bad bytes."""

    def scan(self, file: BinaryIO) -> str:
        """Read `file` from its beginning and name what was found in it, "" if nothing."""
        ...


class EicarScanner:
    """Knows one signature, the harmless one that every scanner is tested with (B22)."""

    # in two pieces, so that this very file is not found infected
    _SIGNATURE = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}" + rb"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"

    def scan(self, file: BinaryIO) -> str:
        file.seek(0)
        tail = b""
        while chunk := file.read(CHUNK):
            if self._SIGNATURE in tail + chunk:
                return "Eicar-Test-Signature"
            tail = chunk[-len(self._SIGNATURE) :]
        return ""
