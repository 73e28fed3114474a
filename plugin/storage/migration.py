"""Brings the tables to the newest form; safe when several processes start at once."""

from __future__ import annotations

import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from plugin.storage.database import Database, Transaction

SCRIPTS = Path(__file__).with_name("migrations")
ADVISORY_LOCK = 7_236_501  # any number, the same in every process
WAIT_SECONDS = 60.0


def migrate(db: Database) -> None:
    """Run every migration that this database has not seen, in one transaction.

    1. Look without a lock: at the newest revision already, nothing is written.
    2. Take the only writer's place (SQLite: BEGIN IMMEDIATE, waiting up to a minute; PostgreSQL: an advisory lock).
    3. Look again and upgrade. A process that comes second finds the work done; when a step fails nothing stays.
    """
    patience = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            with db.read() as tx:
                if is_current(tx):
                    return
            with db.begin() as tx:
                if tx.is_postgresql:
                    tx.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
                if not is_current(tx):
                    config = _config()
                    config.attributes["connection"] = tx.connection
                    command.upgrade(config, "head")
            return
        except OperationalError as error:
            if db.is_postgresql or "locked" not in str(error.orig) or time.monotonic() > patience:
                raise
            time.sleep(0.05)


def is_current(tx: Transaction) -> bool:
    """Whether the database is at the newest revision of this program."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    return MigrationContext.configure(tx.connection).get_current_revision() == newest


def standing(tx: Transaction) -> str:
    """How the tables stand to this program: `empty`, `behind`, `current`, or `ahead` (of a newer program)."""
    revision = MigrationContext.configure(tx.connection).get_current_revision()
    if revision is None:
        return "empty"
    if is_current(tx):
        return "current"
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    return "behind" if revision in known else "ahead"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
