"""Writes the `.env` of the compose deployment: fresh secrets, readable by its owner only, never overwritten."""  # noqa: INP001 - a script, no package

import os
import secrets
import sys
from pathlib import Path

SETTINGS = {
    "SITE_ADDRESS": ("localhost", "The name that people type; a public name gets a certificate by itself."),
    "HTTP_PORT": ("80", "Redirects to https."),
    "HTTPS_PORT": ("443", "The only port besides HTTP_PORT that is open to the outside."),
}
SECRETS = {
    "ARCHIVE_SECRET": "Signs links and cursors; all servers of this archive share it.",
    "MONGO_ROOT_PASSWORD": "MongoDB's administrator, used only to initiate the replica set and in emergencies.",
    "MONGO_PASSWORD": "The archive's own user in MongoDB.",
    "MONGO_KEY": "The members of the replica set know each other by it.",
    "S3_ROOT_PASSWORD": "The object store's administrator, used only to make the bucket and its user.",
    "S3_PASSWORD": "The archive's own user in the object store.",
    "ELASTIC_PASSWORD": "Elasticsearch.",
    "RABBITMQ_PASSWORD": "RabbitMQ.",
}


def text() -> str:
    """The whole file; secrets are hexadecimal, so that they stand in a URL as they are."""
    lines = ["# Made by `make env`. Keep a copy where the backups are: without it they cannot be used."]
    for name, (value, reason) in SETTINGS.items():
        lines += ["", f"# {reason}", f"{name}={value}"]
    for name, reason in SECRETS.items():
        lines += ["", f"# {reason}", f"{name}={secrets.token_hex(32)}"]
    return "\n".join(lines) + "\n"


def main(path: Path) -> str:
    """Create `path` unless it is there; returns the sentence for the person who asked."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text())
    except FileExistsError:
        return f"{path} is there already and stays as it is; remove it yourself if the archive has never run."
    return f"{path} written. Set SITE_ADDRESS in it, then: docker compose up -d --build"


if __name__ == "__main__":
    sys.stdout.write(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".env")) + "\n")
