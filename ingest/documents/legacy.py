"""What OLE files of old office programs state of themselves."""

import datetime
from typing import Any

import olefile

from ingest.draft import Draft, Source
from ingest.files.encoding import decode, known

_FACTS = ("title", "author", "subject", "keywords")
_ONE_BYTE = ("cp125", "cp437", "iso8859")


def know_summary(source: Source, draft: Draft) -> None:
    """Facts from the summary information of an OLE file; a broken one states nothing."""
    try:
        with olefile.OleFileIO(source.open()) as package:
            stated = package.get_metadata()
    except Exception as error:  # noqa: BLE001 - olefile raises whatever a broken directory makes it stumble over
        draft.know("summary_fault", f"{type(error).__name__}")
        return
    codepage = _codec(stated.codepage)
    for name in _FACTS:
        draft.know(name, _text(getattr(stated, name), codepage))
    for name, value in (("created", stated.create_time), ("modified", stated.last_saved_time)):
        if isinstance(value, datetime.datetime) and value.year > 1980:
            draft.know(name, value.replace(tzinfo=datetime.UTC).isoformat())


def _codec(codepage: object) -> str:
    # the number is a signed 16-bit one: -535 is 65001, UTF-8
    number = int(codepage) & 0xFFFF if isinstance(codepage, int) else 0
    return {65001: "utf-8", 1200: "utf-16-le", 936: "gb18030", 950: "big5hkscs"}.get(number, f"cp{number}")


def _text(value: Any, codepage: str) -> str:
    if not isinstance(value, bytes):
        return str(value or "")
    name = known(codepage)
    # Chinese programs write GBK under Western code pages: let the bytes decide
    return decode(value, "" if name.startswith(_ONE_BYTE) else name).text.strip("\0 ")
