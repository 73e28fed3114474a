"""The outbox: what is to be done about a verdict, written in the same transaction as the verdict.

States: `held` (waits for a coordinator), `queued` (to be done), `done`, `withdrawn` (the verdict changed before it
was done), `declined` (by a person), `skipped` (our own rules leave it out: too late, they want no messages), `dead`
(given up; staff see it).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Row, Text, and_, bindparam, case, cast, func, select, update

from plugin.core.action import Action
from plugin.ports.queue import WorkKind
from plugin.storage.database import Transaction
from plugin.storage.insertion import insert_once
from plugin.storage.tables import action as table
from plugin.storage.tables import work

HELD, QUEUED, DONE, WITHDRAWN, DECLINED, DEAD = "held", "queued", "done", "withdrawn", "declined", "dead"
SKIPPED = "skipped"

_OF_APPOINTMENTS = (
    select(table).where(table.c.appointment_id.in_(bindparam("ids", expanding=True))).order_by(table.c.id)
)


def load(tx: Transaction, action_id: int) -> Row | None:
    """The action with this number, or None."""
    return tx.execute(select(table).where(table.c.id == action_id)).first()


def by_key(tx: Transaction, key: str) -> Row | None:
    """The action with this idempotency key, or None."""
    return tx.execute(select(table).where(table.c.key == key)).first()


def of_appointment(tx: Transaction, appointment_id: str) -> Sequence[Row]:
    """Every action about one appointment, in the order in which they came up."""
    return of_appointments(tx, [appointment_id])[appointment_id]


def of_appointments(tx: Transaction, appointment_ids: Iterable[str]) -> dict[str, list[Row]]:
    """The same of several, by id."""
    found: dict[str, list[Row]] = {one: [] for one in appointment_ids}
    for row in tx.execute(_OF_APPOINTMENTS, {"ids": list(found)}):
        found[row.appointment_id].append(row)
    return found


def not_at_desk(tx: Transaction, asked_before: datetime) -> Sequence[Row]:
    """Tickets and notes that are not at the help desk though they were to be: given up, or waiting since before then.

    Each with `error`, what the desk said last. The oldest first.
    """
    subject = cast(table.c.id, Text)
    waits = (table.c.state == QUEUED) & (table.c.updated_at < asked_before)
    query = select(table, work.c.last_error.label("error"), work.c.due_at.label("next_at")).outerjoin(
        work, (work.c.kind == "act") & (work.c.subject == subject)
    )
    of_desk = table.c.kind.in_(("ticket", "ticket-note"))
    return tx.execute(query.where(of_desk, waits | (table.c.state == DEAD)).order_by(table.c.id).limit(100)).all()


def in_state(tx: Transaction, state: str, kinds: Sequence[str] = ()) -> Sequence[Row]:
    """Every action in this state (of these kinds), the oldest first."""
    query = select(table).where(table.c.state == state)
    if kinds:
        query = query.where(table.c.kind.in_(kinds))
    return tx.execute(query.order_by(table.c.id)).all()


def add(tx: Transaction, action: Action, now: datetime, details: dict | None = None) -> Row | None:
    """Write an action that follows from a verdict; None when its key stands already."""
    return add_row(
        tx,
        key=action.key,
        kind=action.kind.value,
        purpose=action.purpose.value if action.purpose else None,
        appointment_id=action.appointment_id,
        participant_id=action.participant_id,
        incident=action.incident,
        participants=list(action.participants),
        because=action.because,
        state=HELD if action.hold else QUEUED,
        now=now,
        details=details or {},
    )


def add_row(
    tx: Transaction,
    *,
    key: str,
    kind: str,
    appointment_id: str,
    participant_id: str,
    because: str,
    state: str,
    now: datetime,
    purpose: str | None = None,
    incident: bool = False,
    participants: Sequence[str] = (),
    details: dict | None = None,
) -> Row | None:
    """Write an action of any kind (a booking, an invitation …); None when its key stands already."""
    return tx.execute(
        insert_once(tx, table, "key").returning(table),
        {
            "key": key,
            "kind": kind,
            "purpose": purpose,
            "appointment_id": appointment_id,
            "participant_id": participant_id,
            "incident": incident,
            "participants": list(participants),
            "because": because,
            "state": state,
            "created_at": now,
            "updated_at": now,
            "details": details or {},
        },
    ).first()


def move(tx: Transaction, action_id: int, from_states: Sequence[str], to_state: str, now: datetime, **values) -> bool:
    """Change the state by compare-and-set; False when it is in none of `from_states` any more."""
    if to_state == DONE:
        values |= {"done_at": now}
    return bool(
        tx.execute(
            update(table)
            .where(table.c.id == action_id, table.c.state.in_(from_states))
            .values(state=to_state, updated_at=now, **values)
        ).rowcount
    )


def behind(tx: Transaction, action_id: int, kind: str, appointment_id: str) -> Sequence[Row]:
    """What of this kind is queued behind an action of the same appointment, in order; `claimed_until` tells who is
    being carried out just now."""
    subject = cast(table.c.id, Text)
    due = and_(work.c.kind == WorkKind.ACT.value, work.c.subject == subject)
    return tx.execute(
        select(table, work.c.claimed_until)
        .join(work, due)
        .where(
            table.c.appointment_id == appointment_id,
            table.c.kind == kind,
            table.c.state == QUEUED,
            table.c.id > action_id,
        )
        .order_by(table.c.id)
    ).all()


def reword(tx: Transaction, action_id: int, because: str, now: datetime) -> None:
    """Write what a queued action says now."""
    tx.execute(update(table).where(table.c.id == action_id).values(because=because, updated_at=now))


def mark(tx: Transaction, action_id: int, note: str | None, now: datetime) -> None:
    """Write why a done action would not be done today, or None when it would."""
    tx.execute(update(table).where(table.c.id == action_id).values(note=note, updated_at=now))


def mark_queued(tx: Transaction, action_id: int, note: str, now: datetime) -> None:
    """Write why a queued action waits."""
    query = update(table).where(table.c.id == action_id, table.c.state == QUEUED)
    tx.execute(query.values(note=note, updated_at=now))


def open_counts(tx: Transaction) -> dict[str, int]:
    """How many actions wait: held for a person, queued, or given up and to be looked at."""
    waiting = (HELD, QUEUED, DEAD)
    rows = tx.execute(select(table.c.state, func.count()).where(table.c.state.in_(waiting)).group_by(table.c.state))
    return dict.fromkeys(waiting, 0) | dict(rows.all())


def oldest_queued(tx: Transaction) -> dict[str, datetime]:
    """Since when the longest queued action of each kind waits; one that our own rules put off waits from when it is due
    again, as quiet hours are no delay."""
    mine = (work.c.kind == WorkKind.ACT.value) & (work.c.subject == cast(table.c.id, Text))
    since = case(
        (table.c.note.is_not(None), func.coalesce(work.c.due_at, table.c.updated_at)), else_=table.c.updated_at
    )
    rows = tx.execute(
        select(table.c.kind, func.min(since))
        .select_from(table.outerjoin(work, mine))
        .where(table.c.state == QUEUED)
        .group_by(table.c.kind)
    )
    return {row[0]: row[1] for row in rows}
