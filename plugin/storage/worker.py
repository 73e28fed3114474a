"""Workers that live: each renews its row every few seconds, and the claims of one that fell silent are free.

A claim has two ends: the silence of its worker, which comes within seconds of a kill, and its lease, for a worker that
lives and hangs. Times are the machine's; one from the future was written before a clock was put back: it says nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, or_, select

from plugin.storage.database import Transaction
from plugin.storage.insertion import insert
from plugin.storage.tables import work, worker

HEARTBEAT_SECONDS = 2.0
SILENT_AFTER = timedelta(seconds=8)
LEASE = timedelta(seconds=60)
FORGOTTEN_AFTER = timedelta(days=1)


def seen(tx: Transaction, worker_id: str, now: datetime) -> None:
    """This worker lives."""
    new = insert(tx, worker).values(id=worker_id, seen_at=now)
    tx.execute(new.on_conflict_do_update(index_elements=[worker.c.id], set_={"seen_at": new.excluded.seen_at}))


def newest(tx: Transaction) -> datetime | None:
    """When a worker was heard of last."""
    return tx.execute(select(func.max(worker.c.seen_at))).scalar()


def gone(tx: Transaction, worker_id: str, now: datetime) -> None:
    """This worker ends; those that ended long ago without a word are forgotten with it."""
    tx.execute(delete(worker).where(or_(worker.c.id == worker_id, worker.c.seen_at < now - FORGOTTEN_AFTER)))


def alive(tx: Transaction, now: datetime) -> list[str]:
    """The workers that are heard of."""
    return list(tx.execute(select(worker.c.id).where(_heard(moments(now))).order_by(worker.c.id)).scalars())


class Moments(NamedTuple):
    """What a claim is measured by: now, when a worker must have been heard of, and what no lease reaches."""

    now: datetime | ColumnElement
    heard_after: datetime | ColumnElement
    heard_before: datetime | ColumnElement
    absurd: datetime | ColumnElement


PARAMETERS = Moments(*(bindparam(f"lease_{name}") for name in Moments._fields))
"""For a statement that is written once: bound by `parameters`."""


def moments(now: datetime) -> Moments:
    """Those of this moment, by the machine's clock."""
    return Moments(now, now - SILENT_AFTER, now + SILENT_AFTER, now + 2 * LEASE)


def parameters(now: datetime) -> dict[str, datetime]:
    """The same, for a statement that was written with PARAMETERS."""
    return {f"lease_{name}": value for name, value in moments(now)._asdict().items()}


def lost(lease: Moments) -> ColumnElement[bool]:
    """Of a row of `work`: it is claimed, and by nobody who will finish it."""
    heard_of = select(worker.c.id).where(_heard(lease))
    fell_silent = and_(work.c.claimed_by.is_not(None), work.c.claimed_by.not_in(heard_of))
    # No lease is that long: the clock was put back since, and there is no worker to ask whether it lives.
    absurd = and_(work.c.claimed_by.is_(None), work.c.claimed_until > lease.absurd)
    return and_(work.c.claimed_until.is_not(None), or_(work.c.claimed_until < lease.now, absurd, fell_silent))


def _heard(lease: Moments) -> ColumnElement[bool]:
    return and_(worker.c.seen_at > lease.heard_after, worker.c.seen_at < lease.heard_before)
