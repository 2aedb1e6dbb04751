"""Identities: the private keys of age in a file, for commands that open sealed backups."""


def identities_in(text: str) -> list[str]:
    """The private keys in a file as `age-keygen` writes it: its lines without comments."""
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
