"""`rejoin backup` and `rejoin restore` as an operator types them."""

from __future__ import annotations

import base64

import pytest
from sqlalchemy import text

from plugin.storage import delivery
from plugin.storage.database import Database
from plugin.storage.migration import migrate
from tests.conftest import MONDAY_MORNING


@pytest.fixture
def file(settings, tmp_path):
    return tmp_path / "backup.db"


@pytest.fixture
def filled(settings, vault):
    """Three deliveries, sealed with the key of the tests."""
    db = Database(settings["REJOIN_DATABASE_URL"], vault)
    migrate(db)
    with db.begin() as tx:
        for number in range(3):
            delivery.store(tx, f"body {number}".encode(), MONDAY_MORNING)
    db.close()


def number_of_deliveries(settings, vault) -> int:
    db = Database(settings["REJOIN_DATABASE_URL"], vault)
    with db.read() as tx:
        found = len(delivery.unread(tx, 10))
    db.close()
    return found


def test_what_was_backed_up_comes_back(run, settings, filled, file, vault, tmp_path):
    assert run("backup", file).exit_code == 0
    db = Database(settings["REJOIN_DATABASE_URL"], vault)
    with db.begin() as tx:
        tx.execute(text("DELETE FROM delivery"))
    db.close()
    told = run("restore", file)
    assert told.exit_code == 0, told.output
    assert "rejoin.db.before-restore-1" in told.stdout
    assert (tmp_path / "rejoin.db.before-restore-1").exists()
    assert number_of_deliveries(settings, vault) == 3
    assert run("check").exit_code == 0


def test_restore_onto_an_empty_machine(run, settings, filled, file, vault, tmp_path):
    run("backup", file)
    for path in tmp_path.glob("rejoin.db*"):
        path.unlink()
    assert run("restore", file).exit_code == 0
    assert number_of_deliveries(settings, vault) == 3


def test_keys_that_do_not_open_the_backup_restore_nothing(run, settings, filled, file, monkeypatch, tmp_path):
    run("backup", file)
    monkeypatch.setenv("REJOIN_DATA_KEYS", "k2:" + base64.b64encode(b"y" * 32).decode())
    told = run("restore", file)
    assert told.exit_code == 2
    assert "REJOIN_DATA_KEYS" in told.stderr
    assert not list(tmp_path.glob("*.before-restore-*"))


def test_another_database_is_no_backup(run, settings, filled, tmp_path):
    import sqlite3

    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE t (n)").connection.close()
    told = run("restore", tmp_path / "other.db")
    assert told.exit_code == 2
    assert "no database of Rejoin" in told.stderr


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_on_postgresql_its_own_tools_are_named_and_no_file_is_touched(run, settings, monkeypatch, file, command):
    monkeypatch.setenv("REJOIN_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    if command == "restore":
        file.write_bytes(b"a dump")
    told = run(command, file)
    assert told.exit_code == 2
    for word in ("pg_dump", "pg_restore", "docs/operators.md"):
        assert word in told.stderr
    assert [path.read_bytes() for path in file.parent.glob(f"{file.name}*")] == [b"a dump"] * (command == "restore")
