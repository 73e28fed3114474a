"""Connections to the database that are gone, and whoever needs one just then."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from plugin.storage import database as storage
from plugin.storage import policy, tables
from plugin.storage.database import Database

WHO = text("SELECT pg_backend_pid()")


def test_a_look_is_at_one_moment_whatever_is_written_meanwhile(database):
    """What is judged in one sitting must not be half of before and half of after."""
    with database.read() as tx:
        before = policy.text_of(tx, "new")
        with database.begin() as other:
            other.execute(tables.policy.insert().values(version="new", text="…", first_used_at=datetime.now(UTC)))
        assert (before, policy.text_of(tx, "new")) == (None, None)
    with database.read() as tx:
        assert policy.text_of(tx, "new") == "…"


@pytest.fixture
def cut_off(postgres_url, vault):
    """A database whose only connection was cut by the server while nobody used it."""
    db, other = Database(postgres_url, vault), Database(postgres_url, vault)
    with db.read() as tx:
        mine = tx.execute(WHO).scalar_one()
    with other.begin() as tx:
        assert tx.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": mine}).scalar_one()
    yield db
    db.close()
    other.close()


@pytest.mark.postgres
def test_connection_that_was_left_alone_is_asked_whether_it_is_there(cut_off, monkeypatch):
    monkeypatch.setattr(storage, "TRUSTED_SECONDS", 0.0)
    with cut_off.begin() as tx:
        assert tx.execute(text("SELECT 1")).scalar_one() == 1


@pytest.mark.postgres
def test_connection_that_was_just_used_fails_once_and_is_replaced(cut_off, monkeypatch):
    monkeypatch.setattr(storage, "TRUSTED_SECONDS", 60.0)
    with pytest.raises(OperationalError), cut_off.begin() as tx:
        tx.execute(text("SELECT 1"))
    with cut_off.begin() as tx:
        assert tx.execute(text("SELECT 1")).scalar_one() == 1
