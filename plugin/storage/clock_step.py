"""After the clock was put back: what was written in a time that has not come yet."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, null, or_, select, update

from plugin.ports.queue import WorkKind
from plugin.storage.database import Transaction
from plugin.storage.tables import assessment, delivery, override, remote, work
from plugin.storage.work import request_all

NEWEST = 1_000_000
"""So many of the newest deliveries are looked at; the table may hold any number."""
SOON = timedelta(hours=1)
"""Whoever looks at something again and again, such as at the feed, does so within this time."""


def mend(tx: Transaction, now: datetime, showed: datetime) -> None:
    """The clock shows `now` and had shown `showed`, which is later.

    1. Work that is due until then may have been asked for "at once", or for soon: it is looked at now. A true deadline
       among it is looked at too early, which changes nothing; the look asks for the next one.
    2. Deliveries that arrived in between arrived by now, and those that were read are read once more: whoever was
       judged by the right clock since then was judged without them.
    3. What staff decided or took back in between is so by now, and the session is judged again: by the right clock it
       was judged without that. It was looked at by now too, so that the history says who decided, and not that time
       passed.
    4. A remote that must rest until a moment of the wrong time may be asked now; at worst it is asked once too early.
    """
    tx.execute(update(work).where(work.c.due_at > now, work.c.due_at <= showed + SOON).values(due_at=now))
    recent = select(func.max(delivery.c.id) - NEWEST).scalar_subquery()
    wrong = (delivery.c.id > recent, delivery.c.received_at > now)
    tx.execute(update(delivery).where(*wrong, delivery.c.kind.is_not(None)).values(state="new"))
    tx.execute(update(delivery).where(*wrong).values(received_at=now))
    decided = override.c.set_at, override.c.undone_at
    ahead = or_(*[moment > now for moment in decided])
    about = tx.execute(select(override.c.appointment_id).where(ahead).distinct()).scalars().all()
    for moment in decided:
        tx.execute(update(override).where(moment > now).values({moment: now}))
    looked = assessment.c.current & assessment.c.appointment_id.in_(about)
    tx.execute(update(assessment).where(looked).values(seen=null()))
    tx.execute(update(assessment).where(looked, assessment.c.judged_at > now).values(judged_at=now))
    request_all(tx, WorkKind.JUDGE, about, now)
    for until in (remote.c.free_at, remote.c.paused_until):
        tx.execute(update(remote).where(until > now).values({until: now}))
