"""Offers of another time. States: `proposed`, `approved`, `sent`, `accepted`, `declined` (by a coordinator),
`refused` (by the client), `withdrawn`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import Row, delete, func, or_, select, update

from plugin.core.appointment import Status
from plugin.core.interval import Span
from plugin.core.slot import Slot
from plugin.storage.database import Transaction
from plugin.storage.insertion import insert
from plugin.storage.tables import appointment, booked_slot
from plugin.storage.tables import offer as table

PROPOSED, APPROVED, SENT, ACCEPTED = "proposed", "approved", "sent", "accepted"
DECLINED, REFUSED, WITHDRAWN = "declined", "refused", "withdrawn"


def add(
    tx: Transaction, action_key: str, appointment_id: str, participant_id: str, clinician_id: str,
    slots: Iterable[Slot], now: datetime,
) -> None:  # fmt: skip
    """Propose an offer; one that was withdrawn before is proposed again with these slots."""
    values = {"state": PROPOSED, "slots": written(slots), "updated_at": now, "reason": None}
    tx.execute(
        insert(tx, table)
        .values(
            action_key=action_key, appointment_id=appointment_id, participant_id=participant_id,
            clinician_id=clinician_id, version=1, created_at=now, **values,
        )
        .on_conflict_do_update(
            index_elements=[table.c.action_key],
            set_=values | {"version": table.c.version + 1},
            where=table.c.state == WITHDRAWN,
        )
    )  # fmt: skip


def load(tx: Transaction, offer_id: int) -> Row | None:
    """The offer with this number, or None."""
    return tx.execute(select(table).where(table.c.id == offer_id)).first()


def by_action(tx: Transaction, action_key: str) -> Row | None:
    """The offer that an action is about, or None."""
    return tx.execute(select(table).where(table.c.action_key == action_key)).first()


def listed(tx: Transaction, states: Sequence[str]) -> Sequence[Row]:
    """The offers in these states, the oldest first."""
    return tx.execute(select(table).where(table.c.state.in_(states)).order_by(table.c.created_at, table.c.id)).all()


def change(tx: Transaction, offer_id: int, version: int, now: datetime, **values) -> bool:
    """Change an offer by compare-and-set on its version; False when somebody else was quicker."""
    return bool(
        tx.execute(
            update(table)
            .where(table.c.id == offer_id, table.c.version == version)
            .values(version=version + 1, updated_at=now, **values)
        ).rowcount
    )


def in_turn(tx: Transaction, codes: Iterable[str]) -> None:
    """Let the picks that concern one of these people happen one after the other, until the transaction ends.

    On SQLite every write waits for the one before it anyway.
    """
    if tx.is_postgresql:
        for code in sorted(set(codes)):  # always in the same order, so that nobody waits in a circle
            tx.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"pick/{code}", 0))))


def take_slot(tx: Transaction, clinician_id: str, starts_at: datetime, offer_id: int) -> bool:
    """Take a clinician's time for an offer; False when another client has it: the database decides the race.

    A time whose appointment was called off or moved since is free again.
    """
    given_back = (
        select(table.c.id)
        .join(appointment, appointment.c.appointment_id == table.c.new_appointment_id)
        .where(or_(appointment.c.status == Status.CANCELLED, appointment.c.starts_at != starts_at))
    )
    held = (booked_slot.c.clinician_id == clinician_id, booked_slot.c.starts_at == starts_at)
    tx.execute(delete(booked_slot).where(*held, booked_slot.c.offer_id.in_(given_back)))
    taken = tx.execute(
        insert(tx, booked_slot)
        .values(clinician_id=clinician_id, starts_at=starts_at, offer_id=offer_id)
        .on_conflict_do_nothing()
        .returning(booked_slot.c.offer_id)  # the row count of an INSERT is not to be had everywhere
    )
    return taken.first() is not None


def picked(tx: Transaction, codes: Collection[str], from_at: datetime, until_at: datetime) -> list[Span]:
    """The times that clients picked and that are not in the roster yet, of these clinicians or clients."""
    rows = tx.execute(
        select(table).where(
            table.c.state == ACCEPTED,
            table.c.new_appointment_id.is_(None),
            or_(table.c.clinician_id.in_(codes), table.c.participant_id.in_(codes)),
        )
    )
    chosen = (slots_of(row)[row.chosen] for row in rows)
    return [(s.starts_at, s.ends_at) for s in chosen if s.starts_at < until_at and s.ends_at > from_at]


def written(slots: Iterable[Slot]) -> list[dict]:
    """Slots as they are stored: ISO 8601 UTC."""
    return [
        {"starts_at": s.starts_at.isoformat(), "ends_at": s.ends_at.isoformat(), "because": s.because} for s in slots
    ]


def slots_of(offer: Row) -> tuple[Slot, ...]:
    """The slots of a stored offer."""
    return tuple(
        Slot(datetime.fromisoformat(s["starts_at"]), datetime.fromisoformat(s["ends_at"]), s["because"])
        for s in offer.slots
    )
