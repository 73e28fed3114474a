"""Brings the tables to the newest form; safe when several processes start at once, and while an older program runs.

A migration only adds (tables, columns that may be empty or have a default), so that the program before it goes on
working. One that cannot keep to that says so with `OLDEST_PROGRAM = "its own revision"` beside `revision`: then a
program that does not know it refuses to start, and nothing else keeps an older program from these tables.
"""

from __future__ import annotations

import time
from enum import StrEnum
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import delete, inspect, select, text
from sqlalchemy.exc import OperationalError

from plugin.storage.database import Database, Transaction
from plugin.storage.tables import oldest_program

SCRIPTS = Path(__file__).with_name("migrations")
ADVISORY_LOCK = 7_236_501  # any number, the same in every process
WAIT_SECONDS = 60.0
FIRST_THAT_ASKS = "0026"
"""Programs before this revision do not ask whether they may use the tables."""


class TooNew(Exception):
    """The tables were made by a newer program and changed so that this one cannot use them."""


class Standing(StrEnum):
    """How the tables stand to this program; `ahead`: a newer one made them, and this one may use them all the same."""

    EMPTY = "empty"
    BEHIND = "behind"
    CURRENT = "current"
    AHEAD = "ahead"
    TOO_NEW = "too-new"


USABLE = (Standing.CURRENT, Standing.AHEAD)


def migrate(db: Database) -> None:
    """Run every migration that this database has not seen, in one transaction; raises TooNew.

    1. Look without a lock: in the newest form or a newer one that can be used, nothing is written.
    2. Take the only writer's place (SQLite: BEGIN IMMEDIATE, waiting up to a minute; PostgreSQL: an advisory lock).
    3. Look again and upgrade. A process that comes second finds the work done; when a step fails nothing stays.
    """
    patience = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            with db.read() as tx:
                if _nothing_to_do(tx):
                    return
            with db.begin() as tx:
                if tx.is_postgresql:
                    tx.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
                if not _nothing_to_do(tx):
                    config = _config()
                    config.attributes["connection"] = tx.connection
                    command.upgrade(config, "head")
                    tx.execute(delete(oldest_program))
                    tx.execute(oldest_program.insert().values(revision=_known()[1]))
            return
        except OperationalError as error:
            if db.is_postgresql or "locked" not in str(error.orig) or time.monotonic() > patience:
                raise
            time.sleep(0.05)


def standing(tx: Transaction) -> Standing:
    """How the tables stand to this program."""
    revision = MigrationContext.configure(tx.connection).get_current_revision()
    known, _ = _known()
    if revision is None:
        return Standing.EMPTY
    if revision in known:
        return Standing.CURRENT if revision == max(known) else Standing.BEHIND
    if not inspect(tx.connection).has_table(oldest_program.name):
        return Standing.TOO_NEW
    needed = tx.execute(select(oldest_program.c.revision)).scalar()
    return Standing.AHEAD if needed is not None and needed <= max(known) else Standing.TOO_NEW


def is_usable(tx: Transaction) -> bool:
    """Whether this program can work with the tables as they are."""
    return standing(tx) in USABLE


def _nothing_to_do(tx: Transaction) -> bool:
    stands = standing(tx)
    if stands is Standing.TOO_NEW:
        raise TooNew("the tables were made by a newer version of Rejoin, which this one cannot share them with")
    return stands in USABLE


@cache
def _known() -> tuple[frozenset[str], str]:
    """The revisions of this program, and the oldest program that may use its tables."""
    scripts = list(ScriptDirectory.from_config(_config()).walk_revisions())
    oldest = max(getattr(script.module, "OLDEST_PROGRAM", FIRST_THAT_ASKS) for script in scripts)
    return frozenset(script.revision for script in scripts), oldest


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
