"""Filing away: records a second that one request archives in bulk, with codes, history and audit, on a real server."""

import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.deployment import Deployment
from benchmarks.figure import Figure

COUNT = 1000
AT_ONCE = 200
SENDERS = 8
PASSWORD = "渠道建设与回款-2026"
COMPLETE = {
    "category": "NB",
    "date": "2026-03-01",
    "responsible": "市场部",
    "department": "市场部",
    "retention": "D10",
    "original_place": "档案室",
    "fields": {"document_kind": "report"},
}


@dataclass(frozen=True, slots=True)
class Office:
    """The head who reviews, by his token; the local actor describes, accepts and archives."""

    head: str

    @classmethod
    def opened(cls, fonds: Deployment) -> "Office":
        """Hire the head."""
        person = {"name": "zhou", "roles": ["dept_head"], "departments": ["市场部"], "password": PASSWORD}
        with fonds.client() as client:
            client.post("/users", json=person).raise_for_status()
            address = str(client.base_url)
        with httpx.Client(base_url=address, headers={"Origin": address.removesuffix("/api/v1/")}) as browser:
            signed = browser.post("/session", json={"name": "zhou", "password": PASSWORD}).raise_for_status()
            csrf = {"X-CSRF-Token": signed.json()["csrf"]}
            made = browser.post("/tokens", json={"name": "review", "days": 1, "scopes": []}, headers=csrf)
            return cls(str(made.raise_for_status().json()["token"]))


def prepared(fonds: Deployment, office: Office, count: int) -> list[str]:
    """Records of paper that are accepted already: described, submitted, reviewed by somebody else, counted."""
    with fonds.client() as own, fonds.client() as head, ThreadPoolExecutor(SENDERS) as senders:
        head.headers["Authorization"] = f"Bearer {office.head}"

        def bring(number: int) -> str:
            made = (
                own.post("/records", json={"title": f"月报 {number}", **COMPLETE}).raise_for_status().json()
            )
            path = f"/records/{made['id']}"
            rev = _step(own, f"{path}/submit", made["rev"])
            _step(head, f"{path}/review", rev)
            return str(made["id"])

        ids = list(senders.map(bring, range(count)))
        for start in range(0, count, AT_ONCE):
            lot = [{"id": one, "rev": 3, "copies": 1, "sheets": 2} for one in ids[start : start + AT_ONCE]]
            told = own.post("/acceptances", json={"items": lot}).raise_for_status().json()["items"]
            assert not [one for one in told if one["fault"]], told[:3]
    return ids


def _step(client: httpx.Client, path: str, rev: int) -> int:
    done = client.post(path, headers={"If-Match": f'"{rev}"'})
    if done.is_error:
        raise AssertionError(done.text)
    return int(done.json()["rev"])


def codes_of(client: httpx.Client, ids: Sequence[str]) -> list[str]:
    """The reference codes of records, "" where there is none yet."""
    return [str(client.get(f"/records/{one}").raise_for_status().json()["ref_code"]) for one in ids]


def measure() -> Figure:
    """One request that archives a thousand."""
    with (
        tempfile.TemporaryDirectory(prefix="fonds-bench-") as folder,
        Deployment(Path(folder) / "home") as fonds,
    ):
        office = Office.opened(fonds)
        ids = prepared(fonds, office, COUNT)
        with fonds.client() as client:
            begin = time.perf_counter()
            told = client.post("/archivings", json={"records": ids}).raise_for_status().json()["items"]
            seconds = time.perf_counter() - begin
    assert [one["ref_code"] for one in told] == [f"Q001-NB·2026-D10-SCB-{n:04}" for n in range(1, COUNT + 1)]
    return Figure("filing away", COUNT / seconds, "/s", "≥", 100, f"{COUNT} records in {seconds:.1f} s")
