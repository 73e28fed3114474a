"""Zoom's own report of a meeting: it supplies what was never delivered, and contradicts nothing that was.

A report lists who was there from when to when, after the meeting ended. It knows no reason of a leave, nothing of a
wait for the host, and comes once; what was delivered tells more, so a row counts only where a beginning or an end of
its connection is missing. Complete, it proves who was in the meeting as no silence of the feed can.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from plugin.core.event import Event, EventKind, LeaveReason

TOLERANCE = timedelta(seconds=5)
"""A delivery and a row of the report may differ by this much and still tell of the same moment."""
_BEGIN_AND_END = {
    EventKind.PRESENCE_REPORTED: (EventKind.JOINED, EventKind.LEFT),
    EventKind.WAIT_REPORTED: (EventKind.WAITING_BEGAN, EventKind.WAITING_ENDED),
}
REPORTED = frozenset({*_BEGIN_AND_END, EventKind.REPORT_COMPLETED})
"""What a report tells; none of it proves that the feed was alive."""


def supplied(delivered: list[Event], reported: Iterable[Event]) -> list[Event]:
    """What was delivered of one instance, with the beginnings and ends that only its report tells.

    The result does not depend on the order of either.
    """
    told: dict[tuple[str, EventKind], list[datetime]] = {}
    for event in delivered:
        told.setdefault((event.connection, event.kind), []).append(event.at)
    found = list(delivered)
    for row in reported:
        if row.kind not in _BEGIN_AND_END:
            continue
        begins, ends = _BEGIN_AND_END[row.kind]
        until = row.ended_at or row.at
        if not _any(told.get((row.connection, begins), ()), row.at - TOLERANCE, until):
            found.append(msgspec.structs.replace(row, kind=begins, ended_at=None))
        if row.ended_at and not _any(told.get((row.connection, ends), ()), row.at, row.ended_at + TOLERANCE):
            reason = LeaveReason.UNKNOWN if ends is EventKind.LEFT else None
            found.append(msgspec.structs.replace(row, kind=ends, at=row.ended_at, ended_at=None, reason=reason))
    return found


def _any(moments: Iterable[datetime], begin: datetime, end: datetime) -> bool:
    return any(begin <= at <= end for at in moments)
