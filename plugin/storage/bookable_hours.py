"""The hours in which a clinician may be booked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time

from sqlalchemy import delete, select

from plugin.core.slot import BookableHours
from plugin.storage.database import Transaction
from plugin.storage.tables import bookable_hours as table


def put(tx: Transaction, clinician_id: str, hours: Iterable[BookableHours]) -> None:
    """Replace a clinician's bookable hours by these."""
    tx.execute(delete(table).where(table.c.clinician_id == clinician_id))
    for part in hours:
        tx.execute(
            table.insert().values(
                clinician_id=clinician_id,
                weekday=part.weekday,
                opens=part.opens.strftime("%H:%M"),
                closes=part.closes.strftime("%H:%M"),
                timezone=part.timezone,
            )
        )


def of_clinician(tx: Transaction, clinician_id: str) -> tuple[BookableHours, ...]:
    """A clinician's bookable hours, in the order of the week."""
    rows = tx.execute(
        select(table).where(table.c.clinician_id == clinician_id).order_by(table.c.weekday, table.c.opens)
    )
    return tuple(
        BookableHours(row.weekday, time.fromisoformat(row.opens), time.fromisoformat(row.closes), row.timezone)
        for row in rows
    )
