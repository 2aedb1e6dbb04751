"""Office files with a password: what they hold, in memory, for the one reading in which the password is known."""

import io

from ingest.draft import MEBI, Source

DECRYPTING = (1400 * MEBI, 30)
"""Bytes of address space and seconds of CPU that it may take."""
_OLE = b"\xd0\xcf\x11\xe0"


def decrypted(source: Source) -> Source:
    """The file within an encrypted Office file; `source` itself where it is none or the password does not open it."""
    if source.head(4) != _OLE:
        return source
    import msoffcrypto  # noqa: PLC0415 - only encrypted files need it

    out = io.BytesIO()
    try:
        office = msoffcrypto.OfficeFile(io.BytesIO(source.whole()))
        if not office.is_encrypted():
            return source
        office.load_key(password=source.password)
        office.decrypt(out)
    except Exception:  # noqa: BLE001 - a parser of hostile bytes raises anything; the readers then say that it is locked
        return source
    inside = Source(out, source.name, careful=source.careful, password=source.password)
    inside.nest = source.nest
    return inside
