"""Packing: texts and places as they are kept in an index beside the terms: exact, and as small as is cheap."""

import zlib

LEVEL = 1
_CHINESE, _ANY = b"\x01", b"\x02"


def packed(text: str) -> bytes:
    """Any str, lone surrogates too. Chinese takes two bytes a character before it is made smaller."""
    try:
        return _CHINESE + zlib.compress(text.encode("gb18030"), LEVEL)
    except UnicodeEncodeError:
        return _ANY + zlib.compress(text.encode("utf-8", "surrogatepass"), LEVEL)


def unpacked(data: bytes) -> str:
    """What was packed."""
    raw = zlib.decompress(data[1:])
    return raw.decode("gb18030") if data[:1] == _CHINESE else raw.decode("utf-8", "surrogatepass")
