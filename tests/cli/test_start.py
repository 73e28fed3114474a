"""A service that starts while its PostgreSQL starts as well, as both do after a power cut."""

from __future__ import annotations

from uuid import uuid4

import click
import pytest

from plugin.cli.start import PATIENCE_SECONDS, prepared_settings
from plugin.storage.database import Database
from plugin.storage.migration import is_usable
from tests.conftest import administer, database_url

pytestmark = pytest.mark.postgres


@pytest.fixture
def not_there_yet(postgres_url: str, settings, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a database of this server, which is going to be there; the settings name it."""
    name = f"rejoin_start_{uuid4().hex}"
    monkeypatch.setenv("REJOIN_DATABASE_URL", database_url(postgres_url, name))
    return name


def test_a_service_waits_for_its_database_and_says_so(postgres_url, not_there_yet, vault, monkeypatch) -> None:
    said = []

    def hear(sentence: str, err: bool) -> None:
        said.append(sentence)
        administer(postgres_url, f'CREATE DATABASE "{not_there_yet}"')

    monkeypatch.setattr(click, "echo", hear)
    settings = prepared_settings(PATIENCE_SECONDS)
    assert said == ["REJOIN_DATABASE_URL: no answer yet; asking for up to 30 s."]
    db = Database(settings.database_url, vault)
    with db.read() as tx:
        assert is_usable(tx)
    db.close()
    administer(postgres_url, f'DROP DATABASE "{not_there_yet}" WITH (FORCE)')


def test_a_command_that_somebody_typed_does_not_wait(not_there_yet, capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        prepared_settings()
    assert ended.value.code == 2
    assert "the database cannot be used" in capsys.readouterr().err


def test_a_database_that_does_not_come_ends_the_start_with_a_sentence(not_there_yet, capsys) -> None:
    with pytest.raises(SystemExit):
        prepared_settings(patience_seconds=0.6)
    said = capsys.readouterr().err
    assert "no answer yet" in said
    assert "the database cannot be used" in said
