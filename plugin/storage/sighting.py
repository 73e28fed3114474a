"""What the whole account said around an appointment: each question is one short walk along an index.

Nothing here may cost more for the number of sessions in an hour, or for the years before it; `tests/storage/
test_sighting.py` asks both databases for their plans. A condition on `kind` is a condition on `state`: only what was
read has one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Row, and_, bindparam, func, or_, select, text

from plugin.core.event import SHOWING, EventKind
from plugin.core.sighting import TRIES
from plugin.core.surroundings import HEARD
from plugin.storage.database import Transaction
from plugin.storage.delivery import ROW, of_incidents
from plugin.storage.tables import delivery
from plugin.storage.tables.inbox import APART

LATE_STOP = timedelta(days=7)
"""A stop of the feed, and an incident, may lie that long before and still go on."""
_ARRIVED = delivery.c.received_at <= bindparam("now")
_HEARD = delivery.c.kind.in_(sorted(kind.value for kind in HEARD))
_COMING = delivery.c.kind.in_(sorted(kind.value for kind in SHOWING | TRIES))
_APART = text(APART)
_FIRST_HEARD = (
    select(delivery.c.at).where(_ARRIVED, delivery.c.at.is_not(None), _HEARD).order_by(delivery.c.at).limit(1)
)
_IN_TIME = (
    select(delivery.c.at, func.coalesce(delivery.c.account_id, "").label("account_id"))
    .where(_ARRIVED, _HEARD, delivery.c.at >= bindparam("from_at"), delivery.c.at <= bindparam("until_at"))
    .limit(1)
)
_IN_TIME_OF = _IN_TIME.where(func.coalesce(delivery.c.account_id, "").in_(("", bindparam("account_id"))))
_FIRST, _LAST = (_IN_TIME.order_by(end) for end in (delivery.c.at, delivery.c.at.desc()))
_FIRST_OF, _LAST_OF = (_IN_TIME_OF.order_by(end) for end in (delivery.c.at, delivery.c.at.desc()))
_TOUCHING_ALL = select(*ROW, delivery.c.instance).where(
    _APART, _ARRIVED, delivery.c.at >= bindparam("from_at"), delivery.c.at <= bindparam("until_at")
)
_IN_HOUR = select(*ROW).where(_COMING, delivery.c.at >= bindparam("from_at"), delivery.c.at < bindparam("until_at"))
_SINCE = select(*ROW).where(_COMING, delivery.c.read_in.is_not(None))
_NEXT_READING = select(func.coalesce(func.max(delivery.c.read_in), 0) + 1).where(delivery.c.read_in.is_not(None))
_THIS_TRANSACTION = text("SELECT pg_current_xact_id()::text::bigint")
_SNAPSHOT = text(
    "SELECT pg_snapshot_xmax(s)::text::bigint, ARRAY(SELECT pg_snapshot_xip(s)::text::bigint)"
    " FROM pg_current_snapshot() s"
)


@dataclass(frozen=True, slots=True)
class Horizon:
    """What a look at the database saw of the reading: all that was read before `next`, but for what was `running`."""

    next: int
    running: tuple[int, ...] = ()

    def saw(self, read_in: int | None, now: Horizon) -> bool:
        """Whether this look saw what was read in that transaction; `now` is a later look.

        Bounded above as in `arriving_since`; of what an older program read nothing is known, and it counts as seen.
        """
        return read_in is None or not (self.next <= read_in < now.next or read_in in self.running)

    def written(self) -> dict:
        """As it is stored beside a verdict."""
        return {"next": self.next, "running": list(self.running)}

    @classmethod
    def stored(cls, seen: dict) -> Horizon:
        """What was written beside a verdict."""
        return cls(seen["next"], tuple(seen["running"]))


def this_reading(tx: Transaction) -> int:
    """The number of this transaction, written with whatever it reads: nobody who looked before can have seen it.

    On PostgreSQL its own number of the transaction, which its snapshots are made of. On SQLite one more than the
    newest, for there is one writer at a time.
    """
    return tx.execute(_THIS_TRANSACTION if tx.is_postgresql else _NEXT_READING).scalar_one()


def horizon(tx: Transaction) -> Horizon:
    """How far whoever looks now can see; what they ask next sees at least that."""
    if not tx.is_postgresql:
        return Horizon(tx.execute(_NEXT_READING).scalar_one())
    upcoming, running = tx.execute(_SNAPSHOT).one()
    return Horizon(upcoming, tuple(running))


def arriving_since(tx: Transaction, seen: Horizon, now: Horizon) -> Sequence[Row]:
    """Who came, went or tried to come, at any time, as far as it was read and committed between two looks; some of it
    may be known already.

    Bounded above, since a database that moved to another server brings numbers along that are still to come there.
    """
    read_in = delivery.c.read_in
    fresh = and_(read_in >= seen.next, read_in < now.next)
    return tx.execute(_SINCE.where(or_(fresh, read_in.in_(seen.running)) if seen.running else fresh)).all()


def arriving_between(tx: Transaction, from_at: datetime, until_at: datetime) -> Sequence[Row]:
    """Who came anywhere, or tried to, in [from_at, until_at), whenever that arrived: rows without bodies."""
    return tx.execute(_IN_HOUR, {"from_at": from_at, "until_at": until_at}).all()


def touching_all(tx: Transaction, from_at: datetime, until_at: datetime, now: datetime) -> Sequence[Row]:
    """Incidents of the platform and stops of the feed in this time or the week before, in order of arrival.

    Of an incident every word: one about it may lie at another time.
    """
    said = tx.execute(_TOUCHING_ALL, {"from_at": from_at - LATE_STOP, "until_at": until_at, "now": now}).all()
    names = {row.instance for row in said if row.kind == EventKind.PLATFORM_INCIDENT.value and row.instance}
    found = {row.id: row for row in (*said, *of_incidents(tx, sorted(names), now))}
    return [found[number] for number in sorted(found)]


def stops_at(tx: Transaction, moments: Collection[datetime], now: datetime) -> Sequence[Row]:
    """What told by `now` that the feed stopped at one of these moments, in order of arrival."""
    told = (delivery.c.kind == EventKind.FEED_STOPPED.value, delivery.c.at.in_(moments), delivery.c.received_at <= now)
    return tx.execute(select(*ROW).where(_APART, *told).order_by(delivery.c.id)).all() if moments else ()


def first_heard(tx: Transaction, now: datetime) -> datetime | None:
    """The earliest moment at which the account was heard, as far as that had arrived by `now`."""
    return tx.execute(_FIRST_HEARD, {"now": now}).scalar()


def heard_in(
    tx: Transaction, from_at: datetime, until_at: datetime, now: datetime, accounts: Iterable[str] = ()
) -> Sequence[Row]:
    """When any account was heard first and last between two moments, both included, and when each of these accounts
    was, as far as it had arrived by `now`: `at` and `account_id`, "" when it is not known whose it is.

    What is asked of a part of this time lies at one of its ends: the part that it began with, or that it ended with.
    """
    when = {"from_at": from_at, "until_at": until_at, "now": now}
    found = [row for query in (_FIRST, _LAST) for row in tx.execute(query, when)]
    told = {row.account_id for row in found} - {""}
    for account in sorted(set(accounts)):
        if told - {account}:
            mine = when | {"account_id": account}
            found += [row for query in (_FIRST_OF, _LAST_OF) for row in tx.execute(query, mine)]
    return found
