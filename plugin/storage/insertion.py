"""An INSERT that may say what to do when the row stands already, for whichever database this is."""

from __future__ import annotations

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from plugin.storage.database import Transaction


def insert(tx: Transaction, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT with `on_conflict_do_update` and `on_conflict_do_nothing`, which both databases spell alike."""
    return postgresql.insert(table) if tx.is_postgresql else sqlite.insert(table)
