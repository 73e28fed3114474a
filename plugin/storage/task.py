"""Tasks for people: check-ins of clinicians, reviews of coordinators. States: `open`, `done`, `withdrawn`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Row, or_, select, update

from plugin.storage.database import Transaction
from plugin.storage.insertion import insert
from plugin.storage.tables import task as table

OPEN, DONE, WITHDRAWN = "open", "done", "withdrawn"


def open_once(
    tx: Transaction,
    key: str,
    kind: str,
    role: str,
    appointment_id: str,
    participant_id: str,
    because: str,
    now: datetime,
) -> Row:
    """The task with this key, opened if there was none."""
    tx.execute(
        insert(tx, table)
        .values(
            key=key, kind=kind, role=role, appointment_id=appointment_id, participant_id=participant_id,
            because=because, state=OPEN, created_at=now,
        )
        .on_conflict_do_nothing(index_elements=[table.c.key])
    )  # fmt: skip
    return tx.execute(select(table).where(table.c.key == key)).one()


def load(tx: Transaction, task_id: int) -> Row | None:
    """The task with this number, or None."""
    return tx.execute(select(table).where(table.c.id == task_id)).first()


def listed(tx: Transaction, state: str, role: str | None = None) -> Sequence[Row]:
    """The tasks in this state, of one role or of all, the oldest first."""
    query = select(table).where(table.c.state == state)
    if role is not None:
        query = query.where(table.c.role == role)
    return tx.execute(query.order_by(table.c.created_at, table.c.id)).all()


def finish(tx: Transaction, task_id: int, login: str, now: datetime) -> bool:
    """Mark an open task as done; False when it is not open any more."""
    return bool(
        tx.execute(
            update(table)
            .where(table.c.id == task_id, table.c.state == OPEN)
            .values(state=DONE, done_at=now, done_by=login)
        ).rowcount
    )


def withdraw(tx: Transaction, key: str) -> bool:
    """Take an open task back: its reason went. False when there is none, or when it was done."""
    query = update(table).where(table.c.key == key, table.c.state == OPEN).values(state=WITHDRAWN)
    return bool(tx.execute(query).rowcount)


def reopen(tx: Transaction, key: str) -> bool:
    """Open a task again that was withdrawn: its reason came back."""
    query = update(table).where(table.c.key == key, table.c.state == WITHDRAWN).values(state=OPEN)
    return bool(tx.execute(query).rowcount)


def say(tx: Transaction, key: str, because: str, again: bool) -> None:
    """Let an open task say another reason; one that was done too, which is to be done `again` then."""
    states = (OPEN, DONE) if again else (OPEN,)
    query = update(table).where(table.c.key == key, table.c.state.in_(states))
    tx.execute(query.values(because=because, state=OPEN, done_at=None, done_by=None))


_ASKING = ("refused", "expired", "again")
"""So begin the keys of tasks to find another time for somebody; that of the offer, or of its booking, follows."""


def withdraw_asking(tx: Transaction, action_key: str) -> None:
    """Take back whatever is open about finding another time in place of a session: it was not missed."""
    tx.execute(update(table).where(_asks(action_key), table.c.state == OPEN).values(state=WITHDRAWN))


def reopen_asking(tx: Transaction, action_key: str) -> None:
    """Open again what was taken back of it."""
    tx.execute(update(table).where(_asks(action_key), table.c.state == WITHDRAWN).values(state=OPEN))


def _asks(action_key: str) -> ColumnElement[bool]:
    keys = [f"{word}/{key}" for word in _ASKING for key in (action_key, f"booking/{action_key}")]
    return or_(table.c.key.in_(keys), *(table.c.key.startswith(f"{key}/", autoescape=True) for key in keys))
