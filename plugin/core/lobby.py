"""Who waited for the host without a word of who they are, or with no more than a name.

Zoom tells such a wait with the account, the name and the customer key, and its end with the registrant id as well: of
people without any but the last, or who show a name that the roster does not have, only the end says who had waited, or
that they come in under the same name as soon as the host is there.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from plugin.core.event import Event, EventKind
from plugin.core.identity import is_identified, plain_name
from plugin.core.interval import NO_TIME

_BEGINS, _ENDS = EventKind.WAITED_FOR_HOST, EventKind.STOPPED_WAITING_FOR_HOST
_JOINED = EventKind.JOINED
AT_ONCE = timedelta(minutes=2)
"""Who waited for the host is inside within this time from when the meeting began."""


def is_nameless_wait(event: Event) -> bool:
    """Whether somebody began to wait for the host, and at most the name that they show says who."""
    return event.kind is _BEGINS and not is_identified(event)


def _has_no_key(event: Event) -> bool:
    return not (event.customer_key or event.zoom_user_id or event.email or event.phone)


def claim(of_instance: dict[str, list[Event]], opens: datetime, closes: datetime) -> None:
    """Give nameless waits to those whose wait ended under a registrant id alone, and who have no other beginning.

    Only what lies between two moments is looked at, and what shows one name (or none) by itself. Which of several
    began when is not known, so each is taken to have begun with the latest. As soon as there is an end for each of the
    waits, nobody else can have waited, and they are left to those people; otherwise they stay, as a stranger's.
    """
    told = [
        event
        for events in of_instance.values()
        for event in events
        if event.kind in (_BEGINS, _ENDS) and opens <= event.at <= closes
    ]
    for shown in {plain_name(event.name) for event in told if is_nameless_wait(event)}:
        _claim(of_instance, [event for event in told if plain_name(event.name) == shown])
    came: dict[str, list[Event]] = {}
    for event in [event for events in of_instance.values() for event in events if _came_in_at_once(event)]:
        came.setdefault(plain_name(event.name), []).append(event)
    for joins in came.values():
        _share(of_instance, joins, opens)


def _came_in_at_once(event: Event) -> bool:
    """Whether somebody came in as soon as a meeting had begun, by what no wait is told with."""
    began = event.instance_started_at
    if event.kind is not _JOINED or began is None or not event.name or event.zoom_user_id or event.customer_key:
        return False
    return is_identified(event) and NO_TIME <= event.at - began <= AT_ONCE


def _share(of_instance: dict[str, list[Event]], joins: list[Event], opens: datetime) -> None:
    """Let the waits before them that show the same name be those of the only one who came in so, too: they are not late
    for the meeting that was not open yet. Another one may have shown it and given up, so they stay a stranger's."""
    join = min(joins, key=lambda event: (event.at, event.delivery))
    if len({(event.registrant_id, event.email, event.phone) for event in joins}) > 1:
        return
    waits = [event for events in of_instance.values() for event in events if is_nameless_wait(event)]
    mine = [e for e in waits if plain_name(e.name) == plain_name(join.name) and opens <= e.at <= join.at]
    who = {"registrant_id": join.registrant_id, "email": join.email, "phone": join.phone, "instance": join.instance}
    of_instance[join.instance] += [msgspec.structs.replace(wait, **who) for wait in mine]


def _claim(of_instance: dict[str, list[Event]], told: list[Event]) -> None:
    """Give the nameless waits among what shows one name to whom they belong."""
    waits = {event.at: event for event in told if is_nameless_wait(event)}
    begins, claimed = sorted(waits), 0
    for end in _without_beginning(told):
        latest = bisect_right(begins, end.at)
        if latest:
            wait = waits[begins[latest - 1]]
            mine = msgspec.structs.replace(wait, registrant_id=end.registrant_id, instance=end.instance)
            of_instance[end.instance].append(mine)
            claimed += latest > claimed
    if claimed == len(begins):
        taken = {id(event) for event in told if is_nameless_wait(event)}
        for events in of_instance.values():
            events[:] = [event for event in events if id(event) not in taken]


def _without_beginning(told: Iterable[Event]) -> list[Event]:
    """The ends, in order, that only a registrant id names, and before which no beginning of that person was told."""
    ends: list[Event] = []
    begun: dict[str, datetime] = {}
    seen: set[tuple[str, datetime]] = set()
    for event in sorted(told, key=lambda e: (e.at, e.kind is _ENDS, e.delivery)):
        if event.kind is _BEGINS:
            begun[event.registrant_id] = event.at
        elif event.registrant_id and _has_no_key(event) and (event.registrant_id, event.at) not in seen:
            seen.add((event.registrant_id, event.at))
            if begun.pop(event.registrant_id, None) is None:
                ends.append(event)
    return ends
