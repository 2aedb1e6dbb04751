"""Master keys of a key service: wrapped and opened over HTTP, bound to their objects, and never without it."""

import base64
import io
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.domain.permissions import Actor
from service.encryption import masters_of
from service.errors import Conflict
from service.models import DataKeyRow, MasterKeyRow
from service.problems import understood
from service.setting_readers import READERS
from service.transit import KEPT_SECONDS, TransitAddress, TransitKeys
from service.usecases.safekeeping.encrypting import RotationReport
from service.wiring import Fonds
from storage.crypto import KEY_BYTES, new_key_file
from storage.keys import new_key
from storage.port import ChecksumMismatch, KeyMissing
from tests.service.usecases.safekeeping.test_encrypting import Open, wired

__all__ = ["wired"]
RAW = bytes(range(KEY_BYTES))
NAME = "content/aa/" + "a" * 32


class Transit:
    """The transit engine of Vault, as far as its documentation goes: versions, associated data, errors."""

    def __init__(self) -> None:
        self.keys, self.least, self.token = {1: AESGCM(b"1" * 32)}, 1, "s.token"
        self.asked: list[str] = []
        self.sealed = False

    def answer(self, method: str, path: str, token: str, body: dict[str, Any]) -> tuple[int, Any]:
        self.asked.append(f"{method} {path}")
        if self.sealed:
            return 503, {"errors": ["Vault is sealed"]}
        if token != self.token:
            return 403, {"errors": ["permission denied"]}
        act, _, rest = path.removeprefix("/v1/transit/").partition("/")
        if act == "keys":
            return self._tend(method, rest, body)
        if rest != "fonds":
            return 400, {"errors": ["encryption key not found"]}
        return self._crypt(act, body, base64.b64decode(body["associated_data"]))

    def _tend(self, method: str, rest: str, body: dict[str, Any]) -> tuple[int, Any]:
        if (method, rest) == ("GET", "fonds"):
            newest = max(self.keys)
            return 200, {"data": {"latest_version": newest, "min_decryption_version": self.least}}
        if rest == "fonds/rotate":
            self.keys[max(self.keys) + 1] = AESGCM(bytes([max(self.keys) + 1]) * 32)
            return 204, None
        self.least = body["min_decryption_version"]
        return 204, None

    def _crypt(self, act: str, body: dict[str, Any], bound: bytes) -> tuple[int, Any]:
        if act == "encrypt":
            newest = max(self.keys)
            locked = self.keys[newest].encrypt(b"n" * 12, base64.b64decode(body["plaintext"]), bound)
            return 200, {"data": {"ciphertext": f"vault:v{newest}:{base64.b64encode(locked).decode()}"}}
        _, version, locked = body["ciphertext"].split(":")
        if int(version[1:]) < self.least:
            return 400, {"errors": ["ciphertext or signature version is disallowed by policy (too old)"]}
        try:
            raw = self.keys[int(version[1:])].decrypt(b"n" * 12, base64.b64decode(locked), bound)
        except InvalidTag:
            return 400, {"errors": ["cipher: message authentication failed"]}
        return 200, {"data": {"plaintext": base64.b64encode(raw).decode()}}


@pytest.fixture
def transit() -> Transit:
    return Transit()


@pytest.fixture
def address(transit: Transit, tmp_path: Path) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
            status, said = transit.answer(self.command, self.path, self.headers["X-Vault-Token"], body)
            told = b"" if said is None else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        do_GET = do_POST  # noqa: N815  its name is given

        def log_message(self, *_: object) -> None:
            """Nothing."""

    (tmp_path / "token").write_text("s.token\n")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        at = f"http://127.0.0.1:{server.server_port}"
        yield f"vault+{at}/v1/transit/keys/fonds?token={tmp_path / 'token'}"
        server.shutdown()
        thread.join()


@pytest.fixture
def keys(address: str) -> Callable[..., TransitKeys]:
    return lambda **more: TransitKeys(TransitAddress.of(address), **more)


@pytest.mark.requirement("R-SEC-8")
def test_a_data_key_is_wrapped_for_its_object_alone(keys: Callable[..., TransitKeys]) -> None:
    wrapped = keys().wrap(RAW, NAME)
    assert wrapped.master == "transit/fonds:v1"
    assert RAW not in wrapped.locked
    assert keys().unwrap(wrapped, NAME) == RAW
    with pytest.raises(ChecksumMismatch):
        keys().unwrap(wrapped, NAME[:-1] + "b")


