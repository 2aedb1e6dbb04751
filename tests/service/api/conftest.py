"""An application over the archive in memory, and clients for its people."""

from typing import Any, cast

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.api.metrics import Metrics, figures
from service.app import create_app
from service.wiring import Fonds
from tests.service.api.fakes import Archive


@pytest.fixture
def archive() -> Archive:
    return Archive()


@pytest.fixture(scope="session")
def _application() -> Flask:
    return create_app(cast("Fonds", Archive()))


@pytest.fixture
def app(_application: Flask, archive: Archive) -> Flask:
    """One application for all tests, over an archive of each test's own."""
    _application.extensions |= {"fonds": archive, "fonds.metrics": Metrics(figures)}
    return _application


class Bearer(FlaskClient):
    """A client that brings a token with everything."""

    token = ""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        headers = dict(kwargs.pop("headers", None) or {})
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        return super().open(*args, headers=headers, **kwargs)


def client_of(app: Flask, token: str) -> Bearer:
    app.test_client_class = Bearer
    client = cast("Bearer", app.test_client())
    client.token = token
    return client


@pytest.fixture
def li(app: Flask) -> Bearer:
    """The archivist."""
    return client_of(app, "li-token")


@pytest.fixture
def admin(app: Flask) -> Bearer:
    """The system administrator."""
    return client_of(app, "admin-token")


@pytest.fixture
def nobody(app: Flask) -> Bearer:
    """Somebody without a session or token."""
    return client_of(app, "")
