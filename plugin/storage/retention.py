"""How long deliveries are kept, and which must stay longer because a verdict still needs them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, delete, exists, not_, or_, select, update

from plugin.core.interval import Spans, union
from plugin.ports.queue import WorkKind
from plugin.storage.appointment import REACH
from plugin.storage.database import Transaction
from plugin.storage.delivery import OF_THE_BOOKING
from plugin.storage.sighting import LATE_STOP
from plugin.storage.tables import appointment, assessment, delivery, work

BEFORE, AFTER = LATE_STOP + REACH, 2 * REACH
"""What an appointment that is still open may need of the whole account lies within this time around it."""
_PRUNED = select(appointment.c.pruned_at).where(appointment.c.appointment_id == bindparam("id"))
_PRUNED_OF = select(appointment.c.appointment_id).where(
    appointment.c.appointment_id.in_(bindparam("ids", expanding=True)), appointment.c.pruned_at.is_not(None)
)
_OPEN = appointment.c.pruned_at.is_(None)


def close(tx: Transaction, before: datetime, now: datetime) -> int:
    """Mark the appointments that ended before this and are settled: from now on their verdicts stand for good.

    Settled is one whose standing verdicts are all final and that nobody has to judge any more. Returns how many.
    """
    not_final = exists().where(
        assessment.c.appointment_id == appointment.c.appointment_id, assessment.c.current, not_(assessment.c.final)
    )
    to_judge = exists().where(work.c.kind == WorkKind.JUDGE.value, work.c.subject == appointment.c.appointment_id)
    settled = and_(_OPEN, appointment.c.ends_at < before, not_(not_final), not_(to_judge))
    return tx.execute(update(appointment).where(settled).values(pruned_at=now)).rowcount


def needed(tx: Transaction, before: datetime) -> Spans:
    """The times of which everything stays, because an appointment that is not closed lies near."""
    rows = tx.execute(
        select(appointment.c.starts_at, appointment.c.ends_at).where(_OPEN, appointment.c.starts_at < before + BEFORE)
    )
    return union((row.starts_at - BEFORE, row.ends_at + AFTER) for row in rows)


def old(before: datetime, stays: Spans) -> ColumnElement[bool]:
    """Deliveries that arrived before this and that no open appointment needs."""
    booked = exists().where(
        appointment.c.meeting_id == delivery.c.meeting_id, delivery.c.kind.in_(OF_THE_BOOKING), _OPEN
    )
    named = exists().where(appointment.c.appointment_id == delivery.c.appointment_id, _OPEN)
    near = or_(*(delivery.c.at.between(*span) for span in stays)) if stays else None
    return and_(
        delivery.c.received_at < before,
        delivery.c.state != "new",
        not_(booked),
        not_(named),
        *(() if near is None else (or_(delivery.c.at.is_(None), not_(near)),)),
    )


def prune(tx: Transaction, before: datetime, stays: Spans, limit: int) -> int:
    """Delete up to so many old deliveries, the oldest first; returns how many."""
    oldest = select(delivery.c.id).where(old(before, stays)).order_by(delivery.c.id).limit(limit)
    return tx.execute(delete(delivery).where(delivery.c.id.in_(oldest))).rowcount


def pruned(tx: Transaction, appointment_ids: Iterable[str]) -> set[str]:
    """Those of these appointments whose deliveries were pruned."""
    return set(tx.execute(_PRUNED_OF, {"ids": list(appointment_ids)}).scalars())


def pruned_at(tx: Transaction, appointment_id: str) -> datetime | None:
    """When the deliveries of this appointment were pruned; None while they are there."""
    return tx.execute(_PRUNED, {"id": appointment_id}).scalar()
