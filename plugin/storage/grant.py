"""Grants: what a signed link allows, and whether it was used or revoked. Nothing personal is in the link itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, func, select, update

from plugin.storage.database import Transaction
from plugin.storage.insertion import insert
from plugin.storage.tables import grant_ as table


def put(
    tx: Transaction, grant_id: str, purpose: str, appointment_id: str, participant_id: str,
    offer_id: int | None, expires_at: datetime, now: datetime,
) -> Row:  # fmt: skip
    """Write a grant once; the one that stands already is returned as it is."""
    tx.execute(
        insert(tx, table)
        .values(
            id=grant_id, purpose=purpose, appointment_id=appointment_id, participant_id=participant_id,
            offer_id=offer_id, expires_at=expires_at, created_at=now,
        )
        .on_conflict_do_nothing()
    )  # fmt: skip
    return tx.execute(select(table).where(table.c.id == grant_id)).one()


def load(tx: Transaction, grant_id: str) -> Row | None:
    """The grant with this id, or None."""
    return tx.execute(select(table).where(table.c.id == grant_id)).first()


def use(tx: Transaction, grant_id: str, now: datetime) -> bool:
    """Use a grant up; False when it was used before."""
    return bool(
        tx.execute(update(table).where(table.c.id == grant_id, table.c.used_at.is_(None)).values(used_at=now)).rowcount
    )


def revoke(tx: Transaction, grant_id: str, now: datetime) -> bool:
    """Revoke a link; False when it was revoked before, or there is none."""
    query = update(table).where(table.c.id == grant_id, table.c.revoked_at.is_(None)).values(revoked_at=now)
    return bool(tx.execute(query).rowcount)


def of_appointment(tx: Transaction, appointment_id: str) -> Sequence[Row]:
    """Every link that was made about one appointment, the newest first."""
    query = select(table).where(table.c.appointment_id == appointment_id)
    return tx.execute(query.order_by(table.c.created_at.desc(), table.c.id)).all()


def first_made(tx: Transaction, appointment_id: str, participant_id: str) -> datetime | None:
    """When this person had a link about this appointment for the first time."""
    mine = (table.c.appointment_id == appointment_id, table.c.participant_id == participant_id)
    return tx.execute(select(func.min(table.c.created_at)).where(*mine)).scalar()


def revoke_of_offer(tx: Transaction, offer_id: int, now: datetime) -> None:
    """Revoke every link to an offer that could still be used; what became of the others stays as it was."""
    tx.execute(
        update(table)
        .where(
            table.c.offer_id == offer_id,
            table.c.used_at.is_(None),
            table.c.revoked_at.is_(None),
            table.c.expires_at > now,
        )
        .values(revoked_at=now)
    )


def revoke_of_appointment(
    tx: Transaction, appointment_id: str, purpose: str, now: datetime, participant_id: str | None = None
) -> None:
    """Revoke every unused link of one purpose that is about this appointment (and for this person)."""
    theirs = (table.c.participant_id == participant_id,) if participant_id is not None else ()
    tx.execute(
        update(table)
        .where(
            table.c.appointment_id == appointment_id, table.c.purpose == purpose, *theirs,
            table.c.used_at.is_(None), table.c.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )  # fmt: skip
