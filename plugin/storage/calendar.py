"""Calendars outside of Rejoin, and of each when its owner is busy: spans only, nothing of what they are about."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import Row, delete, select, update

from plugin.core.interval import Span
from plugin.storage.database import Transaction
from plugin.storage.insertion import insert
from plugin.storage.tables import calendar as table
from plugin.storage.tables import calendar_busy

_PLACE = "calendar.address_sealed"


def put(tx: Transaction, clinician_id: str, address: str, now: datetime) -> None:
    """Set where a clinician's calendar is; what was known of another one is forgotten."""
    remove(tx, clinician_id)
    sealed = tx.vault.seal(_PLACE, address)
    tx.execute(insert(tx, table).values(clinician_id=clinician_id, address_sealed=sealed, created_at=now))


def remove(tx: Transaction, clinician_id: str) -> bool:
    """Forget a clinician's calendar; False when there is none."""
    tx.execute(delete(calendar_busy).where(calendar_busy.c.clinician_id == clinician_id))
    return bool(tx.execute(delete(table).where(table.c.clinician_id == clinician_id)).rowcount)


def load(tx: Transaction, clinician_id: str) -> Row | None:
    """A clinician's calendar (when it was looked at last, and what was wrong since), or None."""
    return tx.execute(select(table).where(table.c.clinician_id == clinician_id)).first()


def listed(tx: Transaction) -> Sequence[Row]:
    """Every calendar, in order of the clinicians' codes."""
    return tx.execute(select(table).order_by(table.c.clinician_id)).all()


def address(tx: Transaction, row: Row) -> str:
    """Where a calendar is."""
    return tx.vault.open_text(_PLACE, row.address_sealed)


def looked(tx: Transaction, clinician_id: str, spans: Iterable[Span], now: datetime) -> None:
    """Keep when its owner is busy in place of what was known before."""
    tx.execute(delete(calendar_busy).where(calendar_busy.c.clinician_id == clinician_id))
    rows = [{"clinician_id": clinician_id, "starts_at": begin, "ends_at": end} for begin, end in spans]
    if rows:
        tx.execute(calendar_busy.insert(), rows)
    tx.execute(update(table).where(table.c.clinician_id == clinician_id).values(looked_at=now, problem=None))


def failed(tx: Transaction, clinician_id: str, problem: str) -> None:
    """Keep why a calendar could not be looked at; what was known of it stands."""
    tx.execute(update(table).where(table.c.clinician_id == clinician_id).values(problem=problem))


def busy(tx: Transaction, codes: Collection[str], from_at: datetime, until_at: datetime) -> list[Span]:
    """When one of these people is busy by their own calendar."""
    overlap = (calendar_busy.c.starts_at < until_at) & (calendar_busy.c.ends_at > from_at)
    rows = tx.execute(select(calendar_busy).where(calendar_busy.c.clinician_id.in_(sorted(set(codes))), overlap))
    return [(row.starts_at, row.ends_at) for row in rows]