@pytest.mark.requirement("R-SEC-8")
def test_without_the_service_nothing_is_opened_or_encrypted(
    keys: Callable[..., TransitKeys], transit: Transit, tmp_path: Path
) -> None:
    wrapped = keys().wrap(RAW, NAME)
    now = [0.0]
    some = keys(clock=lambda: now[0])
    assert some.unwrap(wrapped, NAME) == RAW
    transit.sealed = True
    asked = len(transit.asked)
    assert some.unwrap(wrapped, NAME) == RAW  # a document is read in many pieces
    assert len(transit.asked) == asked
    now[0] = KEPT_SECONDS + 1
    for call in (lambda: some.unwrap(wrapped, NAME), lambda: some.wrap(RAW, NAME), some.ids):
        with pytest.raises(KeyMissing, match="Vault is sealed"):
            call()
    transit.sealed = False
    (tmp_path / "token").write_text("s.wrong")
    with pytest.raises(KeyMissing, match="permission denied") as told:
        some.ids()
    assert "s.wrong" not in str(told.value)
    (tmp_path / "token").unlink()
    with pytest.raises(KeyMissing, match="token cannot be read"):
        some.ids()
    gone = TransitAddress("http://127.0.0.1:1", "transit", "fonds", tmp_path / "token")
    (tmp_path / "token").write_text("s.token")
    with pytest.raises(KeyMissing, match="does not answer"):
        TransitKeys(gone).wrap(RAW, NAME)


def test_a_version_that_was_retired_opens_nothing(
    keys: Callable[..., TransitKeys], address: str, tmp_path: Path
) -> None:
    some = keys()
    old = some.wrap(RAW, NAME)
    assert some.add() == "transit/fonds:v2"
    assert some.ids() == ["transit/fonds:v2", "transit/fonds:v1"]
    new = some.wrap(some.unwrap(old, NAME), NAME)
    some.retire({old.master})
    assert some.ids() == ["transit/fonds:v2"]
    assert some.unwrap(new, NAME) == RAW
    with pytest.raises(KeyMissing, match="too old"):
        some.unwrap(old, NAME)
    # keys that were in a file before go on to open what they wrapped
    new_key_file(tmp_path / "master.key")
    before = masters_of((tmp_path / "master.key").as_uri())
    both = masters_of(f"{address}&before={tmp_path / 'master.key'}")
    assert both.unwrap(before.wrap(RAW, NAME), NAME) == RAW
    assert both.ids() == ["transit/fonds:v2", *before.ids()]


@pytest.mark.parametrize(
    "said",
    [
        "vault+http://vault.example/v1/transit/keys/fonds?token=/t",
        "vault+https://vault.example/v1/transit/keys/fonds",
        "vault+https://vault.example/v1/transit/fonds?token=/t",
        "vault+https://user:x@vault.example/v1/transit/keys/fonds?token=/t",
        "vault+https://vault.example/v1/transit/keys/fonds?token=/t&secret=s.x",
        "vault+https://vault.example/v1/transit/keys/fonds?token=s.x",
    ],
)
def test_an_address_that_is_none_is_refused_and_a_right_one_asks_nobody(said: str) -> None:
    with pytest.raises(ValueError, match=r"token|https"):
        READERS["master_key"](said)
    right = "vault+https://vault.example:8200/v1/team/transit/keys/fonds?token=/t&namespace=a"
    assert READERS["master_key"](right) == right
    assert TransitAddress.of(right).mount == "team/transit"


@pytest.mark.requirement("R-SEC-5", "R-SEC-8")
def test_an_archive_lives_by_it_and_moves_to_it_from_a_file(
    wired: Open, address: str, transit: Transit, administrator: Actor, tmp_path: Path
) -> None:
    def encrypted(fonds: Fonds, content: bytes) -> str:
        key = new_key("content", encrypted=True)
        fonds.store.put(key, io.BytesIO(content))
        return key

    old = encrypted(wired(), b"before")
    fonds = wired(master_key=f"{address}&before={tmp_path / 'master.key'}")
    new = encrypted(fonds, b"after")
    *_, done = fonds.safekeeping.encrypting.rotate(administrator, retire=True)
    assert isinstance(done, RotationReport)
    assert (done.master, done.rewrapped) == ("transit/fonds:v2", 2)
    assert {row.master for row in DataKeyRow.objects} == {"transit/fonds:v2"}
    assert [row.id for row in MasterKeyRow.objects] == ["transit/fonds:v2"]
    fonds = wired(master_key=address)
    assert [b"".join(fonds.store.open(key)) for key in (old, new)] == [b"before", b"after"]
    assert fonds.safekeeping.encrypting.state(administrator)["lacking"] == []
    fonds = wired(master_key=address)
    transit.sealed = True
    with pytest.raises(KeyMissing) as fault:
        b"".join(fonds.store.open(old))
    told = understood(fault.value)
    assert (told.status, told.part) == (503, "keys")  # type: ignore[attr-defined]
    state = fonds.safekeeping.encrypting.state(administrator)
    assert (state["masters"], state["lacking"]) == ([], ["transit/fonds:v2"])
    assert "sealed" in fonds.upkeep.readiness()["keys"]
    with pytest.raises(Conflict):
        list(fonds.safekeeping.encrypting.rotate(administrator))
