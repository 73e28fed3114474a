"""What the stories about the API share: the application with the API in it, and programs that hold a token."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from werkzeug.datastructures import Headers

from plugin.api.app import api
from plugin.api.appointment import EXAMPLE
from plugin.storage import api_token
from plugin.storage.api_token import Scope

BASE = "/api/v1"


class Program:
    """Something that uses the API with a token."""

    def __init__(self, client: FlaskClient, token: str | None):
        self.client = client
        self.headers = Headers({"Authorization": f"Bearer {token}"} if token else {})

    def get(self, path: str, **query):
        """Ask for something."""
        return self.client.get(BASE + path, query_string=query or None, headers=self.headers)

    def put(self, appointment_id: str = "A1", /, **changes):
        """Put an appointment: the example of the document, changed."""
        body = {name: value for name, value in (EXAMPLE | changes).items() if value is not ...}
        return self.client.put(f"{BASE}/appointments/{appointment_id}", json=body, headers=self.headers)


@pytest.fixture
def api_app(rejoin) -> APIFlask:
    """The API in an application of its own, as the composition root puts it beside the pages."""
    app = APIFlask(__name__, spec_path=f"{BASE}/openapi.json", docs_path=None, json_errors=False)
    app.extensions["rejoin"] = rejoin
    app.register_blueprint(api)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    return app


@pytest.fixture
def program(api_app, rejoin) -> Callable[..., Program]:
    """`program()` holds a token with every scope, `program(Scope.ROSTER_READ)` one with this scope."""

    def hold(*scopes: Scope, name: str = "") -> Program:
        name = name or "test-" + "-".join(scopes)
        with rejoin.db.begin() as tx:
            token = api_token.issue(tx, name, scopes or Scope, rejoin.clock.now())
        return Program(api_app.test_client(), token)

    return hold


@pytest.fixture
def stranger(api_app) -> Program:
    """Somebody without a token."""
    return Program(api_app.test_client(), None)
