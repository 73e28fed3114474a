"""`rejoin token`: made once, shown once."""

from __future__ import annotations

import pytest

from plugin.storage import api_token
from plugin.storage.api_token import Scope
from plugin.storage.tables import audit


def test_token_is_shown_once_and_opens_what_its_scopes_say(run, stored) -> None:
    made = run("token", "add", "feed", "--scope", "roster:write", "--scope", "roster:read")
    assert made.exit_code == 0
    token = made.stdout.strip()
    with stored.read() as tx:
        assert api_token.find(tx, token).scopes == {Scope.ROSTER_READ, Scope.ROSTER_WRITE}
        (written,) = tx.execute(audit.select()).all()
    assert (written.did, written.subject) == ("added-token", "token/feed")
    listed = run("token", "list").output
    assert "feed" in listed
    assert token not in listed
    assert token not in str(written.details)


@pytest.mark.parametrize("arguments", [["--scope", "everything"], []])
def test_token_without_a_scope_that_exists_is_not_made(run, settings, arguments: list[str]) -> None:
    refused = run("token", "add", "feed", *arguments)
    assert refused.exit_code == 2
    assert "--scope" in refused.stderr


def test_name_is_given_once(run, settings) -> None:
    run("token", "add", "feed", "--scope", "roster:write")
    refused = run("token", "add", "feed", "--scope", "roster:write")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "'feed' is taken" in refused.stderr


def test_revoked_token_opens_nothing(run, stored) -> None:
    token = run("token", "add", "feed", "--scope", "roster:write").stdout.strip()
    assert run("token", "revoke", "feed").exit_code == 0
    with stored.read() as tx:
        assert api_token.find(tx, token) is None
    assert "revoked" in run("token", "list").stdout
    refused = run("token", "revoke", "feed")
    assert refused.exit_code == 2
    assert "there is no token 'feed' that still works" in refused.stderr
