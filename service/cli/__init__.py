"""The command line: `fonds serve`, `work`, `sweep`, and the commands that work on the archive."""

import importlib


def main() -> None:
    """The console script. The programs that run until they are stopped import this package, too, but no command."""
    importlib.import_module("service.cli.entry").main()
