"""Stays: which events of an instance belong to one person's stay, whatever connection, room or name they show."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter

from plugin.core.event import Event, EventKind

_Key = tuple[str, str]
_IN_ORDER = attrgetter("at", "kind", "delivery")
_FIRST = attrgetter("at", "connection", "stay", "name")


class _Group:
    """The events that belong together so far, and every key by which they were told."""

    __slots__ = ("events", "keys")

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.keys: list[_Key] = []


def stays(events: Iterable[Event]) -> list[list[Event]]:
    """Group an instance's events by stay, each in order; the result does not depend on the order of arrival.

    Events belong together when they share a stay or a connection, or when a bind joins them. What names neither (a
    wait before the host) is told apart by the person's own keys.
    """
    by_stay: dict[str, _Group] = {}
    by_connection: dict[str, _Group] = {}
    by_hint: dict[str, _Group] = {}
    tables = {"stay": by_stay, "connection": by_connection, "hint": by_hint}
    for event in events:
        stay, connection = event.stay, event.connection
        group = by_stay.get(stay)  # nothing is ever kept under ""
        if group is None or by_connection.get(connection) is not group or event.kind is EventKind.BOUND:
            group = _place(tables, _keys(event))
        group.events.append(event)
    distinct = {id(group): group for table in tables.values() for group in table.values()}
    found = []
    for group in distinct.values():
        group.events.sort(key=_IN_ORDER)
        found.append(group.events)
    found.sort(key=lambda group: min(map(_FIRST, group)))
    return found


def _keys(event: Event) -> list[_Key]:
    told = [("stay", event.stay), ("connection", event.connection)]
    if event.kind is EventKind.BOUND:
        told += [("stay", event.bound_stay), ("connection", event.bound_connection)]
    told = [key for key in told if key[1]]
    hint = event.registrant_id or event.customer_key or event.zoom_user_id or event.email or event.name
    return told or [("hint", hint)]


def _place(tables: dict[str, dict[str, _Group]], keys: list[_Key]) -> _Group:
    """The one group of all these keys; groups that turn out to be one are joined, the smaller into the larger."""
    groups = {id(group): group for table, key in keys if (group := tables[table].get(key)) is not None}
    ranked = sorted(groups.values(), key=lambda group: len(group.events) + len(group.keys))
    group = ranked.pop() if ranked else _Group()
    for smaller in ranked:
        group.events += smaller.events
        group.keys += smaller.keys
        for table, key in smaller.keys:
            tables[table][key] = group
    for table, key in keys:
        if key not in tables[table]:
            tables[table][key] = group
            group.keys.append((table, key))
    return group
