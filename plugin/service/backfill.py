"""The way back out of a blind time: what Zoom could not deliver is read from its own log and put into the inbox."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from plugin.ports.delivery_log import DeliveryLog, LoggedDelivery
from plugin.service.rejoin import Rejoin
from plugin.storage import feed
from webhooks.wire import name_of, read_event
from webhooks.wire_problem import UnknownEvent, Unreadable

REACH = timedelta(days=7)
"""Zoom keeps its log for this long."""
AT_ONCE = 100
CHALLENGE = "endpoint.url_validation"


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a look into Zoom's log brought: `logged` entries, `new` deliveries, `lost` entries without a body.

    `within` counts entries that tell of the time that was asked for; `whole` says whether the log reaches back so far.
    """

    logged: int
    new: int
    lost: int
    within: int
    whole: bool

    @property
    def complete(self) -> bool:
        """Whether what was missed is known now: Zoom did try in that time, and every body of it is here."""
        return self.whole and self.within > 0 and not self.lost


def backfill(rejoin: Rejoin, log: DeliveryLog, from_at: datetime, to_at: datetime) -> Recovered:
    """Fetch what Zoom could not deliver between two moments; the reader takes it from the inbox like any other.

    Repeating it is harmless: each delivery is stored once, by its request id and by its body. A portion is one
    transaction, so that the receiver never waits long.
    """
    now = rejoin.clock.now()
    begin = max(from_at, now - REACH)
    logged = new = lost = within = 0
    entries = log.failed(begin, min(now, to_at + rejoin.policy.feed.retry_reach))
    for portion in _portions(entries):
        logged += len(portion)
        lost += sum(not one.body for one in portion)
        usable = [one for one in portion if one.body and not _is_challenge(one)]
        within += sum(_tells_of(one, from_at, to_at, now) for one in usable)
        found = {one.request_id or one.body: (one.request_id, one.body) for one in usable}
        with rejoin.db.begin() as tx:
            new += feed.store_found(tx, list(found.values()), now)
    if new:
        rejoin.queue.wake()
    return Recovered(logged, new, lost, within, begin == from_at)


def _portions(entries: Iterable[LoggedDelivery]) -> Iterator[tuple[LoggedDelivery, ...]]:
    rest = iter(entries)
    while portion := tuple(islice(rest, AT_ONCE)):
        yield portion


def _is_challenge(one: LoggedDelivery) -> bool:
    try:
        return name_of(one.body) == CHALLENGE
    except Exception:  # whatever a body can do to the reader, the reader of the inbox says so
        return False


def _tells_of(one: LoggedDelivery, from_at: datetime, to_at: datetime, now: datetime) -> bool:
    try:
        return from_at <= read_event(one.body, delivery=0, received_at=now).at <= to_at
    except (Unreadable, UnknownEvent):
        return False
