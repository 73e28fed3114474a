"""An older program goes on working on newer tables: while a deployment rolls, both run, and one may have to go back."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from plugin.storage import migration
from plugin.storage.database import Database
from plugin.storage.migration import Standing, TooNew, is_usable, migrate, standing
from tests.conftest import administer, database_url

SCRIPTS = [
    script.revision for script in reversed(list(ScriptDirectory.from_config(migration._config()).walk_revisions()))
]
STEPS = list(pairwise(SCRIPTS))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def bare(request, tmp_path, vault):
    """A database without any table."""
    if request.param == "sqlite":
        db = Database(f"sqlite:///{tmp_path / 'bare.db'}", vault)
        yield db
        db.close()
        return
    server, name = request.getfixturevalue("postgres_url"), f"bare_{abs(hash(request.node.name)) % 10**8}"
    administer(server, f'CREATE DATABASE "{name}"')
    db = Database(database_url(server, name), vault)
    yield db
    db.close()
    administer(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def upgrade(db: Database, revision: str) -> None:
    config = migration._config()
    with db.begin() as tx:
        config.attributes["connection"] = tx.connection
        command.upgrade(config, revision)


def tables_of(db: Database) -> sa.MetaData:
    found = sa.MetaData()
    with db.read() as tx:
        found.reflect(tx.connection, only=lambda name, _: not name.startswith(("procrastinate", "alembic")))
    return found


def row_of(table: sa.Table, number: int) -> dict:
    """A row with a value in every column that the old program knew, as it would write one."""
    values = {
        int: number, str: f"w{number}", bytes: f"b{number}".encode(), bool: True, float: 1.0, dict: {"n": number},
        datetime: datetime(2026, 11, 23, 14, 0, number, tzinfo=UTC),
    }  # fmt: skip
    row = {}
    for column in table.columns:
        kind = dict if isinstance(column.type, sa.JSON) else column.type.python_type
        row[column.name] = values[kind]
    return row


def test_every_step_leaves_the_older_program_able_to_read_and_write(bare):
    """Beside each migration stands the program before it: it writes, reads and deletes in every table it knows."""
    upgrade(bare, SCRIPTS[0])
    for number, (_, new) in enumerate(STEPS, start=1):
        before = tables_of(bare)
        upgrade(bare, new)
        for table in before.sorted_tables:
            row = row_of(table, number)
            with bare.begin() as tx:
                tx.execute(table.insert(), row)
            with bare.begin() as tx:
                found = tx.execute(sa.select(table)).mappings().all()
                assert [set(one) for one in found] == [set(row)], f"{new}: {table.name} lost a column"
        for table in reversed(before.sorted_tables):
            with bare.begin() as tx:
                tx.execute(table.delete())


def made_by_a_newer_program(db: Database, oldest: str) -> None:
    with db.begin() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
        tx.execute(sa.text("UPDATE oldest_program SET revision = :oldest"), {"oldest": oldest})


def test_tables_of_a_newer_program_are_used_as_they_are(own_database):
    made_by_a_newer_program(own_database, oldest=SCRIPTS[-1])
    migrate(own_database)
    with own_database.read() as tx:
        assert standing(tx) is Standing.AHEAD
        assert is_usable(tx)


def test_tables_that_a_newer_program_keeps_for_itself_are_refused(own_database):
    made_by_a_newer_program(own_database, oldest="9999")
    with pytest.raises(TooNew):
        migrate(own_database)
    with own_database.read() as tx:
        assert not is_usable(tx)


def test_the_tables_say_which_program_they_need(database):
    with database.read() as tx:
        [needed] = tx.execute(sa.text("SELECT revision FROM oldest_program")).scalars()
    assert needed <= SCRIPTS[-1]
