"""Visits: one stay of one person in an instance, with the connections that it was made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from plugin.core.event import INSIDE, SHOWING, Event, EventKind
from plugin.core.identity import THE_HOST, Match, Roll, is_identified
from plugin.core.instance import Instance
from plugin.core.stay import stays

SWITCH = timedelta(seconds=2)
"""A left and a joined this close together are one continuous stay (Zoom's times have a resolution of one second)."""

_JOINED, _LEFT, _MEASURED = EventKind.JOINED, EventKind.LEFT, EventKind.QUALITY_MEASURED

PRESENCE = SHOWING | INSIDE
"""What tells that somebody came, was there or went."""


Told = Mapping[EventKind, Sequence[Event]]
"""What was told of somebody, by what it says; each in order."""


class Connection(msgspec.Struct, frozen=True, gc=False):
    """What was delivered of one connection: when it was joined and left, each moment once and sorted.

    `pieces` are from and to of every piece of presence, None for an end that was not delivered.
    """

    stay: str
    joins: Sequence[datetime]
    leaves: Sequence[datetime]
    pieces: tuple[tuple[datetime | None, datetime | None], ...]
    in_breakout_room: bool = False

    @classmethod
    def of(cls, stay: str, joins: Sequence[datetime], leaves: Sequence[datetime], room: bool = False) -> Connection:
        """A connection from its joins and lefts, in any order and repeated at will; `room`: to a breakout room."""
        if len(joins) == len(leaves) == 1 and joins[0] < leaves[0]:
            return cls(stay, joins, leaves, ((joins[0], leaves[0]),), room)
        came, went = set(joins), set(leaves)
        if len(came) == len(went) == 1 and timedelta() < min(came) - min(went) <= SWITCH:
            # One that ended as soon as it began; the other way round it would have been there all the time but then.
            came = went
        return cls(stay, sorted(came), sorted(went), tuple(_pieces(came, went)), room)


def _pieces(joins: set[datetime], leaves: set[datetime]) -> Iterator[tuple[datetime | None, datetime | None]]:
    begun: datetime | None = None
    for at, joined in sorted([(at, 1) for at in joins] + [(at, 0) for at in leaves]):
        if joined:
            begun = begun or at
        elif begun is None and at in joins:
            # Joined and left within the same second and nothing before: a visit too short to be measured.
            yield at, at
        else:
            yield begun, at
            begun = None
    if begun is not None and begun not in leaves:
        yield begun, None


class Visit(msgspec.Struct, frozen=True, gc=False):
    """Everything delivered about one stay of one person, with the phone leg bound to it; events in order."""

    match: Match
    instance: Instance
    connections: tuple[Connection, ...]
    events: tuple[Event, ...]
    once: bool = False
    """They came once and went once, later, and nothing else was told of it."""

    def may_be_between(self, begin: datetime, end: datetime) -> bool:
        """Whether it may have been on at any time between two moments."""
        open_ended = any(None in piece for one in self.connections for piece in one.pieces)
        return self.events[0].at <= end and (open_ended or self.events[-1].at >= begin)


def visits_of(instance: Instance, events: list[Event], roll: Roll) -> list[Visit]:
    """The visits of an instance, and whose they are; notes on the instance whether everybody has left."""
    visits = []
    somebody_came, everybody_left = False, True
    told = _without_measures([event for event in events if event.kind in PRESENCE])
    for group in _of_one_each(stays(told), roll):
        if (plain := _plain_visit(instance, group, roll)) is not None:
            somebody_came = True
            visits.append(plain)
            continue
        connections = _connections_of(group)
        if connections:
            somebody_came = True
            everybody_left = everybody_left and None not in [c.pieces[-1][1] for c in connections if c.pieces]
        visits.append(Visit(roll.recognise(group), instance, connections, tuple(group)))
    instance.all_left = somebody_came and everybody_left
    instance.nobody_told = not visits
    return visits


def _without_measures(events: list[Event]) -> list[Event]:
    """What was told, without the measures, one a minute, of connections that are known by what else was told of them;
    who it is may be known by a measure alone."""
    measures = [event for event in events if event.kind is _MEASURED]
    if not measures:
        return events
    told = [event for event in events if event.kind is not _MEASURED]
    known, named = [{e.connection for e in some} - {""} for some in (told, filter(is_identified, told))]
    return told + [e for e in measures if e.connection not in (named if is_identified(e) else known)]


def _connections_of(group: Iterable[Event]) -> tuple[Connection, ...]:
    """The connections of a stay, in the order in which they were first heard."""
    heard: dict[str, tuple[str, list[datetime], list[datetime]]] = {}
    rooms: set[str] = set()
    for event in group:
        kind = event.kind
        if kind is not _JOINED and kind is not _LEFT:
            continue
        # Without its number it can only be the latest of the stay.
        key = event.connection or next((k for k in reversed(heard) if heard[k][0] == event.stay), event.stay)
        if (known := heard.get(key)) is None:
            known = heard[key] = (event.stay, [], [])
        known[1 if kind is _JOINED else 2].append(event.at)
        if event.bound_connection:
            rooms.add(key)
    return tuple([Connection.of(stay, joins, leaves, key in rooms) for key, (stay, joins, leaves) in heard.items()])


def _of_one_each(groups: Iterable[list[Event]], roll: Roll) -> Iterator[list[Event]]:
    """The stays, one in which the surest keys of several people were told as one of each of them: a number that is
    given to two, or a link that was told once, would make an absence of the presence of all but one."""
    for group in groups:
        first = group[0]
        if roll.has_link(first) and all([event.registrant_id == first.registrant_id for event in group]):
            yield group  # as of most: their own link is surer than anything else they show
            continue
        for event in group:
            if (
                event.registrant_id != first.registrant_id
                or event.zoom_user_id != first.zoom_user_id
                or event.customer_key != first.customer_key
                or event.email != first.email
            ):
                yield from _apart(group, roll)
                break
        else:
            yield group


def _apart(group: list[Event], roll: Roll) -> Iterator[list[Event]]:
    owners = _by_their_link(group, [roll.owner(event) for event in group])
    if len(set(owners) - {""}) < 2:
        yield group
        return
    by_connection = {event.connection: owner for event, owner in zip(group, owners, strict=True) if owner}
    first = next(filter(None, owners))
    parts: dict[str, list[Event]] = {}
    for event, owner in zip(group, owners, strict=True):
        parts.setdefault(owner or by_connection.get(event.connection, first), []).append(event)
    yield from parts.values()


def _by_their_link(group: list[Event], owners: list[str]) -> list[str]:
    """Whose each event is, when some show the link of one with the address of another, as who comes by their own link
    and the account of a relative: what shows that address alone is of the first, too."""
    linked: dict[str, set[str]] = {}
    for event, owner in zip(group, owners, strict=True):
        if event.email and _shows_a_link(event) and owner:
            linked.setdefault(event.email, set()).add(owner)
    found = []
    for event, owner in zip(group, owners, strict=True):
        by_link = linked.get(event.email, ())
        if len(by_link) == 1 and owner != THE_HOST and not _shows_a_link(event):
            (owner,) = by_link
        found.append(owner)
    return found


def _shows_a_link(event: Event) -> bool:
    return bool(event.registrant_id or event.customer_key)


def _plain_visit(instance: Instance, group: list[Event], roll: Roll) -> Visit | None:
    """The visit of somebody who came and went once, as most do; None when there is more to it."""
    if len(group) != 2:
        return None
    came, went = group
    if came.kind is not _JOINED or went.kind is not _LEFT or came.connection != went.connection:
        return None
    if not came.connection or came.bound_connection or went.bound_connection:
        return None
    connection = Connection(came.stay, (came.at,), (went.at,), ((came.at, went.at),))
    return Visit(roll.recognise(group), instance, (connection,), (came, went), once=came.at < went.at)
