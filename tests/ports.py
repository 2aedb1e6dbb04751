"""Free ports for servers that must be told theirs."""

import random
import socket
from contextlib import suppress

OF_THE_SYSTEM = 32_768
"""From here on the system gives ports to whoever asks for any: between choosing and binding one may be gone."""


def free_port(also: int = 0) -> int:
    """A free port of loopback that the system gives to nobody; with `also` the one so far above it is free too."""
    while True:
        port = random.randrange(11_000, OF_THE_SYSTEM - also)
        with socket.socket() as one, socket.socket() as other, suppress(OSError):
            one.bind(("127.0.0.1", port))
            if also:
                other.bind(("127.0.0.1", port + also))
            return port
