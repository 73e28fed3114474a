"""Offers of another time. States: `proposed`, `approved`, `sent`, `accepted`, `declined` (by a coordinator),
`refused` (by the client), `withdrawn`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Row, select, update

from plugin.core.slot import Slot
from plugin.storage.database import Transaction
from plugin.storage.insertion import insert
from plugin.storage.tables import booked_slot
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


def take_slot(tx: Transaction, clinician_id: str, starts_at: datetime, offer_id: int) -> bool:
    """Take a clinician's time for an offer; False when another client has it: the database decides the race."""
    return bool(
        tx.execute(
            insert(tx, booked_slot)
            .values(clinician_id=clinician_id, starts_at=starts_at, offer_id=offer_id)
            .on_conflict_do_nothing()
        ).rowcount
    )


def taken(tx: Transaction, clinician_id: str, from_at: datetime, until_at: datetime) -> frozenset[datetime]:
    """The starts of a clinician's times that clients picked and that may not be appointments yet."""
    rows = tx.execute(
        select(booked_slot.c.starts_at).where(
            booked_slot.c.clinician_id == clinician_id,
            booked_slot.c.starts_at >= from_at,
            booked_slot.c.starts_at < until_at,
        )
    )
    return frozenset(row.starts_at for row in rows)


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
