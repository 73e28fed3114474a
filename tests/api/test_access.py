"""Who gets in: tokens and their scopes."""

from __future__ import annotations

import pytest

from plugin.storage import api_token
from plugin.storage.api_token import Scope, TokenProblem
from plugin.storage.tables import api_token as table
from tests.api.conftest import Program

OPERATIONS = {
    "/appointments?from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z": Scope.ROSTER_READ,
    "/appointments/A1": Scope.ROSTER_READ,
    "/appointments/A1/assessments": Scope.ASSESSMENTS_READ,
    "/tickets": Scope.TICKETS_READ,
    "/tickets/1": Scope.TICKETS_READ,
    "/platform-incidents": Scope.TICKETS_READ,
    "/platform-incidents/1": Scope.TICKETS_READ,
    "/offers": Scope.OFFERS_READ,
    "/offers/1": Scope.OFFERS_READ,
}


@pytest.mark.parametrize("path", OPERATIONS)
def test_nobody_reads_without_a_token(stranger, path: str) -> None:
    answer = stranger.get(path)
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert "Authorization: Bearer" in answer.json["detail"]


@pytest.mark.both
@pytest.mark.parametrize("path", OPERATIONS)
def test_every_scope_but_the_one_that_is_needed_does_not_let_in(program, path: str) -> None:
    needed = OPERATIONS[path]
    refused = program(*(scope for scope in Scope if scope is not needed)).get(path)
    assert refused.status_code == 403
    assert needed in refused.json["detail"]
    assert program(needed).get(path).status_code in (200, 404)


def test_token_that_only_reads_does_not_write(program, rejoin) -> None:
    everything_else = (scope for scope in Scope if scope is not Scope.ROSTER_WRITE)
    assert program(*everything_else).put().status_code == 403
    assert program(Scope.ROSTER_READ).get("/appointments/A1").status_code == 404


def test_scope_is_asked_before_the_body_is_looked_at(program) -> None:
    assert program(Scope.ROSTER_READ).put(kind="nonsense").status_code == 403


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer rejoin_guess", "Basic YTpi", "Bearer \xe9"])
def test_header_that_is_no_token_is_refused(api_app, header: str) -> None:
    answer = api_app.test_client().get("/api/v1/tickets", headers={"Authorization": header})
    assert answer.status_code == 401


@pytest.mark.both
def test_revoked_token_is_refused_and_its_name_is_not_given_again(program, rejoin) -> None:
    dashboard = program(Scope.TICKETS_READ, name="dashboard")
    assert dashboard.get("/tickets").status_code == 200
    with rejoin.db.begin() as tx:
        api_token.revoke(tx, "dashboard", rejoin.clock.now())
    assert dashboard.get("/tickets").status_code == 401
    with pytest.raises(TokenProblem, match="taken"), rejoin.db.begin() as tx:
        api_token.issue(tx, "dashboard", Scope, rejoin.clock.now())
    with pytest.raises(TokenProblem, match="no token"), rejoin.db.begin() as tx:
        api_token.revoke(tx, "dashboard", rejoin.clock.now())


def test_token_itself_is_nowhere_in_the_database(rejoin) -> None:
    with rejoin.db.begin() as tx:
        token = api_token.issue(tx, "dashboard", [Scope.TICKETS_READ], rejoin.clock.now())
        (row,) = tx.execute(table.select()).all()
    assert len(token) >= 43
    assert token not in str(tuple(row))
    assert token.encode() not in row.hash


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "two\nlines"])
def test_token_needs_a_name_that_can_be_shown(rejoin, name: str) -> None:
    with pytest.raises(TokenProblem), rejoin.db.begin() as tx:
        api_token.issue(tx, name, [Scope.TICKETS_READ], rejoin.clock.now())


def test_scope_of_another_version_lets_nobody_do_anything(api_app, rejoin) -> None:
    with rejoin.db.begin() as tx:
        token = api_token.issue(tx, "old", [Scope.TICKETS_READ], rejoin.clock.now())
        tx.execute(table.update().values(scopes=["everything:write"]))
    assert Program(api_app.test_client(), token).get("/tickets").status_code == 403
