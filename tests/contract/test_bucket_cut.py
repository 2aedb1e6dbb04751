"""The bucket store on a real server behind a proxy that resets the connection at byte N (F12)."""

import hashlib
import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from urllib.parse import urlsplit, urlunsplit

import pytest

from storage.keys import new_key
from storage.opening import open_store
from storage.port import ObjectMissing, StoreUnavailable
from tests.contract.conftest import SIGNING

pytestmark = [pytest.mark.server, pytest.mark.requirement("F12")]

MIB = 1 << 20
BODY = os.urandom(20 * MIB)


class CuttingProxy:
    """Passes bytes on; when `up` or `down` bytes have passed since `arm`, resets that connection, `times` times."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._limits: dict[str, int] = {}
        self._times = 0
        self.cuts = 0
        self._ends: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def port(self) -> int:
        return self._listener.getsockname()[1]

    def arm(self, *, up: int | None = None, down: int | None = None, times: int = 1) -> None:
        with self._lock:
            self._limits = {name: limit for name, limit in (("up", up), ("down", down)) if limit is not None}
            self._times, self._passed = times, {"up": 0, "down": 0}

    def stop(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(180)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._target)
            self._ends += [client, server]
            for name, source, sink in (("up", client, server), ("down", server, client)):
                thread = threading.Thread(target=self._pass, args=(name, source, sink), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _pass(self, name: str, source: socket.socket, sink: socket.socket) -> None:
        with source:
            while True:
                try:
                    data = source.recv(1 << 14)
                    keep = self._keep(name, len(data))
                    sink.sendall(data[:keep])
                except OSError:
                    return
                if keep < len(data):
                    for end in (source, sink):
                        with suppress(OSError):
                            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                            end.shutdown(socket.SHUT_RDWR)
                    return
                if not data:
                    with suppress(OSError):
                        sink.shutdown(socket.SHUT_WR)
                    return

    def _keep(self, name: str, count: int) -> int:
        """How many of `count` bytes pass; fewer means that the connection is cut behind them."""
        with self._lock:
            limit = self._limits.get(name)
            if limit is None or not self._times:
                return count
            before = self._passed[name]
            self._passed[name] += count
            if self._passed[name] <= limit:
                return count
            self._times -= 1
            self.cuts += 1
            self._passed[name] = 0
            return limit - before


@pytest.fixture
def proxy(bucket_url) -> Iterator[CuttingProxy]:
    parts = urlsplit(bucket_url)
    running = CuttingProxy((parts.hostname, parts.port))
    yield running
    running.stop()


@pytest.fixture
def store(bucket_url, proxy):
    parts = urlsplit(bucket_url)
    login = parts.netloc.rpartition("@")[0]
    return open_store(urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{proxy.port}")), SIGNING)


@pytest.fixture
def key():
    return new_key("content")


def stored_digest(store, key):
    digest = hashlib.sha256()
    for chunk in store.open(key):
        digest.update(chunk)
    return digest.hexdigest()


@pytest.mark.parametrize("at", [0, 300, 100_000, 3 * MIB])
@pytest.mark.parametrize("size", [4 * MIB, 20 * MIB], ids=["whole", "parts"])
def test_an_upload_cut_once_arrives_whole(store, proxy, key, at, size):
    proxy.arm(up=at)
    stored = store.put(key, BytesIO(BODY[:size]), size=size)
    assert proxy.cuts == 1
    assert stored_digest(store, key) == stored.sha256 == hashlib.sha256(BODY[:size]).hexdigest()


@pytest.mark.parametrize("at", [0, 100])
@pytest.mark.parametrize("size", [1000, 20 * MIB], ids=["whole", "parts"])
def test_an_answer_cut_once_changes_nothing(store, proxy, key, at, size):
    proxy.arm(down=at)
    stored = store.put(key, BytesIO(BODY[:size]), size=size)
    assert proxy.cuts == 1
    assert stored_digest(store, key) == stored.sha256


@pytest.mark.parametrize("size", [4 * MIB, 20 * MIB], ids=["whole", "parts"])
def test_an_upload_that_is_always_cut_is_never_acknowledged(store, proxy, key, size):
    proxy.arm(up=100_000, times=1000)
    with pytest.raises(StoreUnavailable):
        store.put(key, BytesIO(BODY[:size]), size=size)
    proxy.arm()
    with pytest.raises(ObjectMissing):
        store.stat(key)


def read_into(got, chunks):
    for chunk in chunks:
        got += chunk


@pytest.mark.parametrize("at", [60, 100, 200, 400, 600, 3000, MIB, 8 * MIB, 20 * MIB])
def test_a_download_cut_at_byte_n_is_never_a_short_success(store, proxy, key, at):
    store.put(key, BytesIO(BODY), size=len(BODY))
    proxy.arm(down=at, times=1000)
    got = bytearray()
    with pytest.raises(StoreUnavailable):
        read_into(got, store.open(key))
    assert len(got) < len(BODY)
    assert BODY.startswith(got)
    proxy.arm()
    assert stored_digest(store, key) == hashlib.sha256(BODY).hexdigest()


def test_a_download_cut_before_its_first_byte_is_asked_for_again(store, proxy, key):
    store.put(key, BytesIO(BODY), size=len(BODY))
    proxy.arm(down=0)
    assert stored_digest(store, key) == hashlib.sha256(BODY).hexdigest()
    assert proxy.cuts == 1


def size_told(store, key):
    try:
        return store.stat(key).size
    except StoreUnavailable:
        return len(BODY)


def test_a_head_of_an_answer_that_is_cut_anywhere_tells_no_wrong_size(store, proxy, key):
    store.put(key, BytesIO(BODY), size=len(BODY))
    for at in range(0, 700, 3):
        proxy.arm(down=at)
        assert size_told(store, key) == len(BODY)
