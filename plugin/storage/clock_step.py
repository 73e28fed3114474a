"""After the clock was put back: what was written in a time that has not come yet."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Column, ColumnElement, func, or_, select, update

from plugin.ports.queue import WorkKind
from plugin.storage.appointment import ids_between
from plugin.storage.database import Transaction
from plugin.storage.tables import (
    action,
    affected,
    appointment,
    assessment,
    blind_interval,
    delivery,
    feed_sign,
    override,
    remote,
    work,
)
from plugin.storage.work import request_all

NEWEST = 1_000_000
"""So many of the newest deliveries, and verdicts, are looked at; the table may hold any number."""
SOON = timedelta(hours=1)
"""Whoever looks at something again and again, such as at the feed, does so within this time."""
_DECIDED = override.c.set_at, override.c.undone_at
_ACTED = action.c.created_at, action.c.updated_at, action.c.done_at
_JOINED = affected.c.since_at, affected.c.recovered_at
_NOTICED = blind_interval.c.opened_at, blind_interval.c.closed_at, blind_interval.c.healed_at
_SINCE = (
    *_DECIDED, *_ACTED, *_JOINED, *_NOTICED, blind_interval.c.from_at, blind_interval.c.to_at, feed_sign.c.first_at,
    feed_sign.c.last_at, appointment.c.updated_at, remote.c.free_at, remote.c.paused_until,
)  # fmt: skip
"""What says since when something is so."""


def mend(tx: Transaction, now: datetime, showed: datetime) -> None:
    """The clock shows `now` and had shown `showed`, which is later.

    1. Work that is due until then may have been asked for "at once", or for soon: it is looked at now. A true deadline
       among it is looked at too early, which changes nothing; the look asks for the next one.
    2. Deliveries that arrived in between arrived by now, and those that were read are read once more: whoever was
       judged by the right clock since then was judged without them.
    3. Verdicts were looked at by now too, so that the history says what comes afterwards, and not that time passed.
    4. What staff decided or took back in between, what was done, and the blind times that were noticed or ended are so
       by now. Sessions that were decided about, that have an incident, or lie in such a time are judged again: by the
       right clock they were judged without that.
    5. A remote that must rest until a moment of the wrong time may be asked now; at worst it is asked once too early.
    """
    tx.execute(update(work).where(work.c.due_at > now, work.c.due_at <= showed + SOON).values(due_at=now))
    wrong = (_is_recent(delivery.c.id), delivery.c.received_at > now)
    tx.execute(update(delivery).where(*wrong, delivery.c.kind.is_not(None)).values(state="new"))
    tx.execute(update(delivery).where(*wrong).values(received_at=now))
    _look_back(tx, now)
    about = _judged_without(tx, now)
    for moment in _SINCE:
        tx.execute(update(moment.table).where(moment > now).values({moment: now}))
    request_all(tx, WorkKind.JUDGE, about, now)


def _is_recent(number: Column[int]) -> ColumnElement[bool]:
    return number > select(func.max(number) - NEWEST).scalar_subquery()


def _look_back(tx: Transaction, now: datetime) -> None:
    """The looks of the wrong time at verdicts were made by now, as far as they saw; what they said is as of then."""
    looked_at = assessment.c.seen["at"].as_string()  # ISO 8601 in UTC, which goes by its letters
    ahead = (_is_recent(assessment.c.id), assessment.c.current, looked_at > now.isoformat())
    for row in tx.execute(select(assessment.c.id, assessment.c.seen).where(*ahead)).all():
        seen = row.seen | {"at": now.isoformat()}
        tx.execute(update(assessment).where(assessment.c.id == row.id).values(seen=seen))


def _judged_without(tx: Transaction, now: datetime) -> set[str]:
    """Of which sessions something is known only since a moment that has not come yet."""
    decided = select(override.c.appointment_id).where(_any_after(_DECIDED, now))
    incidents = select(action.c.appointment_id).where(action.c.incident, _any_after(_ACTED, now))
    found = {*tx.execute(decided).scalars(), *tx.execute(incidents).scalars()}
    blind = select(blind_interval.c.from_at, blind_interval.c.to_at).where(_any_after(_NOTICED, now))
    for row in tx.execute(blind).all():
        found.update(ids_between(tx, row.from_at, min(row.to_at or now, now)))
    return found


def _any_after(moments: Iterable[Column[datetime]], now: datetime) -> ColumnElement[bool]:
    return or_(*[moment > now for moment in moments])
