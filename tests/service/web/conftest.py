"""People at their browsers, without a browser: clients with a session, over the whole program."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ingest.port import Offer
from service.domain.permissions import Actor, Role
from service.usecases.people.users import NewUser
from service.wiring import Fonds

PASSWORD = "渠道建设与回款-2026"
NEAR = {"Origin": "http://localhost"}


@pytest.fixture
def served(fonds: Fonds, applied: Callable[[Fonds], Flask]) -> Flask:
    fonds.categories.seed()
    return applied(fonds)


@dataclass
class Reader:
    """Somebody who reads pages and sends their forms."""

    client: FlaskClient

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, headers=headers)

    def read(self, path: str, status: int = 200, **headers: str) -> str:
        answer = self.get(path, **headers)
        assert answer.status_code == status, answer.text
        return answer.text

    def post(self, path: str, data: dict[str, Any], **headers: str) -> TestResponse:
        found = re.search(r'name="csrf-token" content="([^"]*)"', self.client.get("/search").text)
        token = found[1] if found else ""
        return self.client.post(path, data={"csrf_token": token} | data, headers=NEAR | headers)


SignIn = Callable[..., Reader]


@pytest.fixture
def sign_in(served: Flask, fonds: Fonds, administrator: Actor) -> SignIn:
    """Make a user and sign him in by the page."""

    def signed_in(name: str, *roles: Role, department: str = "市场部") -> Reader:
        fonds.people.add(administrator, NewUser(name, "", roles, (department,), PASSWORD))
        client = served.test_client()
        answer = client.post("/sign-in", data={"name": name, "password": PASSWORD}, headers=NEAR)
        assert answer.status_code == 303, answer.text
        return Reader(client)

    return signed_in


@pytest.fixture
def li(sign_in: SignIn) -> Reader:
    """The archivist."""
    return sign_in("liqian", Role.ARCHIVIST, Role.STAFF)


@pytest.fixture
def nobody(served: Flask) -> Reader:
    return Reader(served.test_client())


Bring = Callable[..., str]


@pytest.fixture
def bring(fonds: Fonds, archivist: Actor, served: Flask, settle: Callable[[], None]) -> Bring:
    """Take a text in as a record and bring everything to an end; its id."""

    def taken(name: str, text: str | bytes, category: str = "") -> str:
        run = fonds.imports.start(archivist, source="test", category=category)
        data = text if isinstance(text, bytes) else text.encode()
        line = fonds.imports.offer(archivist, run.id, BytesIO(data), Offer(name=name))
        settle()
        return line.record_id

    return taken


def visible(page: str) -> str:
    """The words of a page, without its marks."""
    body = page[page.find("<body") :] if "<body" in page else page
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())
