"""Frames: how the bytes of an encrypted object lie, so that any range of it can be read by itself."""

CLEAR = 64 << 10
"""Bytes of a frame before it is encrypted; the last one has the rest. A part of an upload is a whole number of them."""
OVERHEAD = 12 + 16
"""What a frame is longer for it: a nonce before, a tag behind."""
LOCKED = CLEAR + OVERHEAD


def frame_count(size: int) -> int:
    """Frames of an object of `size` clear bytes; one without bytes has one, so that its end is proved too."""
    return max(1, -(-size // CLEAR))


def locked_size(size: int) -> int:
    """Bytes that `size` clear ones take."""
    return size + OVERHEAD * frame_count(size)


def clear_size(size: int) -> int:
    """Clear bytes in an encrypted object of `size` bytes; never below 0, whatever was cut off it."""
    frames = max(1, -(-size // LOCKED))
    return max(0, size - OVERHEAD * frames)
