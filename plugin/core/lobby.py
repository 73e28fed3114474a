"""Who waited for the host without a word of who they are.

Zoom tells such a wait with the account, the name and the customer key, and its end with the registrant id as well: of
people without any but the last, only the end says who had waited.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime

import msgspec

from plugin.core.event import Event, EventKind

_BEGINS, _ENDS = EventKind.WAITED_FOR_HOST, EventKind.STOPPED_WAITING_FOR_HOST


def is_nameless_wait(event: Event) -> bool:
    """Whether somebody began to wait for the host, and nothing says who."""
    return event.kind is _BEGINS and not event.registrant_id and _says_nothing(event)


def _says_nothing(event: Event) -> bool:
    return not (event.customer_key or event.zoom_user_id or event.email or event.phone or event.name)


def claim(room: dict[str, list[Event]], opens: datetime, closes: datetime) -> None:
    """Give nameless waits to those whose wait ended under a registrant id alone, and who have no other beginning.

    Only what lies between two moments is looked at. Which of several began when is not known, so each is taken to have
    begun with the latest. As soon as there is an end for each of the waits, nobody else can have waited, and they are
    left to those people; otherwise they stay, as a stranger's.
    """
    told = [
        event
        for events in room.values()
        for event in events
        if event.kind in (_BEGINS, _ENDS) and opens <= event.at <= closes
    ]
    waits = {event.at: event for event in told if is_nameless_wait(event)}
    begins, claimed = sorted(waits), 0
    for end in _without_beginning(told):
        latest = bisect_right(begins, end.at)
        if latest:
            wait = waits[begins[latest - 1]]
            mine = msgspec.structs.replace(wait, registrant_id=end.registrant_id, instance=end.instance)
            room[end.instance].append(mine)
            claimed += latest > claimed
    if claimed == len(begins):
        for events in room.values():
            events[:] = [e for e in events if not (is_nameless_wait(e) and opens <= e.at <= closes)]


def _without_beginning(told: Iterable[Event]) -> list[Event]:
    """The ends, in order, that only a registrant id names, and before which no beginning of that person was told."""
    ends: list[Event] = []
    begun: dict[str, datetime] = {}
    seen: set[tuple[str, datetime]] = set()
    for event in sorted(told, key=lambda e: (e.at, e.kind is _ENDS, e.delivery)):
        if event.kind is _BEGINS:
            begun[event.registrant_id] = event.at
        elif event.registrant_id and _says_nothing(event) and (event.registrant_id, event.at) not in seen:
            seen.add((event.registrant_id, event.at))
            if begun.pop(event.registrant_id, None) is None:
                ends.append(event)
    return ends
