"""The application: HTTP, pages and commands over use cases, rules and documents."""

VERSION = "0.1.0"
"""The program's version; `pyproject.toml` reads it here."""
