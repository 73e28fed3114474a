"""Deliveries folded into one timeline per appointment: who was there when, independent of arrival order and repetition.

One connection is one (instance, connection number); a `left` closes only its own. Connections of one stay belong to
one person, whatever name they show; a phone leg that is bound to a stay belongs to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from operator import attrgetter

import msgspec

from plugin.core.appointment import Appointment
from plugin.core.crowd import Crowd
from plugin.core.event import Event, EventKind
from plugin.core.identity import Match, Roll
from plugin.core.interval import NO_TIME, Spans
from plugin.core.lobby import claim, is_nameless_wait
from plugin.core.policy import Thresholds
from plugin.core.report import REPORTED, supplied
from plugin.core.stay import stays

# A member of an enumeration is slow to look up, and these are asked for with every event.
_STARTED, _ENDED = EventKind.MEETING_STARTED, EventKind.MEETING_ENDED
_JOINED, _LEFT, _WAITED = EventKind.JOINED, EventKind.LEFT, EventKind.WAITED_FOR_HOST
_PRESENCE = frozenset(
    {
        EventKind.JOINED, EventKind.LEFT, EventKind.WAITING_BEGAN, EventKind.WAITING_ENDED, EventKind.ADMITTED,
        EventKind.PUT_BACK, EventKind.WAITED_FOR_HOST, EventKind.STOPPED_WAITING_FOR_HOST,
        EventKind.CAME_BEFORE_HOST, EventKind.BOUND, EventKind.QUALITY_WARNING,
    }
)  # fmt: skip
_TELLING = frozenset({EventKind.NOTICED, EventKind.EQUIPMENT_TOLD})
OF_THE_ROOM = _PRESENCE | {EventKind.MEETING_STARTED, EventKind.MEETING_ENDED}
DELETIONS = frozenset({EventKind.MEETING_DELETED, EventKind.MEETING_RECOVERED})
OF_THE_BOOKING = DELETIONS | {EventKind.MEETING_CHANGED, EventKind.UNREGISTERED}
"""What may come long before the session that it is about."""
AFTERWARDS = timedelta(minutes=15)
"""So long after the end what is told of somebody is still of this session."""
LONGEST_MEETING = timedelta(hours=30)
"""Zoom ends any meeting after this time."""
IN_ORDER = attrgetter("at", "kind", "delivery")
"""The order of events that does not depend on how they arrived."""


class Instance(msgspec.Struct):
    """One run of a meeting: a restart of the same meeting number is another one. Times are aware UTC."""

    uuid: str
    started_at: datetime | None = None
    ended_at: datetime | None = None
    first_sign: datetime | None = None
    last_sign: datetime | None = None
    end_told: int | None = None
    """The delivery that told its end."""
    report: int | None = None
    """The delivery that says that Zoom's report of it is here and complete."""
    all_left: bool = False
    """Everybody who joined is known to have left, so that the last leave is the end in fact."""
    nobody_told: bool = False
    """Nothing at all was delivered of the people in it, though no meeting runs without any."""

    @property
    def over_at(self) -> datetime | None:
        """When it ended, if that is known: delivered, or shown by the last leave."""
        return self.ended_at or (self.last_sign if self.all_left else None)

    def ran_between(self, opens: datetime, closes: datetime) -> bool:
        """Whether it ran at any time between two moments, as far as it was heard."""
        # Somebody may be told to have been in it before it began; then it ran when they were.
        begins = min([at for at in (self.started_at, self.first_sign) if at], default=None)
        ends = self.ended_at or self.last_sign
        return begins is not None and ends is not None and begins <= closes and ends >= opens

    def note(self, events: Iterable[Event]) -> None:
        """Take in what some events say about the instance as a whole."""
        for event in events:
            at, started, kind = event.at, event.instance_started_at, event.kind
            if kind is _STARTED:
                started = at
            elif kind is _ENDED and (self.ended_at is None or at > self.ended_at):
                self.ended_at, self.end_told = at, event.delivery
            # An absurd start in one event must not move the start for everybody.
            if (
                started is not None
                and (self.started_at is None or started < self.started_at)
                and NO_TIME <= at - started <= LONGEST_MEETING
            ):
                self.started_at = started
            if self.first_sign is None or self.last_sign is None:
                self.first_sign = self.last_sign = at
            elif at < self.first_sign:
                self.first_sign = at
            elif at > self.last_sign:
                self.last_sign = at


