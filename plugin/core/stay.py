"""Stays: which events of an instance belong to one person's stay, whatever connection, room or name they show."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter

from plugin.core.event import Event

_Key = tuple[str, str]
_Stay = list[Event]
_IN_ORDER = attrgetter("at", "kind", "delivery")
_FIRST = attrgetter("at", "connection", "stay", "name")


def stays(events: Iterable[Event]) -> list[_Stay]:
    """Group an instance's events by stay, each in order; the result does not depend on the order of arrival.

    Events belong together when they share a stay or a connection, or when a bind or a breakout room joins them. What
    names neither (a wait before the host) is told apart by the person's own keys.
    """
    found: list[_Stay] = []
    by_stay: dict[str, _Stay] = {}
    by_connection: dict[str, _Stay] = {}
    tables = {"stay": by_stay, "connection": by_connection, "hint": {}}
    for event in events:
        stay, connection = event.stay, event.connection
        group = by_stay.get(stay)  # nothing is ever kept under ""
        same = by_connection.get(connection)
        bound = event.bound_connection or event.bound_stay
        if bound or not stay or not connection or (same is not None and same is not group):
            _place(event, tables, found)
        elif group is None:
            group = by_stay[stay] = by_connection[connection] = [event]
            found.append(group)
        else:
            by_connection[connection] = group
            group.append(event)
    found = [group for group in found if group]
    for group in found:
        _sort(group)
    found.sort(key=_begin)
    return found


def _sort(group: _Stay) -> None:
    """Put a group in order; nearly always it came in order, which is quicker seen than sorted."""
    before = None
    for event in group:
        if before is not None and not before < event.at:
            group.sort(key=_IN_ORDER)
            return
        before = event.at


def _begin(group: _Stay) -> tuple:
    """By what a sorted group is told from others: its first event, or the least of those of the same moment."""
    first = group[0]
    if len(group) == 1 or first.at < group[1].at:
        return _FIRST(first)
    return min(map(_FIRST, group))


def _keys(event: Event) -> list[_Key]:
    told = [("stay", event.stay), ("connection", event.connection)]
    told += [("stay", event.bound_stay), ("connection", event.bound_connection)]
    told = [key for key in told if key[1]]
    hint = event.registrant_id or event.customer_key or event.zoom_user_id or event.email or event.name
    return told or [("hint", hint)]


def _place(event: Event, tables: dict[str, dict[str, _Stay]], found: list[_Stay]) -> None:
    """Put an event with all its keys; what turns out to be one stay is joined, the smaller into the larger."""
    keys = _keys(event)
    groups = {id(group): group for table, key in keys if (group := tables[table].get(key)) is not None}
    smaller = sorted(groups.values(), key=len)
    if smaller:
        group = smaller.pop()
    else:
        group = []
        found.append(group)
    for other in smaller:
        for moved in other:
            for table, key in _keys(moved):
                tables[table][key] = group
        group += other
        other.clear()
    for table, key in keys:
        tables[table][key] = group
    group.append(event)
