"""Stays: which events of an instance belong to one person's stay, whatever connection, room or name they show."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import combinations
from operator import attrgetter

from plugin.core.event import IN_ORDER, Event

_Key = tuple[str, str]
_Stay = list[Event]
_WHO = ("registrant_id", "customer_key", "zoom_user_id", "email", "phone", "name")
"""By what people are told apart, the surest first."""
MOST_WAYS = 50
"""So many different sets of names and keys under one number are never one person's."""
_FIRST = attrgetter("at", "connection", "stay", "name")


def stays(events: Iterable[Event]) -> list[_Stay]:
    """Group an instance's events by stay, each in order; the result does not depend on the order of arrival.

    Events belong together when they share a stay or a connection, or when a bind or a breakout room joins them. What
    names neither (a wait before the host) is told apart by the person's own keys. A number of a connection that was
    given out again, to somebody else, joins nothing.
    """
    events = list(events)
    found = _grouped(events, None)
    if found is None:
        found = _grouped(events, _given_again(events)) or []
    return found


def _grouped(events: Iterable[Event], given_again: frozenset[str] | None) -> list[_Stay] | None:
    """The groups; None when a number leads to another stay and nobody has looked yet whether it was given out again."""
    found: list[_Stay] = []
    by_stay: dict[str, _Stay] = {}
    by_connection: dict[str, _Stay] = {}
    tables = {"stay": by_stay, "connection": by_connection, "hint": {}}
    for event in events:
        stay, connection = event.stay, event.connection
        group = by_stay.get(stay)  # nothing is ever kept under ""
        same = by_connection.get(connection)
        if given_again is not None or not stay or not connection or event.bound_connection or event.bound_stay:
            if given_again is None and stay and same is not None and same is not group:
                return None
            _place(event, tables, found, given_again or ())
            continue
        if same is not None and same is not group:
            return None
        if group is None:
            group = by_stay[stay] = []
            found.append(group)
        if same is None:
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
            group.sort(key=IN_ORDER)
            return
        before = event.at


def _begin(group: _Stay) -> tuple:
    """By what a sorted group is told from others: its first event, or the least of those of the same moment."""
    first = group[0]
    if len(group) == 1 or first.at < group[1].at:
        return _FIRST(first)
    return min(map(_FIRST, group))


def _given_again(events: Iterable[Event]) -> frozenset[str]:
    """The numbers of connections that people who cannot be the same have had in this instance."""
    had: dict[str, dict[str, list[set[str]]]] = {}
    for event in events:
        if event.connection and event.stay:
            known = had.setdefault(event.connection, {}).setdefault(event.stay, [set() for _ in _WHO])
            for values, who in zip(known, _WHO, strict=True):
                if value := getattr(event, who):
                    values.add(value)
    return frozenset(number for number, stays_of in had.items() if _are_several(stays_of.values()))


def _are_several(stays_of: Iterable[list[set[str]]]) -> bool:
    # Those that say the same of themselves are looked at once; nobody shows themselves in so many ways in one meeting.
    ways = {tuple(map(frozenset, known)) for known in stays_of}
    return len(ways) > MOST_WAYS or any(_differ(*two) for two in combinations(ways, 2))


def _differ(one: tuple[frozenset[str], ...], other: tuple[frozenset[str], ...]) -> bool:
    """Whether the surest key that both are known by says that they are two."""
    return next((mine.isdisjoint(theirs) for mine, theirs in zip(one, other, strict=True) if mine and theirs), False)


def _keys(event: Event, given_again: Collection[str]) -> list[_Key]:
    told = [("stay", event.stay), ("connection", event.connection)]
    told += [("stay", event.bound_stay), ("connection", event.bound_connection)]
    told = [(table, key) for table, key in told if key and not (table == "connection" and key in given_again)]
    hint = event.registrant_id or event.customer_key or event.zoom_user_id or event.email or event.name
    return told or [("hint", hint)]


def _place(
    event: Event, tables: dict[str, dict[str, _Stay]], found: list[_Stay], given_again: Collection[str] = ()
) -> None:
    """Put an event with all its keys; what turns out to be one stay is joined, the smaller into the larger."""
    keys = _keys(event, given_again)
    groups = {id(group): group for table, key in keys if (group := tables[table].get(key)) is not None}
    smaller = sorted(groups.values(), key=len)
    if smaller:
        group = smaller.pop()
    else:
        group = []
        found.append(group)
    for other in smaller:
        for moved in other:
            for table, key in _keys(moved, given_again):
                tables[table][key] = group
        group += other
        other.clear()
    for table, key in keys:
        tables[table][key] = group
    group.append(event)
