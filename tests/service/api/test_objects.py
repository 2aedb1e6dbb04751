"""Objects: links that the disk store signed work as they were signed, and in no other way (B46)."""

import io
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from storage.crypto import MasterKeys
from storage.disk import DiskStore
from storage.encrypted import DataKeys, EncryptedStore
from storage.keys import new_key
from storage.links import SignedLinks
from tests.service.api.conftest import Bearer
from tests.service.api.fakes import NOW, Archive
from tests.storage.test_encrypted import Rows

MINUTE = timedelta(minutes=1)


class Clock:
    now = NOW

    def __call__(self) -> object:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock, archive: Archive) -> DiskStore:
    made = DiskStore(
        tmp_path / "objects",
        sign_key=b"k" * 32,
        base_url="http://localhost",
        clock=clock,  # type: ignore[arg-type]
        reserve_bytes=0,
    )
    keys = DataKeys(Rows(), MasterKeys(""))
    links = SignedLinks(b"k" * 32, "http://localhost", clock)  # type: ignore[arg-type]
    archive.store = EncryptedStore(made, keys, links)
    return made


@pytest.fixture
def key(store: DiskStore) -> str:
    key = new_key("content")
    store.put(key, io.BytesIO(b"0123456789"))
    return key


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def link(store: DiskStore, key: str, name: str = "") -> str:
    return path_of(store.presign("GET", key, expires=MINUTE, filename=name).url)


def test_a_link_gives_the_object_to_be_saved(nobody: Bearer, store: DiskStore, key: str) -> None:
    answer = nobody.get(link(store, key, "合同.pdf"))
    assert (answer.status_code, answer.data) == (200, b"0123456789")
    assert answer.mimetype == "application/octet-stream"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "%E5%90%88%E5%90%8C.pdf" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("asked", "given"), [("bytes=2-4", b"234"), ("bytes=-3", b"789"), ("bytes=8-99", b"89")]
)
def test_a_link_gives_a_range(nobody: Bearer, store: DiskStore, key: str, asked: str, given: bytes) -> None:
    answer = nobody.get(link(store, key), headers={"Range": asked})
    assert (answer.status_code, answer.data) == (206, given)


def test_a_range_behind_the_end_is_told(nobody: Bearer, store: DiskStore, key: str) -> None:
    answer = nobody.get(link(store, key), headers={"Range": "bytes=10-"})
    assert (answer.status_code, answer.json["code"]) == (416, "range_unsatisfiable")


def test_a_link_of_an_object_that_is_gone(nobody: Bearer, store: DiskStore, key: str) -> None:
    store.delete(key)
    assert nobody.get(link(store, key)).status_code == 404


@pytest.mark.requirement("B46")
def test_links_are_refused_when_expired_or_changed(
    nobody: Bearer, store: DiskStore, key: str, clock: Clock
) -> None:
    good = link(store, key, "a.pdf")
    changed = [
        good.replace(key, new_key("content")),
        good.replace("a.pdf", "b.pdf"),
        good.replace("expires=", "expires=9"),
        good[:-1] + ("0" if good[-1] != "0" else "1"),
        good.partition("?")[0],
        f"/objects/../../etc/passwd?{good.partition('?')[2]}",
    ]
    for url in changed:
        answer = nobody.get(url)
        assert answer.status_code in (403, 404), url
    assert nobody.put(good, data=b"x").status_code == 403
    clock.now += MINUTE
    assert nobody.get(good).status_code == 403


def test_an_upload_link_takes_the_object_once(nobody: Bearer, store: DiskStore) -> None:
    key = new_key("content")
    url = path_of(store.presign("PUT", key, expires=MINUTE).url)
    assert nobody.put(url, data=b"abc").status_code == 200
    assert b"".join(store.open(key)) == b"abc"
    assert nobody.put(url, data=b"other").status_code == 409
    assert b"".join(store.open(key)) == b"abc"


@pytest.mark.requirement("B21")
def test_a_cut_upload_over_a_link_stores_nothing(nobody: Bearer, store: DiskStore) -> None:
    key = new_key("content")
    url = path_of(store.presign("PUT", key, expires=MINUTE).url)
    answer = nobody.put(
        url,
        input_stream=io.BytesIO(b"abc"),
        environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": "5"},
    )
    assert answer.status_code == 400
    assert list(store.list()) == []


def test_a_store_that_signs_for_itself_is_not_served_here(nobody: Bearer) -> None:
    assert nobody.get("/objects/content/ab/cd?signature=x").status_code == 403
