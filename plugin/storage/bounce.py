"""How many messages came to the mailbox that bounces go to, by what they were."""

from __future__ import annotations

from sqlalchemy import select

from plugin.storage.database import Transaction
from plugin.storage.insertion import insert
from plugin.storage.tables import bounce_count as table


def count(tx: Transaction, kind: str) -> None:
    """One more of this kind."""
    tx.execute(
        insert(tx, table)
        .values(kind=kind, number=1)
        .on_conflict_do_update(index_elements=[table.c.kind], set_={"number": table.c.number + 1})
    )


def counts(tx: Transaction) -> dict[str, int]:
    """How many of each kind there were so far."""
    return {row.kind: row.number for row in tx.execute(select(table))}
