"""The built-in tech-support queue: tickets and their notes.

States: `open`, `taken`, `resolved`, `attached` (its conversation goes on at the incident it became part of).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, func, or_, select, update

from plugin.ports.helpdesk import TicketDraft
from plugin.storage.database import Transaction
from plugin.storage.insertion import insert
from plugin.storage.tables import affected, ticket_note
from plugin.storage.tables import ticket as table

OPEN, TAKEN, RESOLVED, ATTACHED = "open", "taken", "resolved", "attached"
SETTLED = (RESOLVED, ATTACHED)
"""Nothing is to be done at these."""


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote on a ticket."""

    at: datetime
    author: str
    text: str


def open_once(tx: Transaction, draft: TicketDraft, now: datetime) -> tuple[Row, bool]:
    """The ticket with the draft's key, and whether it is new."""
    row = tx.execute(
        insert(tx, table)
        .values(
            key=draft.key,
            appointment_id=draft.appointment_id,
            incident=draft.incident,
            participants=list(draft.participants),
            summary=draft.summary,
            seen=list(draft.seen),
            suggestion=draft.suggestion,
            rule=draft.rule or None,
            symptom=draft.symptom or None,
            state=OPEN,
            version=1,
            opened_at=now,
            updated_at=now,
        )
        .on_conflict_do_nothing(index_elements=[table.c.key])
        .returning(table)
    ).first()
    if row is not None:
        return row, True
    return tx.execute(select(table).where(table.c.key == draft.key)).one(), False


def place(tx: Transaction, ticket_id: int, desk: str, reference: str) -> None:
    """Write where a ticket is worked on, and what it is called there."""
    tx.execute(update(table).where(table.c.id == ticket_id).values(desk=desk, reference=reference))


def by_key(tx: Transaction, key: str) -> Row | None:
    """The ticket with this idempotency key, or None."""
    return tx.execute(select(table).where(table.c.key == key)).first()


def elsewhere(tx: Transaction, desk: str, closed_since: datetime, limit: int) -> Sequence[Row]:
    """Tickets worked on at this help desk that are open, or changed lately: those not asked about for longest first."""
    return tx.execute(
        select(table)
        .where(table.c.desk == desk, or_(table.c.state.not_in(SETTLED), table.c.updated_at >= closed_since))
        .order_by(table.c.asked_at.is_not(None), table.c.asked_at, table.c.id)
        .limit(limit)
    ).all()


def asked(tx: Transaction, ticket_id: int, now: datetime) -> None:
    """Write that the desk was asked about this ticket."""
    tx.execute(update(table).where(table.c.id == ticket_id).values(asked_at=now))


def load(tx: Transaction, ticket_id: int) -> Row | None:
    """The ticket with this number, or None."""
    return tx.execute(select(table).where(table.c.id == ticket_id)).first()


def listed(
    tx: Transaction,
    states: Sequence[str],
    assignee: str | None = None,
    incident: bool | None = None,
    symptom: str | None = None,
    newest: int | None = None,
) -> Sequence[Row]:
    """The tickets in these states, the oldest first: of one person, incidents or not, of one symptom.

    With `newest` only so many, those opened last.
    """
    query = select(table).where(table.c.state.in_(states))
    for column, wanted in ((table.c.assignee, assignee), (table.c.incident, incident), (table.c.symptom, symptom)):
        if wanted is not None:
            query = query.where(column == wanted)
    if newest is not None:
        return tx.execute(query.order_by(table.c.id.desc()).limit(newest)).all()[::-1]
    return tx.execute(query.order_by(table.c.opened_at, table.c.id)).all()


def attached_to(tx: Transaction, ticket_ids: Sequence[int]) -> Sequence[Row]:
    """The tickets that became part of these incidents, the oldest first."""
    return tx.execute(select(table).where(table.c.part_of.in_(list(ticket_ids))).order_by(table.c.id)).all()


def another_waiting(tx: Transaction, ticket_id: int, appointment_id: str, codes: Collection[str]) -> int | None:
    """The number of another ticket, open or taken, of one of these people and this appointment; None when none is."""
    theirs = select(affected.c.ticket_key).where(
        affected.c.appointment_id == appointment_id, affected.c.participant_id.in_(list(codes))
    )
    waits = table.c.state.in_((OPEN, TAKEN)) & (table.c.id != ticket_id)
    own = (table.c.appointment_id == appointment_id) & table.c.incident.is_(False)
    rows = tx.execute(select(table).where(waits, own | table.c.key.in_(theirs)).order_by(table.c.id)).all()
    return next((row.id for row in rows if set(row.participants) & set(codes)), None)


def symptoms(tx: Transaction) -> Sequence[str]:
    """The symptoms that any ticket shows."""
    query = select(table.c.symptom).where(table.c.symptom.is_not(None)).distinct().order_by(table.c.symptom)
    return tx.execute(query).scalars().all()


def resolved_with(tx: Transaction) -> Sequence[tuple[str, str, int]]:
    """How many tickets of each rule were resolved with each code: rule, code, how many."""
    coded = (table.c.rule.is_not(None), table.c.code.is_not(None))
    query = select(table.c.rule, table.c.code, func.count()).where(*coded).group_by(table.c.rule, table.c.code)
    return [tuple(row) for row in tx.execute(query.order_by(table.c.rule, table.c.code))]


def change(tx: Transaction, ticket_id: int, version: int, now: datetime, **values) -> bool:
    """Change a ticket by compare-and-set on its version; False when somebody else was quicker."""
    return bool(
        tx.execute(
            update(table)
            .where(table.c.id == ticket_id, table.c.version == version)
            .values(version=version + 1, updated_at=now, **values)
        ).rowcount
    )


def add_note(tx: Transaction, ticket_id: int, at: datetime, author: str, text: str) -> None:
    """Add a note; its text is sealed, because people write what they should not."""
    sealed = tx.vault.seal("ticket_note.text_sealed", text)
    tx.execute(ticket_note.insert().values(ticket_id=ticket_id, at=at, author=author, text_sealed=sealed))


def notes(tx: Transaction, ticket_id: int) -> tuple[Note, ...]:
    """The notes of a ticket, the oldest first."""
    rows = tx.execute(select(ticket_note).where(ticket_note.c.ticket_id == ticket_id).order_by(ticket_note.c.id))
    return tuple(Note(r.at, r.author, tx.vault.open_text("ticket_note.text_sealed", r.text_sealed)) for r in rows)
