"""Transit: master keys that never leave a key service, which wraps and unwraps data keys (Vault's and OpenBao's API)."""

import base64
import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from service.outbound import Outbound, OutboundRefused
from storage.crypto import KEY_BYTES, MasterKeys, Wrapped
from storage.port import ChecksumMismatch, KeyMissing

SCHEME = "vault+"
FORM = "vault+https://HOST:PORT/v1/transit/keys/NAME?token=/FILE (also &ca=/FILE, &namespace=NAME, &before=/FILE)"
LOCAL = ("127.0.0.1", "::1", "localhost")
KEPT, KEPT_SECONDS = 1000, 60.0
"""Data keys that are remembered, and for how long: a document that is read in ranges asks the service once."""
ALTERED = ("message authentication failed", "invalid ciphertext", "unable to decode", "decryption failed")
"""How the service says that what it is given is not what it gave."""


@dataclass(frozen=True, slots=True)
class TransitAddress:
    """Where the key lies: the service, the mount of its transit engine, the key's name, and files of ours."""

    origin: str
    mount: str
    name: str
    token: Path
    ca: str = ""
    namespace: str = ""
    before: Path | None = None
    """A file of master keys from before: they open and wrap nothing new."""

    @classmethod
    def of(cls, address: str) -> "TransitAddress":
        """Read `FORM`. Raises `ValueError`: plain http is for a service on this machine only."""
        parts = urlsplit(address.removeprefix(SCHEME))
        said = dict(parse_qsl(parts.query, keep_blank_values=True))
        mount, _, name = parts.path.strip("/").removeprefix("v1/").rpartition("/keys/")
        wrong = not (parts.hostname and mount and name) or parts.username or set(said) - _SAID
        if wrong or not said.get("token", "").startswith("/"):
            raise ValueError(f"expected {FORM}")
        if parts.scheme != "https" and parts.hostname not in LOCAL:
            raise ValueError("a key service on another machine is asked by https only")
        before = Path(said["before"]) if said.get("before") else None
        origin = f"{parts.scheme}://{parts.netloc}"
        more = {"ca": said.get("ca", ""), "namespace": said.get("namespace", "")}
        return cls(origin, mount, name, Path(said["token"]), before=before, **more)


_SAID = {"token", "ca", "namespace", "before"}


