"""Whom an incident affects: who joined it when, and who has recovered since; known by the key of its ticket."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, exists, select, update

from plugin.storage.database import Transaction
from plugin.storage.insertion import insert
from plugin.storage.tables import affected as table


def join(tx: Transaction, ticket_key: str, appointment_id: str, participant_id: str, now: datetime) -> bool:
    """Put somebody into the incident; False when they are in it already."""
    return bool(
        tx.execute(
            insert(tx, table)
            .values(ticket_key=ticket_key, appointment_id=appointment_id, participant_id=participant_id, since_at=now)
            .on_conflict_do_nothing(index_elements=list(table.primary_key))
        ).rowcount
    )


def recover(tx: Transaction, ticket_key: str, appointment_id: str, participant_id: str, at: datetime | None) -> bool:
    """Write since when they are well again, or None that they are not; False when that is known.

    A moment that is only told more exactly is no news.
    """
    known = table.c.recovered_at.is_(None) if at is not None else table.c.recovered_at.is_not(None)
    return bool(
        tx.execute(
            update(table)
            .where(
                table.c.ticket_key == ticket_key,
                table.c.appointment_id == appointment_id,
                table.c.participant_id == participant_id,
                known,
            )
            .values(recovered_at=at)
        ).rowcount
    )


def of_ticket(tx: Transaction, ticket_key: str) -> Sequence[Row]:
    """Everybody in the incident, in the order in which they came into it."""
    order = (table.c.since_at, table.c.appointment_id, table.c.participant_id)
    return tx.execute(select(table).where(table.c.ticket_key == ticket_key).order_by(*order)).all()


def of_appointment(tx: Transaction, ticket_key: str, appointment_id: str) -> Sequence[Row]:
    """Those of one appointment."""
    mine = (table.c.ticket_key == ticket_key) & (table.c.appointment_id == appointment_id)
    return tx.execute(select(table).where(mine).order_by(table.c.participant_id)).all()


def anybody(tx: Transaction, ticket_key: str) -> bool:
    """Whether somebody in the incident is still in trouble."""
    still = (table.c.ticket_key == ticket_key) & table.c.recovered_at.is_(None)
    return bool(tx.execute(select(exists().where(still))).scalar())