class Connection(msgspec.Struct, frozen=True, gc=False):
    """What was delivered of one connection: when it was joined and left, each moment once and sorted.

    `pieces` are from and to of every piece of presence, None for an end that was not delivered.
    """

    instance: Instance
    stay: str
    joins: Sequence[datetime]
    leaves: Sequence[datetime]
    pieces: tuple[tuple[datetime | None, datetime | None], ...]
    in_breakout_room: bool = False

    @classmethod
    def of(
        cls, instance: Instance, stay: str, joins: Sequence[datetime], leaves: Sequence[datetime], room: bool = False
    ) -> Connection:
        """A connection from its joins and lefts, in any order and repeated at will; `room`: to a breakout room."""
        if len(joins) == len(leaves) == 1 and joins[0] < leaves[0]:
            return cls(instance, stay, joins, leaves, ((joins[0], leaves[0]),), room)
        came, went = set(joins), set(leaves)
        return cls(instance, stay, sorted(came), sorted(went), tuple(_pieces(came, went)), room)


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


class Timeline(msgspec.Struct, frozen=True):
    """One appointment's meeting as it was delivered: its instances, its visits, and what people told us."""

    instances: tuple[Instance, ...]
    visits: tuple[Visit, ...]
    evidence: tuple[Event, ...]
    deletions: tuple[Event, ...]
    """What deleted the meeting, or brought it back, in order."""
    heard: tuple[datetime, ...]
    """When the meeting itself was heard, sorted; a report is no hearing."""
    account_id: str = ""
    """The account whose meeting it is, "" when nothing names it."""
    flooded: bool = False
    """Whether more was told of strangers than is kept; then `not_kept` says how much was counted only."""
    not_kept: int = 0
    noticed: dict[str, list[int]] = {}
    """The deliveries that told something else of somebody in this meeting, by code."""
    unregistered: dict[str, list[int]] = {}
    """The deliveries that told before the end that somebody's registration was cancelled or denied, by code."""
    changes: tuple[Event, ...] = ()
    """What changed the booking of the meeting, in order."""

    @property
    def runs(self) -> Spans:
        """From when to when each instance ran, as far as it was heard: from its start, or from the first join."""
        if all([i.started_at for i in self.instances]):
            begins = {i.uuid: i.started_at for i in self.instances}
        else:
            joins = sorted([(at, one.instance.uuid) for v in self.visits for one in v.connections for at in one.joins])
            begins = {uuid: at for at, uuid in reversed(joins)}
            begins |= {i.uuid: i.started_at for i in self.instances if i.started_at}
        runs = [(begins.get(i.uuid), i.ended_at or i.last_sign) for i in self.instances]
        return tuple([(begin, end) for begin, end in runs if begin and end])

    @property
    def report(self) -> tuple[int, ...]:
        """The deliveries that complete the reports of all instances; none when one of them lacks its report."""
        numbers = [i.report for i in self.instances if i.report is not None]
        return tuple(sorted(numbers)) if len(numbers) == len(self.instances) else ()


def fold(appointment: Appointment, events: Iterable[Event], thresholds: Thresholds, now: datetime) -> Timeline:
    """Fold what was received by `now` into the appointment's timeline.

    Events of other occurrences of the same meeting number are left out: an instance belongs to the appointment when
    it ran during `early_window` before the start until the end.
    """
    opens, closes = appointment.starts_at - thresholds.early_window, appointment.ends_at
    room: dict[str, list[Event]] = {}
    roll = Roll(appointment)
    crowd = Crowd(roll, thresholds.most_guest_events)
    reports: dict[str, list[Event]] = {}
    evidence, deletions, besides, heard = [], [], [], []
    nameless = False
    for event in events:
        if event.received_at > now:
            continue
        if event.appointment_id:
            if event.appointment_id == appointment.appointment_id:
                evidence.append(event)
        elif event.kind in OF_THE_ROOM:
            if not crowd.lets_in(event, room):
                continue
            if event.kind is _WAITED and not nameless:
                nameless = is_nameless_wait(event)
            if (of_instance := room.get(event.instance)) is None:
                of_instance = room[event.instance] = []
            of_instance.append(event)
        elif event.kind in REPORTED:
            if event.instance:
                reports.setdefault(event.instance, []).append(event)
                room.setdefault(event.instance, [])
        elif event.kind in DELETIONS:
            deletions.append(event)
        else:
            besides.append(event)
    heard += [event.at for event in besides if event.meeting_id == appointment.meeting_id]
    crowd.settle(room, any(event.kind is EventKind.FLOOD_BEGAN for event in evidence))
    if nameless:
        claim(room, opens, closes)
    instances, visits = [], []
    for uuid in sorted(room):
        delivered, report = room[uuid], reports.get(uuid, ())
        if not uuid:  # no instance was named: only the time can say to which appointment it belongs
            delivered = [event for event in delivered if opens <= event.at <= closes]
        of_instance = supplied(delivered, report) if report else delivered
        instance = _instance(uuid, of_instance, report)
        if instance is None or not instance.ran_between(opens, closes):
            continue
        instances.append(instance)
        heard += [event.at for event in delivered]
        visits += _visits(instance, of_instance, roll)
    _put_in_order(instances, opens)
    changes = [event for event in besides if event.kind is EventKind.MEETING_CHANGED]
    evidence, deletions, changes = (tuple(sorted(told, key=IN_ORDER)) for told in (evidence, deletions, changes))
    around = [e for e in besides if e.kind in _TELLING and opens <= e.at <= closes + AFTERWARDS]
    noticed, unregistered = _told_of(around, roll), _told_of(_registrations_ended(besides, appointment), roll)
    return Timeline(
        tuple(instances), tuple(visits), evidence, deletions, tuple(sorted(heard)), _account(instances, room),
        crowd.flooded, crowd.not_kept, noticed, unregistered, changes,
    )  # fmt: skip


