"""The whole way: HTTP over the real use cases, database, store and index."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from service.domain.permissions import Actor, Role
from service.models import AuditEvent, File, Record
from service.usecases.people.users import NewUser
from service.wiring import Fonds
from tests.service.api.conftest import Bearer, client_of

PASSWORD = "渠道建设与回款-2026"
TEXT = "第一行：年度营销计划\n第二行：渠道建设方案与回款节点\n".encode()

Settle = Callable[[], None]


@pytest.fixture
def served(fonds: Fonds, applied: Callable[[Fonds], Flask]) -> Flask:
    return applied(fonds)


def a_user(fonds: Fonds, administrator: Actor, name: str, *roles: Role, department: str) -> NewUser:
    new = NewUser(name=name, roles=[*roles], departments=[department], password=PASSWORD)
    fonds.people.add(administrator, new)
    return new


@pytest.fixture
def archivist_client(served: Flask, fonds: Fonds, administrator: Actor) -> Bearer:
    """A signed-in archivist with a bearer token of his own."""
    a_user(fonds, administrator, "lidangan", Role.ARCHIVIST, Role.STAFF, department="综合管理部")
    return token_client(served, "lidangan")


@pytest.fixture
def seller(served: Flask, fonds: Fonds, administrator: Actor) -> Bearer:
    """Somebody of the sales department."""
    a_user(fonds, administrator, "wangfang", Role.STAFF, department="销售部")
    return token_client(served, "wangfang")


@pytest.fixture
def marketing(served: Flask, fonds: Fonds, administrator: Actor) -> Bearer:
    """Somebody of another department."""
    a_user(fonds, administrator, "zhaolei", Role.STAFF, department="市场部")
    return token_client(served, "zhaolei")


def token_client(served: Flask, name: str) -> Bearer:
    browser = client_of(served, "")
    signed = browser.post("/api/v1/session", json={"name": name, "password": PASSWORD})
    assert signed.status_code == 200, signed.text
    headers = {"Origin": "http://localhost", "X-CSRF-Token": signed.json["csrf"]}
    made = browser.post("/api/v1/tokens", json={"name": "test"}, headers=headers)
    assert made.status_code == 201, made.text
    return client_of(served, made.json["token"])


def upload(client: Bearer, record_id: str, content: bytes = TEXT, name: str = "计划.txt") -> Any:
    return client.post(
        f"/api/v1/records/{record_id}/files",
        query_string={"name": name},
        data=content,
        content_type="application/octet-stream",
    )


def bytes_of(client: Bearer, file_id: str, **headers: str) -> Any:
    return client.get(f"/api/v1/files/{file_id}/content", headers=headers, follow_redirects=True)


@pytest.mark.requirement("R-CAP-2", "S-MD-1")
def test_a_record_with_a_file_is_found_by_a_phrase(archivist_client: Bearer, settle: Settle) -> None:
    li = archivist_client
    record = li.post("/api/v1/records", json={"title": "年度计划", "category": "WD", "date": "2026-01-05"})
    assert record.status_code == 201, record.text
    file = upload(li, record.json["id"])
    assert file.status_code == 201, file.text
    settle()
    assert li.get(f"/api/v1/files/{file.json['id']}").json["state"] == "done"
    text = li.get(f"/api/v1/files/{file.json['id']}/text").json
    assert "渠道建设方案" in "".join(passage["text"] for passage in text["items"])
    found = li.get("/api/v1/search", query_string={"q": '"渠道建设"', "category": "WD"}).json
    assert (found["total"], found["hits"][0]["id"]) == (1, record.json["id"])
    assert "渠道建设" in found["hits"][0]["snippet"]
    assert found["facets"]["year"][0]["value"] == "2026"


def test_bytes_come_back_as_they_went_in(archivist_client: Bearer) -> None:
    li = archivist_client
    record = li.post("/api/v1/records", json={"title": "原文"}).json
    content = bytes(range(256)) * 5000
    file = upload(li, record["id"], content, "数据.bin").json
    assert bytes_of(li, file["id"]).data == content
    part = bytes_of(li, file["id"], Range="bytes=1000-1999")
    assert (part.status_code, part.data) == (206, content[1000:2000])
    behind = bytes_of(li, file["id"], Range=f"bytes={len(content)}-")
    assert (behind.status_code, behind.headers["Content-Range"]) == (416, f"bytes */{len(content)}")


def test_a_record_is_changed_once_per_revision(archivist_client: Bearer) -> None:
    li = archivist_client
    made = li.post("/api/v1/records", json={"title": "一"})
    url, tag = f"/api/v1/records/{made.json['id']}", made.headers["ETag"]
    first = li.patch(url, json={"title": "二"}, headers={"If-Match": tag})
    assert (first.status_code, first.json["title"]) == (200, "二")
    second = li.patch(url, json={"title": "三"}, headers={"If-Match": tag})
    assert (second.status_code, second.json["code"]) == (412, "stale_revision")
    assert second.json["current"] == first.json["rev"]
    history = li.get(f"{url}/history").json["items"]
    assert history[0]["changes"]["title"] == ["一", "二"]
    assert li.delete(url, headers={"If-Match": first.headers["ETag"]}).status_code == 204
    assert li.get(url).status_code == 404


@pytest.mark.requirement("B20")
def test_an_empty_file_is_refused_and_leaves_nothing(archivist_client: Bearer, fonds: Fonds) -> None:
    record = archivist_client.post("/api/v1/records", json={"title": "空"}).json
    answer = upload(archivist_client, record["id"], b"")
    assert (answer.status_code, answer.json["code"]) == (422, "empty_file")
    assert list(fonds.store.list()) == []
    assert list(File.objects()) == []


@pytest.mark.requirement("B21")
def test_a_cut_upload_leaves_nothing(archivist_client: Bearer, fonds: Fonds) -> None:
    record = archivist_client.post("/api/v1/records", json={"title": "断"}).json
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + b"x" * 3_000_000
    answer = archivist_client.post(
        f"/api/v1/records/{record['id']}/files", data=body, content_type="multipart/form-data; boundary=b"
    )
    assert (answer.status_code, answer.json["code"]) == (400, "malformed_request")
    assert list(fonds.store.list()) == []
    assert list(File.objects()) == []


def test_a_digest_that_does_not_fit_stores_nothing(archivist_client: Bearer, fonds: Fonds) -> None:
    record = archivist_client.post("/api/v1/records", json={"title": "校验"}).json
    answer = archivist_client.post(
        f"/api/v1/records/{record['id']}/files",
        query_string={"name": "a", "sha256": "0" * 64},
        data=TEXT,
        content_type="application/octet-stream",
    )
    assert (answer.status_code, answer.json["faults"][0]["code"]) == (422, "checksum_mismatch")
    assert list(fonds.store.list()) == []


def test_a_repeated_upload_with_its_key_is_one_file(archivist_client: Bearer) -> None:
    record = archivist_client.post("/api/v1/records", json={"title": "重发"}).json
    answers = [
        archivist_client.post(
            f"/api/v1/records/{record['id']}/files?name=a.txt",
            data=TEXT,
            content_type="application/octet-stream",
            headers={"Idempotency-Key": "key-1"},
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json["id"] == answers[1].json["id"]


@pytest.mark.requirement("B23")
@pytest.mark.parametrize("name", ["../../etc/passwd", "..\\x", "CON", "-rf", 'a"; x=', "\u202efdp.exe", "😀"])
def test_odd_names_are_kept_as_data(archivist_client: Bearer, name: str) -> None:
    record = archivist_client.post("/api/v1/records", json={"title": "名"}).json
    file = upload(archivist_client, record["id"], TEXT, name)
    assert (file.status_code, file.json["name"]) == (201, name)


@pytest.mark.requirement("B23")
@pytest.mark.parametrize("name", ["", "a\x00b", "a\r\nb", "x" * 256, "合" * 86])
def test_names_that_no_system_keeps_are_refused(archivist_client: Bearer, fonds: Fonds, name: str) -> None:
    record = archivist_client.post("/api/v1/records", json={"title": "名"}).json
    answer = upload(archivist_client, record["id"], TEXT, name)
    assert answer.status_code in (400, 422)
    assert list(fonds.store.list()) == []


@pytest.mark.requirement("B44", "R-SEC-7")
def test_what_one_may_not_know_of_looks_absent(seller: Bearer, marketing: Bearer, settle: Settle) -> None:
    mine = {"title": "销售内部", "department": "销售部"}
    record = seller.post("/api/v1/records", json=mine)
    file = upload(seller, record.json["id"]).json
    settle()
    hidden, unknown = record.json["id"], "0" * len(record.json["id"])
    for path in ("", "/history"):
        told = [marketing.get(f"/api/v1/records/{one}{path}") for one in (hidden, unknown)]
        assert [answer.status_code for answer in told] == [404, 404]
        assert same(told[0]) == same(told[1])
    for path in ("", "/content", "/preview", "/text"):
        told = [marketing.get(f"/api/v1/files/{one}{path}") for one in (file["id"], "0" * 32)]
        assert [answer.status_code for answer in told] == [404, 404]
        assert same(told[0]) == same(told[1])
    for verb in ("patch", "delete"):
        body = {"json": {"title": "x"}} if verb == "patch" else {}
        told = [
            getattr(marketing, verb)(f"/api/v1/records/{one}", headers={"If-Match": '"1"'}, **body)
            for one in (hidden, unknown)
        ]
        assert same(told[0]) == same(told[1])
    assert marketing.get("/api/v1/search?q=渠道建设").json["total"] == 0
    assert marketing.get("/api/v1/records").json["items"] == []
    assert seller.get("/api/v1/search?q=渠道建设").json["total"] == 1


def same(answer: Any) -> tuple[Any, dict[str, str]]:
    """What an asker could compare: everything but the trace."""
    headers = {name: value for name, value in answer.headers.items() if name != "X-Request-Id"}
    return {**answer.json, "trace_id": ""}, headers


@pytest.mark.requirement("B25", "B36", "B38")
@pytest.mark.parametrize(
    "body",
    [
        b'{"title": {"$ne": ""}}',
        b'{"title": "x", "category": "NO"}',
        b'{"title": "x", "fields": {"$where": "1"}}',
        b'{"title": "x", "category": "HT", "fields": {"a.b": 1, "": 2}}',
        b'{"title": "x", "category": "HT", "fields": {"nested": {"a": {"b": 1}}}}',
        b'{"title": "x", "rev": 9}',
        b'{"title": "x", "fields": {"n": 9223372036854775808}}',
        b'{"title": "x", "category": "HT", "fields": {"n": 9223372036854775807}}',
        b'{"title": "x", "secrecy": "L9"}',
        b'{"title": ""}',
        b'{"title": "x", "date": "0001-01-01"}',
        b'{"title": "x", "keywords": [""]}',
        b'{"fields": "x"}',
        b"{}",
    ],
)
def test_bad_descriptions_are_refused_and_leave_nothing(archivist_client: Bearer, body: bytes) -> None:
    answer = archivist_client.post("/api/v1/records", data=body, content_type="application/json")
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_input")
    assert answer.json["faults"]
    assert list(Record.objects()) == []


def test_an_import_gives_every_entry_its_fate(archivist_client: Bearer, settle: Settle) -> None:
    li = archivist_client
    run = li.post("/api/v1/imports", json={"source": "测试文件夹", "category": "WD"}).json
    for name, content in (("a.txt", TEXT), ("b.txt", TEXT), ("c.txt", b"")):
        answer = li.post(
            f"/api/v1/imports/{run['id']}/files",
            query_string={"name": name, "path": name},
            data=content,
            content_type="application/octet-stream",
        )
        assert answer.status_code == 200, answer.text
    link = {"path": "link", "fate": "set_aside", "reason": "link"}
    assert li.post(f"/api/v1/imports/{run['id']}/entries", json={"entries": [link]}).status_code == 204
    settle()
    assert li.post(f"/api/v1/imports/{run['id']}/close").status_code == 200
    ended = li.get(f"/api/v1/imports/{run['id']}").json
    assert ended["found"] == 4
    assert {fate: count for fate, count in ended["fates"].items() if count} == {
        "archived": 1,
        "duplicates": 1,
        "set_aside": 2,
    }
    lines = li.get(f"/api/v1/imports/{run['id']}/lines").json["items"]
    assert [line["fate"] for line in lines] == ["archived", "duplicates", "set_aside", "set_aside"]
    assert li.get("/api/v1/imports").json["items"][0]["id"] == run["id"]


def test_lists_of_records_are_paged(archivist_client: Bearer) -> None:
    titles = [f"第 {n} 件" for n in range(5)]
    for title in titles:
        assert archivist_client.post("/api/v1/records", json={"title": title}).status_code == 201
    seen, cursor = [], ""
    for _ in range(3):
        page = archivist_client.get("/api/v1/records", query_string={"limit": 2, "cursor": cursor}).json
        seen += [record["title"] for record in page["items"]]
        cursor = page["next_cursor"]
    assert seen == titles[::-1]
    assert cursor == ""


@pytest.mark.requirement("B49")
def test_a_revoked_token_ends_with_the_next_request(archivist_client: Bearer) -> None:
    [token] = archivist_client.get("/api/v1/tokens").json["items"]
    assert archivist_client.delete(f"/api/v1/tokens/{token['id']}").status_code == 204
    assert archivist_client.get("/api/v1/session").status_code == 401


@pytest.mark.requirement("B50")
def test_many_wrong_passwords_are_slowed_down(served: Flask, archivist_client: Bearer) -> None:
    browser = client_of(served, "")
    statuses = []
    for n in range(30):
        answer = browser.post(
            "/api/v1/session",
            json={"name": "lidangan", "password": "wrong"},
            headers={"X-Forwarded-For": f"203.0.113.{n}"},
        )
        statuses.append(answer.status_code)
        if answer.status_code == 429:
            break
    assert statuses[-1] == 429
    assert set(statuses[:-1]) == {401}
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.requirement("R-SEC-6")
def test_only_administrators_add_users(archivist_client: Bearer) -> None:
    answer = archivist_client.post("/api/v1/users", json={"name": "neu", "roles": ["sysadmin"]})
    assert (answer.status_code, answer.json["code"]) == (403, "forbidden")


def test_the_scheme_is_there(archivist_client: Bearer) -> None:
    codes = {category["code"] for category in archivist_client.get("/api/v1/categories").json["items"]}
    assert {"KH", "HT", "HD", "SC", "WD", "XC"} <= codes
    assert archivist_client.get("/api/v1/categories/HT").json["schema"]["properties"]
    assert archivist_client.get("/api/v1/categories/NO").status_code == 404


def test_an_administrator_checks_and_reindexes(
    served: Flask, fonds: Fonds, administrator: Actor, archivist_client: Bearer, settle: Settle
) -> None:
    record = archivist_client.post("/api/v1/records", json={"title": "渠道"}).json
    upload(archivist_client, record["id"])
    settle()
    a_user(fonds, administrator, "guanli", Role.SYSADMIN, department="信息部")
    admin = token_client(served, "guanli")
    checked = admin.post("/api/v1/system/check?read_data=1")
    result = json.loads(checked.get_data(as_text=True).splitlines()[-1])["result"]
    assert (result["records"], result["files"], result["differences"]) == (1, 1, [])
    rebuilt = admin.post("/api/v1/system/reindex")
    assert json.loads(rebuilt.get_data(as_text=True).splitlines()[-1]) == {"result": 1}
    assert admin.get("/readyz").status_code == 200
    assert admin.get("/api/v1/records").json["items"] == []


@pytest.mark.requirement("R-AUD-1")
def test_reading_and_refusals_are_events(archivist_client: Bearer, settle: Settle) -> None:
    record = archivist_client.post("/api/v1/records", json={"title": "x"}).json
    archivist_client.get(f"/api/v1/records/{record['id']}")
    settle()
    assert {"sign_in", "create", "read"} <= {event.act for event in AuditEvent.objects()}


def test_damaged_bytes_are_never_given(
    archivist_client: Bearer, fonds: Fonds, tmp_path: Path, settle: Settle
) -> None:
    record = archivist_client.post("/api/v1/records", json={"title": "x"}).json
    file = upload(archivist_client, record["id"]).json
    key = File.objects.get(id=file["id"]).object_key
    [stored] = [path for path in tmp_path.rglob(key.rpartition("/")[2]) if path.is_file()]
    stored.write_bytes(stored.read_bytes()[:-1] + b"X")
    answer = bytes_of(archivist_client, file["id"])
    assert (answer.status_code, answer.get_json(force=True)["code"]) == (500, "content_damaged")


def test_a_form_upload_comes_through(archivist_client: Bearer) -> None:
    record = archivist_client.post("/api/v1/records", json={"title": "x"}).json
    answer = archivist_client.post(
        f"/api/v1/records/{record['id']}/files", data={"file": (io.BytesIO(TEXT), "合同.txt")}
    )
    assert (answer.status_code, answer.json["name"]) == (201, "合同.txt")