class TransitKeys:
    """`storage.crypto.Masters` of a key service. Every version of its key is a master key: "MOUNT/NAME:v3".

    A service that does not answer, a token that it refuses and a key that is gone are all `KeyMissing`: nothing is
    encrypted or opened then. No text of a fault has the token or a key in it.
    """

    def __init__(self, address: TransitAddress, clock: Callable[[], float] = time.monotonic) -> None:
        """Asks nobody yet."""
        self._at, self._clock = address, clock
        self._outbound = Outbound([address.origin], ca=address.ca)
        self._older = MasterKeys(address.before.as_uri()) if address.before else MasterKeys("")
        self._known: OrderedDict[tuple[Wrapped, str], tuple[bytes, float]] = OrderedDict()
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        return True

    @property
    def changeable(self) -> bool:
        """Whether keys can be added and taken away here: by the service, if the token may."""
        return True

    def ids(self) -> list[str]:
        """Ids of the versions that still open, the newest first, and of the keys from before. Raises `KeyMissing`."""
        said = self._ask("GET", f"keys/{self._at.name}")
        newest, oldest = int(said["latest_version"]), max(1, int(said.get("min_decryption_version", 1)))
        return [*(self._id(n) for n in range(newest, oldest - 1, -1)), *self._older.ids()]

    def wrap(self, raw: bytes, name: str) -> Wrapped:
        """Lock a data key for the object `name`. Raises `KeyMissing`."""
        said = self._ask("POST", f"encrypt/{self._at.name}", {"plaintext": _text(raw), **_bound(name)})
        locked = str(said["ciphertext"])
        wrapped = Wrapped(self._id(_version(locked)), locked.encode())
        self._remember(wrapped, name, raw)
        return wrapped

    def unwrap(self, wrapped: Wrapped, name: str) -> bytes:
        """The data key again. Raises `KeyMissing`, `ChecksumMismatch`."""
        if not wrapped.master.startswith(self._id("")):
            return self._older.unwrap(wrapped, name)
        with self._lock:
            raw, until = self._known.get((wrapped, name), (b"", 0.0))
        if until > self._clock():
            return raw
        locked = wrapped.locked.decode("ascii", "replace")
        said = self._ask("POST", f"decrypt/{self._at.name}", {"ciphertext": locked, **_bound(name)})
        raw = base64.b64decode(said["plaintext"])
        if len(raw) != KEY_BYTES:
            raise ChecksumMismatch(f"the data key of {name} was altered")
        self._remember(wrapped, name, raw)
        return raw

    def add(self) -> str:
        """Have the service make a new version; its id. Raises `KeyMissing`."""
        self._ask("POST", f"keys/{self._at.name}/rotate", {})
        return self.ids()[0]

    def retire(self, ids: set[str]) -> None:
        """Have the service open nothing that is older than its newest version. Raises `KeyMissing`."""
        newest = self.ids()[0]
        if any(one.startswith(self._id("")) for one in ids - {newest}):
            least = {"min_decryption_version": _version(newest)}
            self._ask("POST", f"keys/{self._at.name}/config", least)
        with self._lock:
            self._known.clear()

    def _id(self, version: int | str) -> str:
        return f"{self._at.mount}/{self._at.name}:v{version}"

    def _remember(self, wrapped: Wrapped, name: str, raw: bytes) -> None:
        with self._lock:
            self._known[wrapped, name] = (raw, self._clock() + KEPT_SECONDS)
            while len(self._known) > KEPT:
                self._known.popitem(last=False)

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        url = f"{self._at.origin}/v1/{self._at.mount}/{path}"
        try:
            headers = {"X-Vault-Token": self._at.token.read_text("ascii").strip(), "X-Vault-Request": "true"}
            if self._at.namespace:
                headers["X-Vault-Namespace"] = self._at.namespace
            if method == "GET":
                answer = self._outbound.get(url, headers)
            else:
                sent = json.dumps(body).encode()
                answer = self._outbound.post(url, sent, {**headers, "Content-Type": "application/json"})
            said = json.loads(answer.body or b"{}")
        except OutboundRefused as fault:
            raise KeyMissing(f"the key service does not answer: {fault}") from fault
        except OSError as fault:
            raise KeyMissing(f"the token cannot be read from {self._at.token}: {fault.strerror}") from fault
        except ValueError as fault:
            raise KeyMissing(f"{url}: the answer is none of a key service") from fault
        return _judged(answer.status, said, url)


def _judged(status: int, said: Any, url: str) -> Mapping[str, Any]:
    """The data of an answer. Raises `ChecksumMismatch` for what was altered, `KeyMissing` for every other fault."""
    if status in (200, 204):
        data = said.get("data") if isinstance(said, dict) else None
        if data is None and status == 200:
            raise KeyMissing(f"{url}: the answer is none of a key service")
        return _Answer(data or {})
    errors = said.get("errors", []) if isinstance(said, dict) else []
    why = "; ".join(str(one)[:200] for one in errors if isinstance(one, str)) or f"HTTP {status}"
    if status == 400 and any(one in why for one in ALTERED):
        raise ChecksumMismatch(f"a data key was altered: {why}")
    raise KeyMissing(f"{url}: {why}")


class _Answer(dict[str, Any]):
    """What a key service said; what it should have said and did not is a fault of it."""

    def __missing__(self, name: str) -> Any:
        raise KeyMissing(f"the answer of the key service has no {name}")


def _version(text: str) -> int:
    """The version in "vault:v3:…" and in an id of ours."""
    for part in text.split(":"):
        if part[:1] == "v" and part[1:].isdecimal():
            return int(part[1:])
    raise KeyMissing("the key service does not tell the version of its key")


def _bound(name: str) -> dict[str, str]:
    """What a wrapped key is bound to: it serves no other object."""
    return {"associated_data": _text(f"fonds\n{name}".encode())}


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
