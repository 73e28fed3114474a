"""An INSERT that may say what to do when the row stands already, for whichever database this is."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from plugin.storage.database import Transaction


def insert(tx: Transaction, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT with `on_conflict_do_update` and `on_conflict_do_nothing`, which both databases spell alike."""
    return insert_for(tx.is_postgresql, table)


def insert_for(on_postgresql: bool, table: Table) -> postgresql.Insert | sqlite.Insert:
    """The same, for a statement that is written once for each database and used again."""
    return postgresql.insert(table) if on_postgresql else sqlite.insert(table)


def insert_once(tx: Transaction, table: Table, *unique: str) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that leaves a row alone that has the same in these columns (or in any unique ones), and is told the
    values when it is executed."""
    return _once(tx.is_postgresql, table, unique)


@cache
def _once(on_postgresql: bool, table: Table, unique: tuple[str, ...]) -> postgresql.Insert | sqlite.Insert:
    return insert_for(on_postgresql, table).on_conflict_do_nothing(index_elements=unique or None)
