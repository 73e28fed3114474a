"""Deliveries folded into one timeline per appointment: who was there when, independent of arrival order and repetition.

One connection is one (instance, connection number); a `left` closes only its own. Connections of one stay belong to
one person, whatever name they show; a phone leg that is bound to a stay belongs to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from plugin.core.appointment import Appointment
from plugin.core.event import Event, EventKind, LeaveReason
from plugin.core.identity import Match, Roll
from plugin.core.policy import Thresholds

_PRESENCE = frozenset(
    {
        EventKind.JOINED, EventKind.LEFT, EventKind.WAITING_BEGAN, EventKind.WAITING_ENDED, EventKind.ADMITTED,
        EventKind.PUT_BACK, EventKind.WAITED_FOR_HOST, EventKind.STOPPED_WAITING_FOR_HOST,
        EventKind.CAME_BEFORE_HOST, EventKind.BOUND, EventKind.QUALITY_WARNING,
    }
)  # fmt: skip
_OF_THE_ROOM = _PRESENCE | {EventKind.MEETING_STARTED, EventKind.MEETING_ENDED}


@dataclass(slots=True)
class Instance:
    """One run of a meeting: a restart of the same meeting number is another one. Times are aware UTC."""

    uuid: str
    started_at: datetime | None = None
    ended_at: datetime | None = None
    first_sign: datetime | None = None
    last_sign: datetime | None = None
    all_left: bool = False
    """Everybody who joined is known to have left, so that the last leave is the end in fact."""

    @property
    def over_at(self) -> datetime | None:
        """When it ended, if that is known: delivered, or shown by the last leave."""
        return self.ended_at or (self.last_sign if self.all_left else None)

    def note(self, event: Event) -> None:
        """Take in what one event says about the instance as a whole."""
        started = event.at if event.kind is EventKind.MEETING_STARTED else event.instance_started_at
        if started and (self.started_at is None or started < self.started_at):
            self.started_at = started
        if event.kind is EventKind.MEETING_ENDED and (self.ended_at is None or event.at > self.ended_at):
            self.ended_at = event.at
        if self.first_sign is None or event.at < self.first_sign:
            self.first_sign = event.at
        if self.last_sign is None or event.at > self.last_sign:
            self.last_sign = event.at


@dataclass(slots=True)
class Connection:
    """What was delivered of one connection: its joins and lefts, each once."""

    instance: Instance
    stay: str
    joins: dict[datetime, int] = field(default_factory=dict)
    leaves: dict[datetime, Event] = field(default_factory=dict)

    def note(self, event: Event) -> None:
        """Take in a joined or a left; a repetition changes nothing."""
        if event.kind is EventKind.JOINED:
            self.joins[event.at] = min(event.delivery, self.joins.get(event.at, event.delivery))
            return
        known = self.leaves.get(event.at)
        if known is None or _telling(event) < _telling(known):
            self.leaves[event.at] = event

    def pieces(self) -> list[tuple[datetime | None, datetime | None]]:
        """From and to of every piece of presence, None for an end that was not delivered."""
        moments = [(at, 1) for at in self.joins] + [(at, 0) for at in self.leaves]
        pieces: list[tuple[datetime | None, datetime | None]] = []
        begun: datetime | None = None
        for at, joined in sorted(moments):
            if joined:
                begun = begun or at
            elif begun is None and at in self.joins:
                # Joined and left within the same second and nothing before: a visit too short to be measured.
                pieces.append((at, at))
            else:
                pieces.append((begun, at))
                begun = None
        if begun is not None and begun not in self.leaves:
            pieces.append((begun, None))
        return pieces


@dataclass(frozen=True, slots=True)
class Visit:
    """Everything delivered about one stay of one person, with the phone leg bound to it."""

    match: Match
    connections: tuple[Connection, ...]
    events: tuple[Event, ...]

    @property
    def deliveries(self) -> tuple[int, ...]:
        """The deliveries it rests on."""
        return tuple(sorted({event.delivery for event in self.events}))


@dataclass(frozen=True, slots=True)
class Timeline:
    """One appointment's meeting as it was delivered: its instances, its visits, and what people told us."""

    instances: tuple[Instance, ...]
    visits: tuple[Visit, ...]
    evidence: tuple[Event, ...]
    deletions: tuple[Event, ...]
    heard: tuple[datetime, ...]
    """When the meeting itself was heard, sorted."""


