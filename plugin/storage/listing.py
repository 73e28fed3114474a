"""Long lists a page at a time, each page beginning after the last key of the one before.

A page is one row longer than asked for when there is another page after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, Table, and_, or_, select

from plugin.core.appointment import Appointment
from plugin.storage.appointment import load_many
from plugin.storage.database import Transaction
from plugin.storage.tables import appointment, offer, ticket


def appointments(
    tx: Transaction, from_at: datetime, until_at: datetime, after: tuple[datetime, str] | None, limit: int
) -> list[Appointment]:
    """The appointments that start in [from_at, until_at), by start and id, after the one with this start and id."""
    query = select(appointment).where(appointment.c.starts_at >= from_at, appointment.c.starts_at < until_at)
    if after:
        start, code = after
        same = and_(appointment.c.starts_at == start, appointment.c.appointment_id > code)
        query = query.where(or_(appointment.c.starts_at > start, same))
    return load_many(tx, query.limit(limit + 1))


def tickets(tx: Transaction, state: str | None, appointment_id: str | None, after: int, limit: int) -> Sequence[Row]:
    """The tickets after this id, in the order they were opened."""
    return _page(tx, ticket, state, appointment_id, after, limit)


def offers(tx: Transaction, state: str | None, appointment_id: str | None, after: int, limit: int) -> Sequence[Row]:
    """The offers after this id, in the order they were proposed."""
    return _page(tx, offer, state, appointment_id, after, limit)


def _page(
    tx: Transaction, table: Table, state: str | None, appointment_id: str | None, after: int, limit: int
) -> Sequence[Row]:
    query = select(table).where(table.c.id > after)
    if state:
        query = query.where(table.c.state == state)
    if appointment_id:
        query = query.where(table.c.appointment_id == appointment_id)
    return tx.execute(query.order_by(table.c.id).limit(limit + 1)).all()
