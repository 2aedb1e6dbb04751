"""Crypto: data keys that lock the frames of one object, and master keys that wrap data keys (AES-256-GCM throughout)."""

import base64
import hashlib
import os
import secrets
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from storage.durable import sync_folder
from storage.port import ChecksumMismatch, KeyMissing

KEY_BYTES = 32
NONCE_BYTES = 12


def _cipher(raw: bytes) -> Any:
    # 8 MB of memory that only an archive needs which encrypts, and that from its first such object on.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    return AESGCM(raw)


def _invalid() -> type[Exception]:
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415

    return InvalidTag


class DataKey:
    """Locks and opens the frames of the object `name`.

    Every frame has a nonce of its own at random, so that a part of an upload that is sent again under the same key
    shares none with the first; the object's name, the frame's number and whether it is the last are authenticated
    with it, so that no frame can be moved, repeated or left out.
    """

    def __init__(self, raw: bytes, name: str) -> None:
        self._cipher, self._name = _cipher(raw), name.encode()

    def lock(self, clear: bytes, number: int, *, last: bool) -> bytes:
        """The frame `number` (from 0) as it is to lie."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + bytes(self._cipher.encrypt(nonce, clear, self._place(number, last=last)))

    def open(self, locked: bytes, number: int, *, last: bool) -> bytes:
        """The clear bytes of a frame; `ChecksumMismatch` if it is not exactly what was locked there."""
        try:
            place = self._place(number, last=last)
            return bytes(self._cipher.decrypt(locked[:NONCE_BYTES], locked[NONCE_BYTES:], place))
        except (_invalid(), ValueError) as fault:
            raise ChecksumMismatch(f"frame {number} was altered, moved or cut") from fault

    def _place(self, number: int, *, last: bool) -> bytes:
        return self._name + b"\n" + number.to_bytes(8, "big") + (b"\1" if last else b"\0")


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A data key as it is kept: locked by the master key whose id is `master`."""

    master: str
    locked: bytes


class Masters(Protocol):
    """Who wraps data keys and unwraps them again. False if there is none."""

    def __bool__(self) -> bool:
        """Whether there is any."""
        ...

    @property
    def changeable(self) -> bool:
        """Whether keys can be added and taken away here."""
        ...

    def ids(self) -> list[str]:
        """Ids of the keys, the current one first. Raises `KeyMissing` where nobody can tell."""
        ...

    def wrap(self, raw: bytes, name: str) -> Wrapped:
        """Lock a data key for the object `name`. Raises `KeyMissing`."""
        ...

    def unwrap(self, wrapped: Wrapped, name: str) -> bytes:
        """The data key again. Raises `KeyMissing`, `ChecksumMismatch`."""
        ...

    def add(self) -> str:
        """Make a fresh key the current one; its id."""
        ...

    def retire(self, ids: set[str]) -> None:
        """Take keys away for good; never the current one."""
        ...


class MasterKeys:
    """The master keys that this process was given; the first wraps, all unwrap.

    `address` is "" (none), `keys:KEY,KEY…`, or `file:///PATH` with a key a line; a key is 32 bytes in base64. A file
    that has changed is read again: so a rotation reaches every process. Raises `ValueError` for what is none of these.
    """

    def __init__(self, address: str) -> None:
        self._path: Path | None = None
        self._seen: tuple[int, int] = (0, 0)
        self._lock = threading.Lock()
        self._keys: dict[str, bytes] = {}
        if address.startswith("file:"):
            self._path = Path(unquote(urlsplit(address).path))
            self._reload()
        elif address:
            self._keys = _read(address.removeprefix("keys:").replace(",", "\n"))

    def __bool__(self) -> bool:
        return bool(self._keys)

    @property
    def changeable(self) -> bool:
        """Whether keys can be added and taken away here."""
        return self._path is not None

    def ids(self) -> list[str]:
        """Ids of the keys, the current one first."""
        return list(self._known())

    def wrap(self, raw: bytes, name: str) -> Wrapped:
        """Lock a data key for the object `name`. Raises `KeyMissing` without any master key."""
        known = self._known()
        if not known:
            raise KeyMissing("no master key is set (FONDS_MASTER_KEY)")
        master = next(iter(known))
        nonce = secrets.token_bytes(NONCE_BYTES)
        return Wrapped(master, nonce + _cipher(known[master]).encrypt(nonce, raw, _bound(master, name)))

    def unwrap(self, wrapped: Wrapped, name: str) -> bytes:
        """The data key again. Raises `KeyMissing`, `ChecksumMismatch`."""
        master = self._known().get(wrapped.master)
        if master is None:
            raise KeyMissing(f"the master key {wrapped.master} is not among those of FONDS_MASTER_KEY")
        nonce, locked = wrapped.locked[:NONCE_BYTES], wrapped.locked[NONCE_BYTES:]
        try:
            return bytes(_cipher(master).decrypt(nonce, locked, _bound(wrapped.master, name)))
        except _invalid() as fault:
            raise ChecksumMismatch(f"the data key of {name} was altered") from fault

    def add(self) -> str:
        """Put a fresh key first into the file; its id. Raises `ValueError` where keys come from elsewhere."""
        fresh = secrets.token_bytes(KEY_BYTES)
        self._write([fresh, *self._known().values()])
        return key_id(fresh)

    def retire(self, ids: set[str]) -> None:
        """Take keys out of the file for good; never the current one."""
        kept = list(self._known().items())
        self._write([raw for n, (one, raw) in enumerate(kept) if n == 0 or one not in ids])

    def _known(self) -> dict[str, bytes]:
        if self._path is not None:
            self._reload()
        return self._keys

    def _reload(self) -> None:
        path = self._path
        if path is None:
            return
        with self._lock:
            try:
                now = path.stat()
                if (seen := (now.st_mtime_ns, now.st_ino)) != self._seen:
                    self._keys, self._seen = _read(path.read_text("utf-8")), seen
            except OSError as fault:
                if not self._keys:
                    raise ValueError(f"the master key cannot be read from {path}: {fault.strerror}") from None

    def _write(self, keys: list[bytes]) -> None:
        if self._path is None:
            raise ValueError(
                "the master keys are not kept in a file: put the new one before the old ones there"
            )
        write_keys(self._path, keys)


def key_id(raw: bytes) -> str:
    """The name by which a master key is known: tells nothing of it."""
    return hashlib.sha256(b"fonds master key\0" + raw).hexdigest()[:16]


def new_key_file(path: Path) -> str:
    """Make a file with one fresh master key, 0600; its id. `FileExistsError` if there is one."""
    if path.exists():
        raise FileExistsError(path)
    fresh = secrets.token_bytes(KEY_BYTES)
    write_keys(path, [fresh])
    return key_id(fresh)


def write_keys(path: Path, keys: list[bytes]) -> None:
    """Write a file of keys, whole or not at all, durable when this returns."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.writelines(base64.b64encode(raw).decode() + "\n" for raw in keys)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync_folder(path.parent)


def _read(text: str) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        if line.startswith("#"):
            continue
        try:
            raw = base64.b64decode(line, validate=True)
        except ValueError:
            raw = b""
        if len(raw) != KEY_BYTES:
            raise ValueError(
                f"a master key is {KEY_BYTES} bytes in base64 on a line of its own (fonds keys new)"
            )
        found[key_id(raw)] = raw
    if not found:
        raise ValueError("there is no master key (fonds keys new)")
    return found


def _bound(master: str, name: str) -> bytes:
    """What a wrapped key is bound to: it serves no other object."""
    return f"{master}\n{name}".encode()
