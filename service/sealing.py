"""Sealing: secrets of people, as telephones share them with us, lie encrypted in the database (R-SEC-8)."""

import base64
import os
import secrets
from contextlib import suppress
from pathlib import Path

from service.encryption import masters_of
from service.usecases.safekeeping.encrypting import KeyRowsInDatabase
from storage.crypto import KEY_BYTES, MasterKeys, Wrapped
from storage.encrypted import DataKeys
from storage.port import ChecksumMismatch, KeyMissing, ObjectMissing


class SealedSecrets:
    """`service.usecases.people.second_factor.Sealing`.

    With a master key every person has a data key of his own that it wraps, so that its change and its loss mean what
    they mean for objects. Without one there is a key in a file of the home, which no backup holds: who restores
    elsewhere has the second factors reset. What was sealed under either is opened under either.
    """

    def __init__(self, master_key: str, key_file: Path) -> None:
        """`master_key` as `FONDS_MASTER_KEY`, "" for none."""
        self._masters, self._path = masters_of(master_key), key_file
        self._data_keys = DataKeys(KeyRowsInDatabase(), self._masters)

    def seal(self, owner: str, secret: str) -> str:
        """The secret as it may lie: text that tells nothing without the key, and serves nobody but its owner."""
        if self._masters:
            data_key, _ = self._data_keys.make(_name(owner))
            return "data:" + _text(data_key.lock(secret.encode(), 0, last=True))
        wrapped = self._home_keys().wrap(secret.encode(), _name(owner))
        return f"home:{wrapped.master}:{_text(wrapped.locked)}"

    def open(self, owner: str, sealed: str) -> str | None:
        """The secret again; None where the key to it is gone or it was altered. What was never sealed is itself."""
        kind, _, rest = sealed.partition(":")
        try:
            if kind == "data":
                opened = self._data_keys.get(_name(owner)).open(base64.b64decode(rest), 0, last=True)
            elif kind == "home":
                master, _, locked = rest.partition(":")
                opened = self._home_keys().unwrap(Wrapped(master, base64.b64decode(locked)), _name(owner))
            else:
                return sealed
        except (KeyMissing, ObjectMissing, ChecksumMismatch, ValueError):
            return None
        return opened.decode()

    def forget(self, owner: str) -> None:
        """Nothing that was sealed for this owner can be opened any more; may be repeated."""
        self._data_keys.destroy(_name(owner))

    def _home_keys(self) -> MasterKeys:
        return MasterKeys("keys:" + _kept_key(self._path))


def _name(owner: str) -> str:
    return f"totp/{owner}"


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _kept_key(path: Path) -> str:
    """The key in a file, 0600, made when it is first wanted; of two that make it at once the first stays."""
    with suppress(FileNotFoundError):
        return path.read_text("ascii").strip()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(_text(secrets.token_bytes(KEY_BYTES)))
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
    return path.read_text("ascii").strip()
