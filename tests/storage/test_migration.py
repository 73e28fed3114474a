"""The tables come into being once, however many processes start at the same time."""

from __future__ import annotations

import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from plugin.storage.database import Database
from plugin.storage.migration import is_usable, migrate
from plugin.storage.tables import metadata
from tests.conftest import administer, database_url

START = """
import sys
from plugin.storage.database import Database
from plugin.storage.encryption import Vault
from plugin.storage.migration import migrate
db = Database(sys.argv[1], Vault((("k", bytes(32)),)))
migrate(db)
db.close()
"""


def _start_four_processes(url: str) -> None:
    running = [
        subprocess.Popen([sys.executable, "-W", "error", "-c", START, url], stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for process in running:
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said


def test_four_processes_start_at_once_on_an_empty_sqlite_file(tmp_path, vault):
    url = f"sqlite:///{tmp_path / 'new.db'}"
    _start_four_processes(url)
    db = Database(url, vault)
    with db.read() as tx:
        assert is_usable(tx)
    db.close()


@pytest.mark.postgres
def test_four_processes_start_at_once_on_an_empty_postgresql(postgres_url, vault):
    administer(postgres_url, "CREATE DATABASE four_at_once")
    url = database_url(postgres_url, "four_at_once")
    _start_four_processes(url)
    db = Database(url, vault)
    with db.read() as tx:
        assert is_usable(tx)
    db.close()


def test_migrating_again_changes_nothing(database):
    migrate(database)
    with database.read() as tx:
        assert is_usable(tx)


def test_migrations_arrive_at_the_tables_of_the_program(database):
    with database.read() as tx:
        context = MigrationContext.configure(tx.connection, opts={"include_name": _is_ours})
        assert compare_metadata(context, metadata) == []


def _is_ours(name, kind, _parents):
    return not (kind == "table" and name.startswith("procrastinate"))
