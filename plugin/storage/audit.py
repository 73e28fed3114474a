"""Who decided what and when: written in the transaction of the decision itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select

from plugin.storage.database import Transaction
from plugin.storage.tables import audit as table


def record(tx: Transaction, at: datetime, actor: str, did: str, subject: str, details: Mapping | None = None) -> None:
    """Write one decision: the actor is a staff login, `client` or `rejoin`; details hold codes only."""
    tx.execute(table.insert().values(at=at, actor=actor, did=did, subject=subject, details=dict(details or {})))


def times_since(tx: Transaction, actor: str, did: str, since: datetime) -> int:
    """How often somebody did something from this moment on."""
    mine = (table.c.actor == actor) & (table.c.did == did) & (table.c.at > since)
    return tx.execute(select(func.count()).where(mine).select_from(table)).scalar_one()
