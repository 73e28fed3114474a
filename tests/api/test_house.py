"""The API beside the pages and the receiver, as the service serves it."""

from __future__ import annotations

import pytest

from plugin.api.appointment import EXAMPLE
from plugin.composition import build_app
from plugin.storage import api_token
from plugin.storage.api_token import Scope


@pytest.fixture
def house(rejoin_on_sqlite):
    return build_app(rejoin_on_sqlite)


@pytest.fixture
def bearer(rejoin_on_sqlite) -> dict[str, str]:
    with rejoin_on_sqlite.db.begin() as tx:
        token = api_token.issue(tx, "feed", Scope, rejoin_on_sqlite.clock.now())
    return {"Authorization": f"Bearer {token}"}


def test_program_needs_neither_a_sign_in_nor_a_form_token(house, bearer) -> None:
    client = house.test_client()
    assert client.put("/api/v1/appointments/A1", json=EXAMPLE, headers=bearer).status_code == 201
    assert client.get("/api/v1/appointments/A1", headers=bearer).json["appointment_id"] == "A1"


def test_sign_in_of_the_pages_opens_nothing_of_the_api(house) -> None:
    with house.test_client() as client:
        with client.session_transaction() as session:
            session["_user_id"] = "1.1"
        assert client.get("/api/v1/tickets").status_code == 401


def test_document_is_open_to_everybody_and_tells_of_the_api_only(house) -> None:
    document = house.test_client().get("/api/v1/openapi.json").json
    assert len(document["paths"]) == 10
    assert all(path.startswith("/api/v1/") for path in document["paths"])
    assert (document["openapi"], document["info"]["title"]) == ("3.1.0", "Rejoin")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/v2/appointments", 404),
        ("DELETE", "/api/v1/appointments/A1", 405),
        ("POST", "/api/v1/tickets", 405),
        ("GET", "/api/v1/appointments/", 404),
        # Not sent on to A1: that would be another appointment.
        ("PUT", "/api/v1/appointments//A1", 404),
    ],
)
def test_address_that_is_none_is_told_as_a_problem(house, bearer, method: str, path: str, status: int) -> None:
    answer = house.test_client().open(path, method=method, headers=bearer)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert answer.json["detail"].endswith(".")


def test_body_that_is_too_large_is_refused(house, bearer) -> None:
    body = b'{"title": "' + b"x" * 2_000_000 + b'"}'
    answer = house.test_client().put("/api/v1/appointments/A1", data=body, headers=bearer)
    assert (answer.status_code, answer.content_type) == (413, "application/problem+json")


def test_answers_are_not_kept_by_anybody_on_the_way(house, bearer) -> None:
    answer = house.test_client().get("/api/v1/tickets", headers=bearer)
    assert answer.headers["Cache-Control"] == "no-store"
