"""Microsoft Works: what its word processor wrote, from the one stream that holds the letters."""

import re
import struct

import olefile

from ingest.blocks import add_lines
from ingest.draft import MEBI, Draft, Sniffed, Source, Unreadable

_LETTERS = re.compile(rb"\x18\0TEXT.{6}TEXT(.{8})", re.DOTALL)
"""An entry of the list of parts (Works 6 to 9): where a run of letters begins, and how many bytes it has."""
_BEGIN = 256
"""Where the letters of Works 3 and 4 stand, until the first NUL."""
_MOST = 32 * MEBI


class Works:
    """Word processing of Works 3 to 9; spreadsheets and databases of Works hold no letters here."""

    memory = 600 * MEBI
    seconds = 20

    def score(self, kind: Sniffed) -> int:
        return 10 if kind.media_type == "application/vnd.ms-works" else 0

    def read(self, source: Source, draft: Draft) -> None:
        with olefile.OleFileIO(source.open()) as package:
            if package.exists("CONTENTS"):
                text = _parts(package.openstream("CONTENTS").read(_MOST))
            elif package.exists("MN0"):
                data = package.openstream("MN0").read(_MOST)[_BEGIN:]
                text = data.partition(b"\0")[0].decode("cp1252", "replace")
            else:
                raise Unreadable("old_format", "a file of Works that is no text")
        add_lines(draft, text.replace("\r\n", "\n").replace("\r", "\n"))
        if not draft.passages:
            draft.warn("old_format", "a file of Works without letters")

    def picture(self, source: Source, draft: Draft) -> None:
        """Its pages are drawn by the office program, where there is one."""


def _parts(data: bytes) -> str:
    found = (struct.unpack("<II", entry.group(1)) for entry in _LETTERS.finditer(data[:4096]))
    return "".join(data[start : start + size].decode("utf-16-le", "replace") for start, size in found)


FORMATS = (Works(),)
