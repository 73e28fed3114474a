"""Whose a clinician's time is: kept for one client until a moment, or picked by one.

One row for each cell (see `plugin/core/hold.py`), so that the database itself refuses the second of two clients, also
when their times only overlap and however many processes give them away. A row of an offer with `held_until` is a
hold and lapses then; one without is a pick. A pick whose new appointment was called off, or moved away, lapses too.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import cache

from sqlalchemy import Row, bindparam, delete, select
from sqlalchemy.sql.dml import ReturningInsert

from plugin.core.appointment import Status
from plugin.core.hold import CELL, cells
from plugin.core.interval import Span, Spans, union
from plugin.storage.database import Transaction
from plugin.storage.insertion import insert_for
from plugin.storage.tables import appointment, offer
from plugin.storage.tables import booked_slot as table

_OWNED = (
    select(
        table, appointment.c.status, appointment.c.starts_at.label("new_from"), appointment.c.ends_at.label("new_to")
    )
    .join(offer, offer.c.id == table.c.offer_id)
    .outerjoin(appointment, appointment.c.appointment_id == offer.c.new_appointment_id)
    .order_by(table.c.clinician_id, table.c.starts_at)
)
_TOUCHED = _OWNED.where(
    table.c.clinician_id.in_(bindparam("codes", expanding=True)),
    table.c.starts_at > bindparam("after"),
    table.c.starts_at < bindparam("end"),
)
_FREE = delete(table).where(
    table.c.clinician_id == bindparam("code"),
    table.c.starts_at == bindparam("at"),
    table.c.offer_id == bindparam("by"),
    # What lapsed when it was looked at may have been picked since, by the same offer; that is not given back.
    table.c.held_until.is_not_distinct_from(bindparam("until")),
)


def take(
    tx: Transaction, codes: Collection[str], span: Span, offer_id: int, now: datetime, until: datetime | None = None
) -> bool:
    """Take this time of these people for an offer, all or nothing; False when another offer has a part of it.

    1. What lapsed of it, or is this offer's own already, is given back.
    2. Every cell is written; the primary key refuses what somebody else has, also somebody who is doing the same in
       another transaction just now. Then nothing of this stands.

    `until` makes it a hold that lapses then; without, it is a pick. Several times are taken in order of their start,
    so that two who want the same never wait for each other in a circle.
    """
    wanted = [(code, at) for code in sorted(set(codes)) for at in cells(span)]
    with tx.connection.begin_nested() as point:
        gone = [row for row in _rows(tx, codes, span) if row.offer_id == offer_id or _lapsed(row, now)]
        if gone:
            keys = [
                {"code": row.clinician_id, "at": row.starts_at, "by": row.offer_id, "until": row.held_until}
                for row in gone
            ]
            tx.execute(_FREE, keys)
        values = [
            {"clinician_id": code, "starts_at": at, "offer_id": offer_id, "held_until": until} for code, at in wanted
        ]
        if len(tx.execute(_take(tx.is_postgresql), values).all()) < len(wanted):
            point.rollback()
            return False
    return True


@cache
def _take(on_postgresql: bool) -> ReturningInsert:
    return insert_for(on_postgresql, table).on_conflict_do_nothing().returning(table.c.starts_at)


def release(tx: Transaction, offer_id: int, but_picked: bool = False) -> None:
    """Give back every time that an offer keeps, and with `but_picked=False` also what was picked."""
    held = table.c.held_until.is_not(None) if but_picked else True
    tx.execute(delete(table).where(table.c.offer_id == offer_id, held))


def taken(
    tx: Transaction,
    codes: Collection[str],
    from_at: datetime,
    until_at: datetime,
    now: datetime,
    but: int | None = None,
) -> Spans:
    """The time of these people that offers keep or have picked, except the offer `but`."""
    rows = _rows(tx, codes, (from_at, until_at))
    return union((row.starts_at, row.starts_at + CELL) for row in rows if row.offer_id != but and not _lapsed(row, now))


def _rows(tx: Transaction, codes: Collection[str], span: Span) -> list[Row]:
    begin, end = span
    return list(tx.execute(_TOUCHED, {"codes": sorted(set(codes)), "after": begin - CELL, "end": end}))


def _lapsed(row: Row, now: datetime) -> bool:
    """Whether a cell belongs to nobody any more, although its row stands."""
    if row.held_until is not None:
        return row.held_until <= now
    if row.status is None:
        return False  # picked, and not in the roster yet
    moved_away = row.new_from >= row.starts_at + CELL or row.new_to <= row.starts_at
    return row.status == Status.CANCELLED or moved_away