def _registrations_ended(events: Iterable[Event], appointment: Appointment) -> list[Event]:
    ended = [e for e in events if e.kind is EventKind.UNREGISTERED and e.at < appointment.ends_at]
    return [event for event in ended if not event.occurrences or appointment.starts_at in event.occurrences]


def _told_of(events: Iterable[Event], roll: Roll) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for event in events:
        if (person := roll.recognise((event,)).person) is not None:
            found.setdefault(person.participant_id, []).append(event.delivery)
    return found


def _put_in_order(instances: list[Instance], opens: datetime) -> None:
    """Sort the instances by their starts; one whose end was not delivered ended when the next began."""
    instances.sort(key=lambda i: (i.started_at or i.first_sign or opens, i.uuid))
    for earlier, later in pairwise(instances):
        if earlier.ended_at is None and earlier.uuid and later.uuid:
            earlier.ended_at = later.started_at or later.first_sign


def _account(instances: Iterable[Instance], room: dict[str, list[Event]]) -> str:
    """The one account that the deliveries name; "" when they name none, or several."""
    named = {event.account_id for instance in instances for event in room[instance.uuid]} - {""}
    return named.pop() if len(named) == 1 else ""


def _instance(uuid: str, events: Iterable[Event], report: Iterable[Event]) -> Instance | None:
    instance = Instance(uuid)
    instance.note(events)
    for whole in [event for event in report if event.kind is EventKind.REPORT_COMPLETED]:
        instance.note([whole])
        instance.report = whole.delivery if instance.report is None else min(instance.report, whole.delivery)
        if instance.ended_at is None:
            instance.ended_at, instance.end_told = whole.at, whole.delivery
    return None if instance.first_sign is None else instance


def _visits(instance: Instance, events: list[Event], roll: Roll) -> list[Visit]:
    visits = []
    somebody_came, everybody_left = False, True
    for group in stays([event for event in events if event.kind in _PRESENCE]):
        if (plain := _plain_visit(instance, group, roll)) is not None:
            somebody_came = True
            visits.append(plain)
            continue
        heard: dict[str, tuple[str, list[datetime], list[datetime]]] = {}
        rooms: set[str] = set()
        for event in group:
            kind = event.kind
            if kind is _JOINED or kind is _LEFT:
                # Without its number it can only be the latest of the stay.
                key = event.connection or next((k for k in reversed(heard) if heard[k][0] == event.stay), event.stay)
                known = heard.get(key)
                if known is None:
                    known = heard[key] = (event.stay, [], [])
                known[1 if kind is _JOINED else 2].append(event.at)
                if event.bound_connection:
                    rooms.add(key)
        connections = tuple([Connection.of(instance, *told, key in rooms) for key, told in heard.items()])
        for connection in connections:
            somebody_came = True
            if connection.pieces and connection.pieces[-1][1] is None:
                everybody_left = False
        visits.append(Visit(roll.recognise(group), instance, connections, tuple(group)))
    instance.all_left = somebody_came and everybody_left
    instance.nobody_told = not visits
    return visits


def _plain_visit(instance: Instance, group: list[Event], roll: Roll) -> Visit | None:
    """The visit of somebody who came and went once, as most do; None when there is more to it."""
    if len(group) != 2:
        return None
    came, went = group
    if came.kind is not _JOINED or went.kind is not _LEFT or came.connection != went.connection:
        return None
    if not came.connection or came.bound_connection or went.bound_connection:
        return None
    connection = Connection(instance, came.stay, (came.at,), (went.at,), ((came.at, went.at),))
    return Visit(roll.recognise(group), instance, (connection,), (came, went))