def fold(appointment: Appointment, events: Iterable[Event], thresholds: Thresholds, now: datetime) -> Timeline:
    """Fold what was received by `now` into the appointment's timeline.

    Events of other occurrences of the same meeting number are left out: an instance belongs to the appointment when
    it ran during `early_window` before the start until the end.
    """
    opens, closes = appointment.starts_at - thresholds.early_window, appointment.ends_at
    room: dict[str, list[Event]] = {}
    evidence, deletions, heard = [], [], []
    for event in events:
        if event.received_at > now:
            continue
        if event.appointment_id:
            if event.appointment_id == appointment.appointment_id:
                evidence.append(event)
        elif event.kind is EventKind.MEETING_DELETED:
            deletions.append(event)
        elif event.kind in _OF_THE_ROOM:
            room.setdefault(event.instance, []).append(event)
        elif event.meeting_id == appointment.meeting_id:
            heard.append(event.at)
    roll = Roll(appointment)
    instances, visits = [], []
    for uuid in sorted(room):
        instance, of_instance = _instance(uuid, room[uuid], opens, closes)
        if instance is None:
            continue
        instances.append(instance)
        heard += [event.at for event in of_instance]
        visits += _visits(instance, of_instance, roll)
    instances.sort(key=lambda i: (i.started_at or i.first_sign or opens, i.uuid))
    for earlier, later in pairwise(instances):
        if earlier.ended_at is None and earlier.uuid and later.uuid:
            earlier.ended_at = later.started_at or later.first_sign
    order = lambda e: (e.at, e.kind, e.delivery)  # noqa: E731
    return Timeline(
        tuple(instances), tuple(visits), tuple(sorted(evidence, key=order)), tuple(sorted(deletions, key=order)),
        tuple(sorted(heard)),
    )  # fmt: skip


def _instance(uuid: str, events: list[Event], opens: datetime, closes: datetime) -> tuple[Instance | None, list[Event]]:
    if not uuid:  # no instance was named: only the time can say to which appointment it belongs
        events = [event for event in events if opens <= event.at <= closes]
    instance = Instance(uuid)
    for event in events:
        instance.note(event)
    if instance.first_sign is None:
        return None, []
    begins = instance.started_at or instance.first_sign
    ends = instance.ended_at or instance.last_sign
    return (instance, events) if begins <= closes and ends >= opens else (None, [])


def _visits(instance: Instance, events: list[Event], roll: Roll) -> list[Visit]:
    groups = _stays([event for event in events if event.kind in _PRESENCE])
    visits = []
    everything_closed = bool(groups)
    for group in groups:
        group.sort(key=lambda e: (e.at, e.kind, e.delivery))
        connections: dict[str, Connection] = {}
        for event in group:
            if event.kind in (EventKind.JOINED, EventKind.LEFT):
                key = event.connection or event.stay
                connections.setdefault(key, Connection(instance, event.stay)).note(event)
        for connection in connections.values():
            if any(end is None for _, end in connection.pieces()):
                everything_closed = False
        visits.append(Visit(roll.recognise(group), tuple(connections.values()), tuple(group)))
    instance.all_left = everything_closed and any(visit.connections for visit in visits)
    return visits


def _stays(events: list[Event]) -> list[list[Event]]:
    """Group events by stay: union-find over stays, connections and what a bind joins."""
    parent: dict[tuple[str, str], tuple[str, str]] = {}

    def root(node: tuple[str, str]) -> tuple[str, str]:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    def nodes(event: Event) -> list[tuple[str, str]]:
        found = [("stay", event.stay)] if event.stay else []
        if event.connection:
            found.append(("connection", event.connection))
        if event.kind is EventKind.BOUND:
            found += [
                (kind, key) for kind, key in (("stay", event.bound_stay), ("connection", event.bound_connection)) if key
            ]
        if not found:  # join-before-host events name neither: the person's own keys must do
            hint = event.registrant_id or event.customer_key or event.zoom_user_id or event.email or event.name
            found.append(("hint", hint))
        return found

    for event in events:
        first, *others = nodes(event)
        for other in others:
            parent[root(other)] = root(first)
    groups: dict[tuple[str, str], list[Event]] = {}
    for event in events:
        groups.setdefault(root(nodes(event)[0]), []).append(event)
    return sorted(groups.values(), key=lambda group: min((e.at, e.connection, e.stay, e.name) for e in group))


_MOST_TELLING = (
    LeaveReason.REMOVED,
    LeaveReason.MEETING_OVER,
    LeaveReason.TIME_LIMIT,
    LeaveReason.CONNECTION_LOST,
    LeaveReason.CLIENT_CLOSED,
    LeaveReason.ROOM_SWITCH,
    LeaveReason.PLAIN,
    LeaveReason.UNKNOWN,
)


def _telling(event: Event) -> tuple[int, int]:
    """Of two lefts of the same moment the more telling reason counts, so that arrival order does not."""
    return _MOST_TELLING.index(event.reason or LeaveReason.UNKNOWN), event.delivery
