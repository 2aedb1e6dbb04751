"""Where the pictures of a film's strip stand: for who makes it and for who shows it."""

CELLS = 8


def moments(length: float) -> list[float]:
    """The second of each picture in a film of `length` seconds."""
    return [(position + 0.5) * length / CELLS for position in range(CELLS)]
