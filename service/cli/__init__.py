"""The command line: `fonds serve`, `work`, `sweep`, and the commands that work on the archive."""

from service.cli.entry import main

__all__ = ["main"]
