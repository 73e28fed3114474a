"""One step of a booking at the provider: done once, whatever is lost on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from plugin.ports.outcome import Permanent, Temporary
from plugin.service.rejoin import Rejoin
from plugin.storage import booking as bookings

REGISTRATION = "registration"
PATIENCE = timedelta(seconds=90)
"""So long a step belongs to whoever began it: longer than one call may take, and than the provider's lists lag."""


def once(
    rejoin: Rejoin, key: str, name: str, find: Callable[[], Any], make: Callable[[], Any],
    kept: Callable[[Any], Mapping[str, Any]],
) -> None:  # fmt: skip
    """Do one step of the booking `key` once, in parts that can each be lost:

    1. Write that somebody is at it. Who finds it so waits: another worker may be at it still, or was a moment ago and
       the provider's list does not show yet what it made.
    2. Look for what was made before; `find` gives None when there is nothing.
    3. Write once more that it is ours, and make it. A call is bounded to less than the patience, so that nobody else
       looks while it is on its way.
    4. Write what was found or made (`kept` names the columns), and that the step is done.

    Raises Temporary (also to wait) or Permanent.
    """
    begun_at = rejoin.clock.now()
    with rejoin.db.begin() as tx:
        row = bookings.step(tx, key, name)
        if row is not None and row.state == bookings.DONE:
            return
        if row is not None and row.state == bookings.CALLING and begun_at < row.begun_at + PATIENCE:
            raise Temporary("somebody was at this a moment ago", row.begun_at + PATIENCE - begun_at)
        bookings.begin_step(tx, key, name, begun_at)
    try:
        found = find()
    except (Temporary, Permanent):
        _release(rejoin, key, name, begun_at)
        raise
    if found is None:
        calling_at = rejoin.clock.now()
        with rejoin.db.begin() as tx:
            if not bookings.still_mine(tx, key, name, begun_at, calling_at):
                raise Temporary("somebody else is at this", PATIENCE)
        try:
            found = make()
        except Permanent:
            _release(rejoin, key, name, calling_at)
            raise
        except Temporary as lost:
            raise Temporary(str(lost), max(PATIENCE, lost.retry_after or PATIENCE)) from None
    now = rejoin.clock.now()
    with rejoin.db.begin() as tx:
        bookings.keep(tx, key, now, **kept(found))
        bookings.finish_step(tx, key, name, now)


def register(rejoin: Rejoin, row: Row) -> None:
    """The step `registration`: find the client's own place in the meeting, or make one."""
    once(
        rejoin, row.key, REGISTRATION,
        find=lambda: rejoin.meetings.find_registration(row.meeting_id, row.key),
        make=lambda: rejoin.meetings.register(row.meeting_id, row.key, row.participant_id),
        kept=lambda place: {"registrant_id": place.registrant_id, "own_url": place.join_url},
    )  # fmt: skip


def _release(rejoin: Rejoin, key: str, name: str, begun_at) -> None:
    with rejoin.db.begin() as tx:
        bookings.release_step(tx, key, name, begun_at)
