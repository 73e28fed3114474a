"""The times in which we were blind, as they are stored: opened, closed, healed, and asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Row, bindparam, or_, select, update

from plugin.core.feed import BlindCause, BlindInterval
from plugin.storage.database import Transaction
from plugin.storage.insertion import insert
from plugin.storage.tables import blind_interval

# Asked at every judgement: written once.
_BLIND = (
    select(blind_interval.c.cause, blind_interval.c.from_at, blind_interval.c.to_at, blind_interval.c.closed_at)
    .where(
        blind_interval.c.from_at < bindparam("end"),
        or_(blind_interval.c.to_at.is_(None), blind_interval.c.to_at > bindparam("begin")),
        blind_interval.c.opened_at <= bindparam("now"),
        or_(blind_interval.c.healed_at.is_(None), blind_interval.c.healed_at > bindparam("now")),
    )
    .order_by(blind_interval.c.from_at)
)


def standing(tx: Transaction) -> Sequence[Row]:
    """The intervals that are open, the oldest first."""
    return tx.execute(
        select(blind_interval).where(blind_interval.c.closed_at.is_(None)).order_by(blind_interval.c.from_at)
    ).all()


def load(tx: Transaction, interval_id: int) -> Row | None:
    """The interval with this number, or None."""
    return tx.execute(select(blind_interval).where(blind_interval.c.id == interval_id)).first()


def newest(tx: Transaction, limit: int = 50) -> Sequence[Row]:
    """The intervals of the past, the newest first."""
    return tx.execute(select(blind_interval).order_by(blind_interval.c.id.desc()).limit(limit)).all()


def open_interval(tx: Transaction, interval: BlindInterval, now: datetime) -> int | None:
    """Write a new interval (closed already when it has an end); None when one of that cause is open."""
    return tx.execute(
        insert(tx, blind_interval)
        .values(
            cause=interval.cause.value,
            from_at=interval.from_at,
            to_at=interval.to_at,
            why=interval.why,
            opened_at=now,
            closed_at=None if interval.to_at is None else now,
        )
        .on_conflict_do_nothing()
        .returning(blind_interval.c.id)
    ).scalar()


def close_interval(tx: Transaction, interval_id: int, to_at: datetime, now: datetime) -> bool:
    """The interval ended; False when somebody else closed it."""
    return bool(
        tx.execute(
            update(blind_interval)
            .where(blind_interval.c.id == interval_id, blind_interval.c.closed_at.is_(None))
            .values(to_at=to_at, closed_at=now)
        ).rowcount
    )


def heal(tx: Transaction, interval_id: int, now: datetime) -> bool:
    """What was missed in a closed interval is known now; False when that was so already."""
    return bool(
        tx.execute(
            update(blind_interval)
            .where(
                blind_interval.c.id == interval_id,
                blind_interval.c.closed_at.is_not(None),
                blind_interval.c.healed_at.is_(None),
            )
            .values(healed_at=now)
        ).rowcount
    )


def tell_recovery(tx: Transaction, interval_id: int, sentence: str) -> None:
    """Write what became of the look into Zoom's own log."""
    tx.execute(update(blind_interval).where(blind_interval.c.id == interval_id).values(recovery=sentence))


def unhealed_between(tx: Transaction, from_at: datetime, until_at: datetime) -> Sequence[Row]:
    """The closed intervals that overlap this time and in which something may still be missing."""
    return tx.execute(
        select(blind_interval)
        .where(
            blind_interval.c.closed_at.is_not(None),
            blind_interval.c.healed_at.is_(None),
            blind_interval.c.from_at < until_at,
            blind_interval.c.to_at > from_at,
        )
        .order_by(blind_interval.c.from_at)
    ).all()


def begun_since(tx: Transaction, from_at: datetime) -> Sequence[Row]:
    """The intervals that begin at this moment or later, open, closed or healed, in the order in which they begin."""
    query = select(blind_interval).where(blind_interval.c.from_at >= from_at)
    return tx.execute(query.order_by(blind_interval.c.from_at, blind_interval.c.id)).all()


class BlindTime(NamedTuple):
    """A blind time as it was known at some moment; `to_at` None while it goes on."""

    from_at: datetime
    to_at: datetime | None


def blind_between(tx: Transaction, from_at: datetime, until_at: datetime, now: datetime) -> list[BlindTime]:
    """The blind times that overlap this time, as they were known at `now`: later healing is not looked at."""
    return [time for _, time in causes_between(tx, from_at, until_at, now)]


def causes_between(
    tx: Transaction, from_at: datetime, until_at: datetime, now: datetime
) -> list[tuple[BlindCause, BlindTime]]:
    """The same with the cause of each."""
    rows = tx.execute(_BLIND, {"begin": from_at, "end": until_at, "now": now})
    return [
        (BlindCause(row.cause), BlindTime(row.from_at, row.to_at if row.closed_at and row.closed_at <= now else None))
        for row in rows
    ]


def changed_between(tx: Transaction, from_at: datetime, until_at: datetime, since: datetime, now: datetime) -> bool:
    """Whether a blind time that overlaps this one was noticed, ended or healed after `since` and by `now`."""
    changed = [
        column.between(since, now)
        for column in (blind_interval.c.opened_at, blind_interval.c.closed_at, blind_interval.c.healed_at)
    ]
    overlaps = or_(blind_interval.c.to_at.is_(None), blind_interval.c.to_at > from_at)
    query = select(blind_interval.c.id).where(blind_interval.c.from_at < until_at, overlaps, or_(*changed))
    return tx.execute(query.limit(1)).first() is not None
