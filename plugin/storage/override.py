"""What staff decided about verdicts: at most one decision stands for each person of an appointment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Row, bindparam, select, update

from plugin.core.assessment import Cause, Outcome
from plugin.core.override import Override
from plugin.storage.database import Transaction
from plugin.storage.insertion import insert
from plugin.storage.tables import override as table

REASON = "override.reason_sealed"
_OF_APPOINTMENTS = (
    select(table).where(table.c.appointment_id.in_(bindparam("ids", expanding=True))).order_by(table.c.id.desc())
)


def standing_of(rows: Iterable[Row], now: datetime) -> dict[str, Override]:
    """Of the decisions about an appointment those that stood at this moment, by participant."""
    return {
        row.participant_id: Override(row.participant_id, Outcome(row.outcome), Cause(row.cause), row.set_at)
        for row in rows
        if row.set_at <= now and (row.undone_at is None or row.undone_at > now)
    }


def of_appointment(tx: Transaction, appointment_id: str) -> Sequence[Row]:
    """Every decision ever made about an appointment, the newest first."""
    return of_appointments(tx, [appointment_id])[appointment_id]


def of_appointments(tx: Transaction, appointment_ids: Iterable[str]) -> dict[str, list[Row]]:
    """The same of several, by id."""
    found: dict[str, list[Row]] = {one: [] for one in appointment_ids}
    for row in tx.execute(_OF_APPOINTMENTS, {"ids": list(found)}):
        found[row.appointment_id].append(row)
    return found


def load(tx: Transaction, override_id: int) -> Row | None:
    """The decision with this number, or None."""
    return tx.execute(select(table).where(table.c.id == override_id)).first()


def reason(tx: Transaction, row: Row) -> str:
    """Why it was decided, in the words of whoever decided it; may be personal."""
    return tx.vault.open_text(REASON, row.reason_sealed)


def add(tx: Transaction, appointment_id: str, decided: Override, reason: str, login: str) -> int | None:
    """Write a decision; None when another one stands (somebody else was quicker)."""
    return tx.execute(
        insert(tx, table)
        .values(
            appointment_id=appointment_id,
            participant_id=decided.participant_id,
            outcome=decided.outcome.value,
            cause=decided.cause.value,
            reason_sealed=tx.vault.seal(REASON, reason),
            set_by=login,
            set_at=decided.set_at,
        )
        .on_conflict_do_nothing()
        .returning(table.c.id)
    ).scalar()


def undo(tx: Transaction, override_id: int, login: str, now: datetime) -> bool:
    """End a decision; False when it had ended already."""
    return (
        tx.execute(
            update(table)
            .where(table.c.id == override_id, table.c.undone_at.is_(None))
            .values(undone_by=login, undone_at=now)
            .returning(table.c.id)
        ).first()
        is not None
    )
